"""The demo edition as a measure: its articles name the event that they report."""

from __future__ import annotations

from itertools import combinations

import pytest
from django.utils import timezone

from articles.demo.edition import DemoArticle, load_edition
from articles.ingest.clean import opening
from articles.models import Article
from articles.stories.run import group_new_articles
from tests.make import make_source

pytestmark = pytest.mark.django_db


@pytest.fixture
def grouped() -> list[tuple[DemoArticle, Article]]:
    """Every article of the edition beside its row after grouping; of the texts the public openings only."""
    edition, now = load_edition(), timezone.now()
    sources = {title.slug: make_source(slug=title.slug, weight=title.weight) for title in edition.titles}
    written = [article for article in edition.articles if article.hours_ago >= 0]
    Article.objects.bulk_create(
        Article(
            source=sources[article.title],
            section=article.section,
            headline=article.headline,
            standfirst=article.standfirst,
            opening_html=opening(article.body_html),
            categories=list(article.categories),
            image_caption=article.caption,
            language=article.language,
            published_at=article.published_at(now),
            first_seen_at=now,
        )
        for article in written
    )
    group_new_articles(Article.objects.values_list("pk", flat=True), now)
    return list(zip(written, Article.objects.order_by("pk"), strict=True))


def test_the_reports_of_each_event_are_one_story_and_no_two_events_are_taken_for_one(grouped):
    right, wrong, missed = 0, [], []
    for (one, one_row), (other, other_row) in combinations(grouped, 2):
        is_one_event = bool(one.event) and one.event == other.event and one.language == other.language
        is_one_story = one_row.story_id == other_row.story_id
        right += is_one_event and is_one_story
        if is_one_story and not is_one_event:
            wrong.append((one.key, other.key))
        if is_one_event and not is_one_story:
            missed.append((one.key, other.key))
    assert wrong == missed == []
    assert right > 100


def test_every_wire_copy_is_known_as_one_and_nothing_else_is(grouped):
    assert {demo.key for demo, row in grouped if row.is_copy} == {demo.key for demo, _ in grouped if demo.is_wire_copy}
