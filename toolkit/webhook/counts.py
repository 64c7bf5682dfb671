"""What the recorder counts, under the names that kube-audit-rest's users know."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector


@dataclass(slots=True)
class Counts:
    """Running totals since the recorder began."""

    requests: int = 0
    """Posts to the webhook's path, valid or not."""
    valid_requests: int = 0
    """Reviews handed to the log and allowed, also when writing failed."""
    write_errors: int = 0
    """Reviews allowed whose line could not be written."""

    def exposition(self) -> bytes:
        """Render in Prometheus' text format."""
        registry = CollectorRegistry()
        registry.register(_Families(self))
        return generate_latest(registry)


class _Families(Collector):
    def __init__(self, counts: Counts) -> None:
        self._counts = counts

    def collect(self) -> Iterator[Metric]:
        counts = self._counts
        prefix = "kube_audit_rest"
        yield CounterMetricFamily(
            f"{prefix}_http_requests_total", "Total number of requests to kube-audit-rest", counts.requests
        )
        yield CounterMetricFamily(
            f"{prefix}_valid_requests_processed_total",
            "Total number of valid requests processed",
            counts.valid_requests,
        )
        yield CounterMetricFamily(
            f"{prefix}_write_errors_total",
            "Total number of valid requests whose line was not written",
            counts.write_errors,
        )
        errors = CounterMetricFamily(
            "promhttp_metric_handler_errors_total",
            "Total number of internal errors encountered by the promhttp metric handler.",
            labels=["cause"],
        )
        for cause in ("encoding", "gathering"):
            errors.add_metric([cause], 0)
        yield errors
