from __future__ import annotations

from pathlib import Path

import pytest
from django.utils import timezone

from articles.models import Article, Source
from tests.articles.ingest.conftest import canary  # noqa: F401  a fixture
from tests.make import make_article, make_feed, make_source
from tests.publishers import Publisher

PAGES = Path(__file__).parents[2] / "data" / "pages"
HTML = "text/html; charset=utf-8"
FEED_TEXT = "<p>The ferry Agatha left the harbour before dawn. By noon she was back.</p>"
FERRY = "The last word is the quartermaster’s"  # stands in gazette.html only


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def source(db, publisher) -> Source:
    """A title whose pages we may read, on loopback, with no robots.txt."""
    source = make_source(homepage=publisher.url("/"), permission="full", fetches_pages=True)
    make_feed(source, url=publisher.url("/feed"))
    return source


@pytest.fixture
def excerpt(source, publisher) -> Article:
    """Its article, of which the feed holds the first words, and whose page is served."""
    publisher.serve("/ferry", (PAGES / "gazette.html").read_bytes(), content_type=HTML)
    return make_excerpt(source, publisher, "/ferry")


def make_excerpt(source: Source, publisher: Publisher, path: str, **facts) -> Article:
    facts = {"headline": "The ferry that came back", "standfirst": "", "body": FEED_TEXT, **facts}
    return make_article(source, canonical_url=publisher.url(path), **facts)
