"""Inputs that once broke something, or that are made to: what they are, and what is said of them.

Each is small to write and large or deep to read. What a run of `make fuzz` finds is added here.
"""

from __future__ import annotations

from dataclasses import dataclass

from surfaces import RULE

LOADS = ""
"""What is expected where nothing is wrong."""


@dataclass(frozen=True)
class Hostile:
    """An input of a surface; `says` is part of the error, or empty where it is read without one."""

    data: bytes
    says: str = LOADS


def items(count: int, item: bytes) -> bytes:
    """Return an item so many times, numbered: `%d` is the number, `%e` the one before."""
    numbers = range(1, count + 1)
    return b"".join(item.replace(b"%d", b"%d" % number).replace(b"%e", b"%d" % (number - 1)) for number in numbers)


NINES = b"9" * 5000
MACRO = b"- {macro: m0, condition: kar.verb = a}\n"
DOUBLING = b"- {macro: m%d, condition: m%e and m%e}\n"
CHAIN = b"- {macro: m%d, condition: not m%e}\n"
OUTPUT = b"- {rule: r, desc: d, source: k8s_admission, priority: INFO, condition: kar.verb exists, output: 'o %s'}\n"
EXCEPTIONS = b"\n  exceptions: [{name: e, fields: [kar.verb], values: %s}]\n"

RULES: dict[str, Hostile] = {
    "a number of 5000 digits": Hostile(RULE + b"evt.num > " + NINES),
    "an index of 5000 digits": Hostile(
        RULE + b"kar.req.pod.containers.image[" + NINES + b"] in (a)", "filter kar.req.pod.containers.image[999"
    ),
    "the same in an output": Hostile(OUTPUT % (b"%kar.req.pod.containers.image[" + NINES + b"]")),
    "a width of 5000 digits": Hostile(OUTPUT % (b"%" + NINES + b"kar.verb"), "fills a field to more than 65,536"),
    "a width of two gigabytes": Hostile(OUTPUT % b"%2147483647kar.verb", "fills a field to more than 65,536 bytes"),
    "the widest field": Hostile(OUTPUT % b"%65536kar.verb"),
    "an engine version of 5000 digits": Hostile(b"- required_engine_version: " + NINES, "Unable to parse"),
    "three numbers of 5000 digits": Hostile(b"- required_engine_version: %s.1.1" % NINES, "Rules require engine"),
    "a plugin version of 5000 digits": Hostile(
        b"- required_plugin_versions: [{name: json, version: %s.1.1}]" % NINES, "not compatible"
    ),
    "calls nested as deep as Falco loads": Hostile(RULE + b"tolower(" * 490 + b"kar.verb" + b")" * 490 + b" = a"),
    "calls nested deeper": Hostile(RULE + b"tolower(" * 600 + b"kar.verb" + b")" * 600 + b" = a", "max depth limit"),
    "calls in an output that never end": Hostile(OUTPUT % (b"%" + b"tolower(" * 5000), "unknown filter"),
    "thousands of fields in an output": Hostile(OUTPUT % (b"%kar.verb " * 3000)),
    "a field's name without end": Hostile(OUTPUT % (b"%kar." + b"a" * 100_000), "unknown filter"),
    "a word without end": Hostile(RULE + b"a" * 300_000, "Undefined macro 'aaa"),
    "the deepest parentheses": Hostile(RULE + b"(" * 198 + b"kar.verb = a" + b")" * 198),
    "deeper ones": Hostile(RULE + b"(" * 199 + b"kar.verb = a" + b")" * 199, "exceeded max depth limit of 1000"),
    "a hundred thousand nots": Hostile(RULE + b"not " * 100_000 + b"kar.verb = a"),
    "macros that double": Hostile(MACRO + items(40, DOUBLING) + RULE + b"m40", "131,072 checks with macros put in"),
    "macros in a chain": Hostile(MACRO + items(1000, CHAIN) + RULE + b"m1000"),
    "macros in a longer chain": Hostile(MACRO + items(2000, CHAIN) + RULE + b"m2000", "1,001 levels deep"),
    "a macro that names itself": Hostile(b"- {macro: m, condition: m}\n" + RULE + b"m", "m"),
    "lists that grow tenfold": Hostile(
        items(12, b"- {list: l%e, items: [" + b"l%d, " * 10 + b"x]}\n") + RULE + b"kar.verb in (l0)",
        "longer than 32,000,000 characters",
    ),
    "a list that holds itself often": Hostile(
        b"- {list: a, items: [a, a]}\n" + items(3000, b"- {list: a, append: true, items: [a, a]}\n"),
        "more than 2,000,000 items of all lists",
    ),
    "an exception of aliases of aliases": Hostile(
        b"- &a [%s]\n- &b [%s]\n- &c [%s]\n" % (b"x, " * 300, b"*a, " * 300, b"*b, " * 300) + RULE
        + b"kar.verb = a" + EXCEPTIONS % b"*c", "more than 5,000,000 values in one file",
    ),
    "an exception of too many values": Hostile(
        b"- &a [%s]\n- &b [%s]\n" % (b"x, " * 1000, b"*a, " * 600) + RULE + b"kar.verb = a" + EXCEPTIONS % b"*b",
        "the exception has more than 500,000 values",
    ),
    "a mapping that holds itself": Hostile(b"- &a {rule: r, exceptions: [*a], override: *a, tags: *a}\n", "r"),
    "a regular expression of 20000 groups": Hostile(
        RULE + b"kar.verb regex '" + b"(" * 20_000 + b"a" + b")" * 20_000 + b"'"
    ),
    "a regular expression too large for RE2": Hostile(
        RULE + b"kar.verb regex '" + b"[a-z0-9]+(foo|bar)?" * 60_000 + b"'", "pattern too large - compile failed"
    ),
    "a pattern of 20000 brackets": Hostile(RULE + b"kar.verb glob '" + b"[" * 20_000 + b"'"),
    "collections nested too deep": Hostile(b"[" * 100_000, "nested too deep"),
    "surrogates": Hostile(RULE + b'kar.verb = "\xed\xa0\x80"'),
}  # fmt: skip

