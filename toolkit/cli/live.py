"""`toolkit run` on a source that does not end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from toolkit.texts import visible

if TYPE_CHECKING:
    from toolkit.errors import ExitCode
    from toolkit.live.loop import Live
    from toolkit.live.model import Outputs, Rules
    from toolkit.webhook.http_source import HttpSource, HttpSourceSettings


def run_live(
    settings: HttpSourceSettings,
    load: Callable[[], Rules],
    outputs: Outputs,
    close: Callable[[Live, HttpSource, float], None],
    *,
    strict: bool = False,
) -> ExitCode:
    """Run the rules that `load` gives on posted events until a signal ends it; `close` reports, whatever happens.

    Returns the exit status. Raises ToolkitError: what `load` raises at first; exit 4 for ports, certificates and a
    server that ends.
    """
    from toolkit.live.loop import Live
    from toolkit.webhook.http_source import HttpSource

    rules = load()
    with HttpSource(settings) as source:
        say(f"listening on {source.address}{' on all interfaces' if not settings.address.host else ''}")
        live = Live(source, rules, outputs, load, say)
        with _closing(live, source, close):
            live.run()
    return _status(live, source, strict)


def say(line: str) -> None:
    """Print a line for people."""
    typer.echo(visible(line), err=True)


@contextmanager
def _closing(live: Live, source: HttpSource, close: Callable[[Live, HttpSource, float], None]) -> Iterator[None]:
    begun = time.monotonic()
    try:
        yield
    finally:
        close(live, source, time.monotonic() - begun)


def _status(live: Live, source: HttpSource, strict: bool) -> ExitCode:
    from toolkit.errors import ExitCode

    has_losses = live.tally.broken or source.counts.dropped
    return ExitCode.CHECK_FAILED if strict and has_losses else ExitCode.GOOD
