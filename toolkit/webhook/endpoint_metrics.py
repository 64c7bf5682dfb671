"""The endpoint's metrics page: Falco's names, the recorder's names, and what the rules' side tells of itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from toolkit.webhook.endpoint_counts import OVERSIZE, QUEUE_FULL, SHUTDOWN, EndpointCounts
from toolkit.webhook.families import Family, Sample

_PLUGIN = "falcosecurity_plugins_k8sadmission"
_RECORDER = "kube_audit_rest"


def exposition(families: Iterable[Family]) -> bytes:
    """Render in Prometheus' text format."""
    registry = CollectorRegistry()
    registry.register(_Families(families))
    return generate_latest(registry)


def endpoint_families(counts: EndpointCounts) -> Iterator[Family]:
    """Yield what the endpoint itself counts."""
    yield _counter(f"{_PLUGIN}_n_events_total", "Events that were posted", counts.events)
    dropped = dict.fromkeys((OVERSIZE, QUEUE_FULL, SHUTDOWN), 0) | counts.dropped
    yield _by(f"{_PLUGIN}_n_drops_total", "Events that no rule sees", "reason", dropped)
    yield _by(f"{_PLUGIN}_n_refused_total", "Posts that were not taken, by the answer's status", "code", counts.refused)
    yield _by(f"{_PLUGIN}_n_tls_failures_total", "Connections that failed in TLS", "reason", counts.tls_failures)
    waiting = [Sample({}, counts.waiting)]
    yield Family(f"{_PLUGIN}_n_queued", "Events that wait for the rules", "gauge", waiting)
    yield _counter(f"{_RECORDER}_http_requests_total", "Total number of requests", counts.requests)
    taken = counts.answered + counts.batches
    yield _counter(f"{_RECORDER}_valid_requests_processed_total", "Total number of valid requests processed", taken)


def _counter(name: str, words: str, value: float) -> Family:
    return Family(name, words, "counter", [Sample({}, value)])


def _by(name: str, words: str, label: str, values: Mapping[str, int]) -> Family:
    return Family(name, words, "counter", [Sample({label: key}, value) for key, value in sorted(values.items())])


class _Families(Collector):
    def __init__(self, families: Iterable[Family]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        for family in self._families:
            yield _metric(family)


def _metric(family: Family) -> Metric:
    kind = CounterMetricFamily if family.type == "counter" else GaugeMetricFamily
    metric = kind(family.name, family.help)
    for labels, value in family.samples:
        metric.add_sample(family.name, dict(labels), value)
    return metric
