"""What a configuration file comes to: values, defaults, what Falco warns of and what it refuses."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from configuring import configured, refused
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from toolkit.configuration.load import load_configuration
from toolkit.configuration.model import (
    Configuration,
    FileOutput,
    HttpOutput,
    MetricsSettings,
    OutputsSettings,
    ProgramOutput,
    SourceSettings,
    WebserverSettings,
)
from toolkit.configuration.services import seconds
from toolkit.engine.alerts import AlertForm
from toolkit.errors import ToolkitError
from toolkit.ruleset.priorities import Priority
from toolkit.ruleset.selection import Selector

PLUGINS = """
plugins:
  - {name: k8sadmission, library_path: libk8sadmission.so, init_config: %s, open_params: %s}
  - {name: json, library_path: libjson.so, init_config: ""}
load_plugins: [k8sadmission, json]
"""
ALL = """
rules_files: [a.yaml, /etc/b]
rules: [{disable: {rule: "*"}}, {enable: {rule: "a *", tag: t}}, {enable: {tag: x}, disable: {tag: y}}]
rule_matching: ALL
priority: Info
json_output: true
json_include_output_property: false
json_include_message_property: true
json_include_tags_property: false
json_include_output_fields_property: false
time_format_iso_8601: true
buffered_outputs: true
output_timeout: 1500
outputs_queue: {capacity: 3}
stdout_output: {enabled: true}
syslog_output: {enabled: true}
file_output: {enabled: true, keep_alive: true, filename: f}
program_output: {enabled: true, keep_alive: false, program: jq .}
http_output:
  enabled: true
  url: "'https://h:1/p'"
  user_agent: me
  insecure: true
  ca_cert: c
  ca_bundle: b
  ca_path: p
  mtls: true
  client_cert: cc
  client_key: ck
  echo: true
  compress_uploads: true
  keep_alive: true
  max_consecutive_timeouts: 9
  headers: {Authorization: Bearer x}
webserver: {enabled: true, threadiness: 4, listen_port: 1, listen_address: "::1", k8s_healthz_endpoint: /h,
  prometheus_metrics_enabled: true, ssl_enabled: true, ssl_certificate: s}
