"""What `bench.py` and the tests of speed measure, and how: processor time, side by side in rounds, the best of each."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import yaml

from toolkit.engine.choice import make_engine
from toolkit.engine.run import Engine
from toolkit.events.tally import Tally
from toolkit.fields.catalog import load_catalog
from toolkit.fields.extractor import Extractor
from toolkit.ruleset.files import read_rule_files
from toolkit.ruleset.loader import RuleFile, load
from toolkit.ruleset.rules import Ruleset

ROOT = Path(__file__).resolve().parent.parent
Lines = Sequence[bytes]
Work = Callable[[], object]


@dataclass(frozen=True)
class Taken:
    """Seconds of processor time that some work took in each round."""

    seconds: tuple[float, ...]

    @property
    def best(self) -> float:
        """The least."""
        return min(self.seconds)

    def ratio(self, other: Taken) -> float:
        """How many times as long as other work, best to best."""
        return self.best / other.best

    def spread(self, other: Taken) -> tuple[float, float]:
        """The lowest and the highest ratio within one round."""
        ratios = [one / two for one, two in zip(self.seconds, other.seconds, strict=True)]
        return min(ratios), max(ratios)


def measure(work: Mapping[str, Work], rounds: int) -> dict[str, Taken]:
    """Do all work once to warm up, then in turns for some rounds."""
    seconds: dict[str, list[float]] = {name: [] for name in work}
    for each in work.values():
        each()
    for _ in range(rounds):
        for name, each in work.items():
            begun = time.process_time()
            each()
            seconds[name].append(time.process_time() - begun)
    return {name: Taken(tuple(taken)) for name, taken in seconds.items()}


def bundled_rules(copies: int = 1) -> Ruleset:
    """Return the bundled rules; of each rule so many copies, no two of which have the same condition."""
    files = read_rule_files()
    if copies > 1:
        files = [RuleFile(file.name, _copied(file.text, copies)) for file in files]
    return load(files, load_catalog()).checked()


def _copied(content: bytes, copies: int) -> bytes:
    items: list[dict[str, Any]] = []
    for item in yaml.safe_load(content):
        items.append(item)
        for number in range(1, copies) if "rule" in item else ():
            condition = f'({item["condition"].strip()}) and not kar.user.name = "somebody-{number}"'
            items.append({**item, "rule": f"{item['rule']} {number}", "condition": condition})
    return yaml.safe_dump(items, sort_keys=False, width=10**6).encode()


def engine(
    kind: str = "compiled", ruleset: Ruleset | None = None, plugin: str = "corrected", matching: str = "first"
) -> Engine:
    """Return an engine with the bundled rules, or others."""
    catalog = load_catalog(plugin)
    chosen = ruleset or load(read_rule_files(), catalog).checked()
    return make_engine(kind, chosen, Extractor(catalog), matching)


def counted(run: Engine, lines: Lines, *, published: bool = False) -> int:
    """Go through lines and count the alerts by rule."""
    return run.count(iter(lines), "events", Tally(), published=published).total()


def rendered(run: Engine, lines: Lines) -> int:
    """Go through lines and render each alert as JSON."""
    return sum(len(alert.json()) for alert in run.scan(iter(lines), "events", Tally()))


def as_text(run: Engine, lines: Lines) -> int:
    """Go through lines and render each alert as text."""
    return sum(len(alert.text()) for alert in run.scan(iter(lines), "events", Tally()))


def bare(lines: Lines) -> int:
    """Parse lines and nothing else; returns how many."""
    loads = orjson.loads
    for line in lines:
        loads(line)
    return len(lines)


def bare_json(lines: Lines) -> int:
    """Parse lines with the standard library and nothing else; returns how many."""
    loads = json.loads
    for line in lines:
        loads(line)
    return len(lines)


def from_files(run: Engine, paths: Sequence[Path]) -> int:
    """Read logs and go through them."""
    return sum(1 for _ in run.run(paths, Tally()))


def processor_seconds(command: Sequence[str]) -> float:
    """Return the processor time that a command takes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True, env=_environment())
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def wall_seconds(command: Sequence[str]) -> float:
    """Return how long a command takes by the clock."""
    begun = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True, env=_environment())
    return time.perf_counter() - begun


def peak_mebibytes(log: Path) -> float:
    """Return the peak memory of `toolkit run` over a log, in MiB."""
    code = (
        "import resource, subprocess, sys\n"
        "subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    command = [sys.executable, "-c", code, sys.executable, "-m", "toolkit", "run", "-o", "json", str(log)]
    done = subprocess.run(command, capture_output=True, check=True, env=_environment(), cwd=ROOT)
    return int(done.stdout) / (1024 * 1024 if sys.platform == "darwin" else 1024)


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}


def custom_resources(count: int) -> list[bytes]:
    """Return as many lines, each about another custom resource, kind and group, with their ends."""
    line = (
        '{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":'
        '"00000000-0000-0000-0000-%012d","kind":{"group":"g%d.example.com","version":"v1","kind":"Kind%d"},'
        '"resource":{"group":"g%d.example.com","version":"v1","resource":"things%d"},"name":"n","namespace":"d",'
        '"operation":"CREATE","userInfo":{"username":"system:node:n"},"object":{"kind":"Kind%d","metadata":{}},'
        '"oldObject":null,"dryRun":false,"options":null},"requestReceivedTimestamp":"2026-11-23T05:51:16.5Z"}\n'
    )
    return [(line % ((number,) * 6)).encode() for number in range(count)]
