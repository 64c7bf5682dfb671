"""Options that several commands share, spelled and explained once."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class Output(StrEnum):
    """What a command prints on stdout."""

    TEXT = "text"
    JSON = "json"


class Plugin(StrEnum):
    """Whose field values are used."""

    CORRECTED = "corrected"
    PUBLISHED = "published"


class EngineKind(StrEnum):
    """How conditions are evaluated; both ways say the same."""

    COMPILED = "compiled"
    WALK = "walk"


class On(StrEnum):
    """What a run is spread over, other than processes of its own."""

    DASK = "dask"


EngineOption = Annotated[
    EngineKind,
    typer.Option("--engine", help="How conditions are evaluated: as Python (compiled), or check by check (walk)."),
]
OutputOption = Annotated[Output, typer.Option("--output", "-o", help="Text for people, or JSON and nothing else.")]
PluginOption = Annotated[
    Plugin,
    typer.Option(help="Fields as documented (corrected), or as the published Go plugin reads them (published)."),
]
RulesOption = Annotated[
    list[str] | None,
    typer.Option(
        "--rules",
        "-r",
        metavar="FILE|DIR",
        help="Rule file or folder; repeatable; `bundled` names the rules that come along.",
    ),
]
FieldsFileOption = Annotated[
    list[str] | None,
    typer.Option("--fields-file", metavar="FILE", help="YAML file that defines fields of your own; repeatable."),
]
EventsArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="EVENTS",
        help="Logs, folders of logs or patterns, by path or by URL such as s3://bucket/logs/; - for standard input "
        "(the default).",
    ),
]
StrictOption = Annotated[bool, typer.Option("--strict", help="Fail (exit 1) when some lines are broken.")]
FollowOption = Annotated[
    bool,
    typer.Option("--follow", help="Go on with what is written to the logs, over rotations, until a signal comes."),
]
StateOption = Annotated[
    str | None,
    typer.Option(
        "--state",
        metavar="FILE",
        help="With --follow: keep in FILE how far it has got, so that the next run goes on there.",
    ),
]
OnOption = Annotated[
    On | None,
    typer.Option(
        "--on", help="Spread logs over the workers of a cluster; without --scheduler, over workers of this machine."
    ),
]
SchedulerOption = Annotated[
    str | None,
    typer.Option("--scheduler", metavar="ADDRESS", help="With --on: the cluster to use, as tcp://host:8786 or tls://…"),
]
OutOption = Annotated[
    str | None,
    typer.Option(
        "--out",
        metavar="FOLDER|URL",
        help="With --on: where alerts go, as part-….jsonl.zst; a run that was ended goes on there.",
    ),
]
