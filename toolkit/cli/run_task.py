"""What shards of a run have to be told: how they are gone through, and what came before them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from toolkit.cli.catalogs import this_machine
from toolkit.cli.options import Plugin

if TYPE_CHECKING:
    from toolkit.cli.run_plan import Plan
    from toolkit.engine.run import Engine
    from toolkit.engine.shards import Task
    from toolkit.events.files import Input


def task_of(plan: Plan, *, is_summed_up: bool, in_blocks: bool = False) -> Task:
    """Return how the shards of a run are gone through; alerts are summed up, or else kept as lines or in blocks."""
    from toolkit.engine.shards import Task
    from toolkit.fields.model import Family

    configuration = plan.configuration
    return Task(
        plugin=plan.plugin.value,
        matching=configuration.rule_matching,
        engine=plan.engine_kind.value,
        rendered=not is_summed_up,
        in_blocks=in_blocks,
        machine=this_machine(),
        summary=is_summed_up,
        form=configuration.form,
        hostname=plan.hostname,
        max_bytes=plan.max_bytes,
        plugins=tuple(configuration.plugins),
        user_fields=tuple(field for field in plan.catalog if field.family is Family.USER),
        static_fields=configuration.static_fields,
        priority=configuration.priority,
        additions=configuration.additions,
        selectors=configuration.selectors,
    )


def events_before(plan: Plan, engine: Engine, inputs: Sequence[Input]) -> tuple[int, int]:
    """Return what shards have to know of the events before them: how many, at least, and the first one's time."""
    from toolkit.engine.whole_run import counts_time

    return (1, _first_time_ns(plan, inputs)) if counts_time(engine) else (0, 0)


def _first_time_ns(plan: Plan, inputs: Sequence[Input]) -> int:
    from toolkit.errors import ToolkitError
    from toolkit.events.reader import read_reviews
    from toolkit.events.review import Review

    is_published = plan.plugin is Plugin.PUBLISHED
    lines = read_reviews(inputs, published=is_published, max_bytes=plan.max_bytes)
    try:
        return next((line.time_ns for line in lines if isinstance(line, Review)), 0)
    except ToolkitError:
        return 0  # whoever reads all says why
