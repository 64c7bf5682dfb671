"""The parts of a configuration that are about alerts: their form, and where they go."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from toolkit.configuration.model import FileOutput, HttpOutput, OutputsSettings, ProgramOutput
from toolkit.configuration.reading import Reading
from toolkit.engine.alerts import AlertForm

UNBOUNDED = 100_000
"""Alerts that wait before a channel where Falco's queue would have no bound."""

_DEFAULTS = HttpOutput("")
_CHANNELS = ("stdout_output", "file_output", "program_output", "http_output", "syslog_output")


def alert_form(reading: Reading) -> AlertForm:
    """Return how alerts are written."""
    return AlertForm(
        json=reading.boolean("json_output"),
        include_output=reading.boolean("json_include_output_property", default=True),
        include_tags=reading.boolean("json_include_tags_property", default=True),
        include_message=reading.boolean("json_include_message_property"),
        include_output_fields=reading.boolean("json_include_output_fields_property", default=True),
        iso_time=reading.boolean("time_format_iso_8601"),
    )


def outputs_settings(reading: Reading) -> OutputsSettings:
    """Return where alerts go; a configuration that names no output at all means standard output."""
    unnamed = not any(reading.tree.get(name) for name in _CHANNELS)
    found = OutputsSettings(
        stdout=reading.boolean("stdout_output.enabled", default=unnamed),
        syslog=reading.boolean("syslog_output.enabled"),
        file=_file(reading),
        program=_program(reading),
        http=_http(reading),
        buffered=reading.boolean("buffered_outputs"),
        timeout=reading.unsigned("output_timeout", 2000) / 1000,
        queue_capacity=_capacity(reading),
    )
    if unnamed and found.stdout and reading.from_file:
        reading.notes.append(f"{reading.file}: names no output, where Falco prints nothing; alerts go to stdout")
    elif not (found.stdout or found.syslog or found.file or found.program or found.http):
        reading.warnings.append(f"{reading.file}: every output is off; alerts are only counted, as in Falco")
    return found


def _capacity(reading: Reading) -> int:
    found = reading.unsigned("outputs_queue.capacity", OutputsSettings().queue_capacity)
    return found or UNBOUNDED


def _file(reading: Reading) -> FileOutput | None:
    if not reading.boolean("file_output.enabled"):
        return None
    return FileOutput(Path(reading.needed("file_output", "filename")), _kept(reading, "file_output"))


def _program(reading: Reading) -> ProgramOutput | None:
    if not reading.boolean("program_output.enabled"):
        return None
    return ProgramOutput(reading.needed("program_output", "program"), _kept(reading, "program_output"))


def _kept(reading: Reading, section: str) -> bool:
    # Falco compares this one with the word: `yes` keeps nothing open.
    return reading.text(f"{section}.keep_alive") == "true"


def _http(reading: Reading) -> HttpOutput | None:
    if not reading.boolean("http_output.enabled"):
        return None
    own = reading.boolean("http_output.mtls")
    ca_file = reading.text("http_output.ca_cert") or reading.text("http_output.ca_bundle")
    return HttpOutput(
        url=_url(reading),
        user_agent=reading.text("http_output.user_agent", _DEFAULTS.user_agent),
        insecure=reading.boolean("http_output.insecure"),
        ca_file=Path(ca_file) if ca_file else None,
        ca_path=Path(reading.text("http_output.ca_path", str(_DEFAULTS.ca_path))),
        client_cert=Path(reading.text("http_output.client_cert", "/etc/ssl/certs/client.crt")) if own else None,
        client_key=Path(reading.text("http_output.client_key", "/etc/ssl/certs/client.key")) if own else None,
        echo=reading.boolean("http_output.echo"),
        compress_uploads=reading.boolean("http_output.compress_uploads"),
        keep_alive=reading.boolean("http_output.keep_alive"),
        max_consecutive_timeouts=reading.unsigned("http_output.max_consecutive_timeouts", 5, 255),
        headers=_headers(reading),
    )


def _url(reading: Reading) -> str:
    url = reading.needed("http_output", "url")
    if len(url) > 1 and url[0] == url[-1] and url[0] in "\"'":
        url = url[1:-1]
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if url and not good:
        reading.fault(f"http_output.url is {url!r}", "http_output.url", "write http://host:port/path, or https://…")
    return url


def _headers(reading: Reading) -> tuple[tuple[str, str], ...]:
    found = reading.tree.get("http_output.headers")
    pairs = tuple((name, value.text) for name, value in found.members.items()) if found else ()
    for name, value in pairs:
        if not (name.isascii() and name.isprintable() and name.strip(" :") == name and name) or not value.isprintable():
            reading.fault(f"{name!r}: {value!r} is no HTTP header", "http_output.headers", "headers: {Name: value}")
    return pairs
