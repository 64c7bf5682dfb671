"""What conditions that ask for nothing but the user's name come to, kept for each user: most requests meet no other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from toolkit.conditions.compiled import Fired
from toolkit.conditions.nodes import FieldRef
from toolkit.engine.cases import Case

MOST_USERS = 10_000
"""So many outcomes are remembered, over all functions."""
MOST_FUNCTIONS = 1000
"""Of so many functions."""
LONGEST_USER = 200
"""Users with longer names are asked about each time."""

Users = dict[str, Sequence[int]]
"""The numbers of the rules that fire, by user."""

_USER_ALONE = frozenset({FieldRef("kar.user.name")})


class ByUser:
    """Remembers the outcomes until it is full."""

    def __init__(self) -> None:
        self._known: dict[Fired, tuple[Fired, Users]] = {}
        self._count = 0

    @property
    def is_full(self) -> bool:
        """Whether another one should take its place, and that of all that it has given."""
        return self._count >= MOST_USERS or len(self._known) >= MOST_FUNCTIONS

    def remembering(self, case: Case) -> tuple[Fired, Users | None]:
        """Return the function of a case, which remembers what it gives, and what is known; None where more is read."""
        if case.reads_event or case.fields != _USER_ALONE:
            return case.fired, None
        if case.fired not in self._known:
            self._known[case.fired] = self._remembering(case.fired)
        return self._known[case.fired]

    def _remembering(self, fired: Fired) -> tuple[Fired, Users]:
        known: Users = {}

        def fired_and_known(review: Any, event: Any) -> Sequence[int]:
            rules = fired(review, event)
            user = review.request.userInfo.username
            # Numbers are no keys: 1 would be found for true.
            if isinstance(user, str) and len(user) <= LONGEST_USER and self._count < MOST_USERS:
                known[user] = tuple(rules)
                self._count += 1
            return rules

        return fired_and_known, known
