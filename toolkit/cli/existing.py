"""What `toolkit generate` and `toolkit cluster clean` ask before they touch a cluster that is somebody else's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from toolkit.errors import ExitCode, Fault, ToolkitError, usage

if TYPE_CHECKING:
    from toolkit.capture.plan import PlannedScenario
    from toolkit.cli.kind import Kind
    from toolkit.cluster.existing.connection import Connection
    from toolkit.cluster.existing.contexts import Context
    from toolkit.cluster.existing.provider import ExistingProvider
    from toolkit.cluster.existing.recorder import RecorderChoice
    from toolkit.scenarios.model import Scenario

CONFIRMATION = "--yes-this-is-a-test-cluster"

ContextOption = Annotated[
    str | None, typer.Option("--context", metavar="NAME", help="Use the cluster of this context of your kubeconfig.")
]
KubeconfigOption = Annotated[
    Path | None, typer.Option("--kubeconfig", metavar="FILE", help="Use the cluster of this kubeconfig.")
]
ConfirmationOption = Annotated[
    bool, typer.Option(CONFIRMATION, help="You may change that cluster, and nobody needs it to work meanwhile.")
]
ClusterWideOption = Annotated[
    bool, typer.Option("--cluster-wide", help="Also play scenarios that reach beyond namespaces of their own there.")
]
RecorderAddressOption = Annotated[
    str | None, typer.Option("--recorder-address", metavar="ADDRESS", help="This machine, as that cluster reaches it.")
]


@dataclass(frozen=True, slots=True)
class Existing:
    """The flags about a cluster that is there already."""

    context: str | None = None
    kubeconfig: Path | None = None
    confirmed: bool = False
    cluster_wide: bool = False
    recorder_address: str | None = None

    def is_meant(self, provider: str) -> bool:
        """Say whether these flags, or the provider named, mean such a cluster. ToolkitError (exit 2) for a mixture."""
        named = self.context is not None or self.kubeconfig is not None
        if named and provider not in {"auto", "existing"}:
            raise usage(f"--context and --kubeconfig name a cluster, and --provider {provider} starts one")
        if provider == "existing" and not named:
            raise usage("which cluster is meant?", hint="name it with --context; `kubectl config get-contexts`")
        return named


@contextmanager
def existing_source(
    flags: Existing,
    scenarios: Sequence[Scenario],
    kubernetes: str | None,
    kind: Kind,
    say: Callable[[str, str], None],
) -> Iterator[tuple[ExistingProvider, list[PlannedScenario]]]:
    """Connect, show whose cluster it is, and yield how to record in it and what is played there.

    Raises ToolkitError: exit 2 without the confirmation, 4 when the server does not answer, 5 when nothing is left.
    """
    from toolkit.capture.demands import intent_of
    from toolkit.capture.plan import plan
    from toolkit.capture.reach import with_labels
    from toolkit.capture.recorded import TAG
    from toolkit.cluster.existing.connection import connected
    from toolkit.cluster.existing.contexts import find_context
    from toolkit.cluster.existing.ownership import own_labels
    from toolkit.cluster.existing.provider import ExistingProvider, new_run

    context = find_context(flags.kubeconfig, flags.context)
    require_confirmation(context, confirmed=flags.confirmed, would=lambda _: _would_generate(flags, len(scenarios)))
    with connected(context) as connection:
        say("server", f"{connection.greeting} (context {context.name})")
        if kubernetes not in {None, connection.greeting.minor}:
            raise usage(f"--kubernetes {kubernetes}, and that cluster runs {connection.greeting.version}")
        recorder = _recorder(flags, kind, connection, say)
        run = new_run()
        planned = confined(plan(scenarios, connection.features()), cluster_wide=flags.cluster_wide, say=say)
        labelled = [with_labels(each, own_labels(run)) for each in planned]
        intent = intent_of(labelled, cluster_wide=flags.cluster_wide)
        yield ExistingProvider(connection, intent, run, say, TAG, recorder), labelled


def _recorder(flags: Existing, kind: Kind, connection: Connection, say: Callable[[str, str], None]) -> RecorderChoice:
    """Return the recorder that is named, else kube-audit-rest where a node is there to run it."""
    from toolkit.cluster.existing.recorder import RecorderChoice

    settings = kind.settings()
    is_here = settings.recorder == "toolkit"
    if kind.recorder is None and not kind.recorder_image and "kubelet" not in connection.features():
        say("recorder", "no node there is ready to run one, so the toolkit's own on this machine is used")
        is_here = True
    if flags.recorder_address and not is_here:
        raise usage("--recorder-address is this machine's, and the recorder is put into the cluster", hint=_ON_HOST)
    return RecorderChoice(None if is_here else settings.deployment, flags.recorder_address)


_ON_HOST = "--recorder toolkit records on this machine"


def confined(
    planned: Sequence[PlannedScenario], *, cluster_wide: bool, say: Callable[[str, str], None]
) -> list[PlannedScenario]:
    """Return the plan without what reaches too far, and say what that is and why.

    Raises ToolkitError (exit 5) when nothing is left.
    """
    from toolkit.capture.reach import left_out

    kept: list[PlannedScenario] = []
    for each in planned:
        reason = _too_far(each, cluster_wide=cluster_wide)
        if reason:
            say("left out", f"{each.scenario.name}: {reason}")
        kept.append(left_out(each, reason) if reason else each)
    if not any(each.steps for each in kept):
        hint = "--cluster-wide also plays what reaches beyond namespaces of the toolkit's own"
        raise ToolkitError(Fault("nothing is left to be played", hint=hint), ExitCode.NOTHING_SELECTED)
    return kept


def _too_far(planned: PlannedScenario, *, cluster_wide: bool) -> str:
    from toolkit.capture.reach import reach_of

    reach = reach_of(planned)
    if reach.foreign:
        return f"it would change what it did not make: {reach.foreign[0]}"
    if reach.outside and not cluster_wide:
        more = f" and {len(reach.outside) - 1} more" if len(reach.outside) > 1 else ""
        return f"cluster-wide: {reach.outside[0]}{more}"
    return ""


def require_confirmation(context: Context, *, confirmed: bool, would: Callable[[Connection], Iterable[str]]) -> None:
    """Raise ToolkitError (exit 2) unless the cluster was confirmed to be a test cluster.

    The error says whose cluster it is and what would be done; where the server does not answer, that it does not.
    """
    from toolkit.cluster.existing.connection import connected

    if confirmed:
        return
    about = [f"cluster {context}"]
    try:
        with connected(context) as connection:
            about += [f"Kubernetes {connection.greeting.version}, as {connection.greeting.user}", *would(connection)]
    except ToolkitError as error:
        about += [error.faults[0].message]
    hint = f"if that is a cluster that nobody needs, add {CONFIRMATION}"
    raise ToolkitError(
        Fault("this changes a cluster that is not the toolkit's", None, hint, "\n".join(about)), ExitCode.USAGE
    )


def _would_generate(flags: Existing, scenarios: int) -> list[str]:
    outside = ["it would also make and remove objects outside of these namespaces"] if flags.cluster_wide else []
    return [
        f"it would make up to {scenarios} namespaces named like the scenarios, and play these in them",
        "it would add a validating webhook that sees what happens in these namespaces",
        "it would let kubernetes-admin do everything, unless it may already, and act as it and as users of scenarios",
        *outside,
        "it would remove all that again",
    ]
