"""`toolkit version`."""

from __future__ import annotations

import typer

from toolkit.cli.options import Output, OutputOption


def version(output: OutputOption = Output.TEXT) -> None:
    """Print the versions: of the toolkit, and of the Falco whose meaning it follows."""
    from toolkit import __version__
    from toolkit.engine.reference import FALCO_ENGINE_VERSION, FALCO_VERSION

    if output is Output.JSON:
        import orjson

        facts = {"toolkit": __version__, "falco": FALCO_VERSION, "engine": FALCO_ENGINE_VERSION}
        typer.echo(orjson.dumps(facts).decode())
    else:
        typer.echo(f"toolkit {__version__} (rules language of Falco {FALCO_VERSION}, engine {FALCO_ENGINE_VERSION})")


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command()(version)
