from __future__ import annotations

import logging
import os
import threading

import pytest
from django.db import connection
from django.utils import timezone

from articles.ingest.run import TooMuchWork, processor_limit, refresh_due, refresh_due_feeds, refresh_feeds
from articles.models import Article, Feed
from tests.make import make_feed
from tests.publishers import item, rss

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    return timezone.now()


def test_a_due_feed_becomes_articles_and_then_waits(publisher, now):
    make_feed(url=publisher.serve("/feed", rss(item(1), item(2)), etag='"a"'))
    new_ids = refresh_due_feeds(now)
    assert set(new_ids) == set(Article.objects.values_list("pk", flat=True))
    assert len(new_ids) == 2
    assert refresh_due_feeds(now) == []
    assert len(publisher.requests) == 1
    assert Feed.objects.get().next_fetch_at > now


def test_the_second_fetch_sends_the_validators_and_finds_nothing_new(publisher, now):
    make_feed(url=publisher.serve("/feed", rss(item(1)), etag='"a"', last_modified="Mon, 02 Jun 2025 08:00:00 GMT"))
    first, second = (next(iter(refresh_feeds(now))) for _ in range(2))
    assert (first.outcome, len(first.new_ids), first.entries) == ("new", 1, 1)
    assert (second.outcome, second.status, second.new_ids) == ("not_modified", 304, ())
    assert publisher.requests[1].headers["if-modified-since"] == "Mon, 02 Jun 2025 08:00:00 GMT"


def test_without_validators_the_same_bytes_are_unchanged(publisher, now):
    make_feed(url=publisher.serve("/feed", rss(item(1))))
    outcomes = [next(iter(refresh_feeds(now))).outcome for _ in range(2)]
    assert outcomes == ["new", "unchanged"]


def test_a_bad_feed_keeps_nobody_else_waiting(publisher, now):
    good = [make_feed(url=publisher.serve(f"/good-{number}", rss(item(number)))) for number in range(3)]
    bodies = {"/png": b"\x89PNG" + os.urandom(500), "/empty": b"", "/page": b"<!doctype html><html></html>"}
    bad = [make_feed(url=publisher.serve(path, body)) for path, body in bodies.items()]
    bad += [make_feed(url=publisher.serve("/500", rss(item(9)), status=500)), make_feed(url="http://127.0.0.1:1/feed")]
    results = {result.url: result for result in refresh_due(now)}
    assert {results[feed.url].outcome for feed in good} == {"new"}
    assert {results[feed.url].outcome for feed in bad} == {"failed"}
    assert all(results[feed.url].reason for feed in bad)
    assert Article.objects.count() == 3


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the trigger is written for SQLite")
def test_a_surprise_in_one_feed_is_logged_and_the_others_go_on(publisher, now, caplog):
    broken = make_feed(url=publisher.serve("/broken", rss(item(1, title="Breaks the database"))))
    good = make_feed(url=publisher.serve("/good", rss(item(2))))
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TRIGGER disk_full BEFORE INSERT ON articles_article WHEN NEW.headline LIKE 'Breaks%' "
            "BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
        )
    results = {result.url: result for result in refresh_due(now)}
    assert (results[broken.url].outcome, results[broken.url].reason) == ("failed", "The feed could not be taken in.")
    assert results[good.url].outcome == "new"
    assert "the disk is full" in caplog.text


def test_one_line_is_logged_for_each_feed(publisher, now, caplog):
    make_feed(url=publisher.serve("/feed", rss(item(1))))
    with caplog.at_level(logging.INFO, "articles.ingest.run"):
        refresh_due_feeds(now)
    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) == 1
    assert "outcome=new status=200 entries=1 new=1 changed=0" in lines[0]
    assert "What happened" not in lines[0]


def test_a_feed_is_marked_gone_and_not_asked_again_f10(publisher, now):
    make_feed(url=publisher.serve("/feed", status=410))
    assert [result.outcome for result in refresh_due(now)] == ["gone"]
    assert list(refresh_feeds(now)) == []
    assert [result.outcome for result in refresh_feeds(now, [Feed.objects.get().url])] == ["gone"]


def test_more_feeds_than_a_batch_are_all_fetched(publisher, now, settings):
    settings.FEED_BATCH_SIZE = 2
    for number in range(5):
        make_feed(url=publisher.serve(f"/{number}", rss(item(number))))
    assert len(refresh_due_feeds(now)) == 5


def test_nothing_inside_a_feed_makes_us_visit_the_inside_f26(publisher, canary, now):
    inside = f"http://127.0.0.1:{canary.port}"
    body = f"""<?xml version="1.0"?><?xml-stylesheet href="{inside}/x.xsl"?><rss version="2.0"
      xmlns:atom="http://www.w3.org/2005/Atom" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"
      xmlns:xi="http://www.w3.org/2001/XInclude" xmlns:media="http://search.yahoo.com/mrss/"><channel><title>x</title>
      <atom:link rel="hub" href="{inside}/hub"/><atom:link rel="next" href="{inside}/2"/>
      <itunes:new-feed-url>{inside}/new</itunes:new-feed-url><image><url>{inside}/favicon.ico</url></image>
      <item><title>One</title><link>{inside}/article</link><guid>1</guid><xi:include href="{inside}/x"/>
      <media:content url="{inside}/p.png" medium="image"/>
      <description>&lt;img src="{inside}/q.png"&gt; text</description>
      </item></channel></rss>"""
    make_feed(url=publisher.serve("/feed", body, Link=f'<{inside}/hub>; rel="hub"'))
    refresh_due_feeds(now)
    article = Article.objects.get()
    assert (article.image_url, article.headline) == ("", "One")


def test_a_text_that_keeps_the_processor_busy_is_given_up_f42():
    def work():
        with processor_limit(0.05):
            while True:
                try:
                    sum(range(1000))
                except Exception:  # What a parser does that catches whatever comes.
                    continue

    with pytest.raises(TooMuchWork):
        work()


def test_outside_the_main_thread_there_is_no_such_limit():
    def work():
        with processor_limit(0.05):
            done.append(True)

    done: list[bool] = []
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done == [True]
