"""reader with its defaults, into its own SQLite file; two workers."""

from __future__ import annotations

import sys
from collections.abc import Callable

import feedparser_sgmllib

from bench.shapes import Job

# What reader brings along of feedparser asks for this module by the name that it had until feedparser 6.0.13.
sys.modules.setdefault("sgmllib", feedparser_sgmllib)

from reader import make_reader  # noqa: E402

WORKERS = 2


def prepare(job: Job) -> Callable[[], int]:
    reader = make_reader(f"{job.folder}/reader.sqlite3")
    for url in job.urls:
        reader.add_feed(url)

    def take_turn() -> int:
        updates = (result.value for result in reader.update_feeds_iter(scheduled=False, workers=WORKERS))
        return sum(getattr(update, "new", 0) for update in updates if update)

    return take_turn
