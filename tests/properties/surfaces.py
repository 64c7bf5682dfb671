"""Everything that reads what strangers wrote: for each sort of input, samples of it and what reading it must come to.

A surface takes any bytes. Whatever it raises is a bug: errors for people are caught here, and looked at.
"""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import zstandard
from mangling import CONDITION_WORDS, Mangler
from odd_lines import CAPTURED, ROOT, LineMaker, templates
from rule_sets import make_ruleset
from small_project import RULES, SmallProject

from toolkit.conditions.compiler import compile_condition
from toolkit.conditions.errors import ConditionError
from toolkit.conditions.parser import parse
from toolkit.conditions.text import render
from toolkit.configuration.load import load_configuration
from toolkit.engine.choice import make_engine
from toolkit.engine.run import Engine
from toolkit.errors import ExitCode, ToolkitError
from toolkit.events.files import Input
from toolkit.events.reader import lines_of
from toolkit.events.tally import Tally
from toolkit.fields.catalog import load_catalog
from toolkit.fields.event import Machine
from toolkit.fields.extractor import Extractor
from toolkit.fields.user_fields import load_user_fields
from toolkit.judge.inputs import read_inputs
from toolkit.judge.validate import validate
from toolkit.lints.run import lint
from toolkit.reports.document import json_report
from toolkit.ruleset.files import read_rule_files
from toolkit.ruleset.loader import RuleFile, load
from toolkit.ruleset.rules import Ruleset
from toolkit.texts import encode_json

PLUGINS = ("corrected", "published")
LOADING = ROOT / "tests" / "conformance" / "data" / "loading" / "cases.jsonl.gz"
FACTS = ROOT / "tests" / "conformance" / "data" / "condition-facts.jsonl"
LINES_A_LOG = 40
RULE_SETS = 12
EXIT_CODES = frozenset(ExitCode)

FIELDS = b"""\
fields:
  - {name: kar.own.images, type: list, argument: index, gate: {kind: Deployment, group: apps}, description: d,
     path: ["request.object.spec.template.spec.containers[].image", "request.object.spec.containers[].image"]}
  - {name: kar.own.label, type: string, argument: key, description: d, path: "request.object.metadata.labels.{key}"}
  - name: kar.own.spec
    type: string
    json: true
    description: the spec as it stands
    path: "request.object.spec"
    gate:
      resource: pods
      subresource: status
"""
CONFIGURATION = b"""\
config_files: [more.yaml, {path: more.d, strategy: add-only}]
rules_files:
  - rules.yaml
plugins:
  - name: k8sadmission
    library_path: libk8sadmission.so
    init_config: {maxEventSize: 262144}
    open_params: "http://:9765/k8s-audit"
  - name: json
    library_path: libjson.so
load_plugins: [k8sadmission, json]
priority: debug
json_output: true
rule_matching: first
time_format_iso_8601: false
append_output:
  - match: {source: k8s_admission, tags: [a], rule: r}
    extra_output: "on=%kar.verb"
    extra_fields: [kar.user.name, {more: "%kar.verb"}]
static_fields: {cluster: "${CLUSTER}"}
rules:
  - disable: {rule: "*"}
  - enable: {tag: a}
stdout_output: {enabled: true}
file_output: {enabled: true, keep_alive: false, filename: ./events.txt}
http_output: {enabled: true, url: "http://localhost:1/", max_consecutive_timeouts: 5}
program_output: {enabled: false, program: cat}
webserver: {enabled: true, listen_port: 8765, ssl_enabled: false}
metrics: {enabled: true, interval: 1h}
outputs_queue: {capacity: 0}
"""
RULE = b"""\
- rule: r
  desc: d
  source: k8s_admission
  priority: INFO
  output: o %kar.verb %evt.time
  condition: """


