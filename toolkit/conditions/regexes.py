"""The operator `regex`: RE2 in POSIX syntax, matched against the whole value. The one door to RE2."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import re2

from toolkit.conditions.octets import encode


def _options(**settings: object) -> re2.Options:
    options = re2.Options()
    options.log_errors = False
    for name, value in settings.items():
        setattr(options, name, value)
    return options


@lru_cache(maxsize=4096)
def regex(pattern: str) -> Callable[[str], bool]:
    """Return the test of a value against the pattern; raise ValueError with RE2's message for a bad pattern.

    RE2's own bound on memory, 8 MiB a pattern, is left as it is, as in Falco: what is larger is a bad pattern.
    """
    octets = encode(pattern)
    try:
        re2.compile(octets, _options(posix_syntax=True, longest_match=True))
    except re2.error as error:
        raise ValueError(error.args[0].decode("utf-8", "replace")) from None
    # Matching with groups takes gigabytes where there are thousands of them, and nobody asks what they matched.
    compiled = re2.compile(octets, _options(posix_syntax=True, longest_match=True, never_capture=True))
    return lambda value: compiled.fullmatch(encode(value)) is not None


def byte_pattern(pattern: bytes) -> Callable[[str], bool]:
    """Return the test of a whole value against a pattern whose `.` is any one byte."""
    options = _options(max_mem=1 << 26, encoding=re2.Options.Encoding.LATIN1, dot_nl=True)
    compiled = re2.compile(pattern, options)
    return lambda value: compiled.fullmatch(encode(value)) is not None
