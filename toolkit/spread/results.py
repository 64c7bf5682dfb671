"""Results of parts as they come, given out in order: how much of them waits in memory is bounded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from toolkit.engine.numbering import Numbering
from toolkit.errors import Fault
from toolkit.spread.documents import PartResult, read_part
from toolkit.spread.names import PartNames
from toolkit.spread.work import Answer
from toolkit.storage.folder import Folder

_IN_MEMORY = 2**26
"""So many bytes of documents wait in memory for their turn; others are read again."""
_TOGETHER = 64
"""So many documents are read at once."""


class Results:
    """Which of at most so many parts are done, a byte for each, and the documents of those whose turn comes late."""

    def __init__(self, run: str, folder: Folder, names: PartNames, most: int, done: Iterable[int]) -> None:
        self._run = run
        self._folder = folder
        self._names = names
        self._is_done = bytearray(most + 1)
        for number in done:
            if number < most:
                self._is_done[number] = 1
        self._waiting: dict[int, bytes] = {}
        self._waits = 0
        self._faulty: dict[int, Answer] = {}
        self._turn = 0
        self._numbering = Numbering()

    def is_done(self, number: int) -> bool:
        """Return whether a part's result is there."""
        return bool(self._is_done[number])

    def put(self, number: int, answer: Answer) -> None:
        """Take what became of a part."""
        self._is_done[number] = 1
        if answer.faults:
            self._faulty[number] = answer
        elif self._waits + len(answer.document) <= _IN_MEMORY:
            self._waiting[number] = answer.document
            self._waits += len(answer.document)

    def next_ones(self) -> Iterator[tuple[PartResult, tuple[Fault, ...]]]:
        """Yield the parts whose turn has come, with the places of their lines, and what could not be read of them."""
        while self._is_done[self._turn]:
            for number in self._fetched():
                answer = self._faulty.pop(number, None)
                document = answer.document if answer else self._waiting.pop(number)
                if not answer:
                    self._waits -= len(document)
                self._turn = number + 1
                part = read_part(document, self._run, f"{self._folder}/{self._names.result(number)}")
                known = replace(part.result, length=None) if answer else part.result
                result = self._numbering.placed(part.shards[0], known)
                yield replace(part, result=result), answer.faults if answer else ()

    def _fetched(self) -> range:
        """Return the parts whose turn comes and whose documents are in memory now."""
        first = end = self._turn
        if self._turn in self._faulty or self._turn in self._waiting:
            return range(first, first + 1)
        while self._is_done[end] and end < first + _TOGETHER and end not in self._faulty and end not in self._waiting:
            end += 1
        names = [self._names.result(number) for number in range(first, end)]
        for number, document in zip(range(first, end), self._folder.read(names), strict=True):
            self._waiting[number] = document
            self._waits += len(document)
        return range(first, end)
