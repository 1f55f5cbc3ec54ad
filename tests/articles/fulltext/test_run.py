"""From a wanted page to a better text, with real publishers on loopback."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from articles.fulltext import store
from articles.fulltext.read import BLANK
from articles.fulltext.run import child, fetch_pages
from articles.fulltext.shapes import PageAnswer, PageFailed
from articles.fulltext.wanted import want_pages
from articles.ingest.store import claim_due_feeds
from articles.models import Article, ArticlePage, Feed, Host, Source
from articles.reading import open_article
from tests.articles.fulltext.conftest import FEED_TEXT, FERRY, HTML, PAGES, make_excerpt

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def fetch(article: Article, now) -> ArticlePage:
    """Want the article's page, fetch it, and look what became of it."""
    want_pages([article.pk], now)
    fetch_pages(now)
    article.refresh_from_db()
    return ArticlePage.objects.get(article=article)


def text_of(article: Article, reader, now) -> str:
    return open_article(Article.objects.select_related("source").get(pk=article.pk), reader, now).body_html or ""


# A better text -----------------------------------------------------------------------------------


def test_a_member_reads_the_pages_text_and_a_visitor_a_quarter_at_most(excerpt, member, now):
    page = fetch(excerpt, now)
    assert (page.state, page.reason) == ("taken", "")
    assert page.fetched_at >= now
    assert FERRY in text_of(excerpt, member, now)
    assert text_of(excerpt, None, now) == ""
    assert FERRY not in excerpt.opening_html + excerpt.standfirst
    assert 0 < len(excerpt.opening_html.split()) <= excerpt.word_count / 4
    assert excerpt.word_count > 250


def test_what_was_changed_is_told_and_is_not_fetched_again(excerpt, publisher, now):
    want_pages([excerpt.pk], now)
    assert fetch_pages(now) == [excerpt.pk]
    assert fetch_pages(now + HOUR) == []
    assert len(publisher.asked("/ferry")) == 1


def test_an_article_without_a_text_gets_one_and_a_wall(source, publisher, excerpt, member, now):
    bare = make_excerpt(source, publisher, "/ferry?bare", body=None)
    assert not bare.is_walled
    fetch(bare, now)
    assert bare.is_walled
    assert FERRY in text_of(bare, member, now)


def test_the_pages_picture_is_taken_where_there_is_none(source, publisher, excerpt, now):
    other = make_excerpt(
        source, publisher, "/ferry?2", image_url="https://pictures.example/own.jpg", image_width=900, image_alt="Ours"
    )
    fetch(excerpt, now)
    fetch(other, now)
    assert excerpt.image_url == excerpt.thumbnail_url == publisher.url("/pictures/ferry-1200.jpg")
    assert (other.image_url, other.image_width) == ("https://pictures.example/own.jpg", 900)
    assert other.image_alt == "Ours"


def test_a_page_that_is_no_longer_than_the_feed_leaves_its_text(source, publisher, excerpt, member, now):
    Article.objects.filter(pk=excerpt.pk).update(word_count=249)
    publisher.serve("/ferry", (PAGES / "briefing.html").read_bytes(), content_type=HTML)
    page = fetch(excerpt, now)
    assert (page.state, page.fetched_at) == ("kept", None)
    assert text_of(excerpt, member, now) == FEED_TEXT


def test_the_titles_boilerplate_is_left_out(source, publisher, excerpt, member, now):
    Source.objects.update(boilerplate="The last word is\n\n")
    assert fetch(excerpt, now).state == "taken"
    assert FERRY not in text_of(excerpt, member, now)
    assert "harbour master" in text_of(excerpt, member, now)


def test_a_shortened_page_replaces_its_longer_self(excerpt, publisher, member, now):
    fetch(excerpt, now)
    shorter = (PAGES / "gazette.html").read_text().replace("<p>The last word is", "<p hidden>").replace("two neat", "")
    publisher.serve("/ferry", shorter.replace(f"{FERRY}, who", ""), content_type=HTML)
    want_pages([excerpt.pk], now + HOUR)
    fetch_pages(now + HOUR)
    assert FERRY not in text_of(excerpt, member, now)
    assert "harbour master" in text_of(excerpt, member, now)


