"""Telling who refused a request: the API server itself, or what its cluster's owner put before it."""

from __future__ import annotations

import re

from toolkit.cluster.client import Response

_WORDS = re.compile(
    r'admission webhook "(?P<denied>[^"]+)" denied the request'
    r'|failed calling webhook "(?P<failed>[^"]+)"'
    r"|(?:Validating|Mutating)AdmissionPolicy '(?P<policy>[^']+)' with binding '(?P<binding>[^']+)'"
    r'|violates PodSecurity "(?P<level>[^"]+)"'
    r"|exceeded quota: (?P<quota>[^\s,]+)"
)


def refuser(message: str) -> str | None:
    """Return who an API server's message names as the refuser, in words; None when it is the API server itself."""
    found = _WORDS.search(message)
    if found is None:
        return None
    if found["denied"]:
        return f'the admission webhook "{found["denied"]}"'
    if found["failed"]:
        return f'the admission webhook "{found["failed"]}", which failed'
    if found["policy"]:
        return f'the admission policy "{found["policy"]}" (binding "{found["binding"]}")'
    return f'Pod Security "{found["level"]}"' if found["level"] else f'the quota "{found["quota"]}"'


def answer(response: Response) -> str:
    """Return the status and, where the API server says why, its words."""
    return f"{response.status} {response.message}".strip()
