"""Rules that cannot fire, that never get a turn, or that fire on more than they say."""

from __future__ import annotations

from collections.abc import Iterator

from toolkit.fields.model import Value
from toolkit.lints.earlier import Earlier
from toolkit.lints.implication import implies
from toolkit.lints.model import Problem
from toolkit.lints.possibility import outcome
from toolkit.lints.subject import Subject
from toolkit.lints.verbs import VERBS

_PLACES = {
    "verb": ("kar.verb", "/request/operation"),
    "resource": ("kar.target.resource", "/request/resource/resource"),
    "subresource": ("kar.target.subresource", "/request/subResource"),
}


def rules_that_never_fire(subject: Subject) -> Iterator[Problem]:
    """Find rules whose condition holds for no verb, given what is always missing."""
    missing: dict[str, Value] = {field.name: None for field in subject.catalog if field.never}
    for owner, rule in subject.rules():
        if all(outcome(rule.condition, _known(verb=verb) | missing) is False for verb in VERBS):
            hint = "other findings about this rule say which check is always false"
            yield Problem(owner, "this rule can never fire on admission data", hint)


def token_requests_taken_for_creations(subject: Subject) -> Iterator[Problem]:
    """Find rules about creating service accounts that do not look at the subresource."""
    token = _known(verb="CREATE", resource="serviceaccounts", subresource="token")
    other = _known(verb="CREATE", resource="something-else", subresource="token")
    for owner, rule in subject.rules():
        if outcome(rule.condition, token) is not False and outcome(rule.condition, other) is False:
            yield Problem(
                owner,
                "fires on token requests too: they are CREATE of serviceaccounts, subresource token, all day long",
                "add `and not kar.target.subresource exists`",
                ("serviceaccounts",),
            )


def rules_always_shadowed(subject: Subject) -> Iterator[Problem]:
    """Find rules that an earlier one always takes the event from when the first match wins."""
    before = Earlier()
    for owner, rule in ((owner, rule) for owner, rule in subject.rules() if rule.enabled):
        for earlier in before.that_may_hold_with(rule):
            if rule.source == earlier.source and implies(rule.condition.tree, earlier.condition.tree):
                message = f'with `rule_matching: first` it never fires: "{earlier.name}" matches all that it does'
                hint = f'put it before "{earlier.name}", or use `rule_matching: all`'
                yield Problem(owner, message, hint)
                break
        before.add(rule)


def _known(**values: str) -> dict[str, Value]:
    """Return the values under every name that a rule can read them by."""
    known: dict[str, Value] = {}
    for what, value in values.items():
        field, pointer = _PLACES[what]
        paths = (f"{name}[{path}]" for name in ("jevt.value", "json.value") for path in (pointer, pointer[1:]))
        known.update(dict.fromkeys((field, *paths), value))
    return known