@dataclass(frozen=True)
class Surface:
    """A sort of input: how one is made of a source of random numbers, and what reads it. `counts` inputs in one."""

    name: str
    make: Callable[[random.Random], bytes]
    read: Callable[[bytes, Path], None]
    counts: int = 1


def reads_or_refuses(read: Callable[[], object]) -> None:
    """Read something; an error for people has to have words for each fault, and one of the documented exit codes."""
    try:
        read()
    except ToolkitError as error:
        refused = error
    else:
        return
    assert refused.exit_code in EXIT_CODES
    assert refused.faults
    for fault in refused.faults:
        assert fault.message
        assert len(str(fault)) < 20_000, "an error that nobody reads to its end"


@cache
def templates_of_lines() -> list[Any]:
    return templates()


@cache
def captured_lines() -> list[bytes]:
    return [line for line in gzip.decompress(CAPTURED.read_bytes()).splitlines(keepends=True) if len(line) <= 6000]


@cache
def rulesets(plugin: str) -> list[Ruleset]:
    """Return the bundled rules and random ones, the same ones always."""
    catalog = load_catalog(plugin)
    made = [make_ruleset(random.Random(number), catalog, 6) for number in range(RULE_SETS)]
    return [load(read_rule_files(), catalog).checked(), *made]


@cache
def engines(plugin: str, matching: str) -> list[tuple[Engine, Engine]]:
    """Return both engines for each ruleset."""
    machine = Machine("host", -12_600)

    def engine(kind: str, ruleset: Ruleset) -> Engine:
        return make_engine(kind, ruleset, Extractor(load_catalog(plugin), machine), matching)

    return [(engine("compiled", ruleset), engine("walk", ruleset)) for ruleset in rulesets(plugin)]


def make_log(source: random.Random) -> bytes:
    """Return a log of so many lines: some with parts swapped, most with bytes damaged; some compressed, cut, spoilt."""
    mangler = Mangler(source, captured_lines())
    kept = [_line(mangler, source) for _ in range(LINES_A_LOG)]
    text = b"".join(line.replace(b"\n", b" ") + b"\n" for line in kept)
    kind = source.random()
    if kind < 0.8:
        return text if kind < 0.75 else mangler.damaged(text)
    packed = gzip.compress(text, 1, mtime=0) if kind < 0.9 else zstandard.compress(text, 1)
    return packed if source.random() < 0.3 else Mangler(source, [packed]).damaged(packed)


def _line(mangler: Mangler, source: random.Random) -> bytes:
    kind = source.random()
    if kind < 0.25:
        return next(LineMaker(source, templates_of_lines()).lines(1))
    return mangler.damaged(source.choice(captured_lines()))


def read_log(data: bytes, folder: Path) -> None:
    """Run rules over a log as `toolkit run` does, in text and JSON; of every other log, both engines say the same."""
    path = folder / "log"
    path.write_bytes(data)
    pick = random.Random(data[:64] + len(data).to_bytes(4, "big"))
    plugin, matching = pick.choice(PLUGINS), pick.choice(("first", "all"))
    compiled, walk = pick.choice(engines(plugin, matching))
    said = _alerts(compiled, path, plugin)
    if pick.random() < 0.5:
        assert said == _alerts(walk, path, plugin), "the engines differ"


def _alerts(engine: Engine, path: Path, plugin: str) -> tuple[list[tuple[bytes, bytes]], list[str]]:
    tally = Tally()
    engine.begin()
    with Input(str(path), path).open() as stream:
        alerts = engine.scan(lines_of(stream, "log", max_bytes=1 << 20), "log", tally, published=plugin == "published")
        found = [(bytes(alert.json("h")), alert.text().encode("utf-8", "surrogatepass")) for alert in alerts]
    for text, _ in found:
        orjson.loads(text)
    assert 0 <= tally.exit_code(strict=True) <= ExitCode.NOTHING_SELECTED
    return found, tally.words()


