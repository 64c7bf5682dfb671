"""Measures the engine and writes docs/performance.md: `make bench`, or `python scripts/bench.py`.

Figures are ratios of processor time within one process: all work is done in turns, and the best turn of each counts.
"""

from __future__ import annotations

import argparse
import gzip
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import zstandard
from bench_page import HEAD, TAIL, Row, machine, table
from event_stream import SEED, generate
from measuring import (
    ROOT,
    Lines,
    Taken,
    Work,
    as_text,
    bare,
    bare_json,
    bundled_rules,
    counted,
    custom_resources,
    engine,
    from_files,
    measure,
    peak_mebibytes,
    processor_seconds,
    rendered,
    wall_seconds,
)

from toolkit.engine.run import Engine
from toolkit.engine.shards import Shard, Task, scan_shard
from toolkit.ruleset.files import read_rule_files
from toolkit.ruleset.loader import RuleFile

PAGE = ROOT / "docs" / "performance.md"
RUN = [sys.executable, "-m", "toolkit", "run", "-o", "json"]
IMPORTS = "import orjson, msgspec, typer, yaml"
COMMAND = "python scripts/bench.py"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--events", type=int, default=8000, help="how many events (default 8000)")
    parser.add_argument("--rounds", type=int, default=9, help="how many rounds (default 9)")
    parser.add_argument("--output", type=Path, default=PAGE, help="the page to write (default docs/performance.md)")
    arguments = parser.parse_args()
    lines = [line + b"\n" for line in generate(arguments.events)]
    parts = [
        HEAD.format(
            command=COMMAND,
            machine=machine(),
            count=arguments.events,
            seed=SEED,
            mean=sum(map(len, lines)) // len(lines),
            rounds=arguments.rounds,
        ),
        *_tables(lines, arguments.rounds),
    ]
    page = "\n".join(parts)
    print(page)
    beside = arguments.output.with_suffix(".new")
    beside.write_text(page, "utf-8")
    beside.replace(arguments.output)


def _tables(lines: Lines, rounds: int) -> Iterator[str]:
    yield table("Figures", [*_against_parsing(lines, rounds), *_many_rules(lines, rounds), *_whole(lines)])
    yield table("Beside them, per event", _beside(lines, rounds))
    yield table("From files, per event", _files(lines, rounds))
    yield table("A petabyte", _petabyte(lines, rounds))
    yield TAIL


