"""Titles and feeds at the desk: permission and what it does, health in one line, fetch now."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.db.models.signals import pre_save
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from kombu.simple import SimpleQueue

from articles.admin.feed_health import LEVELS, judge, with_level
from articles.models import Article, Feed, Host, Source, SourceChange
from articles.reading import open_article
from newssite.celery import app
from tests.conftest import SECRET_SENTENCE
from tests.make import make_article, make_feed, make_source

SOURCES = reverse("admin:articles_source_changelist")
FEEDS = reverse("admin:articles_feed_changelist")
HOUR = timedelta(hours=1)
NOW = datetime(2025, 7, 1, 12, tzinfo=UTC)


def page_of(source: Source) -> str:
    return reverse("admin:articles_source_change", args=[source.pk])


def facts(source: Source, **changed) -> dict:
    names = ["name", "slug", "homepage", "description", "country", "language", "weight", "permission", "licence"]
    inlines = {
        "feeds-TOTAL_FORMS": "0",
        "feeds-INITIAL_FORMS": "0",
        "changes-TOTAL_FORMS": "0",
        "changes-INITIAL_FORMS": "0",
    }
    return {**{name: getattr(source, name) for name in names}, "is_active": "on", **inlines, **changed}


def feed_form(url: str, number: int = 0) -> dict:
    return {"feeds-TOTAL_FORMS": str(number + 1), f"feeds-{number}-url": url, f"feeds-{number}-section": "world"}


def test_a_description_of_several_lines_is_edited_in_a_field_of_several_lines(at_desk):
    source = make_source(description="Long. " * 50)
    page = at_desk.get(page_of(source)).text
    (field,) = re.findall(r'<textarea name="description"[^>]*>', page)
    assert 'maxlength="300"' in field
    at_desk.post(page_of(source), facts(source, description="Shorter."))
    source.refresh_from_db()
    assert source.description == "Shorter."


# Permission


def test_lowering_a_permission_says_first_how_much_goes_and_waits_for_a_yes(at_desk, walled_article):
    source = walled_article.source
    page = at_desk.post(page_of(source), facts(source, permission="teaser")).text
    assert "1 text will be removed for good, and every opening cut to a teaser. Tick to go on." in page
    source.refresh_from_db()
    assert source.permission == "full"
    assert not SourceChange.objects.exists()


def test_a_tick_is_for_the_change_that_was_foreseen_and_for_no_other(at_desk, walled_article):
    """Ticked before anything was said, or for another permission than the one that was spoken of, it asks again."""
    source = walled_article.source
    for tick in ("on", "teaser"):
        page = at_desk.post(page_of(source), facts(source, permission="headline", confirmed=tick)).text
        assert "will be removed for good. Tick to go on." in page
        tick = re.search(r'<input type="checkbox" name="confirmed"[^>]*>', page)[0]
        assert 'value="headline"' in tick
        assert "checked" not in tick
    assert Article.objects.get().has_body


def test_lowering_a_permission_removes_the_text_for_everybody(at_desk, member, walled_article, cataloguer):
    source = walled_article.source
    assert SECRET_SENTENCE in open_article(walled_article, member, timezone.now()).body_html
    done = at_desk.post(page_of(source), facts(source, permission="teaser", confirmed="teaser"), follow=True)
    assert "Removed: 1 text" in done.text
    article = Article.objects.select_related("source").get()
    assert open_article(article, member, timezone.now()).body_html is None
    at_desk.force_login(member)
    assert SECRET_SENTENCE not in at_desk.get(article.get_absolute_url()).text
    change = SourceChange.objects.get()
    assert (change.editor, change.old_permission, change.new_permission) == (cataloguer, "full", "teaser")
    assert change.effect.startswith("Removed: 1 text")


def test_headline_only_takes_opening_and_picture_too(at_desk, walled_article):
    source = walled_article.source
    Article.objects.update(image_url="https://pictures.example/a.jpg")
    asked = at_desk.post(page_of(source), facts(source, permission="headline")).text
    assert "1 text, and opening and picture of 1 article, will be removed for good." in asked
    at_desk.post(page_of(source), facts(source, permission="headline", confirmed="headline"))
    article = Article.objects.get()
    assert (article.opening_html, article.standfirst, article.image_url, article.has_body) == ("", "", "", False)


def test_raising_a_permission_has_every_feed_fetched_again_from_the_start(at_desk):
    source = make_source(permission="teaser")
    feed = make_feed(source, etag='"1"', body_hash="x", next_fetch_at=timezone.now() + HOUR)
    at_desk.post(page_of(source), facts(source, permission="full", confirmed="full"))
    feed.refresh_from_db()
    assert (feed.etag, feed.body_hash, feed.next_fetch_at) == ("", "", None)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("full", "open", "1 text will be open to everybody."),
        ("open", "full", "1 text will go behind the wall."),
        ("teaser", "full", "More will be kept"),
    ],
)
def test_every_change_of_permission_says_what_it_will_do(at_desk, old, new, words):
    source = make_source(permission=old, licence="CC-BY-4.0")
    make_article(source, body="<p>x</p>" if old != "teaser" else None)
    assert words in at_desk.post(page_of(source), facts(source, permission=new)).text


def test_an_open_source_must_name_its_licence(at_desk):
    source = make_source()
    page = at_desk.post(page_of(source), facts(source, permission="open", confirmed="open")).text
    assert "An open source names its licence" in page
    assert "violated" not in page


def test_other_facts_change_without_a_word_about_permission(at_desk, walled_article):
    source = walled_article.source
    at_desk.post(page_of(source), facts(source, description="A paper of the coast."))
    source.refresh_from_db()
    assert source.description == "A paper of the coast."
    assert not SourceChange.objects.exists()


def test_the_changes_of_permission_stay_readable_and_cannot_be_rewritten(at_desk, cataloguer):
    source = make_source()
    SourceChange.objects.create(
        source=source, editor=cataloguer, old_permission="teaser", new_permission="full", effect="As it was."
    )
    page = at_desk.get(page_of(source)).text
    assert "As it was." in page
    assert 'name="changes-0-effect"' not in page


def test_a_source_that_is_switched_off_is_not_shown_to_readers(at_desk, visitor):
    article = make_article(headline="From a title that we leave")
    at_desk.post(page_of(article.source), facts(article.source, is_active=""))
    assert "From a title that we leave" not in visitor.get("/").text


def test_nobody_deletes_a_source(at_desk, admin_client):
    source = make_source()
    for client in (at_desk, admin_client):
        url = reverse("admin:articles_source_delete", args=[source.pk])
        assert client.post(url, {"post": "yes"}).status_code == 403


# Feeds


def test_a_feed_is_added_to_a_source_by_its_address(at_desk):
    source = make_source()
    at_desk.post(page_of(source), {**facts(source), **feed_form("https://paper.example/world.xml")})
    feed = source.feeds.get()
    assert (feed.url, feed.section, feed.next_fetch_at) == ("https://paper.example/world.xml", "world", None)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://127.0.0.1/feed.xml", "not a public one"),
        ("http://2130706433/feed.xml", "not a public one"),
        ("http://[::1]/feed.xml", "not a public one"),
        ("http://169.254.169.254/latest/meta-data/", "not a public one"),
        ("http://localhost:8000/feed.xml", "not a public one"),
        ("file:///etc/passwd", "Only http and https"),
        ("https://user:secret@paper.example/feed.xml", "user name"),
    ],
)
def test_an_address_inside_is_refused_when_it_is_saved(at_desk, url, reason):
    """F20, F22, F23: with the policy, not with what was found there."""
    source = make_source()
    assert reason in at_desk.post(page_of(source), {**facts(source), **feed_form(url)}).text
    added = at_desk.post(reverse("admin:articles_feed_add"), {"source": source.pk, "url": url, "section": "world"})
    assert reason in added.text
    assert not Feed.objects.exists()


def test_an_address_that_is_allowed_by_the_settings_is_taken(at_desk, settings):
    settings.FEED_ALLOWED_PRIVATE_HOSTS = ["127.0.0.1:8001"]
    source = make_source()
    at_desk.post(page_of(source), {**facts(source), **feed_form("http://127.0.0.1:8001/feed.xml")})
    assert source.feeds.exists()


def feed_in(level: str) -> Feed:
    now = timezone.now()
    fetched = {"last_fetched_at": now, "last_succeeded_at": now, "next_fetch_at": now + HOUR}
    return make_feed(
        **{
            "ok": fetched,
            "late": {**fetched, "next_fetch_at": now - HOUR},
            "failing": {**fetched, "failure_count": 9, "last_reason": "The server did not answer."},
            "gone": {**fetched, "gone_at": now},
            "new": {},
            "off": {**fetched, "is_active": False},
            "aside": {**fetched, "quarantined_at": now, "lost_count": 3},
            "waits": {**fetched, "url": "https://busy.example/feed.xml", "next_fetch_at": now - HOUR},
        }[level]
    )


@pytest.mark.parametrize("level", LEVELS)
def test_feeds_are_found_by_the_health_they_are_said_to_have(at_desk, level):
    feeds = {name: feed_in(name) for name in LEVELS}
    now = timezone.now()
    Host.objects.create(name="busy.example", paused_until=now + HOUR)
    Host.objects.create(name=feeds["ok"].host, paused_until=now - HOUR)
    assert judge(feeds[level], now).level == level
    assert list(with_level(Feed.objects.select_related("source"), level, now)) == [feeds[level]]
    page = at_desk.get(FEEDS, {"health": level}).text
    assert [name for name, feed in feeds.items() if feed.url in page] == [level]


def test_the_health_of_a_feed_and_its_cause_stand_in_one_line_on_every_page(at_desk):
    feed = feed_in("failing")
    pages = (FEEDS, SOURCES, page_of(feed.source), reverse("admin:articles_feed_change", args=[feed.pk]), "/admin/")
    for url in pages:
        page = at_desk.get(url).text
        assert "Failing since" in page
        assert "The server did not answer." in page


def test_the_first_page_names_what_was_set_aside_and_counts_each_trouble(at_desk):
    feed_in("aside"), feed_in("failing"), feed_in("failing")
    page = at_desk.get("/admin/").text
    assert "three workers died on it" in page
    assert "Set aside: 1" in page
    assert "Failing: 2" in page
    assert "Gone:" not in page


def test_a_feeds_page_says_what_else_is_to_be_known_of_it(at_desk):
    feed = make_feed(refusal="Not for machines.", last_fetched_at=timezone.now())
    Host.objects.create(name=feed.host, paused_until=timezone.now() + HOUR, pause_reason="It answered 429.")
    page = at_desk.get(reverse("admin:articles_feed_change", args=[feed.pk])).text
    assert "Not for machines." in page
    assert "It answered 429." in page


def test_what_the_fetcher_writes_meanwhile_survives_a_form_that_is_saved(at_desk):
    """A form that wrote back whole rows would bring an old lease and old totals with it."""
    feed = make_feed(section="world", fetch_count=5)
    url = reverse("admin:articles_feed_change", args=[feed.pk])
    with changed_before_saving(feed, fetch_count=6, lease="", next_fetch_at=NOW):
        at_desk.post(url, {"source": feed.source.pk, "url": feed.url, "section": "sport", "is_active": "on"})
        at_desk.post(page_of(feed.source), {**facts(feed.source), **row_of(feed, section="culture")})
    feed.refresh_from_db()
    assert (feed.section, feed.fetch_count, feed.next_fetch_at) == ("culture", 6, NOW)


@contextmanager
def changed_before_saving(feed: Feed, **columns) -> Iterator[None]:
    """As a worker would, after the form has read its row and before it is saved."""

    def write(sender, instance, **_) -> None:
        Feed.objects.filter(pk=feed.pk).update(**columns)

    pre_save.connect(write, sender=Feed)
    yield
    pre_save.disconnect(write, sender=Feed)


def row_of(feed: Feed, **changed) -> dict:
    fields = {"id": feed.pk, "url": feed.url, "section": feed.section, "is_active": "on", **changed}
    return {
        "feeds-TOTAL_FORMS": "1",
        "feeds-INITIAL_FORMS": "1",
        **{f"feeds-0-{name}": value for name, value in fields.items()},
    }


def test_a_source_shows_the_worst_of_its_feeds(at_desk):
    failing = feed_in("failing")
    make_feed(failing.source)
    assert "Failing since" in at_desk.get(SOURCES).text


def test_the_lists_cost_the_same_with_three_feeds_and_with_thirty(at_desk):
    def cost(url: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            at_desk.get(url)
        return len(queries)

    for _ in range(3):
        make_feed()
    few = [cost(url) for url in (SOURCES, FEEDS)]
    for _ in range(27):
        make_feed()
    assert [cost(url) for url in (SOURCES, FEEDS)] == few
    assert max(few) <= 8


# Fetch now


def fetch(client, url: str, pk: int, **fields):
    return client.post(url, {"action": "fetch_now", "_selected_action": [pk], **fields}, follow=True)


@pytest.fixture
def queue() -> Iterator[SimpleQueue]:
    """What waits for a worker of feeds, in whatever broker the settings name."""
    feeds = app.amqp.queues["feeds"]
    with app.connection_for_read() as connection, connection.SimpleQueue(feeds) as waiting:
        waiting.clear()
        yield waiting


def is_empty(queue: SimpleQueue) -> bool:
    try:
        queue.get(timeout=0.5)
    except queue.Empty:
        return True
    return False


@contextmanager
def broker_is_down() -> Iterator[None]:
    """Tasks are sent to an address where nothing listens."""
    conf = app.conf
    kept = conf.broker_write_url, conf.broker_transport, conf.broker_transport_options
    send_to("redis://127.0.0.1:1/0", None, {"socket_timeout": 1})
    try:
        yield
    finally:
        send_to(*kept)


def send_to(url: str | None, transport: str | None, options: dict) -> None:
    app.conf.update(broker_write_url=url, broker_transport=transport, broker_transport_options=options)
    # Connections to the broker before are kept in these.
    app._pool = app.amqp._producer_pool = None


def test_fetch_now_makes_a_feed_due_and_wakes_a_worker(at_desk, queue, cataloguer):
    feed = make_feed(next_fetch_at=timezone.now() + HOUR)
    page = fetch(at_desk, FEEDS, feed.pk)
    assert "1 feed due now" in page.text
    feed.refresh_from_db()
    assert feed.next_fetch_at is None
    assert queue.get(timeout=5).headers["task"] == "articles.tasks.refresh_feeds"
    assert is_empty(queue)
    assert LogEntry.objects.get().user == cataloguer


def test_fetch_now_on_a_source_is_for_all_its_feeds(at_desk, queue):
    source = make_source()
    feeds = [make_feed(source, next_fetch_at=timezone.now() + HOUR) for _ in range(2)]
    answer = fetch(at_desk, SOURCES, source.pk, on_page="yes")
    assert "2 feeds due now" in answer.text
    assert answer.redirect_chain == [(page_of(source), 302)]
    assert not Feed.objects.filter(pk__in=[feed.pk for feed in feeds]).exclude(next_fetch_at=None).exists()


@pytest.mark.parametrize("trouble", [{"gone_at": NOW}, {"quarantined_at": NOW, "lost_count": 3}])
def test_fetch_now_gives_a_feed_that_was_gone_or_set_aside_another_try_o02(at_desk, queue, trouble):
    feed = make_feed(**trouble)
    fetch(at_desk, FEEDS, feed.pk)
    feed.refresh_from_db()
    assert (feed.gone_at, feed.quarantined_at, feed.lost_count) == (None, None, 0)


def test_what_is_switched_off_is_not_fetched_and_the_desk_says_so(at_desk, queue):
    feed = make_feed(is_active=False)
    assert "no feed that is switched on" in fetch(at_desk, FEEDS, feed.pk).text
    assert is_empty(queue)


def test_a_broker_that_is_down_is_said_plainly_and_the_feed_is_due_all_the_same(at_desk):
    feed = make_feed(next_fetch_at=timezone.now() + HOUR)
    with broker_is_down():
        page = fetch(at_desk, FEEDS, feed.pk)
    assert "the message broker does not answer" in page.text
    feed.refresh_from_db()
    assert feed.next_fetch_at is None
