"""The demo edition is what the first run promises."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, datetime

import feedparser
import pytest

from articles.demo.edition import FOLDER, PICTURE_WIDTHS, body_html, load_edition
from articles.demo.feeds import feed_document
from articles.sections import SECTIONS

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
EDITION = load_edition()


def words(article) -> int:
    return len(article.body_html.split())


def test_there_are_enough_titles_articles_and_events():
    events = defaultdict(set)
    for article in EDITION.articles:
        if article.event:
            events[article.event].add(article.title)
    assert len(EDITION.titles) >= 12
    assert len([article for article in EDITION.articles if article.hours_ago >= 0]) >= 120
    assert len([titles for titles in events.values() if 2 <= len(titles) <= 6]) >= 25


def test_every_section_is_filled():
    sections = Counter(article.section for article in EDITION.articles)
    assert all(sections[section] >= 5 for section in SECTIONS if section != "top")


def test_articles_come_in_every_length_language_and_look():
    assert min(words(article) for article in EDITION.articles) <= 130
    assert max(words(article) for article in EDITION.articles) >= 1200
    assert {"ar", "fr"} <= {article.language for article in EDITION.articles}
    assert any(len(article.headline.split()) == 2 for article in EDITION.articles)
    assert any(len(article.headline) > 140 for article in EDITION.articles)
    assert any(not article.image for article in EDITION.articles)
    assert any(article.is_wire_copy for article in EDITION.articles)


def test_every_named_picture_is_there_and_has_words():
    for article in EDITION.articles:
        if article.image:
            assert article.alt, article.key
            assert all((FOLDER / "pictures" / f"{article.image}-{width}.webp").is_file() for width in PICTURE_WIDTHS)


def test_keys_are_unique_and_titles_known():
    assert len({article.key for article in EDITION.articles}) == len(EDITION.articles)
    assert {article.title for article in EDITION.articles} == {title.slug for title in EDITION.titles}


@pytest.mark.parametrize("title", EDITION.titles, ids=lambda title: title.slug)
def test_every_feed_is_well_formed_and_complete(title):
    for section in EDITION.sections_of(title.slug):
        articles = EDITION.feed(title.slug, section)
        document = feed_document(title, section, articles, NOW, NOW, "http://press.example")
        parsed = feedparser.parse(document.encode())
        assert not parsed.bozo
        assert [entry.title for entry in parsed.entries] == [
            article.headline
            for article in sorted(articles, key=lambda article: article.hours_ago)
            if article.hours_ago >= 0
        ]


def test_an_article_of_later_is_not_in_the_feed_yet():
    later = next(article for article in EDITION.articles if article.hours_ago < 0)
    title = next(title for title in EDITION.titles if title.slug == later.title)
    assert later.key not in feed_document(title, later.section, [later], NOW, NOW, "http://press.example")
    assert later.key in feed_document(
        title, later.section, [later], NOW, later.published_at(NOW), "http://press.example"
    )


def test_plain_text_becomes_html_without_trusting_it():
    assert body_html("One & <two>.\n\n## Three\n\n> “Four”\n\n- five\n- six", "Halden") == (
        "<p><strong>Halden.</strong> One &amp; &lt;two&gt;.</p>\n<h2>Three</h2>\n"
        "<blockquote><p>“Four”</p></blockquote>\n<ul><li>five</li><li>six</li></ul>"
    )
