"""Coverage-guided fuzzing of one surface: `python tests/properties/coverage_guided.py rules -max_total_time=600`.

Needs the extra `fuzz`. What fails is written as `crash-…` into the current folder; it belongs among the seeds then.
"""

from __future__ import annotations

import random
import sys
import tempfile
from pathlib import Path

import atheris

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]
with atheris.instrument_imports(include=["toolkit"]):
    from mangling import CONDITION_WORDS, HOSTILE
    from surfaces import SURFACES, inputs


def main() -> None:
    """Fuzz the surface that the first argument names, with damaged samples to begin with."""
    name = sys.argv.pop(1)
    surface, folder = SURFACES[name], Path(tempfile.mkdtemp(prefix="fuzz-"))
    begun = folder / "corpus"
    begun.mkdir()
    for seed, data in enumerate(inputs(name, range(500))):
        (begun / str(seed)).write_bytes(data)
    words = folder / "words"
    octets = ("".join(f"\\x{octet:02x}" for octet in word) for word in (*HOSTILE, *CONDITION_WORDS) if len(word) < 60)
    words.write_text("".join(f'"{word}"\n' for word in octets), "utf-8")
    inner = folder / "read"
    inner.mkdir()

    def read(data: bytes) -> None:
        surface.read(data or b"\0", inner)

    random.seed(0)
    atheris.Setup([*sys.argv, str(begun), f"-dict={words}", "-timeout=20", "-rss_limit_mb=1024"], read)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
