from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from articles.models import Reading
from articles.pages import ranks
from tests.make import make_article, make_reader, make_source, make_story

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    return timezone.now()


def make_event(now, score: float, titles: int = 1, **fields):
    """A story with its lead; fields go to the lead."""
    lead = make_article(**{"published_at": now - timedelta(hours=1), **fields})
    others = [make_article(published_at=now - timedelta(hours=2)) for _ in range(titles - 1)]
    return make_story([lead, *others], score=score)


def read(article, now, readers: int, minutes_ago: int = 10):
    Reading.objects.bulk_create(
        Reading(user=make_reader(), article=article, read_at=now - timedelta(minutes=minutes_ago))
        for _ in range(readers)
    )


def ids(candidates) -> list[int]:
    return [candidate.article_id for candidate in candidates]


def test_stories_lead_by_their_score(now):
    low, high = make_event(now, 1), make_event(now, 5, section="business")
    assert ids(ranks.leading(now)) == [high.lead_id, low.lead_id]


def test_a_story_of_the_day_before_yesterday_leads_no_more(now):
    make_event(now, 9, published_at=now - timedelta(hours=49))
    assert ranks.leading(now) == []


def test_each_section_is_represented_whatever_the_others_score(now):
    for number in range(ranks.PER_SECTION + 3):
        make_event(now, 50 + number)
    quiet = make_event(now, 0.1, section="health")
    found = ranks.leading(now)
    assert found[-1].article_id == quiet.lead_id
    assert len(found) == ranks.PER_SECTION + 1


def test_a_section_s_own_candidates(now):
    make_event(now, 9)
    health = make_event(now, 1, section="health")
    assert ids(ranks.leading(now, "health")) == [health.lead_id]


def test_where_the_lead_was_taken_down_another_report_stands_in(now):
    story = make_event(now, 9, titles=2, withdrawn_at=now)
    copy = make_article(is_copy=True, published_at=now, story=story)
    [stand_in] = ranks.leading(now)
    assert stand_in.story_id == story.pk
    assert stand_in.article_id not in {story.lead_id, copy.pk}


def test_a_copy_stands_in_where_nothing_else_is_left(now):
    story = make_event(now, 9, withdrawn_at=now)
    copy = make_article(is_copy=True, story=story)
    assert ids(ranks.leading(now)) == [copy.pk]


def test_a_story_of_which_nothing_is_left_is_gone(now):
    make_event(now, 9, withdrawn_at=now)
    make_event(now, 8, source=make_source(is_active=False))
    assert ranks.leading(now) == []


def test_leading_costs_two_queries_however_many_stories(now, django_assert_num_queries):
    for number in range(20):
        make_event(now, number, titles=2)
    with django_assert_num_queries(2):
        assert len(ranks.leading(now)) == ranks.PER_SECTION


def test_what_most_members_opened_comes_first(now):
    covered = make_event(now, 99)
    few, many = make_article(), make_article()
    read(few, now, 1)
    read(many, now, 3)
    chosen = ranks.top_stories(ranks.leading(now), now, 10)
    assert ids(chosen.candidates) == [many.pk, few.pk, covered.lead_id]
    assert chosen.note == "Most opened by members in the past three hours, then most covered"


def test_each_hour_that_passes_halves_what_a_reading_counts(now):
    earlier, lately = make_article(), make_article()
    read(earlier, now, 3, minutes_ago=130)
    read(lately, now, 1, minutes_ago=5)
    assert ids(ranks.top_stories([], now, 10).candidates) == [lately.pk, earlier.pk]


def test_readings_of_this_morning_do_not_count_in_the_evening(now):
    read(make_article(), now, 5, minutes_ago=200)
    assert ranks.top_stories([], now, 10).candidates == ()


def test_an_event_ranks_once_even_if_several_of_its_reports_were_opened(now):
    story = make_event(now, 9, titles=3)
    for article in story.articles.all():
        read(article, now, 2)
    assert len(ranks.top_stories(ranks.leading(now), now, 10).candidates) == 1


def test_without_readings_the_note_speaks_of_coverage(now):
    make_event(now, 9)
    assert ranks.top_stories(ranks.leading(now), now, 10).note == "Most covered right now"


def test_where_members_opened_enough_the_note_speaks_of_them_alone(now):
    make_event(now, 9)
    for _ in range(2):
        read(make_article(), now, 1)
    assert ranks.top_stories(ranks.leading(now), now, 2).note == "Most opened by members in the past three hours"


def test_what_was_taken_down_is_not_ranked_by_its_readings(now):
    read(make_article(withdrawn_at=now), now, 5)
    read(make_article(make_source(is_active=False)), now, 5)
    assert ranks.top_stories([], now, 10).candidates == ()


def test_a_section_s_ranks_count_its_own_readings(now):
    read(make_article(section="sport"), now, 5)
    health = make_article(section="health")
    read(health, now, 1)
    assert ids(ranks.top_stories([], now, 10, "health").candidates) == [health.pk]


def test_the_newest_of_followed_titles(now, django_assert_num_queries):
    source = make_source()
    old = make_article(source, published_at=now - timedelta(hours=5))
    new = make_article(source, published_at=now)
    make_article(published_at=now)
    assert ids(ranks.newest_of({source.pk})) == [new.pk, old.pk]
    with django_assert_num_queries(0):
        assert ranks.newest_of(()) == []
