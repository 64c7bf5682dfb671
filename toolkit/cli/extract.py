"""`toolkit extract`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from toolkit.cli.options import EventsArgument, FieldsFileOption, Output, Plugin, PluginOption, StrictOption

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from toolkit.conditions.nodes import FieldRef
    from toolkit.events.review import Review
    from toolkit.events.tally import Tally
    from toolkit.fields.catalog import Catalog
    from toolkit.fields.extractor import EventFields, Extractor


def extract(
    events: EventsArgument = None,
    field: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Field, with its argument in brackets if it has one; repeatable. Default: every kar.* field.",
        ),
    ] = None,
    plugin: PluginOption = Plugin.CORRECTED,
    fields_file: FieldsFileOption = None,
    strict: StrictOption = False,
    output: Annotated[
        Output, typer.Option("--output", "-o", help="One JSON object a line, or text for people.")
    ] = Output.JSON,
) -> None:
    """Print the values of fields, event by event, as Falco's output_fields hold them."""
    from toolkit.cli.catalogs import chosen_catalog, this_machine
    from toolkit.errors import Faults, ToolkitError, usage
    from toolkit.events.files import find_inputs
    from toolkit.events.reader import read_reviews
    from toolkit.events.tally import Tally
    from toolkit.fields.extractor import Extractor

    catalog = chosen_catalog(plugin.value, fields_file)
    wanted = _references(field, catalog) if field else _all_bare(catalog)
    if not events and sys.stdin.isatty():
        raise usage("no events to read", hint="name a log or a folder of logs, or pipe one in")
    paths = events or ["-"]
    faults, tally = Faults(), Tally()
    inputs = find_inputs(paths, faults)
    several = max(len(paths), len(inputs)) > 1
    reviews = tally.reviews_of(read_reviews(inputs, published=plugin is Plugin.PUBLISHED, faults=faults))
    write = _write_json if output is Output.JSON else _write_text
    try:
        for review, values in _opened(reviews, Extractor(catalog, this_machine())):
            write(review, values, wanted, several)
        sys.stdout.flush()
    except ToolkitError:
        if tally.lines:
            _warn(tally)
        raise
    _warn(tally)
    raise typer.Exit(tally.exit_code(strict=strict))


def _warn(tally: Tally) -> None:
    for words in tally.words():
        typer.echo(f"warning: {words}", err=True)


def _opened(reviews: Iterable[Review], extractor: Extractor) -> Iterator[tuple[Review, EventFields]]:
    first_time_ns = None
    for number, review in enumerate(reviews, 1):
        first_time_ns = review.time_ns if first_time_ns is None else first_time_ns
        yield review, extractor.open(review, number, first_time_ns)


def _references(names: list[str], catalog: Catalog) -> list[FieldRef]:
    """Return what the names refer to; raise ToolkitError (exit 2) with every one that refers to nothing."""
    from toolkit.conditions.errors import ConditionError
    from toolkit.conditions.field_arguments import find_field
    from toolkit.errors import ExitCode, Faults, closest

    faults = Faults()
    references = [_reference(name) for name in names]
    for reference in references:
        try:
            find_field(reference, catalog)
        except ConditionError as error:
            if catalog.find(reference.name) is None:
                known = [field.name for field in catalog]
                near = closest(reference.name, known) or "toolkit fields lists them"
                faults.add(f'unknown field "{reference.name}"', hint=near)
            else:
                faults.add(error.message)
    faults.check(ExitCode.USAGE)
    return references


def _reference(text: str) -> FieldRef:
    from toolkit.conditions.nodes import FieldRef

    name, bracket, rest = text.partition("[")
    if not bracket or not rest.endswith("]"):
        return FieldRef(text)
    argument = rest[:-1]
    quoted = len(argument) > 1 and argument[0] == argument[-1] and argument[0] in "\"'"
    return FieldRef(name, argument[1:-1] if quoted else argument)


def _all_bare(catalog: Catalog) -> list[FieldRef]:
    from toolkit.conditions.nodes import FieldRef
    from toolkit.fields.model import Family

    families = (Family.KAR, Family.USER)
    return [FieldRef(field.name) for field in catalog if field.family in families and not field.argument_required]


def _write_json(review: Review, fields: EventFields, wanted: list[FieldRef], several: bool) -> None:
    from toolkit.texts import encode_json

    facts = {
        **({"file": review.file} if several else {}),
        "line": review.line,
        "uid": review.uid,
        "fields": {str(reference): fields.output_value(reference.name, reference.argument) for reference in wanted},
    }
    sys.stdout.buffer.write(encode_json(facts) + b"\n")


def _write_text(review: Review, fields: EventFields, wanted: list[FieldRef], _several: bool) -> None:
    import orjson

    lines = [f"{review.place} {review.uid or '<NA>'}"]
    for reference in wanted:
        value = fields.value(reference.name, reference.argument)
        if value is not None:  # as JSON: no control character reaches the terminal
            lines.append(f"  {reference} = {orjson.dumps(value).decode()}")
    typer.echo("\n".join(lines))


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command()(extract)
