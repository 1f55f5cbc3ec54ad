"""Two beats and a clock that jumps an hour ahead and back: `python -m tests.faults.clock`."""

from __future__ import annotations

import sys
import time
from collections import Counter
from pathlib import Path

from tests.faults.broker import all_fetched, news_after
from tests.faults.newsroom import wait_until
from tests.faults.scene import Scene, make_feeds, scene
from tests.faults.verdict import Verdict, play

FEEDS = 10
SETTLED_SECONDS = 12


def run(verdict: Verdict) -> None:
    # What beat sends ends with its round: a worker that is a moment ahead of it must not find it too late.
    with scene(FEED_ROUND_SECONDS="5") as stage:
        room, clock = stage.room, stage.room.folder / "clock"
        set_clock(clock, 0)
        room.environment["CLOCK"] = str(clock)
        make_feeds(stage.publisher, FEEDS)
        for number in (1, 2):
            begin(stage, "worker", "--hostname", f"w{number}@%h", "--concurrency", "2", "--without-mingle")
            begin(stage, "beat", "--schedule", str(room.folder / f"beat{number}"))
        wait_until(all_fetched)
        time.sleep(SETTLED_SECONDS)
        see(verdict, stage, "two beats, two workers", most=1)
        set_clock(clock, 3600)
        time.sleep(SETTLED_SECONDS)
        see(verdict, stage, "the clock jumps an hour ahead", most=2)
        set_clock(clock, 0)
        with verdict.part("O07", "the clock jumps back"):
            seconds = news_after(stage, 1000)
            verdict.see("O07", "the clock jumps back", f"a new feed was in after {seconds:.1f} s", True)
        time.sleep(SETTLED_SECONDS)
        see(verdict, stage, "the clock jumps back", most=2)


def begin(stage: Scene, *arguments: str) -> None:
    stage.room.begin([sys.executable, "-m", "celery", "-A", "tests.faults.skewed", *arguments, "--loglevel", "WARNING"])


def set_clock(clock: Path, ahead: int) -> None:
    """In one piece: who reads it finds the old number or the new one."""
    fresh = clock.with_suffix(".new")
    fresh.write_text(str(ahead))
    fresh.replace(clock)


def see(verdict: Verdict, stage: Scene, done: str, most: int) -> None:
    """No feed is asked more often than the clock allows, and nothing came in twice."""
    from articles.models import Article, Entry, Feed

    asked = Counter(request.path for request in stage.publisher.requests)
    wanted = Feed.objects.count() * 5
    counts = (Entry.objects.count(), Article.objects.exclude(entries=None).distinct().count())
    seen = (
        f"no feed was asked more than {max(asked.values())} times of {most}, {counts} entries and articles of {wanted}"
    )
    verdict.see("O07", done, seen, max(asked.values()) <= most and counts == (wanted, wanted))


if __name__ == "__main__":
    sys.exit(play(run))
