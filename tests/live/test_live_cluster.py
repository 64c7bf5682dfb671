"""A real API server posts to `toolkit run` while scenarios play: its alerts are those of the recorded log.

A request is reviewed by each webhook with a uid of its own, so reviews are told apart by all that is in them but that.
"""

from __future__ import annotations

import base64
import json
import ssl
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from posting import HOST, Caller, request
from running import Running
from waiting import until

from toolkit.cluster.recorder.sentinel import PREFIX, send_sentinel
from toolkit.cluster.recorder.webhooks import configuration, register, unregister

if TYPE_CHECKING:
    from toolkit.cluster.local.provider import LocalCluster

pytestmark = pytest.mark.cluster
ROOT = Path(__file__).resolve().parents[2]
CONFIG = """
json_output: true
stdout_output: {enabled: true}
append_output:
  - extra_fields:
      - review: "%jevt.value[/request]"
plugins:
  - name: k8sadmission
    library_path: libk8sadmission.so
    init_config: {sslCertificate: PEM, maxEventSize: 4194304}
    open_params: "https://127.0.0.1:0/k8s-audit"
  - {name: json, library_path: libjson.so}
load_plugins: [k8sadmission, json]
"""
SOME = ["create-privileged-pod", "clusterrole-wildcard", "privileged-deployment", "shape-connect", "shape-dry-run"]
NAME = "toolkit-live"
Start = Callable[..., Running]


class Silence:
    def step(self, scenario: str, step: str) -> None:
        """Hear nothing."""

    def scenario_done(self) -> None:
        """Hear nothing."""


def config_file(folder: Path, pem: Path) -> str:
    file = folder / "falco.yaml"
    file.write_text(CONFIG.replace("PEM", str(pem)))
    return str(file)


@contextmanager
def posting_to(port: int, cluster: LocalCluster, ca: Path) -> Iterator[None]:
    """Have the API server post every request to a port, and wait until it does."""
    called = {
        "url": f"https://{HOST}:{port}/k8s-audit",
        "caBundle": base64.b64encode(ca.read_bytes()).decode(),
    }
    register(cluster.client(), configuration(NAME, called, own_namespace=None, failure_policy="Fail", labels={}))
    try:
        yield
    finally:
        unregister(cluster.client(), NAME)


def play(cluster: LocalCluster, names: list[str] | None) -> None:
    from toolkit.capture.plan import features_of, plan
    from toolkit.capture.play import Player
    from toolkit.capture.watch import Watch
    from toolkit.scenarios.loader import load_scenarios

    scenarios = [each for each in load_scenarios(ROOT / "testing/k8s") if names is None or each.name in names]
    assert names is None or len(scenarios) == len(names)
    player = Player(cluster, Watch(cluster), Silence())
    try:
        player.play(plan(scenarios, features_of("local")))
        assert not player.faults, player.faults
    finally:
        player.clean()


def has(running: Running, words: str) -> bool:
    return words in running.out


def alerts(output: str) -> Counter[tuple[str, str]]:
    """Count alerts by rule and by the review without its uid."""
    found: Counter[tuple[str, str]] = Counter()
    for line in output.splitlines():
        if line.startswith("{"):
            alert = json.loads(line)
            review: dict[str, Any] = json.loads(alert["output_fields"]["review"])
            del review["uid"]
            found[alert["rule"], json.dumps(review, sort_keys=True)] += 1
    return found


def of_log(run: Start, config: str, lines: list[bytes], folder: Path) -> str:
    """Return what `toolkit run FILE` prints about recorded lines."""
    log = folder / "recorded.jsonl"
    log.write_bytes(b"".join(line + b"\n" for line in lines))
    running = run("-c", config, "-r", "bundled", "--matching", "all", str(log))
    assert running.process.wait(60) == 0, running.err
    return running.out


def compare(cluster: LocalCluster, run: Start, pem: Path, ca: Path, folder: Path, names: list[str] | None) -> None:
    config = config_file(folder, pem)
    live = run("-c", config, "-r", "bundled", "--matching", "all")
    port = live.port
    with posting_to(port, cluster, ca):
        until(lambda: send_sentinel(cluster) and PREFIX in live.out, "the first event")
        began = len(cluster.recorder_lines())
        first = send_sentinel(cluster)
        until(lambda: first in live.out, "a sentinel's alert")
        play(cluster, names)
        last = send_sentinel(cluster)
        until(lambda: last in live.out, "a sentinel's alert")
        until(lambda: any(last.encode() in line for line in cluster.recorder_lines()))
        slice_of_log = cluster.recorder_lines()[began:]
        time.sleep(0.5)
    assert live.end() == 0
    whole = alerts(of_log(run, config, cluster.recorder_lines(), folder))
    recorded = alerts(of_log(run, config, slice_of_log, folder))
    came = alerts(live.out)
    assert recorded.total() > 20
    assert recorded <= came, "every alert of the recorded log came live"
    between = live.out[live.out.index(first) : live.out.index(last)]
    assert alerts(between[between.index("\n") + 1 : between.rindex("\n") + 1]) <= whole, "and no others did"
    assert "dropped" not in live.err
    shipped(run, config, slice_of_log, folder, ca)


def shipped(run: Start, config: str, lines: list[bytes], folder: Path, ca: Path) -> None:
    """The same log shipped in batches gives the alerts of the log, byte for byte."""
    live = run("-c", config, "-r", "bundled", "--matching", "all")
    caller = Caller(live.port, ssl.create_default_context(cafile=str(ca)))
    for at in range(0, len(lines), 50):
        assert caller.post(request(b"\n".join(lines[at : at + 50]))).startswith(b"HTTP/1.1 200")
    caller.close()
    assert live.end() == 0
    assert live.out == of_log(run, config, lines, folder)


def test_alerts_are_those_of_the_recorded_log(
    control_plane: LocalCluster, run_toolkit: Start, pem: Path, tmp_path: Path, ca: Path
) -> None:
    compare(control_plane, run_toolkit, pem, ca, tmp_path, SOME)


@pytest.mark.live
def test_alerts_of_all_scenarios_are_those_of_the_recorded_log(
    control_plane: LocalCluster, run_toolkit: Start, pem: Path, tmp_path: Path, ca: Path
) -> None:
    compare(control_plane, run_toolkit, pem, ca, tmp_path, None)


def test_an_alert_is_there_about_when_the_api_server_has_answered(
    control_plane: LocalCluster,
    run_toolkit: Start,
    pem: Path,
    tmp_path: Path,
    ca: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Prints by how much alerts are later than the API server's answer."""
    live = run_toolkit("-c", config_file(tmp_path, pem), "-r", "bundled")
    late = []
    with posting_to(live.port, control_plane, ca):
        until(lambda: send_sentinel(control_plane) and PREFIX in live.out, "the first event")
        for _ in range(50):
            name = send_sentinel(control_plane)
            answered = time.perf_counter()
            until(partial(has, live, name), "an alert")
            late.append(time.perf_counter() - answered)
    assert live.end() == 0
    late.sort()
    with capsys.disabled():
        print(f"\n  API answer to alert line: median {late[25] * 1e3:.0f} ms, p99 {late[49] * 1e3:.0f} ms", end=" ")
    assert late[25] < 2
