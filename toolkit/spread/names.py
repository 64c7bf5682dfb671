"""What the files of a run are called."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

RUN = "run.json"
"""What the run is of: rules, settings, logs."""
TOTAL = "total.json"
"""What the whole run came to, written when every part is done."""
_DIGITS = 6
_PART = re.compile(r"part-(?P<number>[0-9]{6,})\.(?P<kind>json|jsonl\.zst)")


@dataclass(frozen=True, slots=True)
class PartNames:
    """Names of the files of parts, whose order is that of the parts: numbers have so many digits."""

    digits: int = _DIGITS

    @classmethod
    def up_to(cls, parts: int) -> PartNames:
        """Return the names for no more than so many parts."""
        return cls(max(_DIGITS, len(str(parts))))

    def alerts(self, number: int) -> str:
        """Return the file of a part's alerts."""
        return f"part-{number:0{self.digits}}.jsonl.zst"

    def result(self, number: int) -> str:
        """Return the file that says what a part came to; it is written last."""
        return f"part-{number:0{self.digits}}.json"


def foreign(names: Iterable[str]) -> list[str]:
    """Return the names that are not of a run."""
    return [name for name in names if name not in (RUN, TOTAL) and not _PART.fullmatch(name)]


def results(names: Iterable[str]) -> set[int]:
    """Return the numbers of the parts whose results are among names."""
    return _numbers(names, "json")


def alerts(names: Iterable[str]) -> set[int]:
    """Return the numbers of the parts whose alerts are among names."""
    return _numbers(names, "jsonl.zst")


def _numbers(names: Iterable[str], kind: str) -> set[int]:
    found = map(_PART.fullmatch, names)
    return {int(match["number"]) for match in found if match and match["kind"] == kind}
