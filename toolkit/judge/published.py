"""Which rules would behave otherwise in a Falco with the published plugin, on which events, and for which fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from toolkit.fields.catalog import Catalog
from toolkit.judge.bench import Bench
from toolkit.judge.report import Difference, PublishedRule, RuleResult, RuleVerdict
from toolkit.judge.trial import Trial
from toolkit.places import Place
from toolkit.ruleset.rules import Rule


def unknown_fields(rule: Rule, catalog: Catalog) -> tuple[str, ...]:
    """Return the fields of a rule's condition and output that a catalog has not, each once."""
    used = (*rule.condition.fields_used, *rule.output.fields_used)
    return tuple(dict.fromkeys(field.name for field in used if catalog.find(field.name) is None))


def compare(corrected: Trial, published: Trial, rules: Mapping[str, Rule], catalog: Catalog) -> Iterator[PublishedRule]:
    """Yield the rules that do otherwise with the published plugin, whose fields are `catalog`.

    A file with a field that the plugin has not does not load at all, so that its rules are not tried.
    """
    before, after = corrected.fired(), published.fired()
    verdicts = {result.name: result for result in published.rules}
    for result in corrected.rules:
        rule = rules.get(result.name)
        if rule is None:
            continue
        unknown = unknown_fields(rule, catalog)
        if unknown:
            yield PublishedRule(result.name, result.place, None, unknown)
            continue
        changed = before.get(rule.name, {}).keys() ^ after.get(rule.name, {}).keys()
        if changed:
            fired = before.get(rule.name, {})
            pairs = list(zip(corrected.benches, published.benches, strict=True))
            differences = tuple(
                _difference(rule, place, place in fired, pairs) for place in sorted(changed, key=_order)
            )
            yield PublishedRule(result.name, result.place, _verdict(verdicts.get(rule.name)), (), differences)


def _order(place: Place) -> tuple[str, int]:
    return place.file, place.line or 0


def _verdict(result: RuleResult | None) -> RuleVerdict | None:
    return result.verdict if result else None


def _difference(rule: Rule, event: Place, fires: bool, benches: Sequence[tuple[Bench, Bench]]) -> Difference:
    """Return what differs on one event, and which of the condition's fields have another value there."""
    for corrected, published in benches:
        one, other = corrected.fields(event), published.fields(event)
        if one and other:
            used = rule.condition.fields_used
            differing = (f for f in used if one.value(f.name, f.argument) != other.value(f.name, f.argument))
            return Difference(event, fires, not fires, tuple(map(str, differing)))
    return Difference(event, fires, not fires, ())
