"""What the rules' side tells on the metrics page, under the names of Falco 0.44."""

from __future__ import annotations

import os
import re
import resource
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from toolkit.engine.reference import FALCO_VERSION
from toolkit.fields.evt import SOURCE
from toolkit.live.model import Rules
from toolkit.ruleset.rules import Rule
from toolkit.webhook.families import Family, Sample

_FALCO = "falcosecurity_falco"
_NOT_IN_LABELS = re.compile(r"[^a-zA-Z0-9_]")


@dataclass(slots=True)
class Times:
    """When the process began and when its rules were last loaded: nanoseconds since 1970."""

    started: int = field(default_factory=time.time_ns)
    loaded: int = field(default_factory=time.time_ns)


def families(rules: Rules, matches: Mapping[str, int], times: Times, output_drops: int) -> Iterator[Family]:
    """Yield the families; `matches` counts alerts by the rule's name, `output_drops` alerts that no output took."""
    yield _info("version", {"version": FALCO_VERSION})
    digests = [Sample({"file_name": name, "sha256": digest}, 1) for name, digest in rules.files]
    yield Family(f"{_FALCO}_sha256_rules_files_info", "Rule files that are in force", "gauge", digests)
    yield Family("falcosecurity_scap_engine_name_info", "Where events come from", "gauge", [_engine_name()])
    fired = [Sample(_labels(rule), matches[rule.name]) for rule in rules.defined if matches.get(rule.name)]
    yield Family(f"{_FALCO}_rules_matches_total", "Alerts by rule", "counter", fired)
    yield _one("outputs_queue_num_drops_total", "Alerts that no output took", "counter", output_drops)
    yield _one("start_timestamp_nanoseconds", "Begin of the process", "gauge", times.started)
    yield _one("reload_timestamp_nanoseconds", "Last loading of the rules", "gauge", times.loaded)
    seconds = (time.time_ns() - times.started) // 10**9
    yield _one("duration_seconds_total", "Age of the process", "counter", seconds)
    yield _one("memory_rss_bytes", "Memory of the process with the rules", "gauge", resident_bytes())
    yield _one("host_num_cpus_total", "Processors", "gauge", os.cpu_count() or 0)


def _one(name: str, words: str, kind: str, value: float) -> Family:
    return Family(f"{_FALCO}_{name}", words, "counter" if kind == "counter" else "gauge", [Sample({}, value)])


def _info(name: str, labels: Mapping[str, str]) -> Family:
    return Family(f"{_FALCO}_{name}_info", f"The {name}", "gauge", [Sample(labels, 1)])


def _engine_name() -> Sample:
    return Sample({"engine_name": "source_plugin", "evt_source": SOURCE}, 1)


def _labels(rule: Rule) -> dict[str, str]:
    tags = {f"tag_{_NOT_IN_LABELS.sub('_', tag)}": "true" for tag in rule.tags}
    return {"priority": str(int(rule.priority)), "rule_name": rule.name, "source": rule.source, **tags}


def resident_bytes() -> int:
    """Return how much memory this process has, 0 where that is not told."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123
            return int(file.read().split()[1]) * resource.getpagesize()
    except OSError:
        return 0
