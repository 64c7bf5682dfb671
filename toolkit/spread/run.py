"""A run over a cluster, from its plan to its total."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from toolkit import __version__
from toolkit.engine.cutting import cut, most_parts
from toolkit.engine.pool import cores
from toolkit.errors import Fault, ToolkitError
from toolkit.spread import names
from toolkit.spread.cluster import connected
from toolkit.spread.documents import PartResult, to_json
from toolkit.spread.names import TOTAL, PartNames
from toolkit.spread.plan import Begun, RunPlan, begin
from toolkit.spread.results import Results
from toolkit.spread.work import Job, Part
from toolkit.storage.folder import Folder

Done = tuple[PartResult, tuple[Fault, ...]]
"""A part's result, and which files could not be read, or no further."""


@dataclass(slots=True)
class Counts:
    """How many parts a run has, how many of them were done before, and how often workers began with one."""

    parts: int = 0
    done_before: int = 0
    begun: int = 0

    @property
    def again(self) -> int:
        """How many parts were begun again, since their worker was lost."""
        return max(0, self.begun - (self.parts - self.done_before))


class SpreadRun:
    """A run whose parts are gone through by the workers of the cluster at `scheduler`, or of this machine.

    Raises ToolkitError where its folder is of something else: see `begin`. `before` is what shards have to know of the
    events before them; `say` gets what people should know meanwhile.
    """

    def __init__(
        self, plan: RunPlan, folder: Folder, scheduler: str | None, before: tuple[int, int], say: Callable[[str], None]
    ) -> None:
        self.counts = Counts()
        self._plan = plan
        self._folder = folder
        self._scheduler = scheduler
        self._before = before
        self._say = say
        self._most = most_parts(plan.inputs, plan.shard_size)
        self._names = PartNames.up_to(self._most)
        begun = begin(plan, folder)
        self._run = begun.digest
        self._results = Results(begun.digest, folder, self._names, self._most, self._whole(begun))
        self._job = Job(
            begun.digest,
            plan.rules,
            replace(plan.task, machine=begun.machine),
            folder.location,
            self._names,
            str(Path.cwd()),
        )

    def results(self, advance: Callable[[int], None]) -> Generator[Done, None, None]:
        """Yield what the parts come to, in order; `advance` gets the bytes of each as soon as it is done.

        To be closed, after which no process of it is left. Raises ToolkitError: see `Driver.go_through`, `connected`.
        """
        parts = self._undone(advance)
        first = next(parts, None)
        if first is not None:
            self._folder.remove(TOTAL)
            try:
                yield from self._gone_through(chain((first,), parts), advance)
            except BaseException:
                if self._scheduler is None:  # those of a far cluster may still be at it
                    with suppress(ToolkitError):
                        self._folder.clear_unfinished()
                raise
            self._folder.clear_unfinished()
        yield from self._results.next_ones()

    def finish(self, totals: dict[str, object]) -> None:
        """Write what the whole run came to: every part is done."""
        members = {"run": self._run, "toolkit": __version__, "parts": self.counts.parts, **totals}
        self._folder.write(TOTAL, to_json(members))

    def _gone_through(self, parts: Iterator[Part], advance: Callable[[int], None]) -> Generator[Done, None, None]:
        with connected(self._scheduler, min(cores(), self._most)) as client:
            from toolkit.spread.driver import Driver

            driver = Driver(client, self._job, self._results, self._say, is_far=self._scheduler is not None)
            for part in driver.go_through(parts):
                advance(part.batch.size)
                yield from self._results.next_ones()
            self.counts.begun = driver.begun

    def _undone(self, advance: Callable[[int], None]) -> Iterator[Part]:
        batches = cut(self._plan.inputs, self._plan.shard_size, *self._before)
        for number, batch in enumerate(batches):
            self.counts.parts += 1
            if not self._results.is_done(number):
                yield Part(number, batch)
                continue
            self.counts.done_before += 1
            advance(batch.size)

    def _whole(self, begun: Begun) -> set[int]:
        """Return the parts that are done; one whose alerts are gone is not, and counts no longer as such."""
        found = names.results(begun.names)
        if not self._plan.task.rendered:
            return found
        without_alerts = found - names.alerts(begun.names)
        for number in without_alerts:
            self._folder.remove(self._names.result(number))
        return found - without_alerts
