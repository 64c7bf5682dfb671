"""`toolkit fields`."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from toolkit.cli.options import FieldsFileOption, Plugin, PluginOption

if TYPE_CHECKING:
    from collections.abc import Iterator

    from toolkit.fields.catalog import Catalog
    from toolkit.fields.model import Field


class Listing(StrEnum):
    """How the fields are listed."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


def fields(
    plugin: PluginOption = Plugin.CORRECTED,
    fields_file: FieldsFileOption = None,
    output: Annotated[
        Listing, typer.Option("--output", "-o", help="Text for people, JSON, or the page of the documentation.")
    ] = Listing.TEXT,
) -> None:
    """List the fields that rules can use: name, argument, type, meaning, and why some never have a value."""
    from toolkit.cli.catalogs import chosen_catalog
    from toolkit.fields.listing import facts, markdown

    catalog = chosen_catalog(plugin.value, fields_file)
    if output is Listing.JSON:
        import orjson

        typer.echo(orjson.dumps(facts(catalog), option=orjson.OPT_INDENT_2))
    elif output is Listing.MARKDOWN:
        typer.echo(markdown(catalog), nl=False)
    else:
        typer.echo("\n".join(_lines(catalog, plugin)))


def _lines(catalog: Catalog, plugin: Plugin) -> Iterator[str]:
    from toolkit.fields.listing import families

    for family, listed in families(catalog):
        yield f"{'-' * 32}\n{family.value}\n"
        for field in listed:
            yield from _entry(field, plugin)
        yield ""


def _entry(field: Field, plugin: Plugin) -> Iterator[str]:
    from shutil import get_terminal_size
    from textwrap import wrap

    from toolkit.fields.listing import type_name

    said = [field.description]
    if field.gate:
        said.append(f"Only of {field.gate}.")
    if field.never:
        said.append(f"Never has a value: {field.never}.")
    if field.published:
        who = "Here the published plugin" if plugin is Plugin.PUBLISHED else "The published plugin"
        said.append(f"{who} {field.published}.")
    yield f"{field.usage}  ({type_name(field)})"
    for sentence in said:
        yield from (f"    {line}" for line in wrap(sentence, max(40, min(get_terminal_size().columns, 120) - 4)))


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command()(fields)