metrics: {enabled: true, interval: 1m30s, output_rule: true, output_file: m, convert_memory_to_mb: false}
watch_config_files: false
static_fields: {env: prod}
"""


def test_an_empty_file_is_all_defaults() -> None:
    found = configured("")
    assert replace(found, notes=(), files=()) == Configuration()
    assert found.notes == ("falco.yaml: names no output, where Falco prints nothing; alerts go to stdout",)


def test_every_value_is_read() -> None:
    found = configured(ALL)
    assert found.rules_files == ("a.yaml", "/etc/b")
    assert found.selectors == (
        Selector(enable=False, rule="*"),
        Selector(enable=True, rule="a *", tag="t"),
        Selector(enable=True, tag="x"),
    )
    assert (found.rule_matching, found.priority) == ("all", Priority.INFORMATIONAL)
    assert found.form == AlertForm(True, False, False, True, False, True)
    http = HttpOutput(
        "https://h:1/p", "me", True, Path("c"), Path("p"), Path("cc"), Path("ck"), True, True, True, 9,
        (("Authorization", "Bearer x"),),
    )  # fmt: skip
    files = FileOutput(Path("f"), keep_alive=True), ProgramOutput("jq .", keep_alive=False)
    assert found.outputs == OutputsSettings(True, True, *files, http, True, 1.5, 3)
    assert found.webserver == WebserverSettings(True, 1, "::1", "/h", True, Path("s"), True)
    assert found.metrics == MetricsSettings(True, 90.0, True, Path("m"), convert_memory_to_mb=False)
    assert found.static_fields == (("env", "prod"),)
    assert found.warnings == ()
    assert found.notes == (
        "falco.yaml: set aside, since it means nothing here: watch_config_files, webserver.threadiness",
    )


def test_falcos_own_names_of_what_means_nothing_here_stand_in_one_line() -> None:
    found = configured(
        "engine: {kind: modern_ebpf}\nlog_level: info\nsyscall_event_drops: {rate: 1}\ngrpc: {enabled: no}\n"
    )
    assert found.notes[0] == (
        "falco.yaml: set aside, since it means nothing here: log_level, engine, syscall_event_drops, grpc"
    )
    assert found.warnings == ()


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        ("jsn_output: true", '1:1: unknown key jsn_output, passed over as by Falco; did you mean "json_output"?'),
        ("http_output: {enabled: false, keepalive: true}", "1:31: unknown key http_output.keepalive, passed over"),
        ("json_output: maybe", "1:14: json_output is 'maybe', expected true or false; the default counts, as in Falco"),
        ("json_output: yes", "1:14: json_output is 'yes', expected true or false; Falco warns, and reads it as true"),
        ("json_output: [true]", "1:14: json_output is a list, expected true or false; the default counts"),
        ("webserver: {listen_port: x}", "1:26: webserver.listen_port is 'x', expected a whole number; the default"),
        ("webserver: {listen_port: 8765, listen_port: 1}", "1:32: listen_port stands twice in one mapping; the first"),
        ("priority: info\n---\npriority: x", "3:1: only the first document is read, as in Falco"),
        ("rules_file: a.yaml", "1:13: rules_file is the older name of rules_files"),
        ("stdout_output: {}", "1:16: stdout_output is empty"),
        ("program_output: {enabled: false}", "1:17: program_output lacks program"),
        ("stdout_output: {enabled: false}", " every output is off; alerts are only counted, as in Falco"),
        ("static_fields: {a: [b]}", "1:16: static_fields has values that are no text, so Falco takes none of them"),
        ("append_output: [{match: {rule: r, tags: [b, a]}}]", "1:17: added to rule 'r' only if it carries all of a, b"),
        ("rules: [{disable: {rule: a, tga: b}}]", "1:29: unknown key rules[0].disable.tga, passed over"),
    ],
)
def test_what_falco_warns_of(text: str, warning: str) -> None:
    found = configured(text)
    assert any(words.startswith(f"falco.yaml:{warning}") for words in (*found.warnings, *found.notes)), found


def test_wrong_types_are_the_default() -> None:
    found = configured("json_output: maybe\nwebserver: {listen_port: 70000}\noutput_timeout: -1\nrules: {a: b}\n")
    assert found.form.json is False
    assert (found.webserver.listen_port, found.outputs.timeout, found.selectors) == (8765, 2.0, ())
    assert configured("json_output: Yes").form.json is True
    assert configured("webserver: {listen_port: 0x50}").webserver.listen_port == 80
    assert configured("outputs_queue: {capacity: 0}").outputs.queue_capacity == 100_000


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("priority: low", ["1:11: priority is 'low', expected one of emergency, alert, critical,"]),
        ("rule_matching: some", ["1:16: rule_matching is 'some', expected one of first, all"]),
        ("rules_files: [a]\nrules_file: b", ["2:13: both rules_files and rules_file are there"]),
        ("rules_files: [[a]]", ["1:15: expected a path, found a sequence"]),
        ("file_output: {enabled: true}", ["1:14: file_output is on and names no filename"]),
        ("program_output: {enabled: true, program: ''}", ["1:17: program_output is on and names no program"]),
        ("http_output: {enabled: true}", ["1:14: http_output is on and names no url"]),
        ("http_output: {enabled: true, url: 'ftp://x'}", ["1:35: http_output.url is 'ftp://x'"]),
        ("http_output: {enabled: true, url: 'http://x:y'}", ["1:35: http_output.url is 'http://x:y'"]),
        ("http_output: {enabled: true, url: 'http://x', headers: {'a:': b}}", ["1:56: 'a:': 'b' is no HTTP header"]),
        ("webserver: {listen_address: localhost}", ["1:29: webserver.listen_address is 'localhost', which is no IP"]),
        ("metrics: {enabled: true, interval: 5}", ["1:36: metrics.interval is '5'"]),
        ("engine: {kind: turbo}", ["1:16: engine.kind is 'turbo', expected one of"]),
        ("engine: {kind: replay}", ["1:9: engine.kind is replay and engine.replay names no capture_file"]),
        ("rules: [{}, {enable: {}}, {disable: a}, 3]", [
            "1:9: expected enable or dis", "1:22: enable names neither", "1:37: expected enable", "1:41: expected"]),
        ("append_output: [a, {extra_fields: b}, {extra_fields: [{a: b, c: d}, {e: f}, {e: g}]}]", [
            "1:17: expected match", "1:35: extra_fields is", "1:55: expected a field", "1:77: expected a field"]),
        ("plugins: [{name: k8sadmission}]", ["1:11: a plugin needs library_path, as in Falco"]),
        ("plugins: [{name: json, library_path: l}]", ["1:10: the plugin k8sadmission is not loaded, so there are no"]),
        (PLUGINS % ("{}", "x") + "  ", None),
        ("load_plugins: [k8sadmission]", ["1:16: load_plugins names 'k8sadmission', which is no entry of plugins"]),
        (PLUGINS % ("[1]", "x"), ["3:73: init_config is a mapping, or JSON of one in a text"]),
        (PLUGINS % ("'{tlsCert: x}'", "x"), ["3:73: init_config is a text and no JSON: "]),
        (PLUGINS % ("'# x'", "x"), ["3:73: init_config is a text and no JSON: "]),
        (PLUGINS % ("'[]'", "x"), ["3:73: init_config is a mapping, or JSON of one in a text"]),
        (PLUGINS % ("'{\"a\": '", "x"), ["3:73: init_config is a text and no JSON: "]),
        (PLUGINS % ("{maxEventSize: -1, useAsync: maybe, tlsCert: [a]}", "[]"), [
            "3:88: init_config.maxEventSize is '-1', expected a number",
            "3:102: init_config.useAsync is 'maybe', expected", "3:118: init_config.tlsCert is", "3:137: open_params"]),
        ("- a", ["1:1: expected keys with values"]),
        ("a: {[b]: c}", ["1:5: expected a name as key, found a sequence"]),
        ("a: 'b", ["1:6: not YAML: found unexpected end of stream"]),
        ("a: &x {b: *x}", ["1:"]),
        ("a: " + "[" * 70 + "]" * 70, ["1:"]),
        ("a: b: c", ["1:"]),
    ],
)  # fmt: skip
def test_what_falco_does_not_start_with(text: str, faults: list[str] | None) -> None:
    if faults is None:
        configured(text)
        return
    found = refused(text)
    assert len(found) == len(faults), found
    for one, words in zip(found, faults, strict=True):
        assert one.startswith(f"falco.yaml:{words}"), found


def test_all_faults_are_named_in_one_run() -> None:
    found = refused("priority: low\nrule_matching: some\nfile_output: {enabled: true}\nrules: [{}]\nplugins: [{}]\n")
    assert sorted(words.split(":")[1] for words in found) == ["1", "2", "3", "4", "5"]


def test_plugins_are_those_that_are_loaded() -> None:
    both = PLUGINS % ("''", "' events.jsonl '")
    assert configured(both).plugins == ("k8sadmission", "json")
    assert configured(both).source.open_params == "events.jsonl"
    assert configured(both.replace(", json]", "]")).plugins == ("k8sadmission",)
    assert configured(both.replace("load_plugins: [k8sadmission, json]", "")).plugins == ("k8sadmission", "json")
    assert configured(both.replace("[k8sadmission, json]", "[json, k8sadmission]")).plugins == ("json", "k8sadmission")
    other = configured(both.replace("name: json", "name: container").replace(", json]", ", container]"))
    assert other.warnings == ("falco.yaml:4:5: the plugin container is set aside; its fields are not known here",)


@pytest.mark.parametrize("quote", ["%s", "'%s'"])
def test_init_config_is_a_mapping_or_json_in_a_text(quote: str) -> None:
    config = (
        '{"tlsCert": "c", "tlsKey": "k", "sslClientCA": "ca", "maxEventSize": 5, "webhookMaxBatchSize": 6, '
        '"useAsync": false, "queueSize": 7}'
    )
    found = configured(PLUGINS % (quote % config, "'https://:1/'"))
    pems = Path("c"), Path("k"), Path("ca")
    assert found.source == SourceSettings("https://:1/", *pems, 5, True, 6, False, 7)


def test_init_config_of_other_plugins_is_their_own() -> None:
    text = "plugins: [{name: k8sadmission, library_path: l}, {name: json, library_path: l, init_config: %s}]"
    assert configured(text % "{useAsync: [1], maxEventSize: no}").warnings == ()
    assert refused(text % "[1]") == ["falco.yaml:1:93: init_config is a mapping, or JSON of one in a text"]


def test_init_config_has_the_documented_spelling_of_the_certificate() -> None:
    assert configured(PLUGINS % ("{sslCertificate: s}", "x")).source.ssl_certificate == Path("s")
    assert configured(PLUGINS % ("null", "x")).source == SourceSettings("x")
    both = configured(PLUGINS % ("{sslCertificate: s, tlsCert: t}", "x"))
    assert both.source.ssl_certificate == Path("t")
    assert both.warnings == ("falco.yaml:3:73: tlsCert counts, sslCertificate does not",)
    odd = configured(PLUGINS % ("{sslCertficate: s}", "x"))
    assert odd.warnings[0].startswith("falco.yaml:3:74: init_config does not know sslCertficate, passed over")


@pytest.mark.parametrize(
    ("text", "expected"),
    [("15s", 15), ("1h30m", 5400), (" 1 m ", 60), ("500ms", 0.5), ("1y", 31_536_000), ("5", 0), ("", 0), ("1s1h", 0)],
)
def test_times_as_prometheus_writes_them(text: str, expected: float) -> None:
    assert seconds(text) == expected


@given(st.text(max_size=60) | st.text("[]{}:,-'\"&*!\n aex1", max_size=60))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_text_is_a_configuration_or_a_fault_with_its_file(text: str) -> None:
    Path("any.yaml").write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        load_configuration("any.yaml")
    except ToolkitError as error:
        files = {fault.place.file if fault.place else None for fault in error.faults}
        assert files == {"any.yaml"}
