"""Clusters that somebody else runs: a scheduler and workers in processes of their own, on loopback."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from distributed.security import Security
from spread_samples import begun, done, in_one, joined, started, words, write_logs
from waiting import until

pytestmark = pytest.mark.dask
QUIET = "--no-dashboard"


class Cluster:
    """A scheduler and its workers, which run elsewhere: in the root folder."""

    def __init__(self, folder: Path, scheme: str = "tcp", **environment: str) -> None:
        self._folder = folder
        self._scheme = scheme
        self._environment = environment
        with socket.create_server(("127.0.0.1", 0)) as found:
            port = found.getsockname()[1]
        self.address = f"{scheme}://127.0.0.1:{port}"
        self._processes: list[subprocess.Popen[bytes]] = []
        self.scheduler = self._start("scheduler", "--port", str(port))
        until(lambda: self._answers(port))

    def worker(self, **environment: str) -> subprocess.Popen[bytes]:
        """Start a worker of one thread, without a nanny, and with nothing said."""
        flags = (
            "--host",
            self.address.rpartition(":")[0],
            "--nthreads",
            "1",
            "--no-nanny",
            "--local-directory",
            str(self._folder),
        )
        return self._start("worker", self.address, *flags, **environment)

    def close(self) -> None:
        for process in reversed(self._processes):
            process.kill()
            process.communicate()

    def _start(self, *command: str, **environment: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-m", "dask", *command, "--protocol", self._scheme, "--host", "127.0.0.1", QUIET],
            cwd="/",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": str(self._folder / "site"), **self._environment, **environment},
        )
        self._processes.append(process)
        return process

    @staticmethod
    def _answers(port: int) -> bool:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            return False
        return True


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_logs(tmp_path, 5)
    return tmp_path


@pytest.fixture
def cluster(folder: Path) -> Iterator[Cluster]:
    made = Cluster(folder)
    yield made
    made.close()


def run_on(folder: Path, cluster: Cluster, *flags: str, **environment: str) -> tuple[int, bytes, str]:
    with started(folder, "--scheduler", cluster.address, *flags, **environment) as run:
        out, err = run.communicate(timeout=120)
    assert b"Traceback" not in err
    return run.returncode, out, err.decode()


def test_a_worker_of_a_cluster_that_is_killed_costs_its_part(folder: Path, cluster: Cluster) -> None:
    alerts, said = in_one(folder)
    first = cluster.worker(TROUBLE="slow", SLOW="1")
    with started(folder, "--scheduler", cluster.address.removeprefix("tcp://")) as run:
        until(lambda: len(done(folder)) >= 2 and begun(folder))
        time.sleep(0.3)  # a worker tells the scheduler of its part a moment after it has begun
        cluster.worker()
        first.kill()
        out, err = run.communicate(timeout=120)
    assert (run.returncode, out, words(err)) == (0, b"", said)
    assert joined(folder / "out") == alerts
    assert f"note: 1 of {len(done(folder))} parts were begun again" in err.decode()
    code, _, again = run_on(folder, cluster)
    assert code == 0
    assert f"note: {len(done(folder))} of {len(done(folder))} parts in out were done before" in again


def test_a_cluster_without_workers_is_waited_for(folder: Path, cluster: Cluster) -> None:
    with started(folder, "--scheduler", cluster.address) as run:
        assert run.stderr
        assert run.stderr.readline() == b"note: no workers are there; waiting for some\n"
        cluster.worker()
        run.communicate(timeout=120)
    assert run.returncode == 0


def test_a_scheduler_that_is_gone_in_the_middle(folder: Path, cluster: Cluster) -> None:
    cluster.worker(TROUBLE="slow", SLOW="0.5")
    with started(folder, "--scheduler", cluster.address) as run:
        until(lambda: len(done(folder)) >= 1)
        cluster.scheduler.send_signal(signal.SIGKILL)
        _, err = run.communicate(timeout=120)
    assert run.returncode == 4
    assert b"Traceback" not in err
    assert b"error: the scheduler is gone" in err
    assert done(folder)


def test_another_version_and_none_at_all_are_named(folder: Path, cluster: Cluster) -> None:
    cluster.worker(VERSION="0.0.7")
    code, _, err = run_on(folder, cluster)
    assert code == 4
    assert re.search(
        r"error: this is version 0\.1\.0 of the toolkit, and the worker tcp://127\.0\.0\.1:\d+ has version 0\.0\.7\n"
        r"  hint: pip install 'k8sadmission-toolkit\[dask\]==0\.1\.0' there\n",
        err,
    )
    assert not done(folder)


def test_a_log_that_a_worker_does_not_have_names_the_worker(folder: Path, cluster: Cluster) -> None:
    cluster.worker(TROUBLE="gone")
    code, _, err = run_on(folder, cluster)
    assert code == 3
    place = r"error: logs/gone\.log: cannot be read: No such file or directory \(on the worker tcp://127\.0\.0\.1:\d+\)"
    assert re.search(place, err)
    assert "part-000003.json" not in done(folder)
    assert len(done(folder)) > 4
    assert not (folder / "out" / "total.json").exists()


def test_a_part_that_ends_its_worker_again_and_again_is_named(folder: Path) -> None:
    with started(folder, TROUBLE="killed") as run:
        _, err = run.communicate(timeout=120)
    assert run.returncode == 4
    assert b"Traceback" not in err
    part = rb"part 3 \(logs/kube-audit-rest\.log, bytes 2097152 to 3145728\)"
    assert re.search(rb"error: " + part + rb" ended its worker 4 times, at last tcp://127\.0\.0\.1:", err)
    assert "part-000003.json" not in done(folder)
    assert done(folder)
    kept = done(folder)
    with started(folder) as again:
        again.communicate(timeout=120)
    assert again.returncode == 0
    assert kept < done(folder)


def test_what_nobody_foresaw_names_the_part(folder: Path) -> None:
    with started(folder, TROUBLE="fails") as run:
        _, err = run.communicate(timeout=120)
    assert run.returncode == 4
    assert b"Traceback" not in err
    assert b"error: part 3 (logs/kube-audit-rest.log, bytes 2097152 to 3145728) failed on a worker: RuntimeError" in err
    shutil.rmtree(folder / "out")


def tls_settings(folder: Path, name: str) -> dict[str, str]:
    """Return dask's settings for those who have one certificate and trust no other, as environment variables."""
    security = Security.temporary()
    texts = {"CA_FILE": security.tls_ca_file}
    for role in ("SCHEDULER", "WORKER", "CLIENT"):
        texts |= {f"{role}__CERT": security.tls_client_cert, f"{role}__KEY": security.tls_client_key}
    settings = {"DASK_DISTRIBUTED__COMM__REQUIRE_ENCRYPTION": "True"}
    for key, text in texts.items():
        file = folder / f"{name}-{key}.pem"
        file.write_text(text)
        settings[f"DASK_DISTRIBUTED__COMM__TLS__{key}"] = str(file)
    return settings


