"""Hostile entries, stored by the whole pipeline, opened in a real browser: nothing runs, nothing leaves the site.

The browser is told to disregard our Content-Security-Policy: what is tested is that there is nothing for it to stop.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import timezone

from articles.ingest.parse import parse_feed
from articles.ingest.run import take_in
from articles.ingest.shapes import Fetched, ParsedEntry, ParsedFeed
from articles.models import Article
from articles.stories.run import group_new_articles
from tests.hostile import MARKUP, SHOWN, TITLE, hostile_feed
from tests.make import make_feed, make_source

CORPUS = Path(os.environ.get("FEED_CORPUS") or Path(__file__).parents[3] / "shared" / "feeds" / "corpus")
SIGNS = ("<script", "onerror", "<iframe", "<form", "javascript:")
REAL_FILES, REAL_ARTICLES, SECONDS = 40, 40, 12
# What a publisher's text may not carry, and the places where it would show.
LEFT_LIVE = """() => [...document.querySelectorAll('.text *, .art-h *, main h2 *, main h3 *')].filter(one =>
    [...one.attributes].some(({name}) => name.startsWith('on') || name.startsWith('hx-') || name.startsWith('x-'))
    || (one.closest('.text') && (one.id || one.className || one.getAttribute('name') || one.getAttribute('style')))
    || ['SCRIPT', 'IFRAME', 'FORM', 'OBJECT', 'EMBED', 'STYLE', 'BASE', 'META', 'TEMPLATE'].includes(one.tagName)
).map(one => one.outerHTML.slice(0, 200))"""

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


class Visit:
    """A visitor whose browser trusts every page, and what that led to."""

    def __init__(self, browser, site: str) -> None:
        self.site = site
        self.context = browser.new_context(bypass_csp=True, service_workers="block")
        self.page = self.context.new_page()
        self.dialogs: list[str] = []
        self.requests: list[str] = []
        self.page.on("dialog", lambda dialog: (self.dialogs.append(dialog.message), dialog.dismiss()))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("popup", lambda popup: self.requests.append(popup.url))

    def see(self, path: str) -> None:
        answer = self.page.goto(self.site + path)
        assert answer.status == 200, path
        assert self.page.evaluate("window.__pwned") is None, path
        assert self.page.url == self.site + path
        assert self.page.evaluate(LEFT_LIVE) == [], path

    def close(self) -> None:
        self.context.close()
        assert self.dialogs == []
        assert [url for url in self.requests if not url.startswith(f"{self.site}/")] == []


@pytest.fixture
def visit(chromium, live_site, settings) -> Iterator[Visit]:
    settings.IMAGES = "off"
    visit = Visit(chromium, live_site)
    yield visit
    visit.close()


def store(body: bytes) -> list[Article]:
    """Through the child that reads what strangers wrote, into the database."""
    feed = make_feed(make_source(permission="open", licence="CC-BY-4.0"), section="world")
    fetched = Fetched(feed.url, 200, {"content-type": "application/rss+xml"}, body, len(body), 0.1)
    ids = take_in(feed.pk, fetched, timezone.now())
    group_new_articles(ids, timezone.now())
    return list(Article.objects.filter(pk__in=ids).order_by("pk"))


@pytest.mark.parametrize("title", ["", TITLE], ids=["in the text", "in every name"])
def test_hostile_entries_run_nothing_and_reach_nobody_f60_f61_f62_f63_f64(visit, title):
    articles = store(hostile_feed(title).encode())
    assert len(articles) == len(MARKUP)
    for path in ("/", "/news/world/", "/search/?q=ships", articles[0].source.get_absolute_url()):
        visit.see(path)
    for article in articles if not title else articles[:3]:
        visit.see(article.get_absolute_url())
        assert "The ships came home on Friday." in visit.page.inner_text(".text")
    assert not title or SHOWN in visit.page.inner_text("h1")


def test_the_browser_would_have_run_them(visit):
    """So that the test above can fail."""
    visit.page.goto(f"{visit.site}/terms/")
    visit.page.set_content(MARKUP["handler on a picture"])
    visit.page.wait_for_function("window.__pwned === 1")
    assert visit.page.evaluate(LEFT_LIVE.replace(".text *, ", "body *, "))


@pytest.mark.skipif(not CORPUS.is_dir(), reason="no folder of real feeds: set FEED_CORPUS to one")
def test_real_entries_with_scripts_and_frames_run_nothing_f60_f62(visit):
    started, seen = time.monotonic(), 0
    for path in sorted(CORPUS.iterdir())[:REAL_FILES]:
        body = path.read_bytes()
        for article in with_signs(body):
            if seen >= REAL_ARTICLES or time.monotonic() - started > SECONDS:
                break
            visit.see(article.get_absolute_url())
            seen += 1
    assert seen


def with_signs(body: bytes) -> list[Article]:
    feed = parse_feed(Fetched("https://paper.example/feed", 200, {}, body, len(body), 0.1))
    if not isinstance(feed, ParsedFeed) or not any(has_sign(entry) for entry in feed.entries):
        return []
    wanted = {entry.entry_id for entry in feed.entries if has_sign(entry)}
    return [article for article in store(body) if article.entries.filter(entry_id__in=wanted).exists()]


def has_sign(entry: ParsedEntry) -> bool:
    text = f"{entry.title_html} {entry.summary_html} {entry.content_html}".lower()
    return any(sign in text for sign in SIGNS)
