"""Falco's metrics snapshots: when, where to, and in which words."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from test_live_loop import rules

from toolkit.configuration.model import MetricsSettings
from toolkit.engine.alerts import AlertForm
from toolkit.live.metrics import Times
from toolkit.live.snapshots import Snapshots, State
from toolkit.webhook.endpoint_counts import EndpointCounts

ON = MetricsSettings(enabled=True, interval=5.0, output_rule=True)


class Run:
    """Snapshots with a clock of their own; `lines` are what they sent."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, settings: MetricsSettings, form: AlertForm) -> None:
        self.now = 100.0
        self.lines: list[str] = []
        self.said: list[str] = []
        monkeypatch.setattr(time, "monotonic", lambda: self.now)
        self._made = Snapshots(
            settings, form, "host", lambda line: self.lines.append(line.text.decode()), self.said.append
        )

    def at(self, seconds: float, events: int = 0) -> None:
        self.now = 100.0 + seconds
        counts = EndpointCounts(events=events + 2)
        counts.dropped["queue_full"] = 2
        self._made.offer(State(rules(), {"Any": 3}, events, Times(1, 2), 4, counts))

    def fields(self, at: int = -1) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.lines[at])["output_fields"]
        return found


def test_one_each_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(monkeypatch, ON, AlertForm(json=True))
    for seconds in (1, 4.9, 5, 6, 9.9, 10, 30):
        run.at(seconds)
    assert len(run.lines) == 3


def test_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(monkeypatch, ON, AlertForm(json=True))
    run.at(5, events=10)
    run.at(10, events=40)
    line = json.loads(run.lines[-1])
    assert (line["rule"], line["priority"], line["source"], line["hostname"]) == (
        "Falco internal: metrics snapshot",
        "Informational",
        "internal",
        "host",
    )
    fields = run.fields()
    assert (fields["falco.num_evts"], fields["falco.num_evts_prev"], fields["falco.evts_rate_sec"]) == (40, 10, 6.0)
    assert (fields["falco.rules.Any"], fields["falco.rules.matches_total"]) == (3, 3)
    assert (fields["falco.outputs_queue_num_drops"], fields["plugins.k8sadmission.n_drops"]) == (4, 2)
    assert fields["falco.memory_rss_mb"] > 10


def test_as_text(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(monkeypatch, ON, AlertForm())
    run.at(5)
    assert ": Informational Falco metrics snapshot (evt.hostname=host evt.source=k8s_admission " in run.lines[0]


def test_parts_that_are_off(monkeypatch: pytest.MonkeyPatch) -> None:
    off = MetricsSettings(True, 5.0, True, None, rules_counters_enabled=False, resource_utilization_enabled=False)
    run = Run(monkeypatch, off, AlertForm(json=True))
    run.at(5)
    assert not [name for name in run.fields() if name.startswith(("falco.rules", "falco.memory"))]
    silent = Run(monkeypatch, MetricsSettings(False, 5.0, True), AlertForm(json=True))
    silent.at(50)
    assert silent.lines == []


def test_into_a_file_and_what_goes_wrong_is_told_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "folder" / "metrics.jsonl"
    run = Run(monkeypatch, MetricsSettings(True, 5.0, False, file), AlertForm())
    run.at(5)
    run.at(10)
    assert run.said == [f"metrics: {file}: No such file or directory"]
    file.parent.mkdir()
    run.at(15)
    (line,) = file.read_text().splitlines()
    assert json.loads(line)["sample"] == 3
    assert run.lines == []