CONFIGURATIONS: dict[str, Hostile] = {
    "a path that is too long": Hostile(b"config_files: [" + b"a" * 5000 + b"]", "cannot be read: File name too long"),
    "a path with a NUL": Hostile(b'config_files: ["a\\0b"]', ""),
    "a time of 5000 digits": Hostile(b"metrics: {enabled: true, interval: %ss}" % NINES),
    "a number of 5000 digits": Hostile(b"webserver: {listen_port: %s}" % NINES),
    "collections nested too deep": Hostile(b"a: " + b"[" * 400 + b"]" * 400, "more than 64 levels"),
}

FIELD = b"  - {name: kar.own.deep, type: string, description: d, path: 'request.object.metadata.labels.{key}'}\n"
USER_FIELDS: dict[str, Hostile] = {
    "a path of 600 steps": Hostile(b"fields:\n" + FIELD.replace(b"labels.{key}", b"a." * 600 + b"b")),
    "a path of 50 steps and more": Hostile(b"fields:\n" + FIELD.replace(b"labels.{key}", b"a." * 50 + b"b")),
    "a path of 25 arrays": Hostile(
        b"fields:\n" + FIELD.replace(b"labels.{key}", b"a" + b"[].a" * 25).replace(b"type: string", b"type: list")
    ),
}

SCENARIO = (
    b"apiVersion: toolkit/v1\nkind: Scenario\nmetadata: {name: more, description: d}\nspec:\n  steps:\n    - %s\n"
)
SCENARIOS: dict[str, Hostile] = {
    "a number of 5000 digits": Hostile(SCENARIO % (b"status: " + NINES), "is not a int"),
    "a number of 20000 bits": Hostile(SCENARIO % (b"status: 0x" + b"f" * 5000), "is not a number of 64 bits"),
    "an infinite number": Hostile(SCENARIO % b"create: {a: 1.0e+999}", "is not a number of 64 bits"),
    "a billion laughs": Hostile(
        b"a0: &a0 [x, x, x]\n" + items(20, b"a%d: &a%d [*a%e, *a%e, *a%e]\n"), "more than 50000 values"
    ),
    "nothing": Hostile(b"", "the file is empty"),
}

HOSTILE = {
    "rules": RULES,
    "configurations": CONFIGURATIONS,
    "fields": USER_FIELDS,
    "scenarios": SCENARIOS,
}
"""By surface and name."""
