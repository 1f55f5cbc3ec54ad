from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st

from articles.pages.plan import (
    DAY_SHARE,
    MOST_OF_ONE_TITLE,
    ROWS,
    TITLE_WINDOW,
    Candidate,
    Coverage,
    Field,
    Layout,
    arrange,
    each_event_once,
    in_section,
    picture_first,
    plan_front,
    spread,
    top_stories,
)
from articles.sections import SECTIONS
from articles.stories.rank import Audience

numbers = count(1)


def make_candidate(section: str = "world", **fields) -> Candidate:
    number = next(numbers)
    return Candidate(**{"article_id": number, "story_id": number, "source_id": number, "section": section, **fields})


def make_candidates(how_many: int, section: str = "world", **fields) -> list[Candidate]:
    return [make_candidate(section, **fields) for _ in range(how_many)]


def only_block(candidates, layout, section="world", claimed=()):
    """The block that is planned where nothing stands above it."""
    filler = make_candidates(7, "top")
    plan = plan_front([*filler, *candidates], [], claimed, [[(section, layout)]])
    assert list(plan.top) == filler
    return plan.rows[0][0] if plan.rows else None


def test_top_news_takes_the_best_seven_events():
    leading = make_candidates(9)
    assert list(plan_front(leading, [], (), ()).top) == leading[:7]


def test_an_event_appears_once():
    first = make_candidate(story_id=1)
    again = make_candidate(story_id=1, section="business")
    plan = plan_front([first, again], [first, again], (), [[("business", Layout.SPLIT)], [("world", Layout.PLAIN)]])
    assert plan.candidates == [first]


def test_what_editors_picked_stands_nowhere_else():
    picked, other = make_candidates(2)
    assert plan_front([picked, other], [], {picked.event}, ()).candidates == [other]


def test_one_title_has_at_most_two_places_in_ten_of_top_news():
    agency = make_candidates(6, source_id=1_000_000)
    others = make_candidates(5)
    top = plan_front([*agency, *others], [], (), ()).top
    assert Counter(one.source_id for one in top)[1_000_000] == 2
    assert len(top) == 7


def test_a_title_that_had_to_wait_comes_as_soon_as_there_is_room():
    agency = make_candidates(3, source_id=1_000_000)
    others = make_candidates(9)
    chosen = list(spread([*agency, *others], 12))
    assert [one.source_id == 1_000_000 for one in chosen] == [True, True, *[False] * 8, True, False]


def test_top_news_stays_short_rather_than_be_one_title_s():
    assert len(plan_front(make_candidates(5, source_id=1), [], (), ()).top) == 2


def test_a_section_may_be_filled_by_one_title_where_there_is_no_other():
    assert len(only_block(make_candidates(4, source_id=1), Layout.COLUMNS).candidates) == 4


def test_without_ranks_the_newest_lead():
    newest = make_candidates(3)
    assert list(plan_front([], newest, (), ()).top) == newest


def test_what_is_just_in_follows_the_first_few_of_its_section():
    ranked = make_candidates(5)
    just_in = make_candidate(story_id=None)
    old = make_candidate()
    ordered = list(each_event_once(in_section("world", ranked, [just_in, old])))
    assert ordered == [*ranked[:3], just_in, *ranked[3:], old]


def test_articles_without_a_story_are_events_of_their_own():
    assert len(list(each_event_once(make_candidates(3, story_id=None)))) == 3


def test_a_section_with_too_few_stories_has_a_plainer_layout():
    assert only_block(make_candidates(7), Layout.CLUSTERS).layout is Layout.CLUSTERS
    assert only_block(make_candidates(2), Layout.CLUSTERS).layout is Layout.PLAIN
    assert only_block(make_candidates(3), Layout.FEATURE).layout is Layout.PLAIN


def test_a_layout_takes_only_as_many_as_it_looks_right_with():
    assert len(only_block(make_candidates(5), Layout.CLUSTERS).candidates) == 3
    assert len(only_block(make_candidates(20), Layout.SPLIT).candidates) == 7


