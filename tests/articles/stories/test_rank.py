"""What a story is made of its reports."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count

from articles.stories.rank import Audience, Member, facts_of, lead_of, score, section_of, strength_of

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
numbers = count(1)


def member(*, hours: float = 0, **fields) -> Member:
    number = next(numbers)
    return Member(
        **{
            "article_id": number,
            "source_id": number,
            "section": "world",
            "published_at": NOON + timedelta(hours=hours),
            "word_count": 500,
            **fields,
        }
    )


def test_every_title_counts_once_and_copies_do_not():
    first = member(source_id=1)
    facts = facts_of([first, member(source_id=1, hours=1), member(source_id=2), member(is_copy=True, hours=3)])
    assert (facts.title_count, facts.article_count) == (2, 4)
    assert facts.first_at == NOON
    assert facts.last_at == NOON + timedelta(hours=3)


def test_a_story_of_copies_alone_still_has_a_title_and_a_lead():
    copy = member(is_copy=True)
    assert facts_of([copy]).title_count == 1
    assert facts_of([copy]).lead_id == copy.article_id


def test_more_titles_rank_higher_and_eight_hours_halve():
    def at(titles: float, hours: float, **more) -> float:
        return score(titles, NOON - timedelta(hours=hours), **more)

    assert at(5, 0) > at(2, 0) > at(1, 0)
    assert at(3, 8) == at(1, 0)  # log2(1 + 3) is twice log2(1 + 1)
    assert at(1, 0, is_picked=True) > at(1, 0)
    assert at(1, 0, interest=0.5) > at(1, 0, interest=0.1) > at(1, 0)
    assert at(0, 0) < at(1, 0)


def test_a_heavier_title_weighs_more():
    assert facts_of([member(source_weight=2.0)]).score > facts_of([member(source_weight=0.5)]).score


def test_the_first_of_equal_reports_leads():
    first = member()
    assert lead_of([member(hours=1), first, member(hours=2)]) == first


def test_a_picture_and_a_weighty_title_help_a_report_to_lead_and_a_flash_does_not_lead():
    plain, pictured, heavy = member(), member(hours=1, has_picture=True), member(hours=2, source_weight=2.0)
    assert lead_of([plain, pictured]) == pictured
    assert lead_of([plain, pictured, heavy]) == heavy
    assert lead_of([member(word_count=40), member(hours=5)]).word_count == 500
    assert lead_of([member(word_count=0), member(hours=5)]).word_count == 0


def test_a_comment_never_leads_a_news_story():
    news, comment = member(hours=5, source_weight=0.1), member(section="opinion", has_picture=True, source_weight=9.0)
    assert lead_of([comment, news]) == news
    assert lead_of([comment]) == comment


def test_a_copy_never_leads_where_there_is_the_original():
    original, copy = member(hours=1), member(is_copy=True, has_picture=True)
    assert facts_of([copy, original]).lead_id == original.article_id


def test_a_story_stands_where_most_of_its_reports_do_and_in_top_only_by_itself():
    top, world, climate = (member(section=section) for section in ("top", "world", "climate"))
    assert section_of([top, top, world], top) == "world"
    assert section_of([top], top) == "top"
    assert section_of([world, climate, climate], world) == "climate"
    assert section_of([world, climate], climate) == "climate"


def test_what_counts_is_the_share_that_opened_it_not_how_many():
    few_of_few, many_of_many = Audience(shown=100, opened=40), Audience(shown=2000, opened=100)
    assert few_of_few.interest > many_of_many.interest
    assert Audience(shown=1, opened=1).interest < Audience(shown=100, opened=10).interest, "one reader is no share"
    assert Audience().interest == 0


def test_the_score_is_what_its_parts_say():
    reports = [*(member(source_weight=weight) for weight in (0.1, 0.2, 0.3)), member(hours=1, is_copy=True)]
    audience = Audience(shown=50, opened=9)
    facts = facts_of(reports, is_picked=True, audience=audience)
    assert facts.score == strength_of(reports, is_picked=True, audience=audience).score
    assert strength_of(reports).titles == strength_of(reports[::-1]).titles, "to the last bit, in any order"
