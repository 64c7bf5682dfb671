"""Outputs of a live run: a standard output and a standard error that nobody reads hold up nothing."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from waiting import until

SCRIPT = """
import sys, time
from pathlib import Path
from toolkit.configuration.model import FileOutput, OutputsSettings
from toolkit.engine.alerts import AlertForm
from toolkit.outputs.outputs import Words, make_outputs, write_report
from toolkit.ruleset.priorities import Priority

class Rule:
    priority = Priority.DEBUG

class Alert:
    rule = Rule()
    def __init__(self, number):
        self.number = number
    def line(self, form, hostname):
        return b"%06d " % self.number + b"x" * 1000

status = Path(sys.argv[1])
words = Words()
file = FileOutput(status.with_suffix(".alerts"), keep_alive=True)
settings = OutputsSettings(file=file, queue_capacity=1000, timeout=0.05)
outputs = make_outputs(settings, AlertForm(), None, words, lossless=False)
longest = 0.0
for number in range(3000):
    begun = time.monotonic()
    outputs.put(Alert(number))
    longest = max(longest, time.monotonic() - begun)
    if number % 100 == 0:
        time.sleep(0.02)
outputs.close(0.5)
written = write_report("the report", 0.2)
words.close(0.5)
counts = outputs.counts
status.with_suffix(".tmp").write_text(f"{counts['file_output'].sent} {counts['stdout_output'].sent} "
    f"{counts['stdout_output'].lost} {longest < 1.0} {written}")
status.with_suffix(".tmp").rename(status)
"""


def test_nobody_reads_and_everything_else_goes_on(tmp_path: Path) -> None:
    """Both streams are pipes that are full; the file gets every alert, and the process comes to its end."""
    status = tmp_path / "status"
    pipes = [os.pipe(), os.pipe()]
    for _, writing in pipes:
        os.set_blocking(writing, False)
        with open(writing, "wb", buffering=0, closefd=False) as pipe:
            while pipe.write(b"." * 1024):
                pass
        os.set_blocking(writing, True)
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(status)], stdout=pipes[0][1], stderr=pipes[1][1]
    ) as process:
        assert process.wait(60) == 0
    file_sent, stdout_sent, stdout_lost, quick, written = status.read_text().split()
    assert (file_sent, stdout_sent, stdout_lost, quick, written) == ("3000", "0", "3000", "True", "False")
    alerts = status.with_suffix(".alerts").read_text().splitlines()
    assert [int(alert[:6]) for alert in alerts] == list(range(3000))
    for ends in pipes:
        for end in ends:
            os.close(end)


def test_a_reader_that_is_slow_gets_whole_lines_in_order_and_is_told_of_what_is_missing(tmp_path: Path) -> None:
    status = tmp_path / "status"
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(status)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stderr
        time.sleep(0.5)
        out = process.stdout.read()
        err = process.stderr.read().decode()
        assert process.wait(60) == 0
    until(status.exists)
    *alerts, report = out.decode().splitlines()
    numbers = [int(alert[:6]) for alert in alerts]
    assert report == "the report"
    assert numbers == sorted(set(numbers))
    assert all(len(alert) == 1007 for alert in alerts)
    _, stdout_sent, stdout_lost, _, written = status.read_text().split()
    assert (int(stdout_sent), written) == (len(alerts), "True")
    assert int(stdout_sent) + int(stdout_lost) == 3000
    assert err.count("stdout_output: 1000 alerts wait; further ones are dropped until there is room") <= 1
    if int(stdout_lost):
        assert f"stdout_output: {stdout_lost} of 3000 alerts were lost" in err
