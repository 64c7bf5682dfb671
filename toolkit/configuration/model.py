"""What a configuration comes to; the defaults are those of Falco 0.44.1 and of the published plugin."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from toolkit.engine.alerts import AlertForm
from toolkit.ruleset.additions import Addition
from toolkit.ruleset.priorities import Priority
from toolkit.ruleset.selection import Selector

SOURCE_PLUGIN = "k8sadmission"
"""The plugin whose events and fields the toolkit has."""
JSON_PLUGIN = "json"
"""The plugin with the fields `json.*` and `jevt.*`."""
DEFAULT_CERTIFICATE = Path("/etc/falco/falco.pem")


@dataclass(frozen=True, slots=True)
class SourceSettings:
    """`open_params` and `init_config` of the plugin that gives the events; sizes in bytes.

    `open_params` is None where the configuration says nothing. `ssl_key` is None where the certificate's file holds
    the key too, `ssl_client_ca` where anybody may post. `max_event_size_given` tells whether the size stands in the
    configuration: without that, files have no limit. `queue_size` counts events.
    """

    open_params: str | None = None
    ssl_certificate: Path = DEFAULT_CERTIFICATE
    ssl_key: Path | None = None
    ssl_client_ca: Path | None = None
    max_event_size: int = 262_144
    max_event_size_given: bool = False
    webhook_max_batch_size: int = 12_582_912
    use_async: bool = True
    queue_size: int = 10_000


@dataclass(frozen=True, slots=True)
class WebserverSettings:
    """`webserver`: the server for health and metrics."""

    enabled: bool = False
    listen_port: int = 8765
    listen_address: str = "0.0.0.0"
    k8s_healthz_endpoint: str = "/healthz"
    ssl_enabled: bool = False
    ssl_certificate: Path = DEFAULT_CERTIFICATE
    prometheus_metrics_enabled: bool = False


@dataclass(frozen=True, slots=True)
class MetricsSettings:
    """`metrics`, as far as there is anything of it to measure here; `interval` is in seconds."""

    enabled: bool = False
    interval: float = 5.0
    output_rule: bool = False
    output_file: Path | None = None
    rules_counters_enabled: bool = True
    resource_utilization_enabled: bool = True
    convert_memory_to_mb: bool = True
    include_empty_values: bool = False


@dataclass(frozen=True, slots=True)
class FileOutput:
    """`file_output`: alerts are appended to a file, which stays open or is opened for each."""

    filename: Path
    keep_alive: bool = False


@dataclass(frozen=True, slots=True)
class ProgramOutput:
    """`program_output`: alerts go to the standard input of a shell command, started once or for each."""

    program: str
    keep_alive: bool = False


@dataclass(frozen=True, slots=True)
class HttpOutput:
    """`http_output`: each alert is the body of a POST.

    `ca_file` are the authorities trusted, else those in `ca_path`. `headers` are the toolkit's own: Falco has none.
    """

    url: str
    user_agent: str = "falcosecurity/falco"
    insecure: bool = False
    ca_file: Path | None = None
    ca_path: Path = Path("/etc/ssl/certs")
    client_cert: Path | None = None
    client_key: Path | None = None
    echo: bool = False
    compress_uploads: bool = False
    keep_alive: bool = False
    max_consecutive_timeouts: int = 5
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class OutputsSettings:
    """Where alerts go; None is a channel that is off. `timeout` is in seconds, `queue_capacity` counts alerts."""

    stdout: bool = True
    syslog: bool = False
    file: FileOutput | None = None
    program: ProgramOutput | None = None
    http: HttpOutput | None = None
    buffered: bool = False
    timeout: float = 2.0
    queue_capacity: int = 10_000


@dataclass(frozen=True, slots=True)
class Configuration:
    """A configuration: Falco's file, the files that it includes, and what was set on the command line.

    `plugins` are the names of the loaded plugins; `rules_files` the paths that exist, None where the configuration
    names none at all. `warnings` are what Falco warns of or passes over, `notes` what else people should know, one line
    each, with places.
    """

    plugins: tuple[str, ...] = (SOURCE_PLUGIN, JSON_PLUGIN)
    source: SourceSettings = field(default_factory=SourceSettings)
    rules_files: tuple[str, ...] | None = None
    selectors: tuple[Selector, ...] = ()
    rule_matching: str = "first"
    priority: Priority = Priority.DEBUG
    additions: tuple[Addition, ...] = ()
    static_fields: tuple[tuple[str, str], ...] = ()
    form: AlertForm = field(default_factory=AlertForm)
    outputs: OutputsSettings = field(default_factory=OutputsSettings)
    webserver: WebserverSettings = field(default_factory=WebserverSettings)
    metrics: MetricsSettings = field(default_factory=MetricsSettings)
    files: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