@cache
def rules_samples() -> list[bytes]:
    """Return rules files: those that Falco was recorded with, and the bundled ones item by item."""
    cases = [json.loads(line) for line in gzip.decompress(LOADING.read_bytes()).splitlines()]
    texts = [text.encode() for case in cases for text in _texts(case["files"])]
    for path in sorted((ROOT / "rules").glob("*.yaml")):
        items = path.read_bytes().split(b"\n\n- ")
        texts += [b"- " + item + b"\n" for item in items[1:]]
    return [text for text in texts if text and len(text) < 8000]


def _texts(files: Any) -> Iterator[str]:
    for file in files if isinstance(files, list) else [files]:
        yield from (value for value in (file.values() if isinstance(file, dict) else [file]) if isinstance(value, str))


def make_rules(source: random.Random) -> bytes:
    """Return a damaged rules file."""
    return Mangler(source, rules_samples(), CONDITION_WORDS).text()


def read_rules(data: bytes, _folder: Path) -> None:
    """Load and lint a rules file, and run what loads over a few events."""
    for plugin in PLUGINS[: 1 + (len(data) % 4 == 0)]:
        catalog = load_catalog(plugin)
        loaded = load([RuleFile("r.yaml", data)], catalog)
        orjson.loads(encode_json(loaded.as_json()))
        reads_or_refuses(loaded.checked)
        if loaded.ruleset is None:
            assert loaded.faults
        for finding in lint(loaded, catalog, plugin):
            assert finding.message
        if loaded.ruleset:
            for kind in ("compiled", "walk"):
                engine = make_engine(kind, loaded.ruleset, Extractor(catalog, Machine("h", 0)), "all")
                for alert in engine.scan(iter(captured_lines()[::12]), "log", Tally()):
                    orjson.loads(alert.json("h"))
                    assert alert.text()


@cache
def condition_samples() -> list[bytes]:
    return [json.loads(line)["condition"].encode() for line in FACTS.read_bytes().splitlines()]


def make_condition(source: random.Random) -> bytes:
    """Return a damaged condition."""
    mangler = Mangler(source, condition_samples(), CONDITION_WORDS)
    return source.choice((b" and ", b" or ", b" not ", b"")).join(mangler.text() for _ in range(source.randrange(1, 4)))


def read_condition(data: bytes, _folder: Path) -> None:
    """Parse a condition, write it, and compile it."""
    try:
        tree = parse(data.decode("utf-8", "surrogateescape"))
        assert parse(render(tree), 10_000) == tree
        compile_condition(tree, load_catalog())
    except ConditionError as error:
        refused = error
    else:
        return
    assert refused.message
    assert 0 <= refused.index <= len(data)


def make_configuration(source: random.Random) -> bytes:
    """Return a damaged falco.yaml."""
    return Mangler(source, [CONFIGURATION]).text()


def read_configuration(data: bytes, folder: Path) -> None:
    """Load a configuration, alone and with overrides that are parts of it."""
    path = folder / "falco.yaml"
    path.write_bytes(data)
    pick = random.Random(data[:64])
    lines = [line.strip().replace(b": ", b"=", 1) for line in data.splitlines() if b": " in line]
    overrides = [pick.choice(lines).decode("utf-8", "surrogateescape")] if lines and pick.random() < 0.5 else []
    reads_or_refuses(lambda: load_configuration(str(path), overrides, {"CLUSTER": "c", "A": "${A}"}))


def make_fields(source: random.Random) -> bytes:
    """Return a damaged file of fields."""
    return Mangler(source, [FIELDS], (b"[]", b"[0]", b"[99999]", b"{key}", b'"a.b"', b".")).text()


