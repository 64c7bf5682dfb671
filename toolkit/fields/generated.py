"""Generated Python: run under a name by which tracebacks find its source."""

from __future__ import annotations

import linecache
from typing import Any
from zlib import crc32

MOST_SHOWN = 2000
"""So many sources are kept for tracebacks."""
MOST_CHARACTERS = 50_000_000
"""So many characters of them."""

_shown: dict[str, int] = {}


def run_source(text: str, what: str, namespace: dict[str, Any]) -> dict[str, Any]:
    """Run generated source, which tracebacks then show, and return the namespace with what it defines.

    `what` says in a word or two what the source is; the same text always gets the same file name.
    """
    file = f"<{what} {crc32(text.encode()):08x}>"
    _shown[file] = len(text)
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    while len(_shown) > MOST_SHOWN or sum(_shown.values()) > MOST_CHARACTERS:
        oldest = next(iter(_shown))
        del _shown[oldest]
        linecache.cache.pop(oldest, None)
    exec(compile(text, file, "exec"), namespace)
    return namespace
