"""A feed is added by whatever address an editor has: its own, or that of the site that puts it out."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from articles.admin.feed_form import spellings
from articles.models import Feed
from tests.articles.admin.test_sources import facts, feed_form, page_of
from tests.make import make_feed, make_source
from tests.publishers import Publisher, item, rss

ADD = reverse("admin:articles_feed_add")
HTML = "text/html; charset=utf-8"


def page(*links: tuple[str, str]) -> str:
    """A web page that advertises feeds: (address, title)."""
    found = "".join(
        f'<link rel="alternate" type="application/rss+xml" title="{title}" href="{url}">' for url, title in links
    )
    return f"<!doctype html><html><head><title>The Paper</title>{found}</head><body><p>News.</p></body></html>"


def add(client, url: str, **fields):
    """The form of a feed of its own, sent."""
    source = fields.pop("source", None) or make_source()
    data = {"source": source.pk, "url": url, "section": "world", "is_active": "on", **fields}
    return client.post(ADD, data, follow=True).text


def urls() -> list[str]:
    return sorted(Feed.objects.values_list("url", flat=True))


def test_the_address_of_a_feed_is_saved_as_it_is(at_desk, publisher):
    url = publisher.serve("/feed.xml", rss(item(1)))
    add(at_desk, url)
    assert urls() == [url]


def test_the_one_feed_of_a_site_is_found_and_said(at_desk, publisher):
    feed = publisher.serve("/news.xml", rss(item(1)))
    site = publisher.serve("/", page(("/news.xml", "All the news")), content_type=HTML)
    said = add(at_desk, site)
    assert urls() == [feed]
    assert f"Saved is the feed that {site} leads to: {feed} (“All the news”)" in said


def test_of_several_feeds_the_editor_chooses_one(at_desk, publisher):
    publisher.serve("/sport.xml", rss(item(1)))
    site = publisher.serve("/", page(("/news.xml", "News"), ("/sport.xml", "Sport & games")), content_type=HTML)
    asked = add(at_desk, site)
    assert "This page leads to 2 feeds. Choose one, then save again." in asked
    assert re.findall(r'name="url-chosen" value="([^"]+)"', asked) == [
        publisher.url("/news.xml"),
        publisher.url("/sport.xml"),
    ]
    assert "Sport &amp; games" in asked
    assert urls() == []
    add(at_desk, site, **{"url-looked": site, "url-chosen": publisher.url("/sport.xml")})
    assert urls() == [publisher.url("/sport.xml")]


def test_a_choice_does_not_outlive_another_address(at_desk, publisher):
    other = publisher.serve("/other.xml", rss(item(1)))
    add(at_desk, other, **{"url-looked": publisher.url("/"), "url-chosen": publisher.url("/sport.xml")})
    assert urls() == [other]


def test_a_source_is_given_feeds_by_addresses_of_its_pages_too(at_desk, publisher):
    source = make_source()
    site = publisher.serve("/", page(("/news.xml", "News"), ("/sport.xml", "Sport")), content_type=HTML)
    asked = at_desk.post(page_of(source), {**facts(source), **feed_form(site)}).text
    assert 'name="feeds-0-url-chosen"' in asked
    publisher.serve("/news.xml", rss(item(1)))
    chosen = {"feeds-0-url-looked": site, "feeds-0-url-chosen": publisher.url("/news.xml")}
    at_desk.post(page_of(source), {**facts(source), **feed_form(site), **chosen})
    assert urls() == [publisher.url("/news.xml")]


def test_new_addresses_of_one_form_are_visited_at_once(at_desk, settings, publisher):
    settings.FEED_TIMEOUT_SECONDS = 1
    source, slow = make_source(), {}
    for number in range(3):
        url = publisher.script(f"/{number}", lambda connection: connection.drip([b"x"], 30))
        slow |= {f"feeds-{number}-url": url, f"feeds-{number}-section": "world"}
    started = timezone.now()
    at_desk.post(page_of(source), {**facts(source), **slow, "feeds-TOTAL_FORMS": "3"})
    assert Feed.objects.count() == 3
    assert (timezone.now() - started).total_seconds() < 2.5


def test_a_feed_at_a_usual_address_is_found_where_the_page_names_none(at_desk, publisher):
    feed = publisher.serve("/feed/", rss(item(1)))
    site = publisher.serve("/", page(), content_type=HTML)
    add(at_desk, site)
    assert urls() == [feed]


def test_where_nothing_is_found_it_says_so_and_what_to_do(at_desk, publisher):
    site = publisher.serve("/", page(), content_type=HTML)
    said = add(at_desk, site)
    assert f"No feed was found at {site}. The address leads to a web page, not to a feed." in said
    assert "Look on the site for “RSS” or “Feeds”" in said
    assert urls() == []


@pytest.mark.parametrize("status", [404, 410])
def test_an_address_at_which_there_is_nothing_is_not_saved(at_desk, publisher, status):
    url = publisher.serve("/feeed.xml", "nothing", status=status)
    said = add(at_desk, url)
    assert f"No feed was found at {url}. The server has nothing at this address: it answered {status}." in said
    assert urls() == []


@pytest.mark.parametrize(
    ("typed", "saved"),
    [
        ("paper.example/feed.xml", "https://paper.example/feed.xml"),
        (" www.paper.example ", "https://www.paper.example"),
        ("http://paper.example/feed.xml", "http://paper.example/feed.xml"),
    ],
)
def test_an_address_may_be_typed_as_people_say_it(at_desk, typed, saved):
    add(at_desk, typed)
    assert urls() == [saved]


@pytest.mark.parametrize("typed", ["the paper", "javascript:alert(1)", "localhost/feed.xml"])
def test_what_is_no_address_is_not_made_one(at_desk, typed):
    assert "Only http and https addresses are fetched." in add(at_desk, typed)
    assert urls() == []


@pytest.mark.parametrize(
    ("path", "reason"),
    [("/broken", "The server answered 503."), ("/endless", "did not answer completely within 1 seconds")],
)
def test_a_publishers_trouble_does_not_keep_an_editor_from_saving(at_desk, settings, publisher, path, reason):
    settings.FEED_TIMEOUT_SECONDS = 1
    publisher.serve("/broken", "busy", status=503)
    publisher.script("/endless", lambda connection: connection.drip([b"x"], 30))
    said = add(at_desk, publisher.url(path))
    assert "could not be read now" in said
    assert reason in said
    assert "It is tried again by itself." in said
    assert urls() == [publisher.url(path)]


def test_a_page_that_never_ends_is_not_read_to_its_end(at_desk, publisher):
    site = publisher.serve("/", b"x" * (2 * 1024 * 1024 + 1), content_type=HTML)
    assert "larger than 2 MB" in add(at_desk, site)


def test_a_permanent_move_is_followed_when_a_feed_is_added(at_desk, publisher):
    feed = publisher.serve("/new.xml", rss(item(1)))
    old = publisher.redirect("/old.xml", "/new.xml", status=301)
    said = add(at_desk, old)
    assert urls() == [feed]
    assert f"leads to: {feed}" in said


# Addresses that are there already ------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "https://paper.example/feed",
        "https://paper.example/feed/",
        "http://paper.example/feed/",
        "https://www.paper.example/feed",
        "https://PAPER.example/feed",
    ],
)
def test_a_feed_that_is_there_in_another_spelling_is_named_with_a_link(at_desk, url):
    known = make_feed(make_source(name="The Paper"), url="https://paper.example/feed")
    said = add(at_desk, url)
    assert f'<a href="{reverse("admin:articles_feed_change", args=[known.pk])}">The Paper, World</a>' in said
    assert Feed.objects.count() == 1


def test_other_paths_and_queries_are_other_feeds():
    assert "https://paper.example/feed?x=1" not in spellings("https://paper.example/feed")
    assert "https://paper.example/feed/" in spellings("http://www.paper.example/feed")
    assert len(spellings("https://paper.example/feed")) == 8


def test_a_site_whose_only_feed_is_there_already_says_so(at_desk, publisher):
    known = make_feed(url=publisher.url("/news.xml"))
    site = publisher.serve("/", page(("/news.xml", "News")), content_type=HTML)
    assert reverse("admin:articles_feed_change", args=[known.pk]) in add(at_desk, site)
    assert Feed.objects.count() == 1


# Another address for a feed ------------------------------------------------------------------------


def test_a_feed_that_gets_another_address_begins_afresh(at_desk, publisher):
    feed = make_feed(etag='"old"', gone_at=timezone.now(), failure_count=7, quarantined_at=timezone.now())
    url = publisher.serve("/feed.xml", rss(item(1)))
    at_desk.post(
        reverse("admin:articles_feed_change", args=[feed.pk]),
        {"source": feed.source.pk, "url": url, "section": "world", "is_active": "on"},
    )
    feed.refresh_from_db()
    assert (feed.url, feed.host, feed.etag, feed.gone_at) == (url, publisher.address, "", None)
    assert (feed.failure_count, feed.quarantined_at, feed.next_fetch_at) == (0, None, None)


def test_a_feed_whose_address_stays_is_not_visited(at_desk, publisher):
    feed = make_feed(url=publisher.serve("/feed.xml", rss(item(1))))
    at_desk.post(
        reverse("admin:articles_feed_change", args=[feed.pk]),
        {"source": feed.source.pk, "url": feed.url, "section": "sport", "is_active": "on"},
    )
    feed.refresh_from_db()
    assert feed.section == "sport"
    assert publisher.requests == []


# Addresses inside ----------------------------------------------------------------------------------


def test_nothing_inside_is_touched_by_what_an_editor_or_a_page_names_f20_f26(at_desk, publisher, canary):
    inside = f"http://127.0.0.1:{canary.port}/feed.xml"
    sent_on = publisher.redirect("/sent-on", inside)
    advertised = publisher.serve("/", page((inside, "Inside"), ("file:///etc/passwd", "Files")), content_type=HTML)
    assert "The address is not a public one." in add(at_desk, inside)
    assert "The address is not a public one." in add(at_desk, sent_on)
    said = add(at_desk, advertised)
    assert "No feed was found" in said
    assert str(canary.port) not in said
    assert urls() == []


def test_a_choice_that_was_forged_is_refused_like_any_other_address_f20(at_desk, publisher, canary):
    inside = f"http://127.0.0.1:{canary.port}/"
    site = publisher.url("/")
    said = add(at_desk, site, **{"url-looked": site, "url-chosen": inside})
    assert "The address is not a public one." in said
    assert urls() == []


def test_an_open_port_inside_looks_like_a_closed_one_f28(at_desk, publisher, canary):
    """The same words whether something listens there or not, and not a byte of what it would say."""

    def said_of(port: int) -> str:
        url = publisher.redirect(f"/to-{port}", f"http://127.0.0.1:{port}/")
        shown = add(at_desk, url)
        return re.search(r'<ul class="errorlist"[^>]*>.*?</ul>', shown, re.S)[0].replace(str(port), "")

    closed = Publisher()
    closed.close()
    port = int(closed.address.rpartition(":")[2])
    assert said_of(canary.port) == said_of(port)
