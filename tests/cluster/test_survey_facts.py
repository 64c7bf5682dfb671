"""What the survey makes of facts of a machine: its kernel, disks and ports."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from stand_ins import Programs

from toolkit.cluster.engine import find_engine
from toolkit.cluster.survey import kernel, loopback, room
from toolkit.cluster.survey.engine_facts import EngineFacts, facts_of
from toolkit.cluster.survey.finding import State

LOCAL_DOCKER = EngineFacts("docker", "28.2.2", cgroups=2, data=Path("/"))


def test_cgroup_version_1_without_a_node_image_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel, "NODE_IMAGES", {"1.36": "", "1.35": ""})
    finding = kernel.cgroups(EngineFacts("docker", "28", cgroups=1))
    assert finding.state is State.LACKING
    assert finding.remedy.startswith("boot with")


def test_cgroups_that_the_engine_does_not_tell_are_looked_up(tmp_path: Path) -> None:
    engine = EngineFacts("nerdctl", "2")
    assert kernel.cgroups(engine, tmp_path).found.startswith("version 1,")
    (tmp_path / "sys/fs/cgroup").mkdir(parents=True)
    (tmp_path / "sys/fs/cgroup/cgroup.controllers").write_text("cpu memory pids\n")
    assert kernel.cgroups(engine, tmp_path).found == "version 2"


@pytest.mark.parametrize(
    ("instances", "watches", "state"),
    [(128, 524288, State.WARNING), (512, 8192, State.WARNING), (512, 524288, State.GOOD), (None, None, State.GOOD)],
)
def test_limits_of_inotify(tmp_path: Path, instances: int | None, watches: int | None, state: State) -> None:
    folder = tmp_path / "proc/sys/fs/inotify"
    folder.mkdir(parents=True)
    if instances is not None:
        (folder / "max_user_instances").write_text(f"{instances}\n")
        (folder / "max_user_watches").write_text(f"{watches}\n")
    finding = kernel.inotify(tmp_path)
    assert finding.state is state
    mend = "sudo sysctl fs.inotify.max_user_instances=512 fs.inotify.max_user_watches=524288"
    assert finding.remedy == (mend if state is State.WARNING else "")


@pytest.mark.parametrize(
    ("bounding", "engine", "state", "words"),
    [
        ("000001ffffffffff", LOCAL_DOCKER, State.GOOD, "nothing is known"),
        ("000001fffeffffff", LOCAL_DOCKER, State.WARNING, "root here lacks CAP_SYS_RESOURCE"),
        ("00000000a80425fb", LOCAL_DOCKER, State.WARNING, "CAP_SYS_ADMIN, CAP_SYS_RESOURCE"),
        ("00000000a80425fb", EngineFacts("docker", "28", data=None), State.GOOD, "nothing is known"),
        ("000001fffeffffff", EngineFacts("docker", "28", data=Path("/"), runtime="own"), State.GOOD, "runtime is own"),
        ("", EngineFacts("docker", "28", cgroups=1, is_rootless=True), State.LACKING, "needs cgroup version 2"),
    ],
)
def test_privileges(tmp_path: Path, bounding: str, engine: EngineFacts, state: State, words: str) -> None:
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/status").write_text(f"Name:\tx\nCapBnd:\t{bounding}\n" if bounding else "")
    finding = kernel.privileges(engine, tmp_path)
    assert finding.state is state
    assert words in finding.found


@pytest.mark.parametrize(
    ("gib", "images", "cache"),
    [
        (0.25, State.LACKING, State.MISSING),
        (1.9, State.LACKING, State.WARNING),
        (4.0, State.WARNING, State.GOOD),
        (5.0, State.GOOD, State.GOOD),
    ],
)
def test_room_on_disks(machine: Programs, gib: float, images: State, cache: State) -> None:
    def free(folder: Path) -> int:
        assert folder.is_dir()
        return int(gib * room.GIB)

    assert room.engine_room(LOCAL_DOCKER, free).state is images
    assert room.cache_room(free).state is cache
    assert f"{gib:.1f} GiB free in" in room.cache_room(free).found
    assert room.engine_room(LOCAL_DOCKER, free).remedy == (
        "" if images is State.GOOD else "docker system df; docker image prune"
    )


def test_a_disk_that_cannot_be_looked_at_is_told(machine: Programs) -> None:
    def free(_: Path) -> int:
        raise PermissionError(13, "Permission denied")

    finding = room.engine_room(LOCAL_DOCKER, free)
    assert (finding.state, "Permission denied" in finding.found) == (State.WARNING, True)


def test_an_engine_elsewhere_is_not_judged_by_this_disk(machine: Programs, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.docker(DockerRootDir="/")
    assert facts_of(find_engine()).data == Path("/")
    monkeypatch.setenv("DOCKER_HOST", "ssh://build-machine")
    facts = facts_of(find_engine())
    assert facts.data is None
    assert room.engine_room(facts, lambda _: 0).state is State.GOOD


def test_ports_that_are_taken_are_named() -> None:
    with socket.create_server(("", 0)) as server:
        port = server.getsockname()[1]
        finding = loopback.ports([("--server-port", port)])
    assert (finding.state, finding.remedy) == (State.WARNING, "toolkit record --server-port PORT")
    assert str(port) in finding.found
    assert loopback.ports([]).state is State.GOOD


def test_loopback_that_is_down_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loopback, "LOOPBACK", "192.0.2.1")
    finding = loopback.ports([])
    assert finding.state is State.MISSING
    assert "192.0.2.1" in finding.found
