"""P10: how soon a worker that has just been begun shows a page, and what it holds in memory then."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from statistics import median

from bench.house import GZIP, House, look
from bench.measure import resident_mb
from bench.processes import Server
from bench.results import Line, below
from bench.serving import least_of_django, site

FIRST_PAGE_SECONDS, WORKER_MB = 0.7, 120


def measure_beginning(house: House, rounds: int) -> tuple[list[Line], dict[str, list[dict[str, float]]]]:
    """From the command to the answer, interpreter and imports included; granian's own process is counted too."""
    turns: dict[str, list[dict[str, float]]] = {}
    contestants = {"hello": (least_of_django, "/"), "ours": (site, house.paths["front"])}
    for _ in range(rounds):
        for name, (begin, path) in contestants.items():
            turns.setdefault(f"beginning {name}", []).append(begun(house, begin, path))
    ours, hello = turns["beginning ours"], turns["beginning hello"]
    seconds, least = (median(one["seconds"] for one in taken) for taken in (ours, hello))
    memory, least_memory = (median(one["mb"] for one in taken) for taken in (ours, hello))
    return [
        below("P10", "a worker's first page after its start", "s", seconds, FIRST_PAGE_SECONDS, f"hello {least:.2f} s"),
        below("P10", "memory after it", "MB", memory, WORKER_MB, f"hello {least_memory:.0f} MB"),
    ], turns


def begun(house: House, begin: Callable[[House], AbstractContextManager[Server]], path: str) -> dict[str, float]:
    began = time.perf_counter()
    with begin(house) as server:
        look(server, path, GZIP)
        return {"seconds": time.perf_counter() - began, "mb": resident_mb(server.pid)}