def read_fields(data: bytes, folder: Path) -> None:
    """Load fields and read one of a few events."""
    path = folder / "fields.yaml"
    path.write_bytes(data)

    def read() -> None:
        fields = load_user_fields([path])
        catalog = load_catalog("corrected", fields)
        names = [f"%{field.name}{'[a]' if field.argument_required else ''}" for field in fields]
        rule = b"%s kar.verb exists\n- rule: r\n  override: {output: append}\n  output: '%s'\n" % (
            RULE,
            " ".join(names).encode(),
        )
        loaded = load([RuleFile("r.yaml", rule)], catalog)
        engine = make_engine("compiled", loaded.checked(), Extractor(catalog, Machine("h", 0)))
        for alert in engine.scan(iter(captured_lines()[::12]), "log", Tally()):
            orjson.loads(alert.json("h"))

    reads_or_refuses(read)


@cache
def scenario_samples() -> list[bytes]:
    paths = sorted((ROOT / "testing" / "k8s").glob("*.yaml"))
    return [text for path in paths if len(text := path.read_bytes()) < 6000]


@cache
def project(folder: Path) -> SmallProject:
    return SmallProject(folder).write()


def make_scenario(source: random.Random) -> bytes:
    """Return a damaged scenario, or a damaged file of claims."""
    return Mangler(source, scenario_samples()).text()


def read_scenario(data: bytes, folder: Path) -> None:
    """Judge a small project that has a scenario more."""
    found = project(folder)
    path = found.scenarios_folder / f"{_name(data) or 'more'}.yaml"
    path.write_bytes(data)
    try:
        _judge(found)
    finally:
        path.unlink()


def _name(data: bytes) -> str:
    start = data.find(b"  name: ")
    name = data[start + 8 :].split(b"\n", 1)[0].decode("utf-8", "replace") if start >= 0 else ""
    fits = name.replace("-", "").isalnum() and len(name.encode()) < 80
    return name if fits and name not in ("host-path", "everything") else ""


def make_dataset(source: random.Random) -> bytes:
    """Return which file of a dataset is damaged (one byte), and how it then is."""
    number = source.randrange(3)
    sample = _dataset_texts()[number]
    return bytes([number]) + Mangler(source, [sample]).text()


@cache
def _dataset_texts() -> tuple[bytes, ...]:
    folder = ROOT / "test_files" / "1.37"
    lines = (folder / "create-privileged-pod.jsonl").read_bytes()[:8000]
    manifest = json.loads((folder / "manifest.json").read_bytes())
    manifest["scenarios"] = dict(list(manifest["scenarios"].items())[:2])
    return json.dumps(manifest, indent=1).encode(), lines, RULES.encode()


def read_dataset(data: bytes, folder: Path) -> None:
    """Judge a small project of which one file is damaged: the manifest, recorded lines, or the rules."""
    found = project(folder)
    dataset = found.dataset / found.versions[0]
    path = (dataset / "manifest.json", dataset / "host-path.jsonl", found.rules_file)[data[0] % 3]
    before = path.read_bytes()
    path.write_bytes(data[1:])
    try:
        _judge(found)
    finally:
        path.write_bytes(before)


def _judge(found: SmallProject) -> None:
    catalog = load_catalog()

    def judge() -> None:
        inputs = read_inputs([found.rules_file], found.scenarios_folder, [found.dataset], catalog)
        json.loads(json_report(validate(inputs, catalog)))

    reads_or_refuses(judge)


SURFACES = {
    surface.name: surface
    for surface in (
        Surface("lines", make_log, read_log, LINES_A_LOG),
        Surface("rules", make_rules, read_rules),
        Surface("conditions", make_condition, read_condition),
        Surface("configurations", make_configuration, read_configuration),
        Surface("fields", make_fields, read_fields),
        Surface("scenarios", make_scenario, read_scenario),
        Surface("datasets", make_dataset, read_dataset),
    )
}
"""Every sort of input, by name."""


def inputs(name: str, seeds: Sequence[int]) -> Iterator[bytes]:
    """Yield the inputs of some numbers; the same number always gives the same input."""
    for seed in seeds:
        yield SURFACES[name].make(random.Random(f"{name} {seed}"))
