"""`toolkit run` on an endpoint as a process: alerts, signals, reports, exit codes."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from posting import HOST, Caller, request, review
from running import SCRIPTS, Running
from waiting import until

RULES = """
- rule: Pod Created
  desc: any pod
  condition: kar.target.resource=pods and kar.verb=CREATE
  output: pod %kar.target.name of %kar.user.name
  priority: WARNING
  source: k8s_admission
"""
ADDRESS = f"http://{HOST}:0/k8s-audit"
Start = Callable[..., Running]


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    file = tmp_path / "rules.yaml"
    file.write_text(RULES)
    return file


def post(running: Running, *bodies: bytes) -> None:
    caller = Caller(running.port, None)
    for body in bodies:
        assert caller.post(request(body)).startswith(b"HTTP/1.1 200")
    caller.close()


def has_alerts(running: Running, count: int) -> bool:
    return running.out.count("\n") == count


def has_warned(running: Running, words: str) -> bool:
    return words in running.err


def metrics(running: Running) -> list[str]:
    connection = http.client.HTTPConnection(HOST, running.port)
    connection.request("GET", "/metrics")
    return connection.getresponse().read().decode().splitlines()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_alerts_appear_while_it_lives_and_a_signal_ends_it_with_a_report(
    run_toolkit: Start, rules: Path, number: int
) -> None:
    running = run_toolkit(ADDRESS, "-r", str(rules))
    post(running, review("a"), review("b"))
    until(lambda: running.out.count("\n") == 2, "two alerts")
    assert [line.partition(": ")[2] for line in running.out.splitlines()] == [
        "Warning pod a of me",
        "Warning pod b of me",
    ]
    assert running.end(number) == 0
    words = running.err
    assert "Events detected: 2\nRule counts by severity:\n   WARNING: 2\n" in words
    assert "2 events in " in words
    assert "answer to alert: median " in words
    assert "Traceback" not in words


def test_with_a_configuration_the_report_is_on_standard_output(run_toolkit: Start, rules: Path, tmp_path: Path) -> None:
    config = tmp_path / "falco.yaml"
    config.write_text(
        f"plugins:\n  - name: k8sadmission\n    library_path: x.so\n    init_config: {{maxEventSize: 600}}\n"
        f'    open_params: "{ADDRESS}"\nload_plugins: [k8sadmission]\nstdout_output: {{enabled: true}}\n'
    )
    running = run_toolkit("-c", str(config), "-r", str(rules))
    post(running, review("a"), review("b", padding="x" * 600))
    assert running.end() == 0
    assert running.out.endswith("Triggered rules by rule name:\n   Pod Created: 1\n")
    assert "larger than maxEventSize, 600, and was left out" in running.err
    assert "warning: 1 of 2 events were dropped: 1 max_event_size" in running.err


def test_all_that_was_answered_is_evaluated_before_the_end(run_toolkit: Start, rules: Path) -> None:
    running = run_toolkit(ADDRESS, "-r", str(rules))
    body = b"\n".join(review(str(number)) for number in range(5000))
    post(running, body)
    assert running.end() == 0
    assert [line.rpartition("pod ")[2] for line in running.out.splitlines()] == [f"{n} of me" for n in range(5000)]


def test_a_second_signal_ends_it_and_what_was_left_out_is_counted(run_toolkit: Start, tmp_path: Path) -> None:
    slow = tmp_path / "slow.yaml"
    words = ", ".join(f"w{number}" for number in range(20_000))
    slow.write_text(
        RULES.replace("kar.verb=CREATE", f"not kar.target.name pmatch (/x) and not kar.user.name in ({words})")
        + "\n".join(
            RULES.replace("Pod Created", f"Slow {n}").replace("kar.verb=CREATE", f"kar.target.name contains zz{n}")
            for n in range(300)
        )
    )
    running = run_toolkit(ADDRESS, "-r", str(slow), "--matching", "all")
    post(running, b"\n".join(review(str(number)) for number in range(9_000)))
    running.process.send_signal(signal.SIGTERM)
    time.sleep(0.5)
    assert running.end(signal.SIGTERM) == 0
    found = [line for line in running.err.splitlines() if "were dropped" in line]
    evaluated = next(int(line.split()[0]) for line in running.err.splitlines() if " events in " in line)
    assert found == [f"warning: {9000 - evaluated} of 9000 events were dropped: {9000 - evaluated} shutdown"]


def test_hangup_loads_the_rules_again(run_toolkit: Start, rules: Path) -> None:
    running = run_toolkit(ADDRESS, "-r", str(rules))
    post(running, review("before"))
    until(lambda: "pod before" in running.out)
    rules.write_text(RULES.replace("pod %", "changed %"))
    running.process.send_signal(signal.SIGHUP)
    until(lambda: "rules loaded again: 1 are on" in running.err)
    post(running, review("after"))
    until(lambda: "changed after" in running.out)
    assert running.end() == 0
    assert "Pod Created: 2" in running.err


def test_rules_that_do_not_load_leave_the_old_ones_and_say_why(run_toolkit: Start, rules: Path) -> None:
    running = run_toolkit(ADDRESS, "-r", str(rules))
    post(running, review("before"))
    rules.write_text(RULES.replace("kar.verb", "kar.no_such_field"))
    running.process.send_signal(signal.SIGHUP)
    until(lambda: "those before stay" in running.err)
    assert f"error: {rules}:4" in running.err
    assert "kar.no_such_field" in running.err
    rules.unlink()
    running.process.send_signal(signal.SIGHUP)
    until(lambda: "no such file or folder" in running.err)
    post(running, review("after"))
    until(lambda: "pod after" in running.out)
    assert running.end() == 0


def test_counts_go_on_over_a_reload_and_rules_that_are_gone_are_reported(run_toolkit: Start, rules: Path) -> None:
    running = run_toolkit(ADDRESS, "-r", str(rules))
    post(running, review("a"))
    until(lambda: "pod a" in running.out)
    rules.write_text(RULES.replace("Pod Created", "Another"))
    running.process.send_signal(signal.SIGHUP)
    until(lambda: "loaded again" in running.err)
    post(running, review("b"))
    assert running.end() == 0
    assert "   Another: 1\n   Pod Created: 1\n" in running.err


def test_usr1_opens_output_files_anew(run_toolkit: Start, rules: Path, tmp_path: Path) -> None:
    log, moved = tmp_path / "alerts.log", tmp_path / "alerts.log.1"
    config = tmp_path / "falco.yaml"
    config.write_text(f"file_output:\n  enabled: true\n  keep_alive: true\n  filename: {log}\n")
    running = run_toolkit(ADDRESS, "-c", str(config), "-r", str(rules))
    post(running, review("a"))
    until(lambda: log.exists() and "pod a" in log.read_text())
    log.rename(moved)
    post(running, review("b"))
    until(lambda: "pod b" in moved.read_text())
    running.process.send_signal(signal.SIGUSR1)
    until(log.exists, "a new file")
    post(running, review("c"))
    assert running.end() == 0
    assert "pod c" in log.read_text()
    assert "pod c" not in moved.read_text()


def test_the_metrics_page_shows_rules_and_events(run_toolkit: Start, rules: Path) -> None:
    rules.write_text(RULES + "  tags: [k8s, mitre-x]\n")
    running = run_toolkit(ADDRESS, "-r", str(rules))
    post(running, review("a"), review("b"))
    labels = 'priority="4",rule_name="Pod Created",source="k8s_admission",tag_k8s="true",tag_mitre_x="true"'
    until(lambda: f"falcosecurity_falco_rules_matches_total{{{labels}}} 2.0" in metrics(running), "the metric")
    page = metrics(running)
    assert "falcosecurity_plugins_k8sadmission_n_events_total 2.0" in page
    assert 'falcosecurity_falco_version_info{version="0.44.1"} 1.0' in page
    assert [
        line for line in page if line.startswith('falcosecurity_falco_sha256_rules_files_info{file_name="rules.yaml"')
    ]
    resident = next(line for line in page if line.startswith("falcosecurity_falco_memory_rss_bytes "))
    assert 10**7 < float(resident.split()[1]) < 10**9


def test_a_webserver_as_in_the_configuration(run_toolkit: Start, rules: Path, tmp_path: Path) -> None:
    with socket.create_server((HOST, 0)) as free:
        port = free.getsockname()[1]
    config = tmp_path / "falco.yaml"
    config.write_text(
        f"webserver:\n  enabled: true\n  listen_port: {port}\n  listen_address: {HOST}\n"
        "  prometheus_metrics_enabled: true\nmetrics:\n  enabled: true\n  interval: 1s\n"
        f"  output_file: {tmp_path / 'metrics.jsonl'}\nstdout_output:\n  enabled: true\n"
    )
    running = run_toolkit(ADDRESS, "-c", str(config), "-r", str(rules))
    assert running.port
    for path in ("/healthz", "/metrics"):
        connection = http.client.HTTPConnection(HOST, port)
        connection.request("GET", path)
        assert connection.getresponse().status == 200
    until((tmp_path / "metrics.jsonl").exists, "a snapshot")
    assert running.end() == 0
    first = (tmp_path / "metrics.jsonl").read_text().splitlines()[0]
    assert json.loads(first)["output_fields"]["falco.version"] == "0.44.1"


def test_broken_events_are_named_and_fail_only_a_strict_run(run_toolkit: Start, rules: Path) -> None:
    for arguments, status in (((), 0), (("--strict",), 1)):
        running = run_toolkit(ADDRESS, "-r", str(rules), *arguments)
        post(running, b"\n".join([review("a"), b'{"request": 7}', review("b")]))
        until(partial(has_alerts, running, 2))
        until(partial(has_warned, running, f"http://{HOST}:{running.port}/k8s-audit:2: "), "a warning")
        assert running.end() == status
        assert "1 of 3 lines are broken and were left out" in running.err


def test_an_output_that_hangs_holds_up_no_answer(rules: Path) -> None:
    """Standard output is a pipe that nobody reads."""
    command = [str(SCRIPTS / "toolkit"), "run", ADDRESS, "-r", str(rules)]
    reading, writing = os.pipe()
    with subprocess.Popen(command, stdout=writing, stderr=subprocess.PIPE, text=True) as process:
        os.close(writing)
        assert process.stderr
        port = int(process.stderr.readline().rpartition(":")[2].split("/")[0])
        caller = Caller(port, None)
        taken = []
        for number in range(60):
            begin = time.perf_counter()
            body = b"\n".join(review(f"{number}/{each}") for each in range(100))
            assert caller.post(request(body)).startswith(b"HTTP/1.1 200")
            taken.append(time.perf_counter() - begin)
        assert max(taken) < 5
        process.terminate()
        assert process.wait(60) == 0
        said = process.stderr.read()
        os.close(reading)
    assert "stdout_output: " in said
    assert "alerts were lost" in said


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["http://:x/y"], 2, "cannot be listened on"),
        ([ADDRESS, "more.log"], 2, "stands beside other inputs"),
        ([ADDRESS, "-r", "no/such.yaml"], 3, "no such file or folder"),
        (["https://127.0.0.1:0/x", "-r", "bundled"], 4, "/etc/falco/falco.pem cannot be used"),
        (["http://no-such-host.invalid:0/x", "-r", "bundled"], 4, "cannot be listened on"),
    ],
)
def test_what_cannot_begin_ends_with_its_reason_and_status(
    run_toolkit: Start, arguments: list[str], status: int, words: str
) -> None:
    running = run_toolkit(*arguments)
    assert running.process.wait(30) == status
    assert words in running.err
    assert "Traceback" not in running.err
    assert running.out == ""


def test_a_port_that_is_taken_ends_it(run_toolkit: Start, rules: Path) -> None:
    with socket.create_server((HOST, 0)) as taken:
        running = run_toolkit(f"http://{HOST}:{taken.getsockname()[1]}/x", "-r", str(rules))
        assert running.process.wait(30) == 4
        assert "name a free port" in running.err


def test_when_the_server_dies_it_reports_and_fails(run_toolkit: Start, rules: Path) -> None:
    running = run_toolkit(ADDRESS, "-r", str(rules))
    post(running, review("a"))
    until(lambda: "pod a" in running.out)
    (server,) = children(running.process.pid)
    os.kill(server, signal.SIGKILL)
    assert running.process.wait(30) == 4
    assert "Events detected: 1" in running.err
    assert "ended by itself" in running.err
    assert "Traceback" not in running.err


def test_when_it_is_killed_its_server_ends_too(run_toolkit: Start, rules: Path) -> None:
    running = run_toolkit(ADDRESS, "-r", str(rules))
    port = running.port
    (server,) = children(running.process.pid)
    running.kill()
    until(lambda: not Path(f"/proc/{server}").exists(), "the end of the server")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((HOST, port))


def children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in found]


def test_nothing_of_a_cluster_or_of_the_server_is_imported_where_rules_run() -> None:
    code = (
        "import sys\nimport toolkit.cli.live, toolkit.live.loop, toolkit.webhook.http_source\n"
        "print([name for name in ('kubernetes', 'uvicorn', 'starlette', 'asyncio') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout.replace("'", '"')) == []
