"""The parts of a configuration that are about a live run: the server for health and metrics, and the metrics."""

from __future__ import annotations

import re
from ipaddress import ip_address
from pathlib import Path

from toolkit.configuration.model import MetricsSettings, WebserverSettings
from toolkit.configuration.reading import Reading
from toolkit.texts import number

_UNITS = {"y": 365 * 86_400.0, "w": 7 * 86_400.0, "d": 86_400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_DURATION = re.compile("".join(rf"(?:(?P<{unit}>[0-9]+){unit})?" for unit in _UNITS))
_SHORTEST = 0.1
_LARGEST = 2**63 - 1
_ENGINES = ("kmod", "modern_ebpf", "replay", "nodriver")


def webserver_settings(reading: Reading) -> WebserverSettings:
    """Return the settings of the server for health and metrics."""
    address = reading.text("webserver.listen_address", "0.0.0.0")
    try:
        ip_address(address.strip())
    except ValueError:
        reading.fault(f"webserver.listen_address is {address!r}, which is no IP address", "webserver.listen_address")
    return WebserverSettings(
        enabled=reading.boolean("webserver.enabled"),
        listen_port=reading.unsigned("webserver.listen_port", 8765, 65_535),
        listen_address=address.strip(),
        k8s_healthz_endpoint=reading.text("webserver.k8s_healthz_endpoint", "/healthz"),
        ssl_enabled=reading.boolean("webserver.ssl_enabled"),
        ssl_certificate=Path(reading.text("webserver.ssl_certificate", "/etc/falco/falco.pem")),
        prometheus_metrics_enabled=reading.boolean("webserver.prometheus_metrics_enabled"),
    )


def metrics_settings(reading: Reading) -> MetricsSettings:
    """Return the settings of metrics."""
    enabled = reading.boolean("metrics.enabled")
    words = reading.text("metrics.interval", "5s")
    interval = seconds(words)
    if enabled and interval < _SHORTEST:
        reading.fault(f"metrics.interval is {words!r}", "metrics.interval", "a time of 100ms or more: 15s, 5m, 1h30m")
    file = reading.text("metrics.output_file")
    return MetricsSettings(
        enabled=enabled,
        interval=interval,
        output_rule=reading.boolean("metrics.output_rule"),
        output_file=Path(file) if file else None,
        rules_counters_enabled=reading.boolean("metrics.rules_counters_enabled", default=True),
        resource_utilization_enabled=reading.boolean("metrics.resource_utilization_enabled", default=True),
        convert_memory_to_mb=reading.boolean("metrics.convert_memory_to_mb", default=True),
        include_empty_values=reading.boolean("metrics.include_empty_values"),
    )


def seconds(text: str) -> float:
    """Return the seconds of a time as Prometheus writes it, such as 1h30m; 0 for anything else."""
    found = _DURATION.fullmatch("".join(text.split()))
    if found is None:
        return 0.0
    return sum(number(digits, _LARGEST) * _UNITS[unit] for unit, digits in found.groupdict().items() if digits)


def check_drivers(reading: Reading) -> None:
    """Note faults in what is set aside here and would still keep Falco from starting."""
    if reading.tree.get("engine"):
        kind = reading.one_of("engine.kind", "kmod", _ENGINES)
        if kind == "replay" and not reading.text("engine.replay.capture_file"):
            reading.fault("engine.kind is replay and engine.replay names no capture_file", "engine")
    reading.one_of("capture.mode", "rules", ("rules", "all_rules"))
