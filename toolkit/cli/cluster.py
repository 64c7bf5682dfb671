"""`toolkit cluster`: a local control plane that stays, for hands-on work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from toolkit.cli.existing import ConfirmationOption, ContextOption, KubeconfigOption
from toolkit.cli.options import Output, OutputOption

if TYPE_CHECKING:
    from toolkit.cluster.keeper import KeptCluster

commands = typer.Typer(name="cluster", help="Keep a recorded cluster for hands-on work.", no_args_is_help=True)

NameOption = Annotated[str, typer.Option("--name", help="The cluster's name.")]
KubernetesOption = Annotated[
    str | None, typer.Option("--kubernetes", metavar="MINOR", help="Kubernetes version, such as 1.37.")
]


@commands.command()
def up(kubernetes: KubernetesOption = None, name: NameOption = "toolkit", output: OutputOption = Output.TEXT) -> None:
    """Start a cluster that stays, and print the path of its kubeconfig."""
    from toolkit.cluster.keeper import bring_up
    from toolkit.cluster.local.programs import DEFAULT_MINOR

    cluster = bring_up(name, kubernetes or DEFAULT_MINOR)
    if output is Output.JSON:
        _print_json(cluster)
        return
    typer.echo(f"Kubernetes {cluster.kubernetes} is up; its admission events go to {cluster.log}", err=True)
    typer.echo(f"export KUBECONFIG={cluster.kubeconfig}   # `toolkit cluster down` ends it", err=True)
    typer.echo(cluster.kubeconfig)


@commands.command()
def down(name: NameOption = "toolkit") -> None:
    """End a cluster: its processes, its folder and its log."""
    from toolkit.cluster.keeper import take_down

    take_down(name)
    typer.echo(f'the cluster "{name}" is gone', err=True)


@commands.command()
def status(output: OutputOption = Output.TEXT) -> None:
    """List the clusters that are up."""
    from toolkit.cluster.keeper import running

    clusters = running()
    if output is Output.JSON:
        _print_json(clusters)
    elif not clusters:
        typer.echo("no cluster is up", err=True)
    for cluster in clusters if output is Output.TEXT else []:
        typer.echo(f"{cluster.name}\tKubernetes {cluster.kubernetes}\t{cluster.kubeconfig}\t{cluster.log}")


@commands.command()
def clean(
    context: ContextOption = None, kubeconfig: KubeconfigOption = None, confirmed: ConfirmationOption = False
) -> None:
    """Remove what runs that were killed left in a cluster (with --context), or on this machine."""
    from toolkit.cli.cluster_clean import clean_existing, clean_machine
    from toolkit.cli.existing import Existing

    flags = Existing(context, kubeconfig, confirmed)
    if flags.is_meant("auto"):
        clean_existing(flags)
    else:
        clean_machine()


def _print_json(value: KeptCluster | list[KeptCluster]) -> None:
    import orjson

    typer.echo(orjson.dumps(value).decode())


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.add_typer(commands)
