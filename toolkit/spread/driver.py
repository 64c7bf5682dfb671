"""What the driver does: parts go to workers, so many and no more at a time, and their results come back in order."""

from __future__ import annotations

import queue
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING, Any

from distributed import KilledWorker

from toolkit import __version__
from toolkit.errors import Fault, ToolkitError, environment
from toolkit.spread.closing import first_line
from toolkit.spread.results import Results
from toolkit.spread.work import Answer, Job, Part
from toolkit.spread.worker import TOPIC, KeepsJob, run_part

if TYPE_CHECKING:
    from distributed import Client, Future

_LEAST_AHEAD = 16
_AHEAD = 3
"""So many parts a thread of the cluster are with it at a time, and no fewer than the other figure."""
_LOOK = 5.0
"""Seconds between looks at the cluster."""


class Driver:
    """Has the workers of a cluster go through parts. `say` gets what people should know meanwhile.

    `is_far` is whether the cluster is somebody else's, so that errors name the worker.
    """

    def __init__(self, client: Client, job: Job, results: Results, say: Callable[[str], None], *, is_far: bool) -> None:
        self._client = client
        self._job = job
        self._results = results
        self._say = say
        self._is_far = is_far
        self._name = f"toolkit-{uuid.uuid4().hex}"
        self._running: dict[int, tuple[Part, Future]] = {}
        self._ended: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._threads = 0
        self._next_look = 0.0
        self.begun = 0
        """How often a worker began with a part; more than there were parts to do where workers were lost."""

    def go_through(self, parts: Iterator[Part]) -> Iterator[Part]:
        """Yield each part when it is done, whatever its turn; its result is with `results`.

        Raises ToolkitError: what a worker raises, and exit 4 where workers die of a part or the scheduler is gone.
        """
        self._client.subscribe_topic(TOPIC, self._note_begun)
        self._register()
        try:
            yield from self._gone_through(parts)
        finally:
            self._end()

    def _gone_through(self, parts: Iterator[Part]) -> Iterator[Part]:
        while True:
            self._look()
            while len(self._running) < max(_LEAST_AHEAD, _AHEAD * self._threads) and (part := next(parts, None)):
                self._submit(part)
            if not self._running:
                return
            try:
                number = self._ended.get(timeout=_LOOK)
            except queue.Empty:
                continue
            part, future = self._running.pop(number)
            self._results.put(part.number, self._answer(part, future))
            future.release()
            yield part

    def _submit(self, part: Part) -> None:
        key = (self._name, part.number)
        future = self._client.submit(run_part, self._name, __version__, part, key=key, pure=False)
        self._running[part.number] = (part, future)
        future.add_done_callback(lambda _, number=part.number: self._ended.put(number))

    def _answer(self, part: Part, future: Future) -> Answer:
        """Return what a worker answered. Raises ToolkitError where it did not, or what is wrong is not of this part."""
        try:
            found: tuple[Answer, str] = future.result()
            answer, worker = found
        except KilledWorker as error:
            raise environment(
                f"{part} ended its worker {error.allowed_failures + 1} times, at last {error.last_worker.address}",
                hint="where memory ran out, workers with more of it help; parts that are done stay done",
            ) from None
        except Exception as error:  # dask, pickle and whatever is wrong on a worker raise what they have
            raise self._lost(part, error) from error
        if answer.error:
            raise self._of_worker(answer.error, worker)
        if answer.faults and self._is_far:
            on_worker = f"(on the worker {worker})"
            named = tuple(Fault(f"{each.message} {on_worker}", each.place, each.hint) for each in answer.faults)
            return Answer(answer.document, named)
        return answer

    def _lost(self, part: Part, error: Exception) -> ToolkitError:
        if self._client.status != "running" or _is_cancelled(error):
            return environment(
                f"the scheduler is gone, or has forgotten this run: {first_line(error)}",
                hint="the same command goes on with what is done",
            )
        if isinstance(error, ModuleNotFoundError) and (error.name or "").startswith("toolkit"):
            return environment(f"a worker has no toolkit, or another one: {first_line(error)}")
        return environment(f"{part} failed on a worker: {type(error).__name__}: {first_line(error)}")

    def _of_worker(self, error: ToolkitError, worker: str) -> ToolkitError:
        if not self._is_far:
            return error
        faults = [
            Fault(f"the worker {worker}: {each.message}", each.place, each.hint, each.snippet) for each in error.faults
        ]
        return ToolkitError(faults, error.exit_code)

    def _look(self) -> None:
        """See now and then how large the cluster is, and say so when it has come to nothing."""
        if monotonic() < self._next_look:
            return
        self._next_look = monotonic() + _LOOK
        try:
            threads = sum(self._client.nthreads().values())
        except Exception as error:  # whatever a connection raises
            raise environment(f"the scheduler is gone: {first_line(error)}", hint="the same command goes on") from error
        if not threads and (self._threads or not self._running):
            self._say("no workers are there; waiting for some")
        self._threads = threads

    def _register(self) -> None:
        try:
            self._client.register_plugin(KeepsJob(self._name, self._job))
        except Exception as error:  # whatever a worker raised
            raise environment(
                f"a worker does not take the rules: {type(error).__name__}: {first_line(error)}"
            ) from error

    def _note_begun(self, event: tuple[float, Any]) -> None:
        _, (name, _, _) = event
        self.begun += name == self._name

    def _end(self) -> None:
        """Take back what is not done, and leave nothing with the cluster."""
        with suppress(Exception):
            self._client.cancel([future for _, future in self._running.values()], force=True)
        with suppress(Exception):
            self._client.unregister_worker_plugin(self._name)
        with suppress(Exception):
            self._client.unsubscribe_topic(TOPIC)


def _is_cancelled(error: Exception) -> bool:
    return "Cancelled" in type(error).__name__