def test_a_cluster_with_tls(folder: Path) -> None:
    settings = tls_settings(folder, "ours")
    alerts, said = in_one(folder)
    cluster = Cluster(folder, "tls", **settings)
    try:
        cluster.worker()
        code, _, err = run_on(folder, cluster, **settings)
        assert (code, words(err.encode())) == (0, said)
        assert joined(folder / "out") == alerts
        code, _, err = run_on(folder, cluster, "--out", "refused", **tls_settings(folder, "strangers"))
        assert code == 4
        assert re.match(rf"error: no scheduler answers at {cluster.address}: .+\n  hint: dask's configuration", err)
        code, _, err = run_on(folder, cluster, "--out", "refused")
        assert (code, err.splitlines()[0]) == (4, f"error: {cluster.address} needs certificates, and none are set")
    finally:
        cluster.close()
    assert not list((folder / "refused").glob("part-*"))


def test_workers_that_come_and_go_as_they_are_needed(folder: Path, cluster: Cluster) -> None:
    """What an adaptive cluster does: retire a worker, which is no failure, and bring others."""
    alerts, said = in_one(folder)
    first = cluster.worker(TROUBLE="slow", SLOW="0.3")
    with started(folder, "--scheduler", cluster.address) as run:
        for number in range(1, 4):
            until(lambda number=number: len(done(folder)) >= number)  # type: ignore[misc]
            cluster.worker(TROUBLE="slow", SLOW="0.3")
        first.terminate()
        out, err = run.communicate(timeout=120)
    assert (run.returncode, out, words(err)) == (0, b"", said)
    assert joined(folder / "out") == alerts
