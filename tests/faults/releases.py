"""Two versions side by side, and workers ended in the middle: `python -m tests.faults.releases`."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import redis

from tests.faults.broker import all_fetched, news_after
from tests.faults.newsroom import PREFIX, wait_until
from tests.faults.scene import Scene, answer_slowly, feed_of, furnish, scene
from tests.faults.verdict import Verdict, play

POLL_SECONDS = 3


def run(verdict: Verdict) -> None:
    with scene(FEED_TIMEOUT_SECONDS="20", FEED_LEASE_SECONDS="30") as stage:
        furnish(stage, 3)
        worker = stage.room.start_worker()
        beat = stage.room.start_beat()
        wait_until(all_fetched)
        with verdict.part("O11", "an old worker beside a new version"):
            side_by_side(verdict, stage, worker)
        stage.room.end(beat)
        with verdict.part("O12", "SIGTERM in the middle of a poll"):
            ended_politely(verdict, stage, stage.room.start_worker(2))


def side_by_side(verdict: Verdict, stage: Scene, worker) -> None:
    room, server = stage.room, redis.Redis(port=stage.room.redis_port)
    done = "tasks of a later version and of another shape"
    room.celery.send_task("articles.tasks.of_tomorrow", kwargs={"line": "done"})
    room.celery.send_task("articles.tasks.group_articles", kwargs={"article_ids": [], "since_tomorrow": True})
    wait_until(lambda: server.llen(f"{PREFIX}parked") == 2, 20)
    seconds = news_after(stage, 1000)
    seen = f"both are parked, and the worker goes on: a new feed was in after {seconds:.1f} s"
    verdict.see("O11", done, seen, worker.poll() is None)
    options = ["--hostname", "new@%h", "--concurrency", "1", "--without-mingle", "--without-gossip"]
    command = [sys.executable, "-m", "celery", "-A", "tests.faults.tomorrow", "worker", *options, "-l", "INFO"]
    new, told = room.begin(command), Path(room.environment["VAR_DIR"], "tomorrow")
    wait_until(lambda: "ready" in room.logged(), 60)
    room.end(worker)
    wait_until(told.exists, 90)
    time.sleep(2)
    lines, left = told.read_text().splitlines(), server.llen(f"{PREFIX}parked")
    verdict.see(
        "O11", done, f"the new worker did its task {len(lines)} time; {left} is left", (len(lines), left) == (1, 1)
    )
    room.end(new)


def ended_politely(verdict: Verdict, stage: Scene, worker) -> None:
    """The poll that runs is finished and stored before the worker ends; nothing waits for a lease."""
    from articles.models import Entry, Feed
    from tests.make import make_feed, make_source

    room, path = stage.room, "/in-the-middle"
    feed = make_feed(make_source(), url=answer_slowly(stage.publisher, path, feed_of(77), POLL_SECONDS))
    room.refresh()
    wait_until(lambda: stage.publisher.asked(path))
    started = time.monotonic()
    code = room.end(worker, 60)
    seconds = time.monotonic() - started
    stored = Feed.objects.get(pk=feed.pk)
    entries = Entry.objects.filter(feed=feed).count()
    seen = f"ended with {code} after {seconds:.1f} s; the feed is stored with {entries} entries, lease {stored.lease!r}"
    verdict.see("O12", "SIGTERM in the middle of a poll", seen, (code, entries, stored.lease) == (0, 5, ""))
    room.start_worker()
    room.refresh()
    time.sleep(6)
    asked = len(stage.publisher.asked(path))
    verdict.see("O12", "the next worker", f"the feed was asked {asked} time in all", asked == 1)


if __name__ == "__main__":
    sys.exit(play(run))
