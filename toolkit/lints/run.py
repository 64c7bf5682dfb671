"""The lints, and running them all over what rules files came to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from toolkit.fields.catalog import Catalog
from toolkit.lints import incomplete, outputs, published, reachability, undefined_lists, values, verbs
from toolkit.lints.items import Ignore, Item, read_items
from toolkit.lints.model import Finding, Level, Lint, Problem
from toolkit.lints.subject import Subject
from toolkit.places import Place
from toolkit.ruleset.loader import Loaded
from toolkit.ruleset.rules import Ruleset

IGNORE_CODE = "TK000"
"""The code of findings about comments that silence lints."""

LINTS = (
    Lint("TK001", Level.WARNING, "A verb that never occurs", verbs.verbs_that_never_occur),
    Lint("TK002", Level.WARNING, "A verb in lower case", verbs.verbs_in_lower_case),
    Lint("TK003", Level.WARNING, "A field that never has a value", values.fields_without_a_value),
    Lint("TK004", Level.WARNING, "A list that is not defined", undefined_lists.undefined_lists),
    Lint("TK005", Level.WARNING, "A path with a trailing slash", values.paths_with_a_trailing_slash),
    Lint("TK006", Level.ERROR, "A rule without priority or source", incomplete.incomplete_rules, needs_ruleset=False),
    Lint("TK007", Level.WARNING, "Text glued to a field in an output", outputs.text_glued_to_a_field),
    Lint("TK008", Level.WARNING, "A field's name printed as text", outputs.field_names_as_text),
    Lint("TK009", Level.WARNING, "Token requests taken for creations", reachability.token_requests_taken_for_creations),
    Lint("TK010", Level.ERROR, "A rule that can never fire", reachability.rules_that_never_fire),
    Lint("TK011", Level.INFO, "A rule that is always shadowed", reachability.rules_always_shadowed),
    Lint("TK012", Level.WARNING, "A field that the published plugin misreads", published.misread_fields),
    Lint(
        "TK013",
        Level.ERROR,
        "A field that the published plugin does not have",
        published.unknown_fields,
        needs_ruleset=False,
    ),
    Lint("TK014", Level.ERROR, "An index that ends Falco", published.indices_that_end_falco),
    Lint("TK015", Level.WARNING, "A field that can end Falco", published.volume_types_that_can_end_falco),
    Lint("TK016", Level.INFO, "A field that the published plugin misreads at times", published.fields_misread_at_times),
)
"""Every lint, by code."""


def lint(loaded: Loaded, catalog: Catalog, plugin: str) -> list[Finding]:
    """Return what the lints find, in the order of files and lines; what a comment silences is left out.

    Where the files do not load, only the lints that need no ruleset look.
    """
    items = read_items(loaded.contents)
    subject = Subject(loaded.ruleset or Ruleset(()), items, catalog, plugin)
    by_name: dict[tuple[str, str], list[Item]] = defaultdict(list)
    for item in items:
        by_name[item.kind, item.name].append(item)
    looking = [each for each in LINTS if loaded.ruleset or not each.needs_ruleset]
    found = dict(_placed(each, problem, by_name) for each in looking for problem in each.look(subject))
    kept = [finding for finding, item in found.items() if not any(_silences(i, finding) for i in item.ignores())]
    if loaded.ruleset:
        of_item: dict[int, list[Finding]] = defaultdict(list)
        for finding, item in found.items():
            of_item[id(item)].append(finding)
        kept += [wrong for item in items for wrong in _wrong_ignores(item, of_item[id(item)])]
    files = {name: number for number, name in enumerate(loaded.contents)}
    return sorted(kept, key=lambda f: (files[f.place.file], f.place.line or 0, f.place.column or 0, f.code))


def _placed(each: Lint, problem: Problem, by_name: Mapping[tuple[str, str], Sequence[Item]]) -> tuple[Finding, Item]:
    """Return the finding at the first of the problem's words that stands in its item or in those it draws on."""
    owner = problem.owner
    wanted = [(owner.kind, owner.name), *owner.related]
    items = [item for kind_and_name in wanted for item in by_name.get(kind_and_name, ())]
    for word in problem.words:
        for item in items:
            where = item.find(word)
            if where:
                return _finding(each, problem, item, where), item
    return _finding(each, problem, items[0], items[0].head()), items[0]


def _finding(each: Lint, problem: Problem, item: Item, where: tuple[Place, str]) -> Finding:
    rule = item.name if item.kind == "rule" else None
    place, snippet = where
    return Finding(each.code, each.level, problem.message, str(item), rule, place, problem.hint, snippet)


def _silences(ignore: Ignore, finding: Finding) -> bool:
    return finding.code in ignore.codes and bool(ignore.reason)


def _wrong_ignores(item: Item, found: list[Finding]) -> Iterator[Finding]:
    """Find comments that give no reason, name no lint, or silence nothing."""
    rule = item.name if item.kind == "rule" else None
    known = {each.code for each in LINTS}
    for ignore in item.ignores():
        problem = None
        if not set(ignore.codes) & known:
            problem = ("names no lint", "toolkit: ignore[TK001] and the reason")
        elif not ignore.reason:
            problem = ("gives no reason, so it silences nothing", "write the reason behind the bracket")
        elif not any(finding.code in ignore.codes for finding in found):
            problem = (f"silences nothing: no {', '.join(ignore.codes)} here", "take the comment away")
        if problem:
            message, hint = problem
            yield Finding(IGNORE_CODE, Level.WARNING, f"this comment {message}", str(item), rule, ignore.place, hint)
