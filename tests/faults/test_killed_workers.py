"""Workers, brokers and databases that really die while feeds come in: nothing lost, nothing twice, nothing stuck."""

from __future__ import annotations

import os
import signal
import threading
import time
from datetime import timedelta

import pytest
import redis
from django.db import connections
from django.utils import timezone

from articles.models import Article, ArticleBody, Entry, Feed, Source
from tests.faults.newsroom import ALIAS, LEASE_SECONDS, Newsroom, missing, wait_until
from tests.publishers import Connection, Publisher, item, rss

FEEDS, ENTRIES = 12, 15

pytestmark = [
    pytest.mark.service,
    pytest.mark.skipif(bool(missing()), reason=missing() or "-"),
]


def serve(publisher: Publisher, path: str, first: int, seconds: float = 0.1) -> str:
    """A feed whose ETag changes with nothing, that takes a moment to answer."""
    text = "<content:encoded><![CDATA[" + "<p>What was seen at the lock that day.</p>" * 40 + "]]></content:encoded>"
    body = rss(*(item(first + number, extra=text) for number in range(ENTRIES))).encode()

    def script(connection: Connection) -> None:
        time.sleep(seconds)
        connection.answer(200, body, {"Content-Type": "application/rss+xml"})

    return publisher.script(path, script)


def make_feeds(publisher: Publisher, count: int = FEEDS) -> list[Feed]:
    source = Source.objects.using(ALIAS).create(
        name="The Lock Keeper", slug="lock", homepage="https://lock.example/", permission="full"
    )
    return [
        Feed.objects.using(ALIAS).create(source=source, url=serve(publisher, f"/{number}", number * 100))
        for number in range(count)
    ]


def all_done() -> bool:
    """A connection that broke with its server is replaced."""
    connections[ALIAS].close_if_unusable_or_obsolete()
    feeds = Feed.objects.using(ALIAS).filter(quarantined_at=None)
    return not feeds.filter(last_succeeded_at=None).exists()


def keep_polling(newsroom: Newsroom, holds=all_done, seconds: float = 40) -> None:
    """Beat goes on as before and who ended is begun again; what was lost comes back when its lease has ended."""
    until = time.monotonic() + seconds
    while not holds() and time.monotonic() < until:
        newsroom.keep_alive(newsroom.processes[-1])
        newsroom.refresh()
        time.sleep(0.5)
    assert holds(), newsroom.logged()[-3000:]


def assert_whole(count: int = FEEDS) -> None:
    """Every entry once, every text with its article, nobody holding anything."""
    assert Article.objects.using(ALIAS).count() == Entry.objects.using(ALIAS).count() == count * ENTRIES
    assert ArticleBody.objects.using(ALIAS).count() == count * ENTRIES
    assert not Article.objects.using(ALIAS).filter(has_body=False).exists()
    # A worker that still runs may hold a claim for a moment.
    wait_until(lambda: not Feed.objects.using(ALIAS).exclude(lease="").exists(), 10)


def test_a_worker_killed_at_any_point_loses_and_doubles_nothing_o01(newsroom, publisher):
    make_feeds(publisher)
    for seconds in (1.6, 2.1, 2.6, 3.2):
        worker = newsroom.start_worker()
        newsroom.refresh()
        time.sleep(seconds)
        newsroom.kill(worker)
    newsroom.start_worker()
    keep_polling(newsroom)
    assert_whole()


def test_a_pool_process_killed_in_the_middle_is_replaced_o01(newsroom, publisher):
    make_feeds(publisher)
    worker = newsroom.start_worker()
    newsroom.refresh()
    wait_until(lambda: publisher.requests)
    for pid in newsroom.children_of(worker):
        os.kill(pid, signal.SIGKILL)
    keep_polling(newsroom)
    assert worker.poll() is None
    assert_whole()


