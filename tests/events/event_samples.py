"""Small reviews to take apart."""

from __future__ import annotations

import json
from typing import Any

TIME = "2026-11-23T05:29:12.5Z"


def review_line(request: dict[str, Any] | None = None, **members: Any) -> bytes:
    """Return a line with a review of uid u and operation CREATE, changed as told; None takes a member out."""
    full = {"uid": "u", "operation": "CREATE", **(request or {})}
    whole = {"kind": "AdmissionReview", "request": full, "requestReceivedTimestamp": TIME, **members}
    kept = {name: value for name, value in whole.items() if value is not None}
    return json.dumps(kept, separators=(",", ":")).encode()
