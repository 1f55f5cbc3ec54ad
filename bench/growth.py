"""P9: what stays as fast as it is while the archive grows. One process and one database for each size, in turn."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

from bench.contest import ROOT, fresh_database
from bench.house import environment_of_site
from bench.publishers import free_port
from bench.results import Line, below

SIZES = (10_000, 100_000)  # the goals speak of 10,000 and 1,000,000
FLAT, DEDUPE, RELATED = 1.1, 1.5, 2.5
SEARCH_MS = 30
TIMES = 15  # of one job in one turn
LIMITS = {
    **dict.fromkeys(("front", "section", "deep page", "article"), FLAT),
    **dict.fromkeys(("40 known entries", "40 new entries"), DEDUPE),
    "related": RELATED,
}

Turns = dict[str, list[float]]  # "size job" -> p50 in ms, one for each round


class Shelf:
    """A process on an archive of one size."""

    def __init__(self, process: subprocess.Popen[str], log: Path) -> None:
        self.process, self.log = process, log
        self.jobs: list[str] = json.loads(self._read())

    def p50_ms(self, job: str) -> float:
        assert self.process.stdin
        self.process.stdin.write(json.dumps({"what": job, "times": TIMES}) + "\n")
        self.process.stdin.flush()
        return float(json.loads(self._read())["p50_ms"])

    def _read(self) -> str:
        assert self.process.stdout
        if line := self.process.stdout.readline():
            return line
        raise SystemExit(f"The archive's process has ended:\n{self.log.read_text(errors='replace')[-4000:]}")


def measure_growth(parent: Path, sizes: Sequence[int], rounds: int) -> tuple[list[Line], Turns]:
    turns: Turns = {}
    with ExitStack() as stack:
        shelves = {size: stack.enter_context(shelf(parent, size)) for size in sorted(sizes)}
        jobs = next(iter(shelves.values())).jobs
        # The first round warms: it is not counted.
        for turn in range(rounds + 1):
            for job in jobs:
                for size, one in shelves.items():
                    taken = one.p50_ms(job)
                    if turn:
                        turns.setdefault(f"{size} {job}", []).append(taken)
    return lines_of(turns, sorted(sizes)), turns


def lines_of(turns: Mapping[str, Sequence[float]], sizes: Sequence[int]) -> list[Line]:
    """The largest beside the smallest; of searches the slowest at the largest."""
    least, most = sizes[0], sizes[-1]
    found = [
        flat(job, turns[f"{most} {job}"], turns[f"{least} {job}"], limit, f"{_short(least)} : {_short(most)}")
        for job, limit in LIMITS.items()
    ]
    searches = {name: median(taken) for name, taken in turns.items() if name.startswith(f"{most} search ")}
    slowest = max(searches, key=lambda name: searches[name])
    note = f"slowest: {slowest.removeprefix(f'{most} search ')}; {_short(most)}"
    return [*found, below("P9", f"any of {len(searches)} searches, p50", "ms", searches[slowest], SEARCH_MS, note)]


def flat(job: str, large: Sequence[float], small: Sequence[float], limit: float, note: str) -> Line:
    """The best round of each: neighbours on a machine make a time longer, never shorter."""
    ratio = min(large) / min(small)
    goal = f"≤ {limit:g} ×"
    return Line("P9", f"{job}, p50", "ms", min(large), min(small), ratio, goal, ratio <= limit, note)


def _short(size: int) -> str:
    return f"{size / 1_000_000:g}M" if size >= 1_000_000 else f"{size / 1000:g}k"


@contextmanager
def shelf(parent: Path, size: int) -> Iterator[Shelf]:
    folder = parent / f"archive-{size}"
    folder.mkdir()
    log = folder / "log"
    with fresh_database(folder) as database_url, log.open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "bench.contestants.growing", str(size)],
            cwd=ROOT,
            env=environment_of_site(folder, database_url, free_port()),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        try:
            yield Shelf(process, log)
        finally:
            process.communicate()
