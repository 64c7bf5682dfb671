"""The worker's side of dask: the job, which each process keeps, and the task that goes through one part of it."""

from __future__ import annotations

from distributed import WorkerPlugin, get_worker

from toolkit import __version__
from toolkit.errors import environment
from toolkit.spread.work import Answer, Job, Part, go_through

TOPIC = "toolkit-begun"
"""What workers tell the driver: run and number of each part that they begin."""
_jobs: dict[str, Job] = {}


class KeepsJob(WorkerPlugin):  # type: ignore[misc]
    """Has every worker of a cluster, those that come later too, keep a job under a name."""

    def __init__(self, name: str, job: Job) -> None:
        self.name = name
        self._job = job

    def setup(self, worker: object) -> None:  # noqa: ARG002
        """Keep the job."""
        _jobs[self.name] = self._job

    def teardown(self, worker: object) -> None:  # noqa: ARG002
        """Forget the job."""
        _jobs.pop(self.name, None)


def run_part(name: str, version: str, part: Part) -> tuple[Answer, str]:
    """Go through a part of the job of a name; return what became of it, and the address of the worker."""
    worker = get_worker()
    address: str = worker.address
    if version != __version__:
        return Answer(error=environment(f"it has version {__version__} of the toolkit, not {version}")), address
    job = _jobs.get(name)
    if job is None:
        return Answer(error=environment("it was not told what the run is of")), address
    return go_through(job, part, lambda: worker.log_event(TOPIC, [name, part.number, address])), address
