"""`toolkit run --follow`: logs that are still written, read until a signal ends it."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from toolkit.cli.live import closing, load_rules, status, voices
from toolkit.cli.options import Plugin
from toolkit.places import Place
from toolkit.storage.urls import is_url, shown_url
from toolkit.webhook.address import is_address

if TYPE_CHECKING:
    from toolkit.cli.run_plan import Plan
    from toolkit.errors import ExitCode, Faults
    from toolkit.live.file_source import FileSource, Followed
    from toolkit.live.keeper import Keeper
    from toolkit.live.loop import Live
    from toolkit.live.model import Rules
    from toolkit.live.positions import Kept, StateFile
    from toolkit.outputs.outputs import Outputs, Words

_COMPRESSED = {b"\x1f\x8b": "gzip", b"\x28\xb5": "zstandard"}
_FOLLOWED = "--follow takes files that lines are appended to, and folders of them"


class _Numbered:
    """The rules in force; those that are loaded again go on with the numbers of events."""

    def __init__(self, plan: Plan, kept: Kept | None) -> None:
        self._plan = plan
        self.rules = load_rules(plan)
        if kept:
            self.rules.engine.begin(*kept.progress)

    def load(self) -> Rules:
        rules = load_rules(self._plan)
        rules.engine.begin(*self.rules.engine.progress)
        self.rules = rules
        return rules


def run_follow(plan: Plan, state: str | None, *, is_asked: bool, strict: bool) -> ExitCode:
    """Run the rules on what is written until SIGTERM or Ctrl-C; report, whatever happens; return the exit status.

    `state` names the file that keeps how far it has got. Raises ToolkitError: exit 2 for inputs that cannot be followed
    and the state of others, exit 3 for rules and a damaged state, exit 4 for a state that cannot be written.
    """
    from toolkit.live.file_source import FileSource
    from toolkit.live.positions import StateFile
    from toolkit.outputs.outputs import Words, make_outputs

    _check(plan, is_asked=is_asked)
    followed = _followed(plan)
    file = StateFile(Path(state), [*followed.files, *followed.folders]) if state is not None else None
    kept = file.read() if file else None
    numbered = _Numbered(plan, kept)
    words = Words()
    _, warn = voices(words)
    settings, form = plan.configuration.outputs, plan.configuration.form
    outputs = make_outputs(settings, form, plan.hostname, warn, lossless=False)
    with FileSource(followed, kept.positions if kept else None) as source:
        keeper = _keeper(file, numbered, source, outputs, warn)
        live = _live(plan, source, numbered, outputs, words, keeper.keep if keeper else lambda: None)
        with closing(plan, live, source, outputs, words, since="reading"):
            live.run()
        if keeper:
            keeper.finish()
    return status(live, source, outputs, strict=strict)


def _keeper(
    file: StateFile | None, numbered: _Numbered, source: FileSource, outputs: Outputs, warn: Callable[[str], None]
) -> Keeper | None:
    """Return what keeps the state, which is written here once, so that nobody waits long for an error."""
    from toolkit.live.keeper import Keeper
    from toolkit.live.positions import Kept

    def now() -> Kept:
        return Kept(numbered.rules.engine.progress, source.positions)

    if file is None:
        return None
    file.write(now())
    return Keeper(file, now, outputs, warn)


def _live(
    plan: Plan, source: FileSource, numbered: _Numbered, outputs: Outputs, words: Words, keep: Callable[[], None]
) -> Live:
    from toolkit.live.loop import Live
    from toolkit.live.snapshots import Snapshots

    say, warn = voices(words)
    say(f"following {', '.join(plan.inputs)}")
    if plan.configuration.webserver.enabled:
        warn("webserver: there are pages only where events are posted; --follow has none")
    snapshots = Snapshots(plan.configuration.metrics, plan.configuration.form, plan.hostname, outputs.put_line, warn)
    return Live(source, numbered.rules, outputs, numbered.load, say, snapshots, keep)


def _check(plan: Plan, *, is_asked: bool) -> None:
    """Raise ToolkitError (exit 2) for flags and inputs that do not go together."""
    from toolkit.errors import usage
    from toolkit.events.files import STDIN

    if not is_asked:
        raise usage("--state is given without --follow", hint="--state keeps how far --follow has got")
    if STDIN in plan.inputs:
        raise usage(
            "--follow cannot follow standard input",
            hint="name the file; `toolkit run -` reads a pipe to its end anyway",
        )
    for address in filter(is_address, plan.inputs):
        raise usage(f"--follow and {address} do not go together", hint="an endpoint takes events as they come anyway")
    for url in filter(is_url, plan.inputs):
        hint = "where files come one by one, run again over what is new"
        raise usage(f"--follow takes files of this machine, not {shown_url(url)}", hint=hint)


def _followed(plan: Plan) -> Followed:
    """Return what the inputs name. Raises ToolkitError (exit 2) with every input that cannot be followed."""
    from toolkit.errors import ExitCode, Faults
    from toolkit.live.file_source import Followed

    faults = Faults()
    paths = list(dict.fromkeys(Path(os.path.abspath(name)) for name in plan.inputs))  # noqa: PTH100
    for path in paths:
        _note_faults(path, faults)
    faults.check(ExitCode.USAGE)
    source, file = plan.configuration.source, plan.configuration.outputs.file
    return Followed(
        files=tuple(path for path in paths if not path.is_dir()),
        folders=tuple(path for path in paths if path.is_dir()),
        without=frozenset({Path(os.path.abspath(file.filename))}) if file else frozenset(),  # noqa: PTH100
        max_bytes=source.max_event_size if source.max_event_size_given else None,
        published=plan.plugin is Plugin.PUBLISHED,
    )


def _note_faults(path: Path, faults: Faults) -> None:
    if not path.parent.is_dir():
        faults.add("cannot be followed: its folder does not exist", Place(str(path)), hint="make the folder first")
    elif not os.access(path if path.is_dir() else path.parent, os.R_OK | os.X_OK):
        hint = "rotated files are found by listing it: run as its owner"
        faults.add("cannot be followed: its folder may not be read", Place(str(path)), hint=hint)
    elif path.is_dir() or not path.exists():
        return
    elif not path.is_file():
        faults.add("is no regular file and cannot be followed", Place(str(path)), hint=f"{_FOLLOWED}; pipe others to -")
    elif kind := _compression(path):
        hint = f"{_FOLLOWED}; `toolkit run` without it reads compressed ones"
        faults.add(f"is compressed with {kind}, and such a file is written once", Place(str(path)), hint=hint)


def _compression(path: Path) -> str | None:
    with suppress(OSError), path.open("rb") as file:
        return _COMPRESSED.get(file.read(2))
    return None
