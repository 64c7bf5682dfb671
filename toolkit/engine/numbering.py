"""The numbers of lines of a file that is gone through in shards, of which nobody counted the lines beforehand."""

from __future__ import annotations

from toolkit.engine.shards import Shard, ShardResult


class Numbering:
    """Takes results in the order of their shards, and counts lines from the shard that begins a file."""

    def __init__(self) -> None:
        self._before: int | None = 0

    def placed(self, shard: Shard, result: ShardResult) -> ShardResult:
        """Return the result of the next shard with the numbers that its lines have in their file.

        After a shard that could not be read to its end places are files without a line.
        """
        if shard.lines_before is None:
            result = result.placed(self._before)
        else:
            self._before = shard.lines_before
        is_known = self._before is not None and result.length is not None and not result.fault
        self._before = (self._before or 0) + (result.length or 0) if is_known else None
        return result
