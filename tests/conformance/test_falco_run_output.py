"""`toolkit run -c falco.yaml` prints on standard output what Falco printed, to the byte."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import runner
from recordings import DATA, captured

CONFIGURATION = """
plugins:
  - {name: k8sadmission, library_path: libk8sadmission.so, open_params: %s}
  - {name: json, library_path: libjson.so}
rules_files: [%s]
rule_matching: all
stdout_output: {enabled: true}
"""


def test_alerts_and_the_closing_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.setenv("TZ", "UTC")
    folder = DATA / "real-events"
    path = tmp_path / "falco.yaml"
    path.write_text(CONFIGURATION % (captured("1.34.3"), folder / "rules.yaml"), "utf-8")
    result = runner(monkeypatch, capfdbinary)("run", "-c", path, "--plugin", "published")
    assert result.code == 0
    alerts, _, report = result.out.partition("Events detected: ")
    recorded = (folder / "text-1.34.3.txt").read_text("utf-8")
    first_200, _, recorded_report = recorded.partition("Events detected: ")
    assert alerts.startswith(first_200)
    assert report == recorded_report
