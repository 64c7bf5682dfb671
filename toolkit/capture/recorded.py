"""One recorded line with what tying needs to know of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson

from toolkit.errors import environment

TAG = "toolkit.dev/step"
"""The extra of an impersonated user that names the step; the API server hands it on in `request.userInfo.extra`."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A line of the recorder: where it stands among all lines (from 0), its bytes, who did what to which object.

    `name` is the request's, else that of the object, else that of the old object.
    """

    number: int
    raw: bytes
    tag: str | None
    user: str
    operation: str
    group: str
    resource: str
    subresource: str
    namespace: str
    name: str


def read_recorded(number: int, raw: bytes) -> Recorded:
    """Read one line; ToolkitError (exit 4) when it is not what a recorder writes."""
    try:
        request: dict[str, Any] = orjson.loads(raw)["request"]
        user = request["userInfo"]
        objects = [request.get(key) for key in ("object", "oldObject")]
        names = [request, *((each or {}).get("metadata") or {} for each in objects)]
        return Recorded(
            number=number,
            raw=raw,
            tag=_first((user.get("extra") or {}).get(TAG)),
            user=user.get("username", ""),
            operation=request["operation"],
            group=request["resource"]["group"],
            resource=request["resource"]["resource"],
            subresource=request.get("subResource", ""),
            namespace=request.get("namespace", ""),
            name=next((each["name"] for each in names if each.get("name")), ""),
        )
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        shown = raw[:80].decode(errors="replace")
        raise environment(f"the recorder's line {number + 1} is not an admission review: {shown}") from error


def read_all(raw: Iterable[bytes], start: int = 0) -> list[Recorded]:
    """Read lines in order; the first has the number `start`."""
    return [read_recorded(number, line) for number, line in enumerate(raw, start)]


def _first(values: list[str] | None) -> str | None:
    return values[0] if values else None
