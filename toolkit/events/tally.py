"""What became of the lines of a run: how many were reviews, which were not, and what the command's exit status is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from toolkit.errors import ExitCode
from toolkit.events.review import BrokenLine, Review
from toolkit.places import Place

NAMED = 10
"""So many broken lines are named one by one."""


@dataclass(frozen=True, slots=True)
class Note:
    """A line that people should know of, and why."""

    place: Place
    reason: str

    def __str__(self) -> str:
        """Render as `file:line: reason`."""
        return f"{self.place}: {self.reason}"

    def moved(self, lines: int | None) -> Note:
        """Return the note about a place so many lines further down; see `Place.moved`."""
        return Note(self.place.moved(lines), self.reason)


class Tally:
    """Counts what a reader yields and lets the reviews through."""

    def __init__(self) -> None:
        self.reviews = 0
        self.broken = 0
        self.without_time = 0
        self.named: list[Note] = []
        """The first broken lines, no more than `NAMED`."""
        self.first_without_time: Note | None = None

    def reviews_of(self, lines: Iterable[Review | BrokenLine]) -> Iterator[Review]:
        """Yield the reviews, counting all."""
        for line in lines:
            self.note(line)
            if not isinstance(line, BrokenLine):
                yield line

    def note(self, line: Review | BrokenLine) -> None:
        """Count one line."""
        if isinstance(line, BrokenLine):
            self._note_broken(line)
        else:
            self._note_review(line)

    def add(self, other: Tally) -> None:
        """Count what another one counted of the lines that come next."""
        self.broken += other.broken
        self.reviews += other.reviews
        self.without_time += other.without_time
        self.named += other.named[: NAMED - len(self.named)]
        self.first_without_time = self.first_without_time or other.first_without_time

    def moved(self, lines: int | None) -> Tally:
        """Return the same with places so many lines further down, None where nobody knows how many."""
        moved = Tally()
        moved.add(self)
        moved.named = [note.moved(lines) for note in self.named]
        moved.first_without_time = self.first_without_time and self.first_without_time.moved(lines)
        return moved

    @property
    def lines(self) -> int:
        """How many lines there were, broken ones included."""
        return self.reviews + self.broken

    def words(self, *, named: bool = True) -> list[str]:
        """Return what people should know, one line each: broken lines by place and reason, reviews without a time.

        Without `named` broken lines are not named, only counted.
        """
        said = [str(note) for note in self.named] if named else []
        if named and self.broken > len(self.named):
            said.append(f"{self.broken - len(self.named)} more broken lines")
        if self.without_time:
            said.append(
                f"{self.without_time} of {self.reviews} events have no readable time and count as 1970-01-01; "
                f"the first: {self.first_without_time}"
            )
        if self.broken:
            said.append(f"{self.broken} of {self.lines} lines are broken and were left out")
        if not self.lines:
            said.append("no events were read")
        return said

    def exit_code(self, *, strict: bool = False) -> ExitCode:
        """Return the status: 5 without a line, 3 where all are broken, 1 under `strict` where some are, else 0."""
        if not self.lines:
            return ExitCode.NOTHING_SELECTED
        if not self.reviews:
            return ExitCode.BAD_INPUT
        return ExitCode.CHECK_FAILED if self.broken and strict else ExitCode.GOOD

    def _note_broken(self, line: BrokenLine) -> None:
        self.broken += 1
        if self.broken <= NAMED:
            self.named.append(Note(line.place, line.reason))

    def _note_review(self, review: Review) -> None:
        self.reviews += 1
        if review.time_fault:
            self.without_time += 1
            self.first_without_time = self.first_without_time or Note(review.place, review.time_fault)
