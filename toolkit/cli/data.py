"""`toolkit data`: what can be done with datasets besides judging rules on them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from toolkit.cli.options import Output, OutputOption

commands = typer.Typer(name="data", help="Look after datasets.", no_args_is_help=True)

DatasetOption = Annotated[
    list[Path] | None, typer.Option("--dataset", metavar="DIR", help="A dataset or a folder of them; repeatable.")
]
ScenariosOption = Annotated[Path | None, typer.Option("--scenarios", metavar="DIR", help="Folder of scenarios.")]


@commands.callback()
def data() -> None:
    """Look after datasets."""


@commands.command()
def verify(
    dataset: DatasetOption = None, scenarios: ScenariosOption = None, output: OutputOption = Output.TEXT
) -> None:
    """Hold datasets against their manifests, and the manifests against the scenarios."""
    from toolkit.dataset.read import load_datasets, require_no_drift
    from toolkit.home import find_home
    from toolkit.places import shown
    from toolkit.scenarios.loader import load_scenarios

    home = find_home()
    datasets = load_datasets(dataset or [home.dataset])
    require_no_drift(datasets, load_scenarios(scenarios or home.scenarios))
    facts = [
        {
            "dataset": shown(each.folder),
            "kubernetes": each.manifest.provenance.kubernetes,
            "scenarios": len(each.scenarios),
            "events": sum(len(scenario.lines) for scenario in each.scenarios.values()),
            "background": sum(len(noise.lines) for noise in each.background.values()),
        }
        for each in datasets
    ]
    if output is Output.JSON:
        import orjson

        typer.echo(orjson.dumps(facts).decode())
        return
    for fact in facts:
        typer.echo(
            "{dataset}: Kubernetes {kubernetes}, {scenarios} scenarios, {events} events, "
            "{background} of background: as the manifest says".format(**fact)
        )


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.add_typer(commands)
