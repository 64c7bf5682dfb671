"""Logs, rules and clusters that tests of spread runs share."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import zstandard
from waiting import living

ROOT = Path(__file__).resolve().parents[2]
CAPTURED = sorted((ROOT / "test_files" / "1.37").glob("*.jsonl"))
RULES = """
- rule: pod
  desc: d
  source: k8s_admission
  priority: WARNING
  output: pod %kar.target.name by %kar.user.name at %evt.reltime, %evt.time.iso8601
  condition: kar.req.pod.containers.image exists
- {rule: any, desc: d, source: k8s_admission, priority: INFO, condition: kar.verb != DELETE, output: "%kar.uid"}
"""
BROKEN = b'{"broken\n\n[]\n{"request":{"uid":"without a time","operation":"CREATE"}}\n'
TROUBLE = """
import os, signal, time
if os.environ.get("TROUBLE"):
    import toolkit.spread.work as work
    real = work._scanned

    def scanned(job, part, sink):
        time.sleep(float(os.environ.get("SLOW", "0")))
        trouble = os.environ["TROUBLE"] if part.number == 3 else ""
        if trouble == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        if trouble == "fails":
            raise RuntimeError("not foreseen")
        if trouble == "gone":
            part = work.Part(3, work.Batch((work.Shard("logs/gone.log"),), 0))
        return real(job, part, sink)

    work._scanned = scanned
if os.environ.get("VERSION"):
    import importlib.metadata
    real_version = importlib.metadata.version
    wanted = os.environ["VERSION"]
    importlib.metadata.version = lambda name: wanted if name.startswith("k8sadmission") else real_version(name)
"""
"""What has workers be slow, or fail with part 3: Python imports `sitecustomize` when it starts."""


def write_logs(folder: Path, copies: int = 7) -> None:
    """Write rules and some MB of what an API server sent, broken lines in it, with a compressed and a small log."""
    whole = b"".join(path.read_bytes() for path in CAPTURED)
    logs = folder / "logs"
    logs.mkdir()
    (logs / "a.log.zst").write_bytes(zstandard.compress(CAPTURED[0].read_bytes() + BROKEN))
    (logs / "kube-audit-rest.log").write_bytes(b"\xef\xbb\xbf" + (whole + BROKEN) * copies)
    (logs / "last.log").write_bytes(CAPTURED[1].read_bytes().removesuffix(b"\n"))
    (folder / "rules.yaml").write_text(RULES, "utf-8")
    site = folder / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(TROUBLE, "utf-8")


def joined(out: Path) -> bytes:
    """Return the alerts of a run, as `zstdcat part-*.zst` does."""
    parts = sorted(out.glob("part-*.jsonl.zst"))
    return b"".join(zstandard.ZstdDecompressor().decompressobj().decompress(part.read_bytes()) for part in parts)


def in_one(folder: Path, *flags: str) -> tuple[bytes, list[str]]:
    """Return what one process writes to standard output, and its words but for how long it took."""
    command = [sys.executable, "-m", "toolkit", "run", "-r", "rules.yaml", "-j", "1", "-o", "json", *flags, "logs"]
    run = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    return run.stdout, words(run.stderr)


def words(err: bytes) -> list[str]:
    """Return the lines of standard error but for notes, and how long it took."""
    return [each for each in err.decode().splitlines() if not (each.endswith(" a second") or each.startswith("note:"))]


def started(folder: Path, *flags: str, **environment: str) -> subprocess.Popen[bytes]:
    """Start a run on workers, `TROUBLE` and `SLOW` in its environment, in a process group of its own."""
    command = [sys.executable, "-m", "toolkit", "run", "-r", "rules.yaml", "--on", "dask", "--out", "out", *flags]
    return subprocess.Popen(
        [*command, "logs"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(folder / "site"), "TMPDIR": str(folder), **environment},
    )


def workers(group: int) -> list[int]:
    """Return the workers among the processes of a group."""
    return sorted(pid for pid, line in living(group).items() if "spawn_main" in line)


def begun(folder: Path) -> int:
    """Return how many workers are in the middle of a part, which they write beside."""
    return len(list((folder / "out").glob(".part-*.jsonl.zst.*.tmp")))


def done(folder: Path) -> set[str]:
    """Return the names of the parts that are done."""
    return {path.name for path in (folder / "out").glob("part-*.json")}
