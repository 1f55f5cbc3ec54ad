"""PostgreSQL gone in the middle and back again: `python -m tests.faults.database [--seconds 60]`."""

from __future__ import annotations

import sys
import time

from newssite.postgresql.base import LOOK_SECONDS
from tests.faults.broker import all_fetched, is_stored, send_event
from tests.faults.newsroom import wait_until
from tests.faults.readers import Readers, ask
from tests.faults.scene import TAIL, Scene, furnish, make_feeds, scene
from tests.faults.verdict import Verdict, option, play

# What a page may take to say that there is no database: the pool's own patience, and a queue of such pages.
PATIENCE_SECONDS = 10
HEALED_SECONDS = 30


def run(verdict: Verdict) -> None:
    seconds = option("seconds", 20)
    done = f"PostgreSQL gone for {seconds:.0f} s"
    with scene() as stage:
        furnish(stage, 20)
        room = stage.room
        web, worker = room.start_web(), room.start_worker()
        room.start_beat()
        wait_until(all_fetched)
        make_feeds(stage.publisher, 20, 2000)
        with verdict.part("O06", done):
            room.stop_postgres()
            away(verdict, stage, done, seconds)
            room.start_postgres()
            back(verdict, stage, f"{done}, back")
            is_same = web.poll() is None and worker.poll() is None
            verdict.see("O06", f"{done}, back", f"web and worker are the same processes: {is_same}", is_same)


def away(verdict: Verdict, stage: Scene, done: str, seconds: float) -> None:
    room, until = stage.room, time.monotonic() + seconds
    with Readers(room.web_port, stage.looks, [TAIL], allowed=(200, 304, 503)) as readers:
        hook = send_event(room.web_port, "evt_no_database")
        page = ask(room.web_port, stage.looks[-1].path, stage.looks[-1].cookie)
        while time.monotonic() < until:
            time.sleep(0.2)
    is_right = not readers.faults and readers.slowest < PATIENCE_SECONDS
    verdict.see("O06", done, f"readers: {readers.told()}", is_right)
    verdict.see("O06", done, f"a webhook was answered {hook.status}, so Stripe asks again", hook.status >= 500)
    says_so = "cannot reach our articles" in page.text and page.headers.get("retry-after") and TAIL not in page.text
    seen = f"a member's article: {page.status}, in words and with Retry-After: {bool(says_so)}"
    verdict.see("O06", done, seen, page.status == 503 and says_so)


def back(verdict: Verdict, stage: Scene, done: str) -> None:
    from django.db import connection

    room = stage.room
    connection.close()
    healed = seconds_to_heal(stage)
    verdict.see("O06", done, f"every page is whole after {healed:.1f} s", True)
    with Readers(room.web_port, stage.looks, [TAIL]) as readers:
        time.sleep(3)
    verdict.see("O06", done, f"readers: {readers.told()}", not readers.faults)
    answer = send_event(room.web_port, "evt_no_database")
    is_once = answer.status == 200 and is_stored("evt_no_database")
    verdict.see("O06", done, f"the webhook sent again was answered {answer.status}, stored once: {is_once}", is_once)
    wait_until(all_fetched, 60)
    verdict.see("O06", done, f"articles: {counts()}", is_complete())


def seconds_to_heal(stage: Scene) -> float:
    """Until the first of the rounds in which every page is whole, for as long as any process may still be unaware."""
    started = whole_since = time.monotonic()
    while time.monotonic() - whole_since < 2 * LOOK_SECONDS:
        assert time.monotonic() - started < HEALED_SECONDS, "a page did not come back"
        if not all(is_whole(stage.room.web_port, look) for look in stage.looks):
            whole_since = time.monotonic()
    return whole_since - started


def is_whole(port: int, look) -> bool:
    answer = ask(port, look.path, look.cookie)
    return answer.status == 200 and look.tail in answer.text


def counts() -> str:
    from articles.models import Article, Entry, Feed

    feeds, entries = Feed.objects.count(), Entry.objects.count()
    articles = Article.objects.exclude(entries=None).distinct().count()
    return f"{feeds} feeds brought {entries} entries and {articles} articles of {feeds * 5}"


def is_complete() -> bool:
    from articles.models import Article, Entry, Feed

    wanted = Feed.objects.count() * 5
    return Entry.objects.count() == wanted == Article.objects.exclude(entries=None).distinct().count()


if __name__ == "__main__":
    sys.exit(play(run))
