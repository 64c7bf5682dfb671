"""`toolkit extract` and `toolkit fields`, run as programs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

CAPTURED = Path(__file__).resolve().parents[1] / "conformance" / "data" / "captured" / "apiserver-1.37.2.jsonl.gz"
LINE = (
    '{"request":{"uid":"u","operation":"CREATE","name":"%s","userInfo":{"groups":["a","b"]}},'
    '"requestReceivedTimestamp":"2026-11-23T05:29:12Z"}\n'
)


def toolkit(*arguments: str | Path, stdin: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder of its own."""
    return subprocess.run(
        [sys.executable, "-m", "toolkit", *map(str, arguments)],
        input=stdin,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "TZ": "UTC", "COLUMNS": "200", **variables},
        check=False,
    )


def printed(run: subprocess.CompletedProcess[str]) -> list[Any]:
    return [json.loads(line) for line in run.stdout.splitlines()]


def test_a_line_per_event_in_the_form_of_output_fields(tmp_path: Path) -> None:
    wanted = ["kar.user.groups", "kar.target.name", "evt.time", "evt.num", "evt.is_async", "json.value[/request/uid]"]
    options = [option for field in wanted for option in ("--field", field)]
    run = toolkit("extract", "-", *options, "-o", "json", stdin=LINE % "one" + "\n" + LINE % "two")
    assert (run.returncode, run.stderr) == (0, "")
    first, second = printed(run)
    assert first == {
        "line": 1,
        "uid": "u",
        "fields": {
            "kar.user.groups": ["a", "b"],
            "kar.target.name": "one",
            "evt.time": 1795411752000000000,
            "evt.num": 1,
            "evt.is_async": False,
            "json.value[/request/uid]": "u",
        },
    }
    assert (second["line"], second["fields"]["evt.num"]) == (3, 2)


def test_without_fields_every_kar_field_that_needs_no_argument() -> None:
    run = toolkit("extract", CAPTURED)
    lines = printed(run)
    assert (run.returncode, len(lines)) == (0, 196)
    names = lines[0]["fields"].keys()
    assert {"kar.verb", "kar.req.pod.containers.image", "kar.stage"} <= names
    assert all(name.startswith("kar.") and "[" not in name for name in names)
    assert "kar.uri.param" not in names
    assert "file" not in lines[0]


def test_several_inputs_name_the_file(tmp_path: Path) -> None:
    for name in ("a.log", "b.log"):
        (tmp_path / name).write_text(LINE % name)
    run = toolkit("extract", tmp_path, "--field", "kar.target.name")
    assert [line["file"] for line in printed(run)] == [str(tmp_path / "a.log"), str(tmp_path / "b.log")]


def test_published_values() -> None:
    text = LINE.replace('"name"', '"object":{"data":{"a":1}},"name"') % "x"
    field = ("--field", "kar.req.configmap.binary_data")
    assert printed(toolkit("extract", *field, "--plugin", "published", stdin=text))[0]["fields"] == {
        "kar.req.configmap.binary_data": '{"a":1}'
    }
    assert printed(toolkit("extract", *field, stdin=text))[0]["fields"] == {"kar.req.configmap.binary_data": None}


def test_unknown_fields_and_wrong_arguments_are_all_said() -> None:
    wrong = [
        "kar.vreb",
        "kar.verb[0]",
        "kar.uri.param",
        "kar.req.pod.containers.image[01]",
        "kar.req.volume.hostpath['']",
    ]
    run = toolkit("extract", "/no/such/file", *(option for field in wrong for option in ("--field", field)))
    assert (run.returncode, run.stdout) == (2, "")
    assert 'error: unknown field "kar.vreb"\n  hint: did you mean "kar.verb"?' in run.stderr
    assert run.stderr.count("error: ") == len(wrong)


def test_text_for_people_holds_no_control_characters() -> None:
    run = toolkit(
        "extract", "--field", "kar.target.name", "--field", "kar.verb", "-o", "text", stdin=LINE % "a\\u001bb"
    )
    assert run.stdout == '-:1 u\n  kar.target.name = "a\\u001bb"\n  kar.verb = "CREATE"\n'


@pytest.mark.parametrize(
    ("stdin", "options", "status", "words"),
    [
        (LINE % "x" + "{cut", [], 0, "warning: -:2: not JSON"),
        (LINE % "x" + "{cut", ["--strict"], 1, "warning: 1 of 2 lines are broken and were left out"),
        ("{cut\n", [], 3, "warning: 1 of 1 lines are broken"),
        ("", [], 5, "warning: no events were read"),
        ('{"request":{"uid":"u","operation":"C"}}', [], 0, "have no readable time"),
    ],
)
def test_exit_codes(stdin: str, options: list[str], status: int, words: str) -> None:
    run = toolkit("extract", "--field", "kar.uid", *options, stdin=stdin)
    assert run.returncode == status
    assert words in run.stderr


def test_a_missing_input() -> None:
    run = toolkit("extract", "/no/such/file")
    assert (run.returncode, run.stdout) == (3, "")
    assert run.stderr.startswith("error: /no/such/file: no such file or folder")


def test_a_closed_pipe_ends_quietly() -> None:
    command = (
        f"{sys.executable} -m toolkit extract {CAPTURED} {CAPTURED} | head -n 1 >/dev/null; echo ${{PIPESTATUS[0]}}"
    )
    run = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert (run.stdout, run.stderr) == ("0\n", "")


FIELDS = """
fields:
  - {name: my.name, type: string, path: request.name, description: The name.}
"""


def test_fields_of_ones_own_by_flag_and_by_variable(tmp_path: Path) -> None:
    (tmp_path / "f.yaml").write_text(FIELDS)
    (tmp_path / "wrong.yaml").write_text("fields: 5")
    by_flag = toolkit(
        "extract", "--field", "my.name", "--fields-file", tmp_path / "f.yaml", stdin=LINE % "x", TOOLKIT_FIELDS="/no"
    )
    by_variable = toolkit("extract", "--field", "my.name", stdin=LINE % "x", TOOLKIT_FIELDS=str(tmp_path / "f.yaml"))
    assert printed(by_flag) == printed(by_variable) == [{"line": 1, "uid": "u", "fields": {"my.name": "x"}}]
    wrong = toolkit("fields", "--fields-file", tmp_path / "wrong.yaml")
    assert (wrong.returncode, wrong.stdout) == (3, "")
    assert wrong.stderr.startswith(f"error: {tmp_path}/wrong.yaml:1:9: expected a list, found 5")


def test_the_list_of_fields(tmp_path: Path) -> None:
    (tmp_path / "f.yaml").write_text(FIELDS)
    text = toolkit("fields", "--fields-file", tmp_path / "f.yaml").stdout
    assert (
        "kar.stage  (string)\n    Stage of an audited request.\n    Never has a value: stages belong to audit events"
        in text
    )
    assert "kar.req.pod.containers.image, kar.req.pod.containers.image[index]  (list of string)" in text
    assert text.rstrip().endswith("my.name  (string)\n    The name.\n    The published plugin does not know the field.")


def test_the_list_of_fields_for_programs() -> None:
    run = toolkit("fields", "-o", "json")
    listed = {fact["name"]: fact for fact in json.loads(run.stdout)}
    assert listed["kar.req.volume.hostpath"]["argument"] == "key"
    assert listed["kar.req.configmap.data"]["published"]["differs"].startswith("gives the binary data")
    assert listed["kar.user.uid"]["published"] == {"known": False, "differs": None}
    assert "kar.user.uid" not in toolkit("fields", "-o", "json", "--plugin", "published").stdout
