"""How long pages take, counted in every web process and shown by one (`manage.py metrics`).

With METRICS_DIR each process keeps its counts in files there, which outlive it; without, in its own memory, where
nobody looks. A label is the name of a route or a class of status: as many as we have, whoever asks for what.
"""

from __future__ import annotations

import fcntl
import os
import time
from functools import cache
from itertools import count
from pathlib import Path
from threading import Lock
from typing import IO

from django.conf import settings
from django.http import HttpRequest

from newssite.logs import route_of
from newssite.pagestore.counts import figures

if settings.METRICS_DIR:  # the library looks for it as it is imported
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = settings.METRICS_DIR
    Path(settings.METRICS_DIR).mkdir(parents=True, exist_ok=True)

from prometheus_client import Counter, Gauge, Histogram, values

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
STORE_SECONDS = 2
held: list[IO[str]] = []
# What Prometheus knows already of this process's store.
told: dict[str, int] = {}
telling = Lock()


def note_page(request: HttpRequest, status: int, seconds: float) -> None:
    PAGES.labels(route_of(request), f"{status // 100}xx").observe(seconds)
    if time.monotonic() >= told.get("again_at", 0):
        note_store()


def note_quick_page(route: str, seconds: float) -> None:
    """A page that was put together before Django: the middleware that times pages never sees it."""
    quick_pages(route).observe(seconds)


@cache
def quick_pages(route: str) -> Histogram:
    return PAGES.labels(route, "2xx")


def note_store() -> None:
    """The store answers before Django does; it makes pages anew through Django every few seconds, and tells then."""
    told["again_at"] = int(time.monotonic()) + STORE_SECONDS
    found = figures()
    HELD.set(found.pop("bytes"))
    found.pop("pages")
    with telling:
        for did, number in found.items():
            if number > told.get(did, 0):
                STORE.labels(did).inc(number - told.get(did, 0))
                told[did] = number


def place(folder: Path) -> str:
    """The first number that no living process holds: the name of this process's files.

    Not the process id: files of ended processes would pile up, and counts would fall when they are thrown away. The
    lock ends with the process, however that ends, and who begins next counts on in the same files.
    """
    for number in count():
        file = (folder / f"{number}.lock").open("w")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            continue
        held.append(file)
        break
    return str(number)


@cache
def place_of(pid: int) -> str:
    """A fork is another process, with a place of its own."""
    return place(Path(settings.METRICS_DIR))


if settings.METRICS_DIR:
    values.ValueClass = values.MultiProcessValue(lambda: place_of(os.getpid()))

PAGES = Histogram(
    "newssite_page_seconds", "From request to answer, in the site itself.", ["route", "status"], buckets=SECONDS
)
STORE = Counter("newssite_page_store", "What the store of visitors' pages did with requests.", ["did"])
HELD = Gauge("newssite_page_store_bytes", "What the stores of all processes hold.", multiprocess_mode="sum")
