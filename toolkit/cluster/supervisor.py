"""The program that owns a control plane's folder and processes, and ends them when its caller is gone.

Run as `python -I supervisor.py ROOT NAME`, so it imports nothing but the standard library. It takes JSON lines on
standard input: `{"start": NAME, "argv": […]}` starts a program with its output in `FOLDER/NAME.log`. It writes JSON
lines: first `{"folder": …}` (or `{"taken": NAME}`), then `{"started": NAME, "pid": …}` and `{"ended": NAME,
"status": …}`. When standard input ends, for whatever reason, it stops the programs, the last started first, and
removes the folder. However the supervisor itself ends, the kernel ends the programs with it.

What lives outside of its processes, such as containers, is ended by a command: `{"at_end": [argv, …]}` says which
are run before the folder is removed. They are kept in the folder, so that whoever comes next runs them where the
supervisor was killed; where one fails the folder stays, and the next one tries again. `{"keep": true}` leaves all as
it is instead: the folder is no leftover then.
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
_AT_END_WITHIN = 120
_AT_END = "at-end.json"
_KEPT = "kept"
_ENDING = "ending"
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
        with contextlib.suppress(OSError):
            write_whole(folder / _ENDING, "")
        programs.stop()
        if not is_kept(folder) and run_at_end(folder):
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
                        self._obey(json.loads(line))
                self._tell_ended()

    def stop(self) -> None:
        """End every program, the last started first; kill the one that does not end within its grace."""
        for process in reversed(self._running.values()):
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_GRACE)
            with contextlib.suppress(ProcessLookupError):  # with what it started and left behind
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self._running.clear()

    def _obey(self, order: dict[str, object]) -> None:
        if "at_end" in order:
            write_whole(self._folder / _AT_END, json.dumps(order["at_end"]))
        elif "keep" in order:
            write_whole(self._folder / _KEPT, "")
        else:
            self._start(order)

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
    """Make the folder `root/name`, locked while this process lives; None when it is there already."""
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
    """End and remove what supervisors that were killed have left."""
    with only_one(root):
        for left in leftovers(root):
            if run_at_end(left):
                shutil.rmtree(left, ignore_errors=True)


def leftovers(root: Path) -> list[Path]:
    """Return the folders that nobody holds and nobody wanted kept."""
    return [folder for folder in root.iterdir() if folder.is_dir() and not is_held(folder) and not is_kept(folder)]


def run_at_end(folder: Path) -> bool:
    """Run the commands that end what lives outside; return whether all went well."""
    try:
        commands = json.loads((folder / _AT_END).read_text("utf-8"))
    except FileNotFoundError:
        return True
    try:
        with (folder / "at-end.log").open("ab") as log:
            for argv in commands:
                subprocess.run(
                    argv,
                    check=True,
                    timeout=_AT_END_WITHIN,
                    cwd=folder,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                )
    except (OSError, subprocess.SubprocessError):
        return False
    return True


def is_kept(folder: Path) -> bool:
    """Say whether what the folder stands for is to stay."""
    return (folder / _KEPT).exists()


def is_ending(folder: Path) -> bool:
    """Say whether a living supervisor is ending what the folder stands for: its caller is done, or gone."""
    return is_held(folder) and (folder / _ENDING).exists()


def release(folder: Path) -> None:
    """Keep it no longer: the next look for leftovers ends it."""
    (folder / _KEPT).unlink(missing_ok=True)


def write_whole(path: Path, text: str) -> None:
    """Write a file beside its place and rename it."""
    beside = path.with_name(f".{path.name}.part")
    beside.write_text(text, "utf-8")
    beside.rename(path)


@contextlib.contextmanager
def only_one(root: Path) -> Iterator[None]:
    """Let one process at a time make and clear away folders."""
    with (root / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def is_held(folder: Path) -> bool:
    """Say whether a living supervisor holds the folder."""
    with holding(folder) as is_held_now:
        return is_held_now()


@contextlib.contextmanager
def holding(folder: Path) -> Iterator[Callable[[], bool]]:
    """Give what says whether a living supervisor holds the folder, also when the folder itself is gone."""
    try:
        lock = (folder / "lock").open()
    except OSError:
        yield lambda: False
        return
    with lock:
        yield lambda: _is_locked(lock.fileno())


def _is_locked(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    fcntl.flock(lock, fcntl.LOCK_UN)
    return False


def remove(folder: Path) -> None:
    """Take the folder away; its name is free at once."""
    gone = folder.with_name(f".gone-{os.getpid()}-{time.monotonic_ns()}")
    with contextlib.suppress(OSError):
        folder.rename(gone)
        shutil.rmtree(gone, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
