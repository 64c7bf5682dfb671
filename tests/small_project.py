"""A small project of its own for tests: a few rules, scenarios, and a dataset that fits them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from toolkit.dataset.manifest import Manifest, Provenance, RecordedBackground, RecordedScenario, RecordedStep, sha256
from toolkit.dataset.write import write_dataset
from toolkit.scenarios.loader import load_scenarios

RULES = """\
- macro: create
  condition: (kar.verb = CREATE)

- macro: sensitive
  condition: (kar.req.pod.volumes.hostpath intersects (/proc, /etc))

- rule: Pod Created
  desc: a pod was created
  condition: create and kar.target.resource = pods
  output: pod created (name=%kar.target.name)
  priority: INFO
  source: k8s_admission

- rule: Host Path
  desc: a pod mounts a path of the host
  condition: create and sensitive
  output: host path (paths=%kar.req.pod.volumes.hostpath)
  priority: WARNING
  source: k8s_admission

- rule: Everything
  desc: any event
  condition: kar.uid exists
  output: event
  priority: DEBUG
  source: k8s_admission
  enabled: false
"""

SILENT = """
- rule: Silent
  desc: nothing
  condition: kar.verb = NEVER
  output: never
  priority: INFO
  source: k8s_admission
"""
"""A rule that fires on nothing."""

HOST_PATH = """\
apiVersion: toolkit/v1
kind: Scenario
metadata: {name: host-path, description: paths of the host}
spec:
  steps:
    - name: the host's /etc
      create:
        apiVersion: v1
        kind: Pod
        metadata: {name: bad}
        spec:
          containers: [{name: c, image: i}]
          volumes:
            - name: v
              hostPath:
                path: /etc
      fires: [Pod Created, Host Path]
    - name: a trailing slash
      create:
        apiVersion: v1
        kind: Pod
        metadata: {name: slash}
        spec:
          containers: [{name: c, image: i}]
          volumes:
            - name: v
              hostPath:
                path: /etc/
      fires: [Pod Created]
      nearMiss:
        Host Path: equality is exact
    - name: a pod is deleted
      delete: {resource: pods, name: bad}
      nearMiss:
        Pod Created: deleted, not created
    - name: a read
      get: {resource: pods}
"""

EVERYTHING = """\
apiVersion: toolkit/v1
kind: Scenario
metadata: {name: everything, description: what is off by default}
spec:
  rules: |
    - rule: Everything
      enabled: true
      override: {enabled: replace}
  steps:
    - name: a configmap
      create: {apiVersion: v1, kind: ConfigMap, metadata: {name: m}}
      fires: [Everything]
"""


def review(
    resource: str = "pods", verb: str = "CREATE", name: str = "p", paths: Sequence[str] = (), uid: str = "u-1"
) -> dict[str, Any]:
    """Return an admission review as a recorder writes it."""
    kinds = {"pods": "Pod", "configmaps": "ConfigMap"}
    volumes = [{"name": f"v{number}", "hostPath": {"path": path}} for number, path in enumerate(paths)]
    spec = {"containers": [{"name": "c", "image": "i"}], "volumes": volumes} if resource == "pods" else {}
    request = {
        "uid": uid,
        "kind": {"group": "", "version": "v1", "kind": kinds[resource]},
        "resource": {"group": "", "version": "v1", "resource": resource},
        "name": name,
        "namespace": "n",
        "operation": verb,
        "userInfo": {"username": "kubernetes-admin"},
        "object": {"metadata": {"name": name}, "spec": spec},
    }
    return {"kind": "AdmissionReview", "request": request, "requestReceivedTimestamp": "2026-01-01T00:00:00Z"}


def line(**changes: Any) -> bytes:
    """Return one recorded line, without its line end."""
    return json.dumps(review(**changes), separators=(",", ":")).encode()


Recorded = Mapping[str, Mapping[str, Sequence[bytes]]]
"""Lines by scenario and step."""

RECORDED: Recorded = {
    "host-path": {
        "the host's /etc": [line(paths=["/etc"], name="bad")],
        "a trailing slash": [line(paths=["/etc/"], name="slash")],
        "a pod is deleted": [line(verb="DELETE", name="bad")],
        "a read": [],
    },
    "everything": {"a configmap": [line(resource="configmaps", name="m")]},
}


@dataclass
class SmallProject:
    """A folder with rules, scenarios and a dataset; change the values, then `write`."""

    root: Path
    rules: str = RULES
    scenarios: dict[str, str] = field(default_factory=lambda: {"host-path": HOST_PATH, "everything": EVERYTHING})
    claims: dict[str, str] = field(default_factory=dict)
    recorded: dict[str, Mapping[str, Sequence[bytes]]] = field(default_factory=lambda: dict(RECORDED))
    noise: Sequence[bytes] = (line(resource="configmaps", verb="UPDATE", name="noise"),)
    left_out: Mapping[str, str] = field(default_factory=dict)
    versions: Sequence[str] = ("1.37",)

    @property
    def rules_file(self) -> Path:
        """The rules file."""
        return self.root / "rules.yaml"

    @property
    def scenarios_folder(self) -> Path:
        """The folder of scenarios."""
        return self.root / "scenarios"

    @property
    def dataset(self) -> Path:
        """The folder of datasets."""
        return self.root / "data"

    def write(self) -> SmallProject:
        """Write everything, the dataset so that it fits the scenarios."""
        self.rules_file.write_text(self.rules)
        self.scenarios_folder.mkdir(exist_ok=True)
        for name, text in {**self.scenarios, **self.claims}.items():
            (self.scenarios_folder / f"{name}.yaml").write_text(text)
        for version in self.versions:
            self._write_dataset(version)
        return self

    def arguments(self) -> list[str]:
        """Return the options of `toolkit validate` that name this project."""
        named = ("-r", self.rules_file, "--scenarios", self.scenarios_folder, "--dataset", self.dataset)
        return ["validate", *map(str, named)]

    def _write_dataset(self, version: str) -> None:
        files = {f"{name}.jsonl": _joined(*steps.values()) for name, steps in self.recorded.items()}
        files["background.jsonl"] = _joined(self.noise)
        digests = {scenario.name: scenario.digest for scenario in load_scenarios(self.scenarios_folder)}
        scenarios = {name: self._scenario(name, digests[name], files) for name in self.recorded}
        made = Provenance(f"{version}.2", "local", "toolkit 0.1.0", "0.1.0")
        background = RecordedBackground("background.jsonl", sha256(files["background.jsonl"]), len(self.noise), made)
        manifest = Manifest(version, made, ("uids",), scenarios, {"local": background})
        write_dataset(self.dataset / version, manifest, files)

    def _scenario(self, name: str, digest: str, files: Mapping[str, bytes]) -> RecordedScenario:
        steps, count = [], 0
        for step, lines in self.recorded[name].items():
            numbers = tuple(range(count + 1, count + len(lines) + 1))
            count += len(lines)
            steps.append(RecordedStep(step, numbers, (), self.left_out.get(step, "")))
        content = files[f"{name}.jsonl"]
        return RecordedScenario(digest, f"{name}.jsonl", sha256(content), count, tuple(steps))


def _joined(*parts: Sequence[bytes]) -> bytes:
    return b"".join(each + b"\n" for part in parts for each in part)