def test_a_feed_that_kills_its_worker_each_time_is_set_aside_after_three_and_the_others_come_in_o02(
    newsroom, publisher
):
    make_feeds(publisher, 4)
    workers = [newsroom.start_worker()]
    deaths = []

    def kill_whoever_asks(connection: Connection) -> None:
        deaths.append(connection.path)
        newsroom.kill(workers[-1])

    source = Source.objects.using(ALIAS).get()
    killer = Feed.objects.using(ALIAS).create(source=source, url=publisher.script("/killer", kill_whoever_asks))
    until = time.monotonic() + 60
    while time.monotonic() < until and not Feed.objects.using(ALIAS).exclude(quarantined_at=None).exists():
        if workers[-1].poll() is not None:
            workers.append(newsroom.start_worker())
        newsroom.refresh()
        time.sleep(0.4)
    killer.refresh_from_db()
    assert killer.quarantined_at is not None
    assert len(deaths) == 3
    if workers[-1].poll() is not None:
        newsroom.start_worker()
    keep_polling(newsroom)
    assert_whole(4)


@pytest.mark.parametrize("fault", ["restarted_o04", "gone_for_a_while_o03", "flushed_o05"])
def test_after_redis_was_in_trouble_polling_goes_on_by_itself(newsroom, publisher, fault):
    make_feeds(publisher)
    newsroom.start_worker()
    newsroom.refresh()
    wait_until(lambda: len(publisher.requests) > 2)
    if fault == "flushed_o05":
        redis.Redis(port=newsroom.redis_port).flushall()
    else:
        newsroom.stop_redis()
        time.sleep(4 if fault == "gone_for_a_while_o03" else 0)
        newsroom.start_redis()
    keep_polling(newsroom)
    # A feed that comes due afterwards is fetched without anybody's help.
    later = Feed.objects.using(ALIAS).create(
        source=Source.objects.using(ALIAS).get(), url=serve(publisher, "/later", 90_000)
    )
    keep_polling(newsroom, lambda: Feed.objects.using(ALIAS).get(pk=later.pk).last_succeeded_at)
    assert_whole(FEEDS + 1)


def test_a_database_that_goes_in_the_middle_and_comes_back_loses_nothing_o06(newsroom, publisher):
    make_feeds(publisher)
    worker = newsroom.start_worker()
    newsroom.refresh()
    wait_until(lambda: len(publisher.requests) > 2)
    newsroom.stop_postgres()
    time.sleep(2)
    newsroom.refresh()
    time.sleep(1)
    newsroom.start_postgres()
    keep_polling(newsroom)
    assert worker.poll() is None
    assert_whole()


def test_two_beats_and_two_workers_ask_each_feed_once_o07_o08(newsroom, publisher):
    make_feeds(publisher)
    workers = [newsroom.start_worker(number) for number in (1, 2)]
    for number in (1, 2):
        newsroom.start_beat(number)
    for _ in range(10):
        newsroom.refresh()
    wait_until(all_done)
    time.sleep(2 * LEASE_SECONDS)
    assert [worker.poll() for worker in workers] == [None, None]
    assert sorted(request.path for request in publisher.requests) == sorted(f"/{number}" for number in range(FEEDS))
    assert_whole()


def test_a_server_is_visited_by_one_worker_at_a_time(newsroom, publisher):
    at_once, most, counting = 0, 0, threading.Lock()

    def script(connection: Connection) -> None:
        nonlocal at_once, most
        with counting:
            at_once += 1
            most = max(most, at_once)
        time.sleep(0.15)
        with counting:
            at_once -= 1
        connection.answer(200, rss(item(1)).encode(), {"Content-Type": "application/rss+xml"})

    for feed in make_feeds(publisher, 8):
        publisher.scripts[feed.url.removeprefix(f"http://{publisher.address}")] = script
    for number in (1, 2):
        newsroom.start_worker(number)
    for _ in range(6):
        newsroom.refresh()
    keep_polling(newsroom)
    assert most == 1


def test_a_clock_that_jumps_an_hour_brings_no_second_poll_within_the_hour_after_o07(newsroom, publisher):
    make_feeds(publisher, 3)
    newsroom.start_worker()
    keep_polling(newsroom)
    asked = len(publisher.requests)
    # As a worker with the clock an hour ahead leaves it, and one an hour behind.
    ahead = timezone.now() + timedelta(hours=1)
    Feed.objects.using(ALIAS).update(next_fetch_at=ahead)
    for _ in range(3):
        newsroom.refresh()
    time.sleep(1.5)
    assert len(publisher.requests) == asked
    Feed.objects.using(ALIAS).update(next_fetch_at=ahead - timedelta(hours=2))
    keep_polling(newsroom, lambda: len(publisher.requests) == asked + 3)
    assert_whole(3)
