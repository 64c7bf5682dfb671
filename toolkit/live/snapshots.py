"""Falco's metrics snapshots: the state of a run in one line, every so often, among the alerts or in a file."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from toolkit.configuration.model import MetricsSettings
from toolkit.engine.alerts import AlertForm, to_json
from toolkit.engine.reference import FALCO_VERSION
from toolkit.fields.evt import PLUGIN, SOURCE
from toolkit.live.metrics import Times, resident_bytes
from toolkit.live.model import Rules
from toolkit.outputs.channel import Line
from toolkit.ruleset.priorities import Priority
from toolkit.webhook.endpoint_counts import EndpointCounts
from toolkit.webhook.line import rfc3339_nano

RULE = "Falco internal: metrics snapshot"
MESSAGE = "Falco metrics snapshot"
_NOT_IN_NAMES = re.compile(r"[^a-zA-Z0-9_]")
_MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class State:
    """What a snapshot tells of; `matches` counts alerts by the rule's name, `events` those that rules have seen."""

    rules: Rules
    matches: Mapping[str, int]
    events: int
    times: Times
    output_drops: int
    counts: EndpointCounts


class Snapshots:
    """Takes a snapshot every `settings.interval` seconds; lines go to `send`, words about trouble to `say`."""

    def __init__(
        self,
        settings: MetricsSettings,
        form: AlertForm,
        hostname: str | None,
        send: Callable[[Line], None],
        say: Callable[[str], None],
    ) -> None:
        self._settings = settings
        self._form = form
        self._hostname = hostname
        self._send = send
        self._say = say
        self._taken = 0
        self._taken_at = time.monotonic()
        self._events_before = 0
        self._is_failing = False

    def offer(self, state: State) -> None:
        """Take a snapshot if it is time for one."""
        seconds = time.monotonic() - self._taken_at
        if not self._settings.enabled or seconds < self._settings.interval:
            return
        fields = self._fields(state, seconds)
        self._taken_at, self._events_before = time.monotonic(), state.events
        self._taken += 1
        if self._settings.output_rule:
            self._send(Line(self._line(fields), Priority.INFORMATIONAL))
        if self._settings.output_file:
            self._write(to_json({"sample": self._taken, "output_fields": fields}))

    def _fields(self, state: State, seconds: float) -> dict[str, Any]:
        now = time.time_ns()
        found: dict[str, Any] = {
            "evt.hostname": self._hostname,
            "evt.source": SOURCE,
            "evt.time": now,
            "falco.duration_sec": (now - state.times.started) // 10**9,
            "falco.evts_rate_sec": round((state.events - self._events_before) / seconds, 1),
            "falco.host_num_cpus": os.cpu_count(),
            "falco.num_evts": state.events,
            "falco.num_evts_prev": self._events_before,
            "falco.outputs_queue_num_drops": state.output_drops,
            "falco.reload_ts": state.times.loaded,
            "falco.start_ts": state.times.started,
            "falco.version": FALCO_VERSION,
            "scap.engine_name": "source_plugin",
            f"plugins.{PLUGIN}.n_events": state.counts.events,
            f"plugins.{PLUGIN}.n_drops": state.counts.dropped.total(),
        }
        for name, digest in state.rules.files:
            found[f"falco.sha256_rules_file.{_NOT_IN_NAMES.sub('_', name)}"] = digest
        if self._settings.rules_counters_enabled:
            found |= self._rule_counters(state)
        if self._settings.resource_utilization_enabled:
            found |= self._memory()
        return found

    def _rule_counters(self, state: State) -> dict[str, int]:
        counted = {rule.name: state.matches.get(rule.name, 0) for rule in state.rules.defined}
        kept = {name: count for name, count in counted.items() if count or self._settings.include_empty_values}
        named = {f"falco.rules.{_NOT_IN_NAMES.sub('_', name)}": count for name, count in kept.items()}
        return named | {"falco.rules.matches_total": sum(state.matches.values())}

    def _memory(self) -> dict[str, float]:
        if self._settings.convert_memory_to_mb:
            return {"falco.memory_rss_mb": round(resident_bytes() / _MEBIBYTE, 1)}
        return {"falco.memory_rss_kb": resident_bytes() // 1024}

    def _line(self, fields: Mapping[str, Any]) -> bytes:
        if not self._form.json:
            values = " ".join(f"{name}={value}" for name, value in sorted(fields.items()))
            moment = rfc3339_nano(fields["evt.time"])
            clock = moment if self._form.iso_time else moment.partition("T")[2][:18]
            return f"{clock}: Informational {MESSAGE} ({values})".encode()
        members: dict[str, Any] = {"output": MESSAGE, "output_fields": dict(fields), "rule": RULE}
        members |= {"priority": "Informational", "source": "internal", "time": rfc3339_nano(fields["evt.time"])}
        return to_json(members | ({"hostname": self._hostname} if self._hostname is not None else {}))

    def _write(self, line: bytes) -> None:
        """Append to the file; the first of several failures is told."""
        assert self._settings.output_file
        try:
            with self._settings.output_file.open("ab") as file:
                file.write(line + b"\n")
            self._is_failing = False
        except OSError as error:
            if not self._is_failing:
                self._say(f"metrics: {self._settings.output_file}: {error.strerror or error}")
            self._is_failing = True
