"""Prints docs/rules.md, made from the rules and the scenarios: `python scripts/rules_page.py > docs/rules.md`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from toolkit.conditions.compiled import DEEPEST as DEEPEST_WRITTEN
from toolkit.conditions.compiled import MOST_CHECKS as MOST_WRITTEN
from toolkit.conditions.parser import MAX_DEPTH as MAX_NESTING
from toolkit.ruleset import bounds, exceptions, yaml_nodes
from toolkit.ruleset.yaml_dialect import MAX_DEPTH
from toolkit.scenarios.loader import ScenarioFolder, load_folder

ROOT = Path(__file__).resolve().parent.parent
WELL_KNOWN, GAPS = (ROOT / "rules" / name for name in ("k8s_admission_rules.yaml", "k8s_admission_rules_gaps.yaml"))
TECHNIQUE = re.compile(r"T\d{4}(\.\d{3})?")
FOR_USERS = re.compile(r"((?:^#.*\n)+)- (list|macro): (.+)\n", re.MULTILINE)
INTRODUCTION = """# Rules

Made from the rules and the scenarios by `scripts/rules_page.py`; a test holds this page to it.

`rules/k8s_admission_rules.yaml` holds the rules that people know from the audit log, for admission events. It uses only
fields of the published k8sadmission plugin, of the json plugin and `evt.*`, so it loads in a Falco as it is.
`rules/k8s_admission_rules_gaps.yaml` holds rules for what those do not see. They read it with the json plugin and need
the first file before them.

An event is an attempt: it was authorized and valid, but may have been refused afterwards. Dry runs fire like other
requests. With Falco's default `rule_matching: first` only the first rule that matches is reported, in the order below;
*Create Disallowed Pod* then hides every other rule about new pods until `allowed_k8s_containers` is replaced.

The upstream file's *Log all requests* is not here: it has no priority, so no Falco loads it. *Trigger on all events*
does what it was meant for.
"""
TUNING = """## What users replace

Load a file of your own after these: append to a list or to a rule's exceptions (`override: {items: append}`,
`override: {exceptions: append}`), or define a macro anew.

| name | kind | what it holds | used by |
| --- | --- | --- | --- |"""
BOUNDS = """
## How large rules may be

Falco takes what it is given, and runs out of memory or stack where that is too much. Here each of these is bounded, so
that a slip in a macro or a list ends with a place and a number (code `TOOLKIT_TOO_LARGE`, exit status 3; `toolkit lint`
and `toolkit run` say the same). No rules that people wrote by hand come near.

| what | at most |
| --- | --- |"""
BOUND = (
    ("values in one file, what an alias stands for counted each time", yaml_nodes.MOST_VALUES),
    ("levels of collections in a file, as in Falco", MAX_DEPTH),
    ("items of all lists, with the lists inside them put in", bounds.MOST_ITEMS),
    ("values of one exception", exceptions.MOST_ENTRIES),
    ("characters of one condition, with exceptions and lists put in", bounds.LONGEST),
    ("characters of all conditions", bounds.ALL_TEXT),
    ("nested productions in the text of a condition, as in Falco (198 parentheses)", MAX_NESTING),
    ("levels of `and`, `or` and `not`, with macros put in", bounds.DEEPEST),
    ("checks of one condition, with macros put in (`in` with a list is one)", bounds.MOST_CHECKS),
    ("checks of all rules", bounds.ALL_CHECKS),
    ("patterns of `regex`, `glob` and `iglob` in all rules", bounds.MOST_PATTERNS),
    ("bytes that a field in an output is filled to (`%20kar.verb`)", bounds.WIDEST),
)
BELOW_BOUNDS = f"""
A regular expression is RE2's, which takes time in proportion to the text whatever the pattern. One that needs more than
RE2's own 8 MiB is refused as in Falco: `pattern too large - compile failed`.

Conditions become Python as far as a function holds {MOST_WRITTEN:,} checks and {DEEPEST_WRITTEN} levels; beyond that
they are walked, which means the same and takes longer.
"""
HEAD = "| rule | priority | ATT&CK | what it means | tried in |\n| --- | --- | --- | --- | --- |"


def page() -> str:
    """Return the page."""
    folder = load_folder(ROOT / "testing" / "k8s")
    scenarios = main_scenarios(folder)
    return "\n".join(
        [
            INTRODUCTION,
            "## The well-known rules\n",
            *table(rules_of(WELL_KNOWN), scenarios),
            "\n## Rules for the gaps\n",
            *table(rules_of(GAPS), scenarios),
            "\n## What admission events cannot show\n",
            *(f"- *{claim.rule}*: {claim.reason}." for claim in folder.impossible),
            f"\n{TUNING}",
            *tuning(),
            BOUNDS,
            *(f"| {what} | {most:,} |" for what, most in BOUND),
            BELOW_BOUNDS.rstrip(),
            "",
        ]
    )


def rules_of(path: Path) -> list[dict[str, Any]]:
    """Return the rules of a file in its order."""
    return [item for item in yaml.safe_load(path.read_text("utf-8")) if "rule" in item]


def main_scenarios(folder: ScenarioFolder) -> dict[str, str]:
    """Return for each rule the scenario that says most about it: near misses first, then steps where it fires."""
    said: dict[str, Counter[str]] = {}
    for scenario in folder.scenarios:
        for step in scenario.steps:
            for rule in step.near_miss:
                said.setdefault(rule, Counter())[scenario.name] += 1000
            for rule in step.fires:
                said.setdefault(rule, Counter())[scenario.name] += 1
    return {rule: counts.most_common(1)[0][0] for rule, counts in said.items()}


def table(rules: Iterable[Mapping[str, Any]], scenarios: Mapping[str, str]) -> Iterator[str]:
    """Yield the table of some rules."""
    yield HEAD
    for rule in rules:
        techniques = " ".join(technique(tag) for tag in rule["tags"] if TECHNIQUE.fullmatch(tag))
        name = scenarios[rule["rule"]]
        off = "" if rule.get("enabled", True) else " *Off by default.*"
        link = f"[{name}](../testing/k8s/{name}.yaml)"
        yield f"| {rule['rule']} | {rule['priority']} | {techniques} | {rule['desc']}{off} | {link} |"


def technique(tag: str) -> str:
    """Return a link to a technique of MITRE ATT&CK."""
    return f"[{tag}](https://attack.mitre.org/techniques/{tag.replace('.', '/')}/)"


def tuning() -> Iterator[str]:
    """Yield a row for each list and macro that is marked as the users' own."""
    texts = {path: path.read_text("utf-8") for path in (WELL_KNOWN, GAPS)}
    items = [item for text in texts.values() for item in yaml.safe_load(text)]
    for text in texts.values():
        for comment, kind, name in FOR_USERS.findall(text):
            words = " ".join(line.removeprefix("#").strip() for line in comment.splitlines())
            if words.startswith("For users: "):
                yield f"| `{name}` | {kind} | {words.removeprefix('For users: ')} | {', '.join(users(name, items))} |"


def users(name: str, items: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the rules that use a list or macro, by themselves or through others."""
    items = list(items)
    word = re.compile(rf"(?<![\w.]){re.escape(name)}(?![\w.])")
    found: list[str] = []
    for item in items:
        text = str([item.get("condition"), item.get("items"), item.get("exceptions")])
        if word.search(text):
            found += [f"*{item['rule']}*"] if "rule" in item else users(str(item.get("macro") or item["list"]), items)
    return list(dict.fromkeys(found))


if __name__ == "__main__":
    print(page(), end="")
