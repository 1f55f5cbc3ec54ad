from __future__ import annotations

import gc
import logging
import os
import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from articles.ingest.run import arrivals, refresh_due, refresh_feeds, refreshing, take_in
from articles.ingest.shapes import Fetched
from articles.models import Article, Feed, Host
from tests.make import make_feed
from tests.publishers import item, rss

pytestmark = pytest.mark.django_db


def new_ids_of(now) -> list[int]:
    return [new_id for result in refresh_due(now) for new_id in result.new_ids]


@pytest.fixture
def now():
    return timezone.now()


def test_a_due_feed_becomes_articles_and_then_waits(publisher, now):
    make_feed(url=publisher.serve("/feed", rss(item(1), item(2)), etag='"a"'))
    new_ids = new_ids_of(now)
    assert set(new_ids) == set(Article.objects.values_list("pk", flat=True))
    assert len(new_ids) == 2
    assert new_ids_of(now) == []
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


def test_the_same_document_under_a_new_validator_is_asked_for_with_the_new_one(publisher, now):
    make_feed(url=publisher.serve("/feed", rss(item(1)), etag='"before"'))
    outcomes = [next(iter(refresh_feeds(now))).outcome]
    publisher.serve("/feed", rss(item(1)), etag='"put up again"', last_modified="Mon, 02 Jun 2025 08:00:00 GMT")
    outcomes += [next(iter(refresh_feeds(now))).outcome for _ in range(2)]
    assert outcomes == ["new", "unchanged", "not_modified"]
    assert Feed.objects.values_list("etag", "last_modified").get() == (
        '"put up again"',
        "Mon, 02 Jun 2025 08:00:00 GMT",
    )


@pytest.mark.parametrize("etag", ['"a"', ""])
def test_how_long_a_document_calls_itself_fresh_still_holds_where_it_has_not_changed(publisher, now, etag):
    url = publisher.serve("/feed", rss(item(1), channel="<ttl>180</ttl>"), etag=etag)
    make_feed(url=url)
    for outcome in ("new", "not_modified" if etag else "unchanged", "not_modified" if etag else "unchanged"):
        assert next(iter(refresh_feeds(now))).outcome == outcome
        assert Feed.objects.get().next_fetch_at - now >= timedelta(minutes=180)
    publisher.serve("/feed", rss(item(1), item(2)))
    next(iter(refresh_feeds(now)))
    assert Feed.objects.get().next_fetch_at - now < timedelta(minutes=20)


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


def hanging(publisher, path: str, until: threading.Event) -> tuple[str, list[bool]]:
    """The address of a feed that comes when `until` is set; and whether it was, once the feed was sent."""
    were_set = []

    def at_last(connection) -> None:
        were_set.append(until.wait(10))
        connection.answer(200, rss(item(9)).encode())

    return publisher.script(path, at_last), were_set


def elsewhere(url: str, settings) -> str:
    """The same server by another name: one host is asked one thing at a time."""
    other = url.replace("127.0.0.1", "localhost")
    settings.FEED_ALLOWED_PRIVATE_HOSTS = [*settings.FEED_ALLOWED_PRIVATE_HOSTS, other.split("/")[2]]
    return other


def test_a_feed_is_stored_while_the_next_one_is_still_on_its_way(publisher, now):
    is_stored = threading.Event()
    second, were_stored = hanging(publisher, "/second", is_stored)
    make_feed(url=publisher.serve("/first", rss(item(1))))
    make_feed(url=second)
    results = []
    for result in refresh_due(now):
        results.append(result.outcome)
        is_stored.set()
    assert (results, were_stored) == (["new", "new"], [True])


def test_a_server_that_hangs_does_not_keep_the_next_batch_waiting(publisher, now, settings, monkeypatch):
    monkeypatch.setattr("articles.ingest.run.LONG_SECONDS", 0.1)
    monkeypatch.setattr("articles.ingest.run.WAIT_SECONDS", 0.1)
    settings.FEED_BATCH_SIZE = 1
    others_are_stored = threading.Event()
    slow, had_to_wait = hanging(publisher, "/slow", others_are_stored)
    make_feed(url=slow)
    for number in (1, 2):
        make_feed(url=elsewhere(publisher.serve(f"/{number}", rss(item(number))), settings))
    stored = []
    for result in refresh_due(now):
        stored.append(result.url.rpartition("/")[2])
        if len(stored) == 2:
            others_are_stored.set()
    assert (stored, had_to_wait) == (["1", "2", "slow"], [True])
    assert not Host.objects.exclude(lease="").exists()


def test_what_came_is_handed_on_while_a_server_hangs(publisher, now, monkeypatch):
    monkeypatch.setattr("articles.ingest.run.FIRST_PAUSE_SECONDS", 0.1)
    monkeypatch.setattr("articles.ingest.run.WAIT_SECONDS", 0.1)
    is_handed_on = threading.Event()
    slow, had_to_wait = hanging(publisher, "/slow", is_handed_on)
    make_feed(url=publisher.serve("/1", rss(item(1))))
    make_feed(url=slow)
    handfuls = []
    for some in arrivals(refreshing(now, 60)):
        handfuls.append([result.url.rpartition("/")[2] for result in some])
        is_handed_on.set()
    assert (handfuls, had_to_wait) == ([["1"], ["slow"]], [True])