# What leaves the feed's text ---------------------------------------------------------------------


def serve_nothing_readable(publisher) -> None:
    publisher.serve("/ferry", "<html><body><p>Please sign in.</p></body></html>", content_type=HTML)


def serve_a_refusal(publisher) -> None:
    page = (PAGES / "gazette.html").read_text().replace("max-image-preview:large", "noarchive")
    publisher.serve("/ferry", page, content_type=HTML)


def serve_a_pdf(publisher) -> None:
    publisher.serve("/ferry", b"%PDF-1.7", content_type="application/pdf")


def forbid(publisher) -> None:
    publisher.serve("/robots.txt", "User-agent: *\nDisallow: /", content_type="text/plain")


@pytest.mark.parametrize(
    ("misfortune", "reason"),
    [
        (serve_nothing_readable, "No article could be made out"),
        (serve_a_refusal, "asks not to be kept"),
        (serve_a_pdf, "not a page of text"),
        (forbid, "robots.txt forbids"),
        (lambda publisher: publisher.serve("/ferry", "", status=404), "answered 404"),
        (lambda publisher: publisher.redirect("/ferry", "https://elsewhere.example/"), "not the publisher's"),
    ],
)
def test_what_cannot_be_had_leaves_the_feeds_text_and_says_why(excerpt, publisher, member, now, misfortune, reason):
    misfortune(publisher)
    page = fetch(excerpt, now)
    assert page.state == "refused"
    assert reason in page.reason
    assert text_of(excerpt, member, now) == FEED_TEXT


def test_a_redirect_into_our_network_is_not_followed_f26(excerpt, publisher, canary, member, now):
    publisher.redirect("/ferry", f"http://127.0.0.1:{canary.port}/secret")
    page = fetch(excerpt, now)
    assert page.reason == "The publisher's robots.txt cannot be read now."
    assert text_of(excerpt, member, now) == FEED_TEXT


def test_a_page_that_takes_too_much_work_costs_its_child_only_f42(source, excerpt, publisher, member, now, settings):
    settings.FEED_CPU_SECONDS = 1
    publisher.serve("/bomb", b"<html><body>" + b"<a href=x>word</a> " * 150_000, content_type=HTML)
    bomb = make_excerpt(source, publisher, "/bomb")
    page = fetch(bomb, now)
    assert page.reason == "The page takes too much time or memory to read."
    assert text_of(bomb, member, now) == FEED_TEXT
    assert fetch(excerpt, now).state == "taken"
    child().close()


def test_a_page_that_is_not_to_be_listed_marks_the_article(excerpt, publisher, now):
    publisher.serve("/ferry", (PAGES / "gazette.html").read_bytes(), content_type=HTML, X_Robots_Tag="noindex")
    assert fetch(excerpt, now).state == "taken"
    assert excerpt.is_noindex


# Trying again ------------------------------------------------------------------------------------


def test_three_failures_end_the_attempts(excerpt, publisher, now):
    publisher.serve("/ferry", "", status=500)
    want_pages([excerpt.pk], now)
    moments, page = [], ArticlePage.objects.get()
    while page.state == "wanted":
        moments.append(page.due_at - now)
        fetch_pages(page.due_at)
        page.refresh_from_db()
    assert (page.state, page.reason) == ("refused", "The server answered 500.")
    assert len(publisher.asked("/ferry")) == 3
    assert [round(pause / store.FIRST_RETRY) for pause in moments] == [0, 1, 5]