def test_a_section_without_stories_is_left_out():
    assert only_block([], Layout.CLUSTERS) is None


def test_half_a_row_without_its_other_half_takes_a_whole_one():
    filler, science = make_candidates(7, "top"), make_candidates(4, "science")
    row = [("technology", Layout.HALF), ("science", Layout.HALF)]
    [[block]] = plan_front([*filler, *science], [], (), [row]).rows
    assert (block.section, block.layout) == ("science", Layout.SPLIT)


def test_two_halves_share_a_row():
    filler = make_candidates(7, "top")
    both = [*make_candidates(2, "technology"), *make_candidates(4, "science")]
    row = [("technology", Layout.HALF), ("science", Layout.HALF)]
    [blocks] = plan_front([*filler, *both], [], (), [row]).rows
    assert [(block.section, len(block.candidates)) for block in blocks] == [("technology", 2), ("science", 4)]


def test_a_layout_with_a_large_picture_is_led_by_a_story_that_has_one():
    without, pictured = make_candidates(3), make_candidate(has_picture=True)
    assert only_block([*without, pictured], Layout.FEATURE).candidates[0] == pictured
    assert picture_first(without) == without


def seen_by(shown: float, opened: float) -> Coverage:
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    return Coverage(1, noon, noon, Audience(shown, opened))


def test_top_stories_are_what_the_largest_share_opened_then_what_leads():
    first = make_candidate()
    many, share = make_candidate(coverage=seen_by(900, 40)), make_candidate(coverage=seen_by(90, 30))
    assert list(top_stories([first, many, share], 10)) == [share, many, first]


def test_a_title_that_had_its_share_waits_for_all_others():
    busy = make_candidate(source_id=7)
    others = make_candidates(3)
    day = {-1: 7, -2: 7}
    assert list(spread([busy, *others], 4, day=day)) == [*others, busy]
    assert list(spread([busy, *others], 4, day={**day, busy.article_id: 7})) == [busy, *others], "it counted already"


@st.composite
def newspapers(draw) -> list[Candidate]:
    """Reports of some titles on some events, several on one at times."""
    sections = st.sampled_from(list(SECTIONS))
    rows = draw(st.lists(st.tuples(st.integers(1, 40), st.integers(1, 15), sections), min_size=1, max_size=80))
    return [
        Candidate(number, story_id if story_id < 38 else None, source_id, section, bool(number % 2))
        for number, (story_id, source_id, section) in enumerate(rows, 1)
    ]


@settings(max_examples=60, deadline=None)
@given(newspapers(), newspapers(), st.integers(0, 6))
def test_whatever_comes_in_an_event_stands_once_and_a_title_at_most_twice_in_ten(leading, newest, picked_count):
    field = Field(leading, newest, leading[:picked_count], day={})
    plan = arrange(field, ROWS).plan
    events = [one.event for one in plan.candidates]
    assert len(events) == len(set(events))
    assert not {one.event for one in field.picked} & set(events)
    for first in range(len(plan.top)):
        counts = Counter(one.source_id for one in plan.top[first : first + TITLE_WINDOW])
        assert max(counts.values()) <= MOST_OF_ONE_TITLE


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(st.integers(1, 60), min_size=40, max_size=40), min_size=2, max_size=12), st.integers(1, 3))
def test_no_title_has_more_than_a_tenth_of_the_day_s_choices(hours, agency):
    """Every hour forty new stories come in, and one title is the first with half of them."""
    day: dict[int, int] = {}
    for titles in hours:
        fresh = [
            make_candidate(source_id=agency if place % 2 else source_id + 3) for place, source_id in enumerate(titles)
        ]
        others = make_candidates(7)  # each of a title of its own: there is always somebody else
        for one in plan_front([*fresh, *others], [], (), (), day).top:
            day[one.article_id] = one.source_id
    counts = Counter(day.values())
    assert max(counts.values()) <= max(MOST_OF_ONE_TITLE, DAY_SHARE * len(day))
