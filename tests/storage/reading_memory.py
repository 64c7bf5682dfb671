"""Prints how many MiB a process has grown by while it went through the lines of a URL."""

from __future__ import annotations

import resource
import sys


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    from toolkit.storage.reading import open_url

    small, large = sys.argv[1:]
    for url in (small, large):
        with open_url(url) as stream:
            lines = sum(1 for _ in stream)
        print(lines, peak())