@pytest.mark.parametrize(
    ("status", "retry_after", "pause"),
    [(429, "7200", 2 * HOUR), (503, "7200", 2 * HOUR), (429, "99999999", 24 * HOUR), (429, "soon", HOUR / 4)],
)
def test_a_host_that_turns_us_away_is_not_asked_before(source, excerpt, publisher, now, status, retry_after, pause):
    publisher.serve("/ferry", "", status=status, Retry_After=retry_after)
    make_excerpt(source, publisher, "/other")
    want_pages(Article.objects.values_list("pk", flat=True), now)
    fetch_pages(now)
    host = Host.objects.get(name=publisher.address)
    assert timedelta() <= host.paused_until - now - pause < timedelta(seconds=30)
    assert host.pause_reason == f"The server answered {status}."
    asked = len(publisher.requests)
    fetch_pages(now + pause * 0.9)
    assert len(publisher.requests) == asked
    assert publisher.asked("/other") == []
    publisher.serve("/ferry", (PAGES / "gazette.html").read_bytes(), content_type=HTML)
    fetch_pages(now + pause + timedelta(minutes=1))
    assert ArticlePage.objects.get(article=excerpt).state == "taken"
    assert ArticlePage.objects.exclude(article=excerpt).get().attempt_count == 1


def test_the_feeds_of_a_host_that_turned_us_away_wait_as_well(source, excerpt, publisher, now):
    publisher.serve("/ferry", "", status=429, Retry_After="7200")
    fetch(excerpt, now)
    assert claim_due_feeds(now + HOUR, 10) == []


def test_an_answer_to_robots_txt_is_kept_for_a_day(source, excerpt, publisher, now):
    publisher.serve("/robots.txt", "User-agent: *\nDisallow: /secret", content_type="text/plain")
    publisher.serve("/second", (PAGES / "gazette.html").read_bytes(), content_type=HTML)
    fetch(excerpt, now)
    for hours in (23, 25):
        Article.objects.filter(canonical_url=publisher.url("/second")).delete()
        fetch(make_excerpt(source, publisher, "/second"), now + hours * HOUR)
    assert len(publisher.asked("/robots.txt")) == 2
    assert len(publisher.asked("/second")) == 2


def test_robots_txt_that_could_not_be_had_is_asked_for_again(excerpt, publisher, now):
    publisher.serve("/robots.txt", "", status=500)
    page = fetch(excerpt, now)
    assert (page.state, publisher.asked("/ferry")) == ("wanted", [])
    publisher.serve("/robots.txt", "", status=404)
    fetch_pages(page.due_at)
    page.refresh_from_db()
    assert page.state == "taken"


# More than one worker ----------------------------------------------------------------------------


def test_two_workers_take_no_page_and_visit_no_host_at_the_same_time(source, publisher, excerpt, now):
    make_excerpt(source, publisher, "/other")
    want_pages(Article.objects.values_list("pk", flat=True), now)
    (turn,) = store.claim_turns([], "one", now)
    assert len(turn.pages) == 2
    assert store.claim_turns([], "two", now) == []
    store.free_host(turn.host, "one", None)
    assert store.claim_turns([], "two", now + timedelta(minutes=1)) == []


def test_a_page_that_another_worker_was_quicker_to_claim_is_left_to_it(excerpt, now):
    want_pages([excerpt.pk], now)
    rows = list(store._due(now))
    assert store.claim_turns([], "one", now)
    assert store._claim(rows, now) == []


def test_a_host_that_a_feed_is_fetched_from_is_left_alone(source, excerpt, now):
    assert len(claim_due_feeds(now, 10)) == 1
    want_pages([excerpt.pk], now)
    assert store.claim_turns([], "one", now) == []
    assert fetch_pages(now + timedelta(minutes=11)) == [excerpt.pk]


def test_feeds_wait_for_the_pause_after_a_visit(source, excerpt, now):
    want_pages([excerpt.pk], now)
    (turn,) = store.claim_turns([], "one", now)
    assert claim_due_feeds(now, 10) == []
    store.free_host(turn.host, "one", now + timedelta(seconds=30))
    assert claim_due_feeds(now + timedelta(seconds=29), 10) == []
    assert len(claim_due_feeds(now + timedelta(seconds=31), 10)) == 1


def test_the_claim_of_a_dead_worker_ends_and_its_answer_is_dropped_o03(excerpt, publisher, now):
    want_pages([excerpt.pk], now)
    (dead,) = store.claim_turns([], "dead", now)
    later = now + timedelta(minutes=11)
    assert fetch_pages(later) == [excerpt.pk]
    store.fail(PageFailed(dead.pages[0], "too late", is_final=True), later)
    assert ArticlePage.objects.get().state == "taken"


