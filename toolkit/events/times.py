"""Times in reviews: RFC 3339 text and nanoseconds since 1970."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_RFC3339 = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:Z|([+-])(\d\d):(\d\d))", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND_NS = 10**9


def parse_rfc3339(text: str) -> int | None:
    """Return nanoseconds since 1970 (negative before), or None where the text is no RFC 3339 time.

    Digits of the fraction beyond the ninth are cut off.
    """
    match = _RFC3339.fullmatch(text)
    if match is None:
        return None
    date, (fraction, sign, hours, minutes) = match.groups()[:6], match.groups()[6:]
    try:
        year, month, day, hour, minute, second = map(int, date)
        moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
        offset = timedelta(hours=int(hours or 0), minutes=_minutes(minutes))
    except ValueError:
        return None
    since = moment - _EPOCH + (offset if sign == "-" else -offset)
    return (since.days * 86400 + since.seconds) * SECOND_NS + int((fraction or "")[:9].ljust(9, "0"))


def _minutes(text: str | None) -> int:
    minutes = int(text or 0)
    if minutes > 59:
        raise ValueError(text)
    return minutes


def in_words(time_ns: int) -> str:
    """Return nanoseconds since 1970 as date and time in UTC, to the microsecond."""
    return (_EPOCH + timedelta(microseconds=time_ns // 1000)).isoformat(timespec="microseconds").replace("+00:00", "Z")
