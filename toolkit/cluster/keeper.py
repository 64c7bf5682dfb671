"""Clusters kept for hands-on work: a process of their own holds them, found again by name."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from toolkit.cluster.folders import clusters_folder
from toolkit.cluster.supervisor import clear_away, holding, is_held, is_kept, release, write_whole
from toolkit.errors import ExitCode, Fault, ToolkitError, environment, usage

_STATE = "state.json"
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_COMING_UP = 180.0
_GOING_DOWN = 45.0


@dataclass(frozen=True, slots=True)
class KeptCluster:
    """A cluster that runs; `log` is the recorder's file, `pid` the process that holds it.

    A cluster in containers needs no process to hold it (`pid` 0), and nothing records in it (`log` "").
    """

    name: str
    kubernetes: str
    pid: int
    kubeconfig: str
    log: str
    provider: str = "local"


def bring_up(name: str, minor: str) -> KeptCluster:
    """Start a cluster that stays after this process. Raises ToolkitError: exit 2 for the name, 4 when it fails."""
    if not _NAME.fullmatch(name):
        raise usage(f'"{name}" is no name for a cluster', hint="small letters, digits and - (not at the ends)")
    if find(name):
        raise environment(f'a cluster named "{name}" is up already', hint="`toolkit cluster status` shows it")
    command = [sys.executable, "-m", "toolkit.cluster.keeper", name, minor]
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True
    )
    try:
        return _await_up(process, name)
    except BaseException:
        process.terminate()
        raise


def find(name: str) -> KeptCluster | None:
    """Return the running cluster of that name, None when there is none."""
    return next((cluster for cluster in running() if cluster.name == name), None)


def running() -> list[KeptCluster]:
    """Return every cluster that is up, by name."""
    folders = sorted(clusters_folder().iterdir()) if clusters_folder().is_dir() else []
    return list(_states(folders))


def take_down(name: str) -> None:
    """End a kept cluster; returns when its processes and its folder are gone. Raises ToolkitError (exit 4)."""
    cluster = find(name)
    if cluster is None:
        raise environment(f'no cluster named "{name}" is up', hint="`toolkit cluster status` lists those that are")
    folder = clusters_folder() / name
    with holding(folder) as is_held_still:
        if cluster.pid:
            os.kill(cluster.pid, signal.SIGTERM)
        else:
            release(folder)
            clear_away(clusters_folder())
        deadline = time.monotonic() + _GOING_DOWN
        while folder.exists() or is_held_still():
            if time.monotonic() > deadline:
                raise environment(f'the cluster "{name}" did not end within {_GOING_DOWN:.0f} s')
            time.sleep(0.05)


def keep(name: str, minor: str) -> None:
    """Hold a cluster until SIGTERM or SIGINT, or until one of its programs ends; its state is written when it is up."""
    from toolkit.cluster.local.provider import LocalProvider

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(ExitCode.GOOD))
    with LocalProvider(minor, name).start() as cluster:
        _turn_stderr_to(cluster.folder / "keeper.log")
        log = cluster.folder / "recorder" / "kube-audit-rest.log"
        state = KeptCluster(name, cluster.kubernetes_version, os.getpid(), str(cluster.kubeconfig), str(log))
        note_kept(cluster.folder, state)
        while True:
            cluster.check()
            time.sleep(0.5)


def note_kept(folder: Path, cluster: KeptCluster) -> None:
    """Write down in its folder that a cluster is up, so that it is found."""
    write_whole(folder / _STATE, json.dumps(asdict(cluster)))


def _turn_stderr_to(path: Path) -> None:
    """Leave the pipe of the process that started this one: it will be gone."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    os.dup2(descriptor, sys.stderr.fileno())
    os.close(descriptor)


def _await_up(process: subprocess.Popen[bytes], name: str) -> KeptCluster:
    deadline = time.monotonic() + _COMING_UP
    while time.monotonic() < deadline:
        cluster = find(name)
        if cluster and cluster.pid == process.pid:
            return cluster
        if process.poll() is not None:
            raise _failure(process)
        time.sleep(0.1)
    raise environment(f'the cluster "{name}" was not up within {_COMING_UP:.0f} s')


def _failure(process: subprocess.Popen[bytes]) -> ToolkitError:
    words = process.stderr.read().decode(errors="replace").strip() if process.stderr else ""
    code = process.returncode if process.returncode in set(ExitCode) else ExitCode.ENVIRONMENT
    return ToolkitError(Fault(words or "the process that keeps the cluster ended without a word"), ExitCode(code))


def _states(folders: list[Path]) -> Iterator[KeptCluster]:
    for folder in folders:
        try:
            state = json.loads((folder / _STATE).read_text("utf-8"))
        except (OSError, ValueError):
            continue
        if is_held(folder) or is_kept(folder):
            yield KeptCluster(**state)


if __name__ == "__main__":
    try:
        keep(sys.argv[1], sys.argv[2])
    except ToolkitError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_code)
