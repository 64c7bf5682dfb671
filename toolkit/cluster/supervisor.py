"""The program that owns a control plane's folder and processes, and ends them when its caller is gone.

Run as `python -I supervisor.py ROOT NAME`, so it imports nothing but the standard library. It takes JSON lines on
standard input: `{"start": NAME, "argv": […]}` starts a program with its output in `FOLDER/NAME.log`. It writes JSON
lines: first `{"folder": …}` (or `{"taken": NAME}`), then `{"started": NAME, "pid": …}` and `{"ended": NAME,
"status": …}`. When standard input ends, for whatever reason, it stops the programs, the last started first, and
removes the folder. However the supervisor itself ends, the kernel ends the programs with it.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

_GRACE = 3.0
_LOOK_EVERY = 0.05
_PR_SET_PDEATHSIG = 1


def main(root: Path, name: str) -> int:
    """Hold the folder `root/name` until standard input ends; returns the exit status."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    folder = claim(root, name)
    if folder is None:
        say(taken=name)
        return 1
    programs = Programs(folder)
    try:
        say(folder=str(folder), pid=os.getpid())
        programs.obey(sys.stdin.fileno())
    finally:
        programs.stop()
        remove(folder)
    return 0


def say(**facts: object) -> None:
    """Write one JSON line; a caller who is gone does not matter."""
    with contextlib.suppress(OSError):
        os.write(sys.stdout.fileno(), json.dumps(facts).encode() + b"\n")


class Programs:
    """The running programs, in the order of their start."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def obey(self, source: int) -> None:
        """Start what the lines of `source` say, and tell which programs end, until `source` ends."""
        buffer = b""
        with selectors.DefaultSelector() as selector:
            selector.register(source, selectors.EVENT_READ)
            while True:
                if selector.select(_LOOK_EVERY):
                    chunk = os.read(source, 65536)
                    if not chunk:
                        return
                    *lines, buffer = (buffer + chunk).split(b"\n")
                    for line in lines:
                        self._start(json.loads(line))
                self._tell_ended()

    def stop(self) -> None:
        """End every program, the last started first; kill the one that does not end within its grace."""
        for process in reversed(self._running.values()):
            process.terminate()
            try:
                process.wait(_GRACE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._running.clear()

    def _start(self, order: dict[str, object]) -> None:
        name, argv = str(order["start"]), order["argv"]
        assert isinstance(argv, list)
        try:
            with (self._folder / f"{name}.log").open("wb") as log:
                self._running[name] = subprocess.Popen(
                    argv,
                    cwd=self._folder,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                    preexec_fn=die_with_parent(os.getpid()),
                )
        except (OSError, subprocess.SubprocessError) as error:
            say(ended=name, status=str(error))
        else:
            say(started=name, pid=self._running[name].pid)

    def _tell_ended(self) -> None:
        for name, process in list(self._running.items()):
            if process.poll() is not None:
                say(ended=name, status=process.returncode)
                del self._running[name]


def die_with_parent(parent: int) -> Callable[[], None] | None:
    """Return what a child runs before its program so that it is killed when `parent` ends; Linux only."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def ask_kernel() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)

    return ask_kernel


def claim(root: Path, name: str) -> Path | None:
    """Make the folder `root/name`, locked while this process lives; None when another one holds it."""
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    clear_away(root)
    with only_one(root):
        folder = root / name
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            return None
        lock = os.open(folder / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
        return folder


def clear_away(root: Path) -> None:
    """Remove the folders of supervisors that were killed."""
    with only_one(root):
        for left in root.iterdir():
            if left.is_dir() and not is_held(left):
                shutil.rmtree(left, ignore_errors=True)


@contextlib.contextmanager
def only_one(root: Path) -> Iterator[None]:
    """Let one process at a time make and clear away folders."""
    with (root / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def is_held(folder: Path) -> bool:
    """Say whether a living supervisor holds the folder."""
    try:
        with (folder / "lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def remove(folder: Path) -> None:
    """Take the folder away; its name is free at once."""
    gone = folder.with_name(f".gone-{os.getpid()}-{time.monotonic_ns()}")
    with contextlib.suppress(OSError):
        folder.rename(gone)
        shutil.rmtree(gone, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