def test_batches_that_are_put_aside_are_given_up_with_the_round(publisher, now, settings, monkeypatch):
    monkeypatch.setattr("articles.ingest.run.LONG_SECONDS", 0)
    settings.FEED_BATCH_SIZE = 1
    is_over = threading.Event()
    slow, _ = hanging(publisher, "/slow", is_over)
    make_feed(url=slow)
    quick = elsewhere(publisher.serve("/1", rss(item(1))), settings)
    make_feed(url=quick)
    round_ = refresh_due(now)
    assert next(round_).url == quick
    round_.close()
    is_over.set()
    assert not Host.objects.exclude(lease="").exists()


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
        new_ids_of(now)
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
    assert len(new_ids_of(now)) == 5


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
    new_ids_of(now)
    article = Article.objects.get()
    assert (article.image_url, article.headline) == ("", "One")


def test_a_feed_that_keeps_the_processor_busy_is_given_up_and_delays_nobody_f42(publisher, now, settings):
    settings.FEED_CPU_SECONDS = 0.5
    text = "<![CDATA[" + "<p>Unclosed <b>words & more" * 1500 + "]]>"
    busy = make_feed(url=publisher.serve("/busy", rss(*(item(number, text=text) for number in range(200))) + "<broken"))
    good = [make_feed(url=publisher.serve(f"/good-{number}", rss(item(number)))) for number in range(3)]
    results = {result.url: result for result in refresh_due(now)}
    assert {results[feed.url].outcome for feed in good} == {"new"}
    assert (results[busy.url].outcome, results[busy.url].reason) == (
        "failed",
        "The feed takes too much time or memory to read.",
    )
    assert list(results)[-1] == busy.url


def test_a_host_that_answers_429_is_asked_nothing_more_f11(publisher, now):
    for number in range(3):
        make_feed(url=publisher.serve(f"/{number}", b"", status=429, Retry_After="7200"))
    results = list(refresh_due(now))
    assert [result.outcome for result in results] == ["failed"]
    assert len(publisher.requests) == 1
    host = Host.objects.get()
    assert (host.paused_until, host.leased_until) == (now + timedelta(hours=2), None)
    assert set(Feed.objects.exclude(url=results[0].url).values_list("next_fetch_at", "failure_count")) == {
        (now + timedelta(hours=2), 0)
    }
    assert list(refresh_due(now + timedelta(hours=1))) == []


def test_what_the_start_made_is_not_looked_through_for_garbage_while_feeds_come(now):
    list(refresh_due(now))
    assert gc.get_freeze_count() > 0


def test_a_503_pauses_its_feed_and_not_the_host_f11(publisher, now):
    busy = make_feed(url=publisher.serve("/busy", b"", status=503, Retry_After="7200"))
    make_feed(url=publisher.serve("/feed", rss(item(1))))
    assert sorted(result.outcome for result in refresh_due(now)) == ["failed", "new"]
    busy.refresh_from_db()
    assert busy.next_fetch_at >= now + timedelta(hours=2)
    assert Host.objects.get().paused_until is None


def test_a_feed_that_has_moved_for_good_is_asked_at_its_new_address(publisher, now):
    new = publisher.serve("/new", rss(item(1)))
    make_feed(url=publisher.redirect("/old", new, 301))
    for _ in range(3):
        assert [result.outcome for result in refresh_feeds(now)] in (["new"], ["unchanged"])
    assert Feed.objects.get().url == new
    list(refresh_feeds(now))
    assert [request.path for request in publisher.requests][-2:] == ["/new", "/new"]


def test_a_temporary_redirect_on_the_way_moves_nothing(publisher, now):
    new = publisher.serve("/new", rss(item(1)))
    make_feed(url=publisher.redirect("/old", publisher.redirect("/between", new, 302), 302))
    for _ in range(4):
        list(refresh_feeds(now))
    feed = Feed.objects.get()
    assert (feed.url, feed.moved_to) == (publisher.url("/old"), "")


def test_a_pushed_document_is_taken_in_and_disturbs_no_schedule(publisher, now):
    feed = make_feed(etag='"a"', body_hash="b", next_fetch_at=now + timedelta(hours=1), failure_count=2)
    body = rss(item(7, title="Pushed")).encode()
    fetched = Fetched(feed.url, 200, {"content-type": "application/rss+xml"}, body, len(body), 0.0)
    new_ids = take_in(feed.pk, fetched, now)
    assert [Article.objects.get(pk=pk).headline for pk in new_ids] == ["Pushed"]
    assert take_in(feed.pk, fetched, now) == ()
    after = Feed.objects.get()
    assert (after.etag, after.body_hash, after.next_fetch_at, after.failure_count, after.last_new_at) == (
        *('"a"', "b", feed.next_fetch_at, 2),
        now,
    )


def test_a_pushed_document_that_is_no_feed_changes_nothing(now):
    feed = make_feed()
    assert take_in(feed.pk, Fetched(feed.url, 200, {}, b"<html></html>", 13, 0.0), now) == ()
    assert take_in(feed.pk + 1, Fetched(feed.url, 200, {}, b"x", 1, 0.0), now) == ()
    assert Feed.objects.get().failure_count == 0