def _against_parsing(lines: Lines, rounds: int) -> Iterator[Row]:
    run, walk = engine(), engine("walk")
    some = lines[: len(lines) // 4]
    taken = measure(
        {
            "bare": lambda: bare(lines),
            "counted": lambda: counted(run, lines),
            "json": lambda: rendered(run, lines),
        },
        rounds,
    )
    both = measure({"walk": lambda: rendered(walk, some), "compiled": lambda: rendered(run, some)}, rounds)
    yield _ratio("alerts counted / `orjson.loads`", taken, "counted", "bare", "0.50")
    yield _ratio("alerts rendered as JSON / `orjson.loads`", taken, "json", "bare", "0.60")
    yield _ratio("compiled / walk, whole scan, alerts rendered", both, "compiled", "walk", "0.15")


def _many_rules(lines: Lines, rounds: int) -> Iterator[Row]:
    some = lines[: len(lines) // 2]
    runs = {copies: engine(ruleset=bundled_rules(copies)) for copies in (1, 10, 100)}
    work: dict[str, Work] = {str(copies): _counting(run, some) for copies, run in runs.items()}
    taken = measure(work, max(3, rounds // 2))
    yield _ratio("10 x the rules / 1 x", taken, "10", "1", "1.8")
    yield _ratio("100 x the rules / 1 x", taken, "100", "1", "6.5")


def _counting(run: Engine, lines: Lines) -> Callable[[], int]:
    return lambda: counted(run, lines)


def _whole(lines: Lines) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "events.jsonl"
        for what, times, custom in (("small log", 1, 0), ("long log", 6, 0), ("50,000 custom resources", 1, 50_000)):
            with log.open("wb") as stream:
                stream.writelines(custom_resources(custom))
                for _ in range(times):
                    stream.writelines(lines)
            size = log.stat().st_size / 2**20
            yield Row(
                f"peak memory of `toolkit run`, {what}, {size:.0f} MiB", f"{peak_mebibytes(log):.0f} MiB", "", "48 MiB"
            )
    yield _two_processes(lines)
    yield _started("`toolkit --help` / `python -c 'import typer'`", ["--help"], "import typer", "2.0")
    yield _started("`toolkit validate` / `python -c 'import orjson, msgspec, typer, yaml'`", ["validate"], IMPORTS, "")


def _two_processes(lines: Lines) -> Row:
    """Compare `toolkit run -j 2` with `-j 1` by the clock; what else the machine does counts too."""
    one, two = [], []
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "events.jsonl"
        with log.open("wb") as stream:
            for _ in range(40):
                stream.writelines(lines)
        size = log.stat().st_size / 2**20
        for _ in range(3):
            one.append(wall_seconds([*RUN, "-j", "1", str(log)]))
            two.append(wall_seconds([*RUN, "-j", "2", str(log)]))
    ratios = [each / other for each, other in zip(two, one, strict=True)]
    what = f"`toolkit run -j 2` / `-j 1`, wall time, {size:,.0f} MiB, alerts as JSON (report only)"
    return Row(what, f"{min(two) / min(one):.2f}", f"{min(ratios):.2f} to {max(ratios):.2f}", "0.56 on two idle cores")


def _started(what: str, arguments: list[str], code: str, reach: str) -> Row:
    ours, theirs = [], []
    for _ in range(5):
        ours.append(processor_seconds([sys.executable, "-m", "toolkit", *arguments]))
        theirs.append(processor_seconds([sys.executable, "-c", code]))
    ratio = min(ours) / min(theirs)
    ratios = [one / two for one, two in zip(ours, theirs, strict=True)]
    return Row(what, f"{ratio:.2f}", f"{min(ratios):.2f} to {max(ratios):.2f}", reach)


def _beside(lines: Lines, rounds: int) -> Iterator[Row]:
    run, walk, published, every = engine(), engine("walk"), engine(plugin="published"), engine(matching="all")
    some = lines[: len(lines) // 4]
    times = {"some": len(some), "all": len(lines)}
    taken = measure(
        {
            "orjson": lambda: bare(lines),
            "json": lambda: bare_json(lines),
            "counted": lambda: counted(run, lines),
            "rendered": lambda: rendered(run, lines),
            "text": lambda: as_text(run, lines),
            "all": lambda: counted(every, lines),
        },
        max(3, rounds // 2),
    )
    slow = measure(
        {
            "walk": lambda: counted(walk, some),
            "json + walk": lambda: (bare_json(some), counted(walk, some)),
            "orjson + walk": lambda: (bare(some), counted(walk, some)),
            "published": lambda: counted(published, some, published=True),
        },
        max(3, rounds // 4),
    )
    yield _cost("`orjson.loads` alone", taken["orjson"], times["all"], taken["orjson"], times["all"])
    names = {
        "json": "`json.loads` alone",
        "counted": "alerts counted",
        "rendered": "alerts rendered as JSON",
        "text": "alerts rendered as text",
        "all": "every rule tried (`--matching all`), alerts counted",
    }
    for name, what in names.items():
        yield _cost(what, taken[name], times["all"], taken["orjson"], times["all"])
    for name, what in {
        "walk": "walk (`--engine walk`), alerts counted",
        "json + walk": "`json.loads`, then the walk",
        "orjson + walk": "`orjson.loads`, then the walk",
        "published": "compiled with `--plugin published`, alerts counted",
    }.items():
        yield _cost(what, slow[name], times["some"], taken["orjson"], times["all"])


def _files(lines: Lines, rounds: int) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        plain = folder / "events.jsonl"
        plain.write_bytes(b"".join(lines))
        packed, zstd = folder / "events.jsonl.gz", folder / "events.jsonl.zst"
        packed.write_bytes(gzip.compress(plain.read_bytes(), 6))
        zstd.write_bytes(zstandard.compress(plain.read_bytes()))
        small = folder / "small"
        small.mkdir()
        for number in range(0, len(lines), 20):
            (small / f"{number:06d}.jsonl").write_bytes(b"".join(lines[number : number + 20]))
        run = engine()
        taken = measure(
            {
                "`orjson.loads` alone, from memory": lambda: bare(lines),
                "reading alone": lambda: _read(plain),
                "one plain file": lambda: from_files(run, [plain]),
                "one .gz": lambda: from_files(run, [packed]),
                "one .zst": lambda: from_files(run, [zstd]),
                f"{len(lines) // 20} files of 20 lines": lambda: from_files(run, [small]),
            },
            max(3, rounds // 2),
        )
        base = taken["`orjson.loads` alone, from memory"]
        for what, each in taken.items():
            yield _cost(what, each, len(lines), base, len(lines))


def _petabyte(lines: Lines, rounds: int) -> Iterator[Row]:
    """What 10^15 bytes of such lines take on one core, from shards of files as `--on dask` has them."""
    rules = read_rule_files()
    with tempfile.TemporaryDirectory() as folder:
        plain, zstd = Path(folder) / "events.jsonl", Path(folder) / "events.jsonl.zst"
        plain.write_bytes(b"".join(lines))
        zstd.write_bytes(zstandard.compress(plain.read_bytes()))
        size = plain.stat().st_size
        for what, task in {"counted": Task(), "as JSON": Task(rendered=True), "summed up": Task(summary=True)}.items():
            work = {f"`{file.suffix}`, alerts {what}": _scanning(rules, file, task) for file in (plain, zstd)}
            for name, taken in measure(work, max(3, rounds // 2)).items():  # a process keeps the rules of one task
                yield _for_a_petabyte(name, taken, size)


def _for_a_petabyte(what: str, taken: Taken, size: int) -> Row:
    hours, worst = (seconds / size * 10**15 / 3600 for seconds in (taken.best, max(taken.seconds)))
    pace = size / taken.best / 10**6
    return Row(what, f"{hours:,.0f} core-hours", f"to {worst:,.0f}", f"{pace:,.0f} MB a second")


def _scanning(rules: Sequence[RuleFile], file: Path, task: Task) -> Work:
    return lambda: scan_shard(rules, Shard(str(file)), task)


def _read(path: Path) -> int:
    with path.open("rb") as stream:
        return sum(1 for _ in stream)


def _ratio(what: str, taken: Mapping[str, Taken], one: str, other: str, reach: str) -> Row:
    low, high = taken[one].spread(taken[other])
    return Row(what, f"{taken[one].ratio(taken[other]):.2f}", f"{low:.2f} to {high:.2f}", reach)


def _cost(what: str, taken: Taken, events: int, base: Taken, base_events: int) -> Row:
    each, other = taken.best / events, base.best / base_events
    worst = max(taken.seconds) / events
    return Row(
        what, f"{each * 1e6:.1f} µs, {each / other:.2f} x", f"to {worst * 1e6:.1f} µs", f"{1 / each:,.0f} a second"
    )


if __name__ == "__main__":
    main()
