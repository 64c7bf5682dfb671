"""`toolkit generate`: scenarios played on a real API server become a dataset."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from toolkit.cli.existing import (
    ClusterWideOption,
    ConfirmationOption,
    ContextOption,
    Existing,
    KubeconfigOption,
    RecorderAddressOption,
)
from toolkit.cli.kind import (
    ImageOption,
    Kind,
    KindConfigOption,
    LoadImageOption,
    NameOption,
    RecorderImageOption,
    RecorderOption,
    ReuseOption,
)
from toolkit.errors import ExitCode, Fault, ToolkitError, usage

if TYPE_CHECKING:
    from toolkit.capture.plan import PlannedScenario
    from toolkit.cli.progress import Screen
    from toolkit.cluster.provider import Provider
    from toolkit.dataset.compare import Comparison
    from toolkit.scenarios.model import Scenario


def generate(
    select: Annotated[
        str | None, typer.Option("-k", metavar="EXPR", help="Only scenarios whose name or steps match; others stay.")
    ] = None,
    provider: Annotated[
        str, typer.Option(metavar="NAME", help="Where the cluster comes from: auto, local, kind or existing.")
    ] = "auto",
    kubernetes: Annotated[
        str | None,
        typer.Option(metavar="MINOR", help="Kubernetes version, such as 1.37; default: the provider's newest."),
    ] = None,
    scenarios: Annotated[Path | None, typer.Option(metavar="DIR", help="Folder of scenarios.")] = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Folder of datasets, one folder a version.")] = None,
    raw: Annotated[Path | None, typer.Option(metavar="FILE", help="Keep the lines as they were recorded.")] = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave the cluster up: local until Ctrl-C, kind until `cluster down`.")
    ] = False,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; fail when anything would change.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would be asked of the API server.")] = False,
    context: ContextOption = None,
    kubeconfig: KubeconfigOption = None,
    confirmed: ConfirmationOption = False,
    cluster_wide: ClusterWideOption = False,
    recorder_address: RecorderAddressOption = None,
    name: NameOption = None,
    image: ImageOption = None,
    kind_config: KindConfigOption = None,
    reuse: ReuseOption = False,
    recorder: RecorderOption = None,
    recorder_image: RecorderImageOption = None,
    load_image: LoadImageOption = None,
) -> None:
    """Play scenarios on a cluster with a recorder, and write what it recorded as a dataset."""
    from toolkit.home import find_home
    from toolkit.scenarios.loader import load_scenarios

    home = find_home()
    flags = Existing(context, kubeconfig, confirmed, cluster_wide, recorder_address)
    kind = Kind(name, image, kind_config, keep, reuse, recorder, recorder_image, tuple(load_image or ()))
    source = _source(provider, kubernetes, flags, kind)
    folder = scenarios or home.scenarios
    chosen = _select(load_scenarios(folder), select)
    if dry_run:
        _print_plan(source.plan(chosen))
        return
    if out is None and not (home.is_checkout or check):
        raise usage("there is no checkout here to write a dataset into", hint="name a folder with --out")
    _generate(_Job(chosen, folder, out or home.dataset, raw, partial=bool(select), check=check, keep=keep), source)


def _select(scenarios: list[Scenario], expression: str | None) -> list[Scenario]:
    from toolkit.scenarios.selection import parse_selection

    if not scenarios:
        raise ToolkitError(Fault("there are no scenarios", hint="name a folder with --scenarios"), _NOTHING)
    if expression is None:
        return scenarios
    selected = parse_selection(expression)
    chosen = [each for each in scenarios if selected([each.name, *(step.name for step in each.steps)])]
    if not chosen:
        raise ToolkitError(Fault(f"-k {expression!r} selects none of {len(scenarios)} scenarios"), _NOTHING)
    return chosen


_NOTHING = ExitCode.NOTHING_SELECTED


def _source(provider: str, kubernetes: str | None, flags: Existing, kind: Kind) -> _Source:
    from toolkit.cluster.choice import choose

    if flags.is_meant(provider):
        if kind.name or kind.makes_cluster():
            raise usage(
                "--name, --image, --kind-config, --reuse and --load-image are about clusters that are made here"
            )
        return _Source("existing", "", kubernetes, flags, kind)
    if kind.is_meant() and provider == "local":
        raise usage("--image, --kind-config, --reuse, --recorder-image and --load-image are about --provider kind")
    choice = choose("kind" if kind.is_meant() else provider)
    return _Source(choice.name, choice.reason, kubernetes, flags, kind)


@dataclass(frozen=True, slots=True)
class _Source:
    """Where the cluster comes from, why where nobody said it, and what the flags say of it."""

    provider: str
    reason: str
    kubernetes: str | None
    flags: Existing
    kind: Kind

    @contextmanager
    def open(self, scenarios: list[Scenario], screen: Screen) -> Iterator[tuple[Provider, list[PlannedScenario]]]:
        """Yield the provider, and what is played on its cluster."""
        from toolkit.cli.existing import existing_source
        from toolkit.cluster.choice import Choice, provider_of

        if self.provider == "existing":
            with existing_source(self.flags, scenarios, self.kubernetes, self.kind, screen.say) as opened:
                yield opened
        else:
            if self.reason:
                screen.say("provider", f"{self.provider}: {self.reason}")
            choice = Choice(self.provider)
            yield (
                provider_of(choice, self.kubernetes, self.kind.settings(self.kubernetes), screen.say),
                self.plan(scenarios),
            )

    def plan(self, scenarios: Sequence[Scenario]) -> list[PlannedScenario]:
        """Return what is played, as far as it is known without asking the cluster."""
        from toolkit.capture.plan import features_of, plan
        from toolkit.cli.existing import confined

        planned = plan(scenarios, features_of(self.provider))
        if self.provider != "existing":
            return planned
        return confined(planned, cluster_wide=self.flags.cluster_wide, say=_say_nothing)


def _say_nothing(stage: str, words: str) -> None:
    """Leave it to the plan, which says the same."""


def _print_plan(planned: list[PlannedScenario]) -> None:
    from toolkit.capture.plan import describe

    for line in describe(planned):
        typer.echo(line)


@dataclass(frozen=True, slots=True)
class _Job:
    """What is played from which folder, and what becomes of it."""

    chosen: list[Scenario]
    scenarios: Path
    out: Path
    raw: Path | None
    partial: bool
    check: bool
    keep: bool


def _generate(job: _Job, source: _Source) -> None:
    from toolkit.cli.progress import Screen
    from toolkit.dataset.generate import compared, raw_writer, recorded, require_places, store
    from toolkit.places import shown

    require_places(job.out, job.raw)
    with (
        Screen(len(job.chosen)) as screen,
        source.open(job.chosen, screen) as (provider, planned),
        recorded(provider, planned, screen, raw_writer(job.raw)) as recording,
    ):
        screen.played()
        screen.say("play", _number(sum(bool(each.steps) for each in planned), "scenario"), recording.play_time)
        screen.say("complete", str(recording.captured.proof))
        folder = job.out / recording.minor
        name = shown(folder)
        # There only what the scenarios cause is recorded: it says nothing of the cluster's own noise.
        partial = job.partial or source.provider == "existing"
        if job.check:
            _report(compared(recording, folder, partial=partial), name, job.scenarios, screen)
        else:
            changed, same = store(recording, folder, partial=partial)
            screen.say("dataset", f"{name}: {_number(changed, 'file')} changed, {same} as before")
        if job.keep and source.provider != "kind":
            screen.hold(recording.kubeconfig)


def _report(comparison: Comparison, folder: str, scenarios: Path, screen: Screen) -> None:
    from toolkit.cli.noise import unclaimed
    from toolkit.dataset.compare import describe_noise

    for line in describe_noise(comparison):
        screen.say("noise", line)
    noise = unclaimed(comparison.new_shapes, scenarios) if comparison.new_shapes else ()
    differences = [*comparison.differences, *noise]
    for difference in differences:
        typer.echo(f"differs  {difference}")
    if differences:
        hint = "they stand above; `toolkit generate` writes the dataset as it is now"
        message = f"{folder} is not what was captured now: {_number(len(differences), 'difference')}"
        raise ToolkitError(Fault(message, hint=hint), ExitCode.CHECK_FAILED)
    screen.say("dataset", f"{folder}: {_number(comparison.compared, 'scenario')} the same to the byte")


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command()(generate)
