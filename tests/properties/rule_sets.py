"""Random rule sets: conditions over all fields of a catalog, with values that events really have."""

from __future__ import annotations

import random
from collections.abc import Sequence

from toolkit.conditions.quoting import argument_text, quote
from toolkit.fields.catalog import Catalog
from toolkit.fields.model import Argument, Field, FieldType
from toolkit.ruleset.loader import RuleFile, load
from toolkit.ruleset.rules import Ruleset

POINTERS = (
    "/request/object/spec",
    "/request/object/spec/containers/0/image",
    "/request/object/metadata/labels",
    "/request/oldObject/spec",
    "/request/oldObject/metadata/name",
    "/request/object/data",
    "/request/object/rules",
    "/request/object",
    "/request/userInfo/groups/0",
    "/request/userInfo",
    "/request/dryRun",
    "/request/options/kind",
    "/requestReceivedTimestamp",
    "/kind",
    "",
)
KEYS = (
    "toolkit.dev/step",
    "a",
    'a"b',
    "a\\b",
    "é",
    "class",
    "_x",
    "(decoded object)",
    "object",
    "/etc",
    "/var/*",
    "key~1with",
)
WORDS = (
    "CREATE", "UPDATE", "DELETE", "CONNECT", "pods", "configmaps", "roles", "exec", "status", "Pod", "true", "false",
    "kubernetes-admin", "system:", "system:masters", "busybox", "nginx", "/etc", "*", "0", "1000", "c", "admin", "é",
    "",
)  # fmt: skip
TEXT_OPERATORS = ("=", "!=", "contains", "icontains", "startswith", "endswith", "glob", "iglob", "regex")


class RuleMaker:
    """Makes rules from a source of random numbers."""

    def __init__(self, source: random.Random, catalog: Catalog, words: Sequence[str] = WORDS) -> None:
        self._random = source
        self._fields = [field for field in catalog if field.family.name != "EVT" or field.name != "evt.hostname"]
        self._words = (*WORDS, *words)

    def rule(self, number: int) -> str:
        """Return the text of a rule, which may not load."""
        condition = self._tree(self._random.randrange(4))
        fields = " ".join(f"%{self._reference(self._field())}" for _ in range(self._random.randrange(4)))
        quoted = [text.replace("'", "''") for text in (condition, f"o {fields}")]
        return (
            f"- rule: r{number}\n  desc: d\n  source: k8s_admission\n  priority: INFO\n"
            f"  condition: '{quoted[0]}'\n  output: '{quoted[1]}'\n"
        )

    def _tree(self, depth: int) -> str:
        if depth == 0:
            return self._check()
        kind = self._random.random()
        if kind < 0.2:
            return f"not ({self._tree(depth - 1)})"
        word = " and " if kind < 0.6 else " or "
        return word.join(f"({self._tree(depth - 1)})" for _ in range(self._random.choice((2, 2, 3))))

    def _field(self) -> Field:
        return self._random.choice(self._fields)

    def _reference(self, field: Field) -> str:
        if field.argument is Argument.INDEX and self._random.random() < 0.5:
            return f"{field.name}[{self._random.randrange(3)}]"
        if field.argument is not Argument.KEY:
            return field.name
        key = self._random.choice(POINTERS[:-1] if field.family.name == "JSON" else KEYS)
        return f"{field.name}[{argument_text(key)}]"

    def _check(self) -> str:
        field = self._field()
        reference = self._reference(field)
        kind = self._random.random()
        if kind < 0.15:
            return f"{reference} exists"
        if field.is_list:
            return f"{reference} {self._random.choice(('in', 'intersects'))} {self._list()}"
        if field.type is not FieldType.STRING:
            return self._number_check(field, reference)
        if kind < 0.25:
            return f"{reference} {self._random.choice(('in', 'intersects', 'pmatch'))} {self._list()}"
        if kind < 0.3:
            return f"{reference} = val({self._reference(self._text_field())})"
        if kind < 0.4:
            reference = f"{self._random.choice(('tolower', 'toupper', 'b64', 'basename'))}({reference})"
        operator = self._random.choice(TEXT_OPERATORS)
        modifier = self._random.choice(("anyof", "allof", "oneof")) if self._random.random() < 0.1 else ""
        return (
            f"{reference} {operator} {modifier} {self._list()}"
            if modifier
            else f"{reference} {operator} {self._word()}"
        )

    def _text_field(self) -> Field:
        fields = [field for field in self._fields if field.type is FieldType.STRING and not field.is_list]
        return self._random.choice(fields)

    def _number_check(self, field: Field, reference: str) -> str:
        if field.type is FieldType.BOOL:
            return f"{reference} {self._random.choice(('=', '!='))} {self._random.choice(('true', 'false'))}"
        return f"{reference} {self._random.choice(('=', '!=', '<', '<=', '>', '>='))} {self._random.randrange(3)}"

    def _word(self) -> str:
        return quote(self._random.choice(self._words))

    def _list(self) -> str:
        return f"({', '.join(self._word() for _ in range(self._random.randrange(1, 4)))})"


def make_ruleset(source: random.Random, catalog: Catalog, rules: int, words: Sequence[str] = ()) -> Ruleset:
    """Return a random ruleset; rules that do not load are left out, one by one."""
    maker = RuleMaker(source, catalog, words)
    kept: list[str] = []
    for number in range(rules):
        text = maker.rule(number)
        if load([RuleFile("r.yaml", text.encode())], catalog).ruleset is not None:
            kept.append(text)
    return load([RuleFile("r.yaml", "".join(kept).encode())], catalog).checked()
