"""P3: the front page made anew, where no whole page is kept."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from statistics import median

from bench.contest import ROOT, Contestant
from bench.contestants.pages import REQUESTS
from bench.house import House
from bench.processes import SERVER_CORE, pinned
from bench.results import Line, below, cpu_seconds
from bench.shapes import Job, Turn

KEPT_MS, ALL_OFF_MS = 8, 18
WAYS = {"kept": ("caches as they are", KEPT_MS), "off": ("every cache off", ALL_OFF_MS)}


def measure_fronts(house: House, rounds: int) -> tuple[list[Line], dict[str, list[Turn]]]:
    turns: dict[str, list[Turn]] = {}
    with ExitStack() as stack:
        makers = {way: stack.enter_context(maker(house, way)) for way in WAYS}
        for _ in range(rounds):
            for way, one in makers.items():
                turns.setdefault(f"front {way}", []).append(one.take_turn())
    return [_line(way, turns[f"front {way}"]) for way in WAYS], turns


def _line(way: str, turns: list[Turn]) -> Line:
    words, limit = WAYS[way]
    wall = 1000 * median(turn.wall_seconds for turn in turns) / REQUESTS
    what = f"the front page of {turns[0].count} cards, {words}"
    return below("P3", what, "CPU ms", 1000 * cpu_seconds(turns) / REQUESTS, limit, f"wall {wall:.1f} ms")


@contextmanager
def maker(house: House, way: str) -> Iterator[Contestant]:
    job = house.folder / f"front-{way}.json"
    job.write_text(json.dumps(asdict(Job(str(house.folder), house.database_url, (house.paths["front"],)))))
    environment = {**house.environment, "BENCH_CACHES": way}
    with house.log.open("ab") as errors:
        process = subprocess.Popen(
            pinned([sys.executable, "-m", "bench.contestant", "pages", str(job)], SERVER_CORE),
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    try:
        yield Contestant(process, house.log, environment)
    finally:
        process.communicate()
