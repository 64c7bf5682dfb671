"""Being done with clients and workers of dask, and what their errors say."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from toolkit.engine.held_back import signals_held_back


@contextmanager
def closing_at_leisure() -> Iterator[ExitStack]:
    """Give a stack whose contexts are left with Ctrl-C and SIGTERM held back, so that nothing of them is left."""
    with ExitStack() as stack:
        try:
            yield stack
        finally:
            with signals_held_back():
                stack.close()


def first_line(error: BaseException) -> str:
    """Return the first line of what an error says, else what it is."""
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
