"""What this machine has of what the toolkit can use, and the command that mends what is not as it should be."""

from __future__ import annotations

from collections.abc import Iterator

from toolkit.cluster.engine import Engine, engine_name, find_engine
from toolkit.cluster.kind.tool import find_kind_program
from toolkit.cluster.survey import containers, kernel, leftovers
from toolkit.cluster.survey.control_planes import control_planes, go
from toolkit.cluster.survey.engine_facts import facts_of
from toolkit.cluster.survey.finding import Finding, tried
from toolkit.cluster.survey.loopback import ports
from toolkit.cluster.survey.outlook import outlook
from toolkit.cluster.survey.package import packages, python
from toolkit.cluster.survey.room import cache_room, engine_room
from toolkit.errors import Fault


def survey() -> list[Finding]:
    """Look this machine over; nothing is changed, and nothing outside of it is asked but its container engine."""
    engine = tried(find_engine)
    findings = [python(), packages(), *control_planes(), go(), *_of_kind(engine)]
    findings += [cache_room(), ports(), leftovers.folders()]
    if isinstance(engine, Engine):
        findings.append(leftovers.containers(engine))
    return [*findings, outlook(findings, engine_name())]


def _of_kind(engine: Engine | Fault) -> Iterator[Finding]:
    """Yield what is about kind clusters; what only matters to a container engine, only where one answers."""
    facts = engine if isinstance(engine, Fault) else facts_of(engine)
    yield containers.engine(engine_name(), facts)
    yield containers.kind(tried(find_kind_program))
    if not isinstance(facts, Fault):
        yield kernel.cgroups(facts)
        yield kernel.privileges(facts)
        yield kernel.inotify()
        yield engine_room(facts)
