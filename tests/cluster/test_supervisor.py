"""What the supervisor starts, it ends: when asked, when its caller is killed, and when it is killed itself."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from waiting import until

from toolkit.cluster.supervised import Supervised
from toolkit.cluster.supervisor import is_held
from toolkit.errors import ExitCode, ToolkitError

SLEEPER = [sys.executable, "-c", "import time; time.sleep(300)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(15, signal.SIG_IGN); print('on', flush=True); time.sleep(300)",
]


ORDERLY = """
import pathlib, signal, sys, time
def end(*_):
    pathlib.Path("../order").open("a").write(sys.argv[1])
    sys.exit()
signal.signal(15, end)
print("on", flush=True)
time.sleep(300)
"""


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "clusters"
    assert processes_of(tmp_path) == []


def processes_of(folder: Path) -> list[int]:
    """Return the processes whose command line or working folder is about `folder`."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            about = (process / "cmdline").read_bytes() + os.fsencode((process / "cwd").readlink())
            is_ended = (process / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
        except OSError:
            continue
        if os.fsencode(folder) in about and not is_ended:
            found.append(int(process.name))
    return found


def check_for_long(supervised: Supervised) -> None:
    for _ in range(500):
        supervised.check()
        time.sleep(0.01)


def folders(root: Path) -> list[str]:
    return sorted(path.name for path in root.iterdir() if path.is_dir())


def test_programs_and_folder_are_gone_after_closing(root: Path) -> None:
    with Supervised(root, "one") as supervised:
        supervised.start("sleeper", SLEEPER)
        until(lambda: len(processes_of(supervised.folder)) == 1)
        assert is_held(supervised.folder)
        assert supervised.folder.stat().st_mode & 0o777 == 0o700
    assert folders(root) == []


def test_the_last_started_is_ended_first_and_one_that_does_not_listen_is_killed(root: Path) -> None:
    with Supervised(root, "one") as supervised:
        logs = [supervised.folder / f"{name}.log" for name in "abc"]
        supervised.start("a", [sys.executable, "-c", ORDERLY, "a"])
        supervised.start("b", STUBBORN)
        supervised.start("c", [sys.executable, "-c", ORDERLY, "c"])
        until(lambda: all(log.exists() and log.read_text() == "on\n" for log in logs))
    assert (root / "order").read_text() == "ca"


def test_a_name_is_taken_while_it_is_held_and_free_afterwards(root: Path) -> None:
    with Supervised(root, "one"):
        with pytest.raises(ToolkitError, match="is up already") as caught:
            Supervised(root, "one")
        assert caught.value.exit_code == ExitCode.ENVIRONMENT
        with Supervised(root, "two"):
            assert folders(root) == ["one", "two"]
    with Supervised(root, "one"):
        assert folders(root) == ["one"]


def test_what_killed_supervisors_left_is_cleared_away(root: Path) -> None:
    with Supervised(root, "held"):
        (root / "left").mkdir()
        (root / "left" / "lock").touch()
        (root / ".gone-1").mkdir()
        with Supervised(root, "new"):
            assert folders(root) == ["held", "new"]


def test_a_program_that_ends_is_an_error_with_its_last_words(root: Path) -> None:
    with Supervised(root, "one") as supervised:
        supervised.start("bad", [sys.executable, "-c", "print('cannot bind'); raise SystemExit(3)"])
        with pytest.raises(ToolkitError, match="bad ended by itself \\(status 3\\)") as caught:
            check_for_long(supervised)
    assert caught.value.faults[0].snippet == "cannot bind"
    assert caught.value.exit_code == ExitCode.ENVIRONMENT


def test_a_program_that_is_not_there_is_an_error(root: Path) -> None:
    with Supervised(root, "one") as supervised:
        supervised.start("none", ["/no/such/program"])
        with pytest.raises(ToolkitError, match="No such file"):
            check_for_long(supervised)


def test_when_the_supervisor_is_killed_the_kernel_ends_the_programs(root: Path) -> None:
    with Supervised(root, "one") as supervised:
        supervised.start("stubborn", STUBBORN)
        until(lambda: (supervised.folder / "stubborn.log").exists() and len(processes_of(supervised.folder)) == 1)
        (supervisor,) = (pid for pid in processes_of(root) if pid not in processes_of(supervised.folder))
        os.kill(supervisor, signal.SIGKILL)
        until(lambda: processes_of(root) == [])
        with pytest.raises(ToolkitError, match="supervisor of the control plane ended"):
            check_for_long(supervised)
    assert folders(root) == []


CALLER = """
import sys, time
from pathlib import Path
from toolkit.cluster.supervised import Supervised
supervised = Supervised(Path(sys.argv[1]), "one")
for name in "abc":
    supervised.start(name, [sys.executable, "-c", "import time; time.sleep(300)"])
print("up", flush=True)
time.sleep(300)
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_when_the_caller_dies_nothing_is_left(root: Path, number: int) -> None:
    caller = subprocess.Popen(
        [sys.executable, "-c", CALLER, str(root)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    with caller:
        assert caller.stdout
        assert caller.stdout.readline() == b"up\n"
        caller.send_signal(number)
    until(lambda: folders(root) == [] and processes_of(root) == [])


def test_a_caller_killed_at_random_moments_leaves_nothing(root: Path) -> None:
    moments = random.Random(20260704)
    for _ in range(12):
        with subprocess.Popen([sys.executable, "-c", CALLER, str(root)], stdout=subprocess.DEVNULL) as caller:
            time.sleep(moments.uniform(0.0, 0.4))
            caller.kill()
    until(lambda: processes_of(root) == [] and (not root.exists() or folders(root) == []))
