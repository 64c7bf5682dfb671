"""The JSON Schema that editors use: it is one, and it takes what people write."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from test_configuration import ALL

from toolkit.configuration.schema import SET_ASIDE, schema

ADMISSION_WEBHOOK = """
plugins:
  - name: k8sadmission
    library_path: /usr/share/falco/plugins/libk8sadmission.so
    open_params: "https://:8443/log-request"
    init_config: {tlsCert: /etc/tls/tls.crt, tlsKey: /etc/tls/tls.key}
  - {name: json, library_path: libjson.so, init_config: "", open_params: ""}
load_plugins: [k8sadmission, json]
priority: debug
json_output: true
stdout_output: {enabled: true}
append_output: [{suggested_output: true}, {match: {source: syscall}, extra_fields: [home: "${HOME}", evt.hostname]}]
config_files: [a, {path: b, strategy: add-only}]
"""


def faults(text: str) -> list[str]:
    return [error.json_path for error in Draft202012Validator(schema()).iter_errors(yaml.safe_load(text))]


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("text", [ALL, ADMISSION_WEBHOOK])
def test_it_takes_whole_configurations(text: str) -> None:
    assert faults(text) == []


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("jsn_output: true", "$"),
        ("json_output: 1", "$.json_output"),
        ("plugins: [{name: json}]", "$.plugins[0]"),
        ("webserver: {listen_port: '1'}", "$.webserver.listen_port"),
        ("config_files: [{path: a, strategy: merge}]", "$.config_files[0]"),
    ],
)
def test_it_refuses_what_is_wrong(text: str, path: str) -> None:
    assert faults(text) == [path]


def described(entry: dict[str, Any]) -> bool:
    return bool(entry.get("description")) or entry.get(SET_ASIDE, False)


def test_every_key_at_the_top_says_what_it_is_for() -> None:
    assert [name for name, entry in schema()["properties"].items() if not described(entry)] == []