def test_a_page_that_workers_never_come_back_from_is_given_up_o03(excerpt, now):
    want_pages([excerpt.pk], now)
    for _ in range(3):
        assert store.claim_turns([], "dead", now)
        now += timedelta(minutes=11)
    assert store.claim_turns([], "next", now) == []
    page = ArticlePage.objects.get()
    assert (page.state, page.reason) == ("refused", "3 attempts ended without a result.")


def test_a_host_that_is_paused_does_not_keep_others_waiting(source, excerpt, now):
    Host.objects.create(name="paused.example", paused_until=now + HOUR)
    facts = {"source": source, "section": "world", "published_at": now, "first_seen_at": now}
    waiting = Article.objects.bulk_create(
        Article(headline="x", canonical_url=f"https://paused.example/{number}", **facts)
        for number in range(store.WINDOW + 1)
    )
    ArticlePage.objects.bulk_create(ArticlePage(article=article, due_at=now - HOUR) for article in waiting)
    want_pages([excerpt.pk], now)
    assert fetch_pages(now) == [excerpt.pk]
    assert set(ArticlePage.objects.exclude(article=excerpt).values_list("attempt_count", "due_at")) == {(0, now + HOUR)}


# What happens meanwhile --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        lambda: Source.objects.update(permission="teaser"),
        lambda: Source.objects.update(fetches_pages=False),
        lambda: Source.objects.update(is_active=False),
        lambda: Article.objects.update(withdrawn_at="2026-01-01T00:00Z"),
        lambda: Article.objects.update(standfirst="The feed says something else now."),
    ],
)
def test_what_was_decided_while_the_page_was_on_its_way_counts(excerpt, publisher, member, now, change):
    want_pages([excerpt.pk], now)
    (turn,) = store.claim_turns([], "one", now)
    change()
    text = replace(BLANK, body_html="<p>The page.</p>", opening_html="<p>The</p>", word_count=900)
    assert not store.settle(turn.pages[0], PageAnswer(text), now)
    excerpt.refresh_from_db()
    assert excerpt.word_count < 100
    page = ArticlePage.objects.get()
    assert (page.state, page.attempt_count, page.due_at) == ("wanted", 0, now)


def test_a_title_that_is_switched_off_is_not_visited(excerpt, publisher, now):
    want_pages([excerpt.pk], now)
    Source.objects.update(fetches_pages=False)
    assert fetch_pages(now) == []
    assert publisher.requests == []
    Source.objects.update(fetches_pages=True)
    assert fetch_pages(now) == [excerpt.pk]


def test_what_was_taken_down_is_not_visited(excerpt, publisher, now):
    want_pages([excerpt.pk], now)
    Article.objects.update(withdrawn_at=now)
    assert fetch_pages(now) == []
    assert publisher.requests == []


def test_a_page_whose_other_host_is_busy_waits_its_turn(source, excerpt, now):
    want_pages([excerpt.pk], now)
    (turn,) = store.claim_turns([], "one", now)
    Host.objects.create(name="www.paper.example", lease="two", leased_until=now + HOUR)
    assert store.claim_turns([replace(turn.pages[0], host="www.paper.example")], "one", now) == []
    page = ArticlePage.objects.get()
    assert (page.state, page.attempt_count, page.due_at) == ("wanted", 0, now + store.MOMENT)


def test_a_page_at_another_host_of_the_publisher_is_fetched_there(source, excerpt, publisher, settings, now):
    named = publisher.address.replace("127.0.0.1", "localhost")
    settings.FEED_ALLOWED_PRIVATE_HOSTS = [publisher.address, named]
    Feed.objects.create(source=source, url=f"http://{named}/other-feed")
    publisher.serve("/moved", (PAGES / "gazette.html").read_bytes(), content_type=HTML)
    publisher.redirect("/ferry", f"http://{named}/moved")
    assert fetch(excerpt, now).state == "taken"
    assert len(publisher.asked("/robots.txt")) == 2
    assert not Host.objects.exclude(leased_until=None).exists()
