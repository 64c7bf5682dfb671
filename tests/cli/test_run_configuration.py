"""`toolkit run -c falco.yaml`: Falco's files and habits, from outside."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from command_line import Toolkit

from toolkit.home import find_home

README_SAMPLE = """
plugins:
  - name: k8sadmission
    library_path: libk8sadmission.so
    init_config:
      sslCertificate: /etc/falco/falco.pem
    open_params: "http://:9765/k8s-audit"
  - name: json
    library_path: libjson.so
    init_config: ""

load_plugins: [k8sadmission, json]
"""
RULES = """
- {rule: all, desc: d, source: k8s_admission, priority: NOTICE, condition: kar.uid exists,
   output: "%kar.verb", tags: [t]}
- {rule: creates, desc: d, source: k8s_admission, priority: INFO, condition: kar.verb = CREATE, output: c}
"""
JSON_RULE = """
- {rule: j, desc: d, source: k8s_admission, priority: INFO, condition: 'json.value[/request/uid] exists', output: c}
"""
LINE = '{"request":{"uid":"u%s","operation":"CREATE"},"requestReceivedTimestamp":"2026-01-02T03:04:05Z"}\n'
CORE = "plugins: [{name: k8sadmission, library_path: l, open_params: events.jsonl%s}]\nrules_files: [rules.yaml]\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.delenv("FALCO_HOSTNAME", raising=False)
    Path("rules.yaml").write_text(RULES, "utf-8")
    Path("events.jsonl").write_text(LINE % 1 + LINE % 2, "utf-8")
    return tmp_path


def configure(text: str = "", plugin: str = "") -> None:
    Path("falco.yaml").write_text(CORE % plugin + text, "utf-8")


ALERT = "03:04:05.000000000: Notice CREATE"
REPORT = [
    "Events detected: 2",
    "Rule counts by severity:",
    "   NOTICE: 2",
    "Triggered rules by rule name:",
    "   all: 2",
]


def test_a_configuration_says_all_that_is_needed_and_the_report_is_on_stdout(toolkit: Toolkit) -> None:
    configure()
    result = toolkit("run", "-c", "falco.yaml")
    assert result.code == 0
    assert result.out.splitlines() == [ALERT, ALERT, *REPORT]
    assert re.fullmatch(r"2 events in \d+\.\d\d s, [\d,]+ a second", result.err.splitlines()[-1])
    assert "Events detected" not in result.err


def test_flags_count_more_than_the_configuration(toolkit: Toolkit) -> None:
    configure("rule_matching: all\npriority: error\njson_output: true\n")
    Path("other.jsonl").write_text(LINE % 3, "utf-8")
    flags = ("--matching", "first", "--priority", "debug", "-o", "text", "-r", "rules.yaml", "other.jsonl")
    assert toolkit("run", "-c", "falco.yaml", *flags).out.splitlines()[:2] == [ALERT, "Events detected: 1"]


def test_the_configuration_counts_where_no_flag_is_given(toolkit: Toolkit) -> None:
    configure("rule_matching: all\npriority: info\njson_output: true\nrules: [{disable: {rule: 'a*'}}]\n")
    first, *_ = toolkit("run", "-c", "falco.yaml").out.splitlines()
    alert = json.loads(first)
    assert (alert["rule"], alert["hostname"]) == ("creates", socket.gethostname())
    named = toolkit("run", "-c", "falco.yaml", "--hostname", "h").out.splitlines()[0]
    assert json.loads(named)["hostname"] == "h"


def test_overrides_count_more_than_the_file_and_need_none(toolkit: Toolkit) -> None:
    configure("json_output: true\n")
    result = toolkit("run", "-c", "falco.yaml", "--set", "json_output=false", "--set", "rules[].disable.tag=t")
    assert result.out.splitlines()[0] == "03:04:05.000000000: Informational c"
    result = toolkit("run", "-r", "rules.yaml", "--set", "time_format_iso_8601=true", "events.jsonl")
    assert result.out.splitlines() == ["2026-01-02T03:04:05.000000000+0000: Notice CREATE"] * 2
    assert "Events detected: 2" in result.err


def test_falcos_own_flag_for_overrides_is_pointed_to_ours(toolkit: Toolkit) -> None:
    result = toolkit("run", "-r", "rules.yaml", "-o", "json_output=true", "events.jsonl")
    assert result.code == 2
    assert "hint: Falco's -o is --set here: --set json_output=true" in result.err
    assert toolkit("run", "-o", "jsn").err.splitlines()[:1] == ["error: --output is 'jsn', expected one of text, json"]


def test_rules_that_the_configuration_adds_to(toolkit: Toolkit) -> None:
    configure("append_output: [{match: {tags: [t]}, extra_output: 'in %static.env'}]\nstatic_fields: {env: prod}\n")
    assert toolkit("run", "-c", "falco.yaml").out.splitlines()[0] == f"{ALERT} in prod"


def test_without_the_json_plugin_its_fields_are_unknown(toolkit: Toolkit) -> None:
    Path("rules.yaml").write_text(JSON_RULE, "utf-8")
    configure()
    result = toolkit("run", "-c", "falco.yaml")
    assert (result.code, result.out) == (3, "")
    assert "nonexistent field json.value" in result.err
    Path("falco.yaml").write_text(README_SAMPLE, "utf-8")
    assert toolkit("run", "-c", "falco.yaml", "-r", "rules.yaml", "events.jsonl").code == 0
    Path("rules.yaml").write_text("- required_plugin_versions: [{name: json, version: 0.7.0}]\n" + RULES, "utf-8")
    configure()
    assert (
        "Plugin requirement not satisfied, must load one of: json (>= 0.7.0)" in toolkit("run", "-c", "falco.yaml").err
    )


def test_the_sample_of_the_published_readme_and_its_alert(toolkit: Toolkit) -> None:
    """The Pod of a privileged Deployment, created by its replica set; its images are a list in 0.44.1."""
    Path("falco.yaml").write_text(README_SAMPLE, "utf-8")
    mine = "- macro: allowed_k8s_containers\n  condition: (kar.req.pod.containers.image in (busybox))\n"
    Path("mine.yaml").write_text(mine, "utf-8")
    events = find_home().dataset / "1.37" / "privileged-deployment.jsonl"
    result = toolkit("run", "-c", "falco.yaml", "-r", "bundled", "-r", "mine.yaml", events)
    assert result.code == 0
    _, alert, *report = result.out.splitlines()
    assert re.fullmatch(
        r"[\d:.]{18}: Warning Pod started with privileged container "
        r"\(user=system:serviceaccount:kube-system:replicaset-controller pod=escape-\w+-\w+ "
        r"ns=privileged-deployment image=\(busybox\)\)",
        alert,
    )
    assert report == [
        "Events detected: 2",
        "Rule counts by severity:",
        "   WARNING: 1",
        "   INFO: 1",
        "Triggered rules by rule name:",
        "   Create Privileged Pod: 1",
        "   K8s Deployment Created: 1",
    ]


def test_events_over_a_size_that_is_given_are_counted_and_named(toolkit: Toolkit) -> None:
    Path("events.jsonl").write_text(LINE % ("1" * 200) + LINE % 2, "utf-8")
    configure(plugin=", init_config: {maxEventSize: 150}")
    result = toolkit("run", "-c", "falco.yaml")
    assert (result.code, result.out.splitlines()[1]) == (0, "Events detected: 1")
    size = len(LINE % ("1" * 200)) - 1
    assert f"warning: events.jsonl:1: {size} bytes, more than the 150 of maxEventSize" in result.err
    configure()
    assert toolkit("run", "-c", "falco.yaml").out.splitlines()[2:] == REPORT


def test_alerts_go_to_all_outputs(toolkit: Toolkit) -> None:
    bodies: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        configure(
            "stdout_output: {enabled: true}\n"
            "file_output: {enabled: true, filename: '${NAME}.log'}\n"
            "program_output: {enabled: true, keep_alive: true, program: 'cat >program.log'}\n"
            f"http_output: {{enabled: true, url: 'http://127.0.0.1:{server.server_port}/'}}\n"
        )
        result = toolkit("run", "-c", "falco.yaml")
        server.shutdown()
    assert (result.code, result.out.splitlines()) == (0, [ALERT, ALERT, *REPORT])
    assert bodies == [ALERT.encode()] * 2
    for name in (".log", "program.log"):
        assert Path(name).read_text("utf-8").splitlines() == [ALERT, ALERT]


def test_alerts_that_get_nowhere_are_counted_and_end_in_an_error(toolkit: Toolkit) -> None:
    Path("full").symlink_to("/dev/full")
    configure("file_output: {enabled: true, filename: full}\nsyslog_output: {enabled: false}\n")
    result = toolkit("run", "-c", "falco.yaml")
    assert (result.code, result.out.splitlines()) == (4, REPORT)
    assert result.err.count("file_output: full: No space left on device; alerts are lost") == 1
    assert "file_output: 2 of 2 alerts were lost: 2 that could not be written" in result.err


@pytest.mark.parametrize(
    ("text", "status", "words"),
    [
        (
            "priority: low\nrule_matching: some\n",
            2,
            ["error: falco.yaml:3:11: priority", "error: falco.yaml:4:16: rule_m"],
        ),
        ("jsn_output: true\n", 0, ["warning: falco.yaml:3:1: unknown key jsn_output"]),
        ("engine: {kind: kmod}\nlog_level: info\n", 0, ["note: falco.yaml: set aside, since it means nothing here: "]),
        (
            "http_output: {enabled: true, url: 'https://h', ca_cert: no.pem}\n",
            4,
            ["error: http_output: no.pem: No such"],
        ),
    ],
)
def test_what_is_wrong_is_said(toolkit: Toolkit, text: str, status: int, words: list[str]) -> None:
    configure(text)
    result = toolkit("run", "-c", "falco.yaml")
    assert result.code == status
    for one in words:
        assert one in result.err


def test_rules_files_that_are_missing(toolkit: Toolkit) -> None:
    Path("falco.yaml").write_text("rules_files: [missing.yaml, rules.yaml]\n", "utf-8")
    result = toolkit("run", "-c", "falco.yaml", "events.jsonl")
    assert (result.code, result.out.splitlines()[2:]) == (0, REPORT)
    assert "warning: missing.yaml: no such rules file, left out as by Falco" in result.err
    Path("empty").mkdir()
    Path("rules.txt").write_text("- broken", "utf-8")
    Path("falco.yaml").write_text("rules_files: [rules.yaml, empty, rules.txt]\n", "utf-8")
    result = toolkit("run", "-c", "falco.yaml", "events.jsonl")
    assert (result.code, result.out.splitlines()[2:]) == (0, REPORT)
    assert "warning: empty: no rules files in it, left out as by Falco" in result.err
    assert "warning: rules.txt: no .yaml or .yml file, left out as by Falco" in result.err
    for text in ("rules_files: [missing.yaml]\n", "json_output: true\n"):
        Path("falco.yaml").write_text(text, "utf-8")
        result = toolkit("run", "-c", "falco.yaml", "events.jsonl")
        assert result.code == 2
        assert "error: no rules: neither -r names rules files" in result.err


def test_an_input_that_is_missing_takes_no_alert_from_a_slow_output(
    toolkit: Toolkit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("toolkit.cli.run._INTERRUPTED", 0.0)
    configure("program_output: {enabled: true, keep_alive: true, program: 'sleep 0.3; cat >program.log'}\n")
    result = toolkit("run", "-c", "falco.yaml", "events.jsonl", "missing.jsonl")
    assert (result.code, result.out.splitlines()) == (3, REPORT)
    assert Path("program.log").read_text("utf-8").splitlines() == [ALERT, ALERT]


def test_ctrl_c_ends_a_run_whose_program_does_not_read(folder: Path) -> None:
    configure("stdout_output: {enabled: true}\nprogram_output: {enabled: true, keep_alive: true, program: sleep 60}\n")
    with subprocess.Popen(
        [sys.executable, "-m", "toolkit", "run", "-c", "falco.yaml", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write((LINE % 1).encode() * 2)
        process.stdin.flush()
        first = process.stdout.readline()
        second = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert [first.decode().rstrip(), second.decode().rstrip(), *out.decode().splitlines()] == [ALERT, ALERT, *REPORT]
    assert process.returncode == 130
    assert b"Traceback" not in err


def test_http_output_needs_its_package(toolkit: Toolkit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "urllib3", None)
    configure("http_output: {enabled: true, url: 'http://h'}\n")
    result = toolkit("run", "-c", "falco.yaml")
    assert result.code == 4
    assert "pip install 'k8sadmission-toolkit[live]'" in result.err


def test_what_falco_warns_of_is_said_beside_what_it_does_not_start_with(toolkit: Toolkit) -> None:
    Path("faulty.yaml").write_text("jsn_output: true\nplugins: 5\n")
    result = toolkit("run", "-c", "faulty.yaml", "events.jsonl")
    assert (result.code, result.out) == (2, "")
    warned, found = result.err.index("warning: faulty.yaml:1:1: unknown key jsn_output"), result.err.index("error: ")
    assert warned < found
