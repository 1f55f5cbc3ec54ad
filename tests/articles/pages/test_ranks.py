from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from articles.models import StoryAudience, TopChoice
from articles.muting import Mutes
from articles.pages import ranks
from tests.make import make_article, make_source, make_story

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    return timezone.now()


def make_event(now, score: float, titles: int = 1, **fields):
    """A story with its lead; fields go to the lead."""
    lead = make_article(**{"published_at": now - timedelta(hours=1), **fields})
    others = [make_article(published_at=now - timedelta(hours=2)) for _ in range(titles - 1)]
    return make_story([lead, *others], score=score)


def opened(event, opened: float, shown: float = 100):
    """So many of the readers who saw it opened it."""
    return StoryAudience.objects.create(story=event, shown=shown, opened=opened)


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


def test_what_the_largest_share_of_its_readers_opened_comes_first(now):
    covered, many, share = make_event(now, 99), make_event(now, 1), make_event(now, 2)
    opened(many, 50, shown=1000)
    opened(share, 20)
    chosen = ranks.top_stories(ranks.leading(now), 10)
    assert ids(chosen.candidates) == [share.lead_id, many.lead_id, covered.lead_id]
    assert chosen.note == "Opened most by those who saw them in the past three hours, then most covered"


def test_an_event_ranks_once_among_the_top_stories(now):
    opened(make_event(now, 9, titles=3), 5)
    assert len(ranks.top_stories(ranks.leading(now), 10).candidates) == 1


def test_without_openings_the_note_speaks_of_coverage(now):
    opened(make_event(now, 9), 0)
    assert ranks.top_stories(ranks.leading(now), 10).note == "Most covered right now"


def test_where_readers_opened_enough_the_note_speaks_of_them_alone(now):
    for _ in range(3):
        opened(make_event(now, 9), 5)
    chosen = ranks.top_stories(ranks.leading(now), 2)
    assert chosen.note == "Opened most by those who saw them in the past three hours"


def test_what_was_taken_down_is_not_ranked_by_its_readers(now):
    opened(make_event(now, 9, withdrawn_at=now), 5)
    opened(make_event(now, 9, source=make_source(is_active=False)), 5)
    assert ranks.top_stories(ranks.leading(now), 10).candidates == ()


def test_a_section_s_ranks_count_its_own_readers(now):
    opened(make_event(now, 9, section="sport"), 50)
    health = make_event(now, 9, section="health")
    opened(health, 1)
    assert ids(ranks.top_stories(ranks.leading(now, "health"), 10).candidates) == [health.lead_id]


def test_a_muted_lead_gives_way_to_another_report_of_the_story(now):
    story = make_event(now, 9, titles=2)
    lead, other = story.articles.order_by("-published_at")
    mutes = Mutes(source_ids=frozenset({lead.source_id}))
    assert ids(ranks.leading(now, mutes=mutes)) == [other.pk]
    opened(story, 5)
    assert ids(ranks.top_stories(ranks.leading(now, mutes=mutes), 10).candidates) == [other.pk]


def test_a_story_of_which_everything_is_muted_is_gone_and_the_next_moves_up(now):
    muted = make_source()
    for number in range(ranks.PER_SECTION):
        make_event(now, 50 + number, source=muted)
    rest = make_event(now, 1)
    mutes = Mutes(source_ids=frozenset({muted.pk}))
    assert ids(ranks.leading(now, mutes=mutes)) == [rest.lead_id]
    assert muted.pk not in {one.source_id for one in ranks.newest(mutes)}


def test_a_title_that_had_its_share_of_the_day_leaves_the_story_to_another(now, django_assert_num_queries):
    busy = make_source()
    for _ in range(2):
        TopChoice.objects.create(article=make_article(busy), source=busy, first_at=now, last_at=now)
    alone, shared = make_event(now, 5, source=busy), make_event(now, 9, titles=2, source=busy)
    faces = ranks.with_other_faces(ranks.leading(now), ranks.day_of(now))
    assert [one.event for one in faces] == [shared.pk, alone.pk]
    assert [one.source_id == busy.pk for one in faces] == [False, True], "who reports alone keeps its place and waits"
    with django_assert_num_queries(0):
        assert ranks.with_other_faces(faces, {}) == faces


def test_the_day_is_the_past_twenty_four_hours(now):
    source = make_source()
    for hours in (1, 25):
        at = now - timedelta(hours=hours)
        TopChoice.objects.create(article=make_article(source), source=source, first_at=at, last_at=at)
    assert list(ranks.day_of(now).values()) == [source.pk]


def test_the_newest_of_followed_titles(now, django_assert_num_queries):
    source = make_source()
    old = make_article(source, published_at=now - timedelta(hours=5))
    new = make_article(source, published_at=now)
    make_article(published_at=now)
    make_article(source, published_at=now - ranks.OF_TITLES_WITHIN - timedelta(hours=1))
    assert ids(ranks.newest_of({source.pk}, now)) == [new.pk, old.pk]
    with django_assert_num_queries(0):
        assert ranks.newest_of((), now) == []
