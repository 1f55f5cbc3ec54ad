from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from articles.models import Reading, Showing, StoryAudience
from articles.stories.audience import count_audiences, kept_audiences
from articles.stories.rank import Audience
from articles.stories.run import rank_all_stories
from tests.make import make_article, make_reader, make_story

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    return timezone.now()


def show(user, articles, now, minutes_ago: int = 5, page: str = "front"):
    at = now - timedelta(minutes=minutes_ago)
    Showing.objects.create(user=user, page=page, quarter_at=at, article_ids=[article.pk for article in articles])


def test_a_reader_speaks_once_whatever_was_shown_and_opened(now):
    """Two reports of one story, on two pages and in two quarters of an hour, both opened."""
    story = make_story(reports := [make_article(), make_article()])
    reader = make_reader()
    show(reader, reports, now)
    show(reader, reports, now, page="world")
    show(reader, reports[:1], now, minutes_ago=20)
    for report in reports:
        Reading.objects.create(user=reader, article=report, read_at=now)
    count_audiences(now)
    assert kept_audiences() == {story.pk: Audience(shown=1, opened=1)}


def test_what_nobody_sees_any_more_is_forgotten(now):
    story = make_story([make_article()])
    show(make_reader(), story.articles.all(), now)
    count_audiences(now)
    count_audiences(now)
    assert kept_audiences() == {story.pk: Audience(shown=1)}
    count_audiences(now + timedelta(hours=4))
    assert not StoryAudience.objects.exists()


def test_a_story_rises_by_the_share_of_readers_who_opened_it(now):
    opened, passed_by = (make_story([make_article(published_at=now - timedelta(hours=1))]) for _ in range(2))
    reader = make_reader()
    show(reader, [opened.lead, passed_by.lead, make_article()], now)
    Reading.objects.create(user=reader, article=opened.lead, read_at=now)
    rank_all_stories(now)
    opened.refresh_from_db()
    passed_by.refresh_from_db()
    assert opened.score > passed_by.score


def test_counting_costs_the_same_queries_for_one_reader_and_for_ten(now, django_assert_num_queries):
    stories = [make_story([make_article()]) for _ in range(10)]
    for _ in range(10):
        show(make_reader(), [story.lead for story in stories], now)
    with django_assert_num_queries(5):
        count_audiences(now)
