"""What a configuration adds to the outputs of rules: `append_output` in falco.yaml."""

from __future__ import annotations

from dataclasses import dataclass

from toolkit.places import Place


@dataclass(frozen=True, slots=True)
class Addition:
    """Text and fields that are added to the alerts of the rules that it fits.

    It fits a rule of this source and name that carries all `tags`; None and no tags leave a condition out.
    `formats` are outputs by the name that they get in `output_fields`; `fields` are fields that stand there as values.
    """

    source: str | None = None
    rule: str | None = None
    tags: frozenset[str] = frozenset()
    text: str = ""
    formats: tuple[tuple[str, str], ...] = ()
    fields: tuple[str, ...] = ()
    place: Place | None = None

    def fits(self, name: str, source: str, tags: frozenset[str]) -> bool:
        """Return whether a rule is meant."""
        return self.source in (None, source) and self.rule in (None, name) and self.tags <= tags
