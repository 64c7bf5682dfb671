"""`toolkit run` on an endpoint: events come until a signal ends it."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from toolkit.cli.options import Plugin
from toolkit.texts import visible
from toolkit.webhook.address import A_LOG_IS, is_address, parse_address

if TYPE_CHECKING:
    from toolkit.cli.run_plan import Plan
    from toolkit.configuration.model import Configuration, SourceSettings
    from toolkit.errors import ExitCode
    from toolkit.live.loop import Live
    from toolkit.live.model import Rules, Source
    from toolkit.outputs.outputs import Outputs, Words
    from toolkit.webhook.http_source import HttpSourceSettings, WebserverPlace
    from toolkit.webhook.tls import TlsFiles

_CLOSING = 5.0
"""Seconds that alerts have which wait when all events are evaluated."""
_REPORTING = 2.0
_GIVING_WAY = 5
"""By so much is this process nicer than the one that answers, which comes first where processors are short."""


def is_live(plan: Plan) -> bool:
    """Return whether events are posted. Raises ToolkitError (exit 2) for an endpoint beside other inputs."""
    from toolkit.errors import usage

    addresses = [name for name in plan.inputs if is_address(name)]
    if addresses and len(plan.inputs) > 1:
        raise usage(
            f"{addresses[0]} stands beside other inputs", hint=f"an endpoint is the only input of its run; {A_LOG_IS}"
        )
    return bool(addresses)


def run_live(plan: Plan, *, strict: bool) -> ExitCode:
    """Run the rules on what is posted until SIGTERM or Ctrl-C; report, whatever happens; return the exit status.

    Raises ToolkitError: exit 2 for the address, exit 3 for rules, exit 4 for ports, certificates and a server that
    ends.
    """
    from toolkit.live.loop import Live
    from toolkit.live.snapshots import Snapshots
    from toolkit.outputs.outputs import Words, make_outputs
    from toolkit.webhook.http_source import HttpSource

    settings = _settings(plan)
    rules = load_rules(plan)
    words = Words()
    say, warn = voices(words)
    configuration = plan.configuration
    outputs = make_outputs(configuration.outputs, configuration.form, plan.hostname, warn, lossless=False)
    with HttpSource(settings) as source:
        os.nice(_GIVING_WAY)
        say(f"listening on {source.address}{'' if settings.address.host else ' on all interfaces'}")
        snapshots = Snapshots(configuration.metrics, configuration.form, plan.hostname, outputs.put_line, warn)
        live = Live(source, rules, outputs, lambda: load_rules(plan), say, snapshots)
        with closing(plan, live, source, outputs, words):
            live.run()
    return status(live, source, outputs, strict=strict)


def _settings(plan: Plan) -> HttpSourceSettings:
    from toolkit.webhook.http_source import HttpSourceSettings
    from toolkit.webhook.limits import Limits

    source, address = plan.configuration.source, parse_address(plan.inputs[0])
    return HttpSourceSettings(
        address,
        tls=_tls(source) if address.is_tls else None,
        limits=Limits(source.max_event_size, source.webhook_max_batch_size),
        queue_size=source.queue_size,
        webserver=_webserver(plan.configuration),
        published=plan.plugin is Plugin.PUBLISHED,
    )


def _tls(source: SourceSettings) -> TlsFiles:
    from toolkit.webhook.tls import TlsFiles

    return TlsFiles(source.ssl_certificate, source.ssl_key, source.ssl_client_ca)


def _webserver(configuration: Configuration) -> WebserverPlace | None:
    from toolkit.webhook.http_source import WebserverPlace
    from toolkit.webhook.tls import TlsFiles

    wanted = configuration.webserver
    if not wanted.enabled:
        return None
    return WebserverPlace(
        wanted.listen_address,
        wanted.listen_port,
        tls=TlsFiles(wanted.ssl_certificate) if wanted.ssl_enabled else None,
        health="/" + wanted.k8s_healthz_endpoint.removeprefix("/"),
        metrics=wanted.prometheus_metrics_enabled and configuration.metrics.enabled,
    )


def voices(words: Words) -> tuple[Callable[[str], None], Callable[[str], None]]:
    """Return what says one line to people, and what says a warning."""

    def say(line: str) -> None:
        words(visible(line))

    def warn(line: str) -> None:
        say(f"warning: {line}")

    return say, warn


def load_rules(plan: Plan) -> Rules:
    """Return the rules of the plan, ready to run. Raises ToolkitError (exit 3) with every fault."""
    from toolkit.live.model import Rules
    from toolkit.ruleset.files import read_rule_files

    ruleset = plan.load_rules()
    digests = [(Path(file.name).name, hashlib.sha256(file.text).hexdigest()) for file in read_rule_files(plan.rules)]
    return Rules(plan.engine(ruleset), ruleset.rules, digests)


@contextmanager
def closing(
    plan: Plan, live: Live, source: Source, outputs: Outputs, words: Words, *, since: str = "answer"
) -> Iterator[None]:
    """At the end flush the outputs and report; `since` is what begins the time to an alert."""
    begun = time.monotonic()
    try:
        yield
    finally:
        outputs.close(_CLOSING)
        _report(plan, live, source, words, time.monotonic() - begun, since)
        words.close(_REPORTING)


def _report(plan: Plan, live: Live, source: Source, words: Words, seconds: float, since: str) -> None:
    """Say what became of the run: Falco's statistics on standard output where Falco would be asked for it so."""
    from toolkit.outputs.outputs import write_report

    for word in [*live.tally.words(named=False), *source.counts.words()]:
        words(visible(f"warning: {word}"))
    if not plan.is_configured:
        words(live.statistics.text().rstrip())
    elif not write_report(live.statistics.text(), _REPORTING):
        words("warning: the closing statistics could not be written to standard output")
    words(f"{live.tally.reviews} events in {seconds:.2f} s")
    if latency := live.latency.words(since):
        words(latency)


def status(live: Live, source: Source, outputs: Outputs, *, strict: bool) -> ExitCode:
    """Return the exit status: 1 under `strict` where something was lost, else 0."""
    from toolkit.errors import ExitCode

    has_losses = live.tally.broken or source.counts.dropped or outputs.lost
    return ExitCode.CHECK_FAILED if strict and has_losses else ExitCode.GOOD
