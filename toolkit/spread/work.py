"""What a worker does: a part of the logs against rules, with the alerts in a file of the run's folder."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from toolkit import __version__
from toolkit.engine.cutting import Batch
from toolkit.engine.shards import Shard, ShardResult, Sink, Task, scan_into
from toolkit.errors import Fault, ToolkitError, environment
from toolkit.places import Place
from toolkit.ruleset.loader import RuleFile
from toolkit.spread.documents import PartResult, joined, run_of
from toolkit.spread.names import PartNames
from toolkit.storage.folder import Folder, Writable
from toolkit.storage.urls import is_url

_LEVEL = 3
_BLOCK = 2**20
"""So many bytes of alerts are compressed at a time, the same in every run, for the bytes that come of it."""


@dataclass(frozen=True, slots=True)
class Job:
    """What all parts of a run have in common, sent to each worker once.

    `run` is the digest of the run's plan; `folder` where results go, and `inputs` from where paths of logs count.
    """

    run: str
    rules: tuple[RuleFile, ...]
    task: Task
    folder: str
    names: PartNames
    inputs: str
    version: str = __version__


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a run by its number: shards that one worker goes through."""

    number: int
    batch: Batch

    def __str__(self) -> str:
        """Name the part for people."""
        return f"part {self.number} ({self.batch})"


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a part: its document, and which files could not be read, or no further; or why there is none.

    A part whose files could not all be read is not done: the next run goes through it again.
    """

    document: bytes = b""
    faults: tuple[Fault, ...] = ()
    error: ToolkitError | None = None


def go_through(job: Job, part: Part, begun: Callable[[], None]) -> Answer:
    """Go through a part, unless that was done before; `begun` is called where it was not."""
    try:
        folder = Folder(job.folder)
        done = folder.find(job.names.result(part.number))
        if done is not None and run_of(done) == job.run:
            return Answer(done)
        begun()
        return _done(job, part, folder)
    except ToolkitError as error:
        return Answer(error=error)


class _UnreadableError(Exception):
    """Files of a part could not be read; the part is not kept."""


def _done(job: Job, part: Part, folder: Folder) -> Answer:
    answer = Answer()
    try:
        with _alerts(job, part, folder) as sink:
            answer = _scanned(job, part, sink)
            if answer.faults:
                raise _UnreadableError
    except _UnreadableError:
        return answer
    folder.write(job.names.result(part.number), answer.document)
    return answer


def _scanned(job: Job, part: Part, sink: Sink) -> Answer:
    shards = part.batch.shards
    results = [scan_into(sink, job.rules, _found(job, shard), job.task) for shard in shards]
    whole = PartResult(shards, part.batch.size, joined(results))
    return Answer(whole.document(job.run), tuple(_faults(shards, results)))


def _faults(shards: Sequence[Shard], results: Sequence[ShardResult]) -> Iterator[Fault]:
    for shard, result in zip(shards, results, strict=True):
        if result.fault:
            yield Fault(f"cannot be read: {result.fault}", Place(shard.name))


def _found(job: Job, shard: Shard) -> Shard:
    """Return the shard by a path that does not depend on where the worker was started."""
    if is_url(shard.path):
        return shard
    return replace(shard, path=os.path.join(job.inputs, shard.path), named=shard.name)  # noqa: PTH118


@contextmanager
def _alerts(job: Job, part: Part, folder: Folder) -> Iterator[Sink]:
    """Give what takes the alerts of a part; they are kept when the block ends without an error."""
    if not job.task.rendered:
        yield _Nothing()
        return
    with folder.written(job.names.alerts(part.number)) as stream:
        packed = _Packed(stream)
        yield packed
        packed.finish()


class _Nothing:
    """Takes the alerts of a run that keeps none."""

    def put(self, rule: int, line: bytes) -> None:  # noqa: ARG002
        raise AssertionError("alerts are not rendered")


class _Packed:
    """Alerts as lines in one zstandard frame."""

    def __init__(self, stream: Writable) -> None:
        try:
            import zstandard
        except ImportError as error:
            raise environment(
                "the package zstandard is not installed", hint="pip install 'k8sadmission-toolkit[dask]'"
            ) from error
        self._stream = stream
        self._compressor = zstandard.ZstdCompressor(_LEVEL, write_checksum=True).compressobj()
        self._waiting = bytearray()

    def put(self, rule: int, line: bytes) -> None:  # noqa: ARG002
        self._waiting += line
        self._waiting += b"\n"
        while len(self._waiting) >= _BLOCK:
            self._stream.write(self._compressor.compress(bytes(self._waiting[:_BLOCK])))
            del self._waiting[:_BLOCK]

    def finish(self) -> None:
        self._stream.write(self._compressor.compress(bytes(self._waiting)) + self._compressor.flush())
