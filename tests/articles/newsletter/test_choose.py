from __future__ import annotations

from dataclasses import replace
from itertools import count

import pytest

from articles.newsletter.choose import (
    FULL,
    OF_ONE_TITLE,
    Offered,
    OnTopic,
    Picked,
    Place,
    Taste,
    choose,
    why,
)
from articles.pages.plan import Candidate

numbers = count(1)


def candidate(section: str = "world", source_id: int = 0) -> Candidate:
    number = next(numbers)
    return Candidate(number, number + 1000, source_id or number + 5000, section)


def offered(leading=(), newest=(), picks=()) -> Offered:
    return Offered(list(leading), list(newest), [Picked(one, "Read it.", "", "Picked by Ines") for one in picks])


def kinds(places) -> list[str]:
    return [place.kind for place in places]


def ids(places) -> list[int]:
    return [place.article_id for place in places]


@pytest.fixture
def leading() -> list[Candidate]:
    sections = ("world", "business", "technology", "sport", "culture", "science")
    return [candidate(sections[number % 6]) for number in range(30)]


def test_an_edition_begins_with_the_lead_and_ends_with_the_picks(leading):
    picks = [candidate("opinion"), candidate("culture")]
    places = choose(offered(leading, picks=picks))
    assert places[0].article_id == leading[0].article_id
    assert places[0].kind == "lead"
    assert ids(places[-2:]) == [one.article_id for one in picks]
    assert len(places) == FULL


def test_an_edition_ends_after_twelve_stories_whatever_is_followed(leading):
    sections = frozenset({"world", "business", "technology", "sport", "culture", "science"})
    titles = [candidate() for _ in range(5)]
    places = choose(offered(leading, picks=[candidate(), candidate()]), Taste(sections, titles))
    assert len(places) == 12
    assert kinds(places).count("followed") == 4
    assert kinds(places).count("title") == 2
    assert kinds(places).count("rank") == 3


def test_however_much_is_followed_the_edition_ends_and_says_what_matters_to_everybody(leading):
    taste = Taste(
        sections=frozenset({"world", "business", "technology", "sport"}),
        newest=[candidate() for _ in range(9)],
        topics=[OnTopic(candidate(), f"Topic {number}") for number in range(9)],
        news=[candidate() for _ in range(9)],
    )
    places = choose(offered(leading, picks=[candidate(), candidate()]), taste)
    assert kinds(places) == [
        *("lead", "story", "story", "story", "topic", "title", "followed", "rank", "rank", "rank", "pick", "pick")
    ]


def test_what_is_followed_comes_in_before_what_is_merely_ranked(leading):
    taste = Taste(
        sections=frozenset({"technology"}),
        newest=[leading[3]],
        topics=[OnTopic(leading[1], "Ports")],
        news=[leading[4]],
    )
    places = choose(offered(leading), taste)
    assert [(place.article_id, place.kind) for place in places[:5]] == [
        (leading[0].article_id, "lead"),
        (leading[4].article_id, "story"),
        (leading[1].article_id, "topic"),
        (leading[3].article_id, "title"),
        (leading[2].article_id, "followed"),
    ]
    assert kinds(places[5:]) == ["rank"] * 5


def report_in(story: Candidate, source_id: int = 0) -> Candidate:
    """A newer report on the same event."""
    return replace(candidate(source_id=source_id), story_id=story.story_id)


def test_a_followed_story_stands_once_with_its_newest_report_though_the_last_edition_had_it(leading):
    story = leading[6]
    news = [report_in(story), report_in(story)]
    places = choose(offered(leading), Taste(news=news), before={one.event for one in leading[:8]})
    mine = [place for place in places if place.event == story.event]
    assert [(place.article_id, place.kind) for place in mine] == [(news[0].article_id, "story")]


def test_a_followed_story_without_news_does_not_come_again(leading):
    places = choose(offered(leading), Taste(), before={leading[6].event})
    assert leading[6].event not in {place.event for place in places}


def test_a_followed_story_that_leads_is_the_lead_and_says_that_it_is_followed(leading):
    news = [candidate(), report_in(leading[0])]
    places = choose(offered(leading), Taste(news=news))
    assert [(place.article_id, place.kind) for place in places[:2]] == [
        (news[1].article_id, "story"),
        (news[0].article_id, "story"),
    ]
    assert "lead" not in kinds(places)
    assert [place.event for place in places].count(leading[0].event) == 1


def test_a_followed_story_that_is_picked_brings_its_news_and_the_next_pick_moves_up(leading):
    picks = [leading[5], candidate(), candidate()]
    news = report_in(leading[5])
    places = choose(offered(leading, picks=picks), Taste(news=[news]))
    assert Place(news.article_id, news.event, "story", "world") in places
    assert ids(places[-2:]) == [picks[1].article_id, picks[2].article_id]


def test_each_followed_topic_has_one_story_the_best_first(leading):
    topics = [OnTopic(candidate(), name) for name in ("Ports", "Ports", "Water", "Rail", "Ports", "Oil")]
    places = choose(offered(leading), Taste(topics=topics))
    mine = [(place.article_id, place.about) for place in places if place.kind == "topic"]
    assert mine == [(topics[number].candidate.article_id, topics[number].topic) for number in (0, 2, 3)]


def test_a_report_on_two_followed_topics_stands_once(leading):
    report = candidate()
    places = choose(offered(leading), Taste(topics=[OnTopic(report, "Ports"), OnTopic(report, "Water")]))
    assert ids(places).count(report.article_id) == 1


def test_a_title_stands_twice_at_the_most_however_it_is_followed(leading):
    def of_title() -> Candidate:
        return candidate(source_id=7)

    news, topics, newest = [of_title(), of_title()], [OnTopic(of_title(), "Ports")], [of_title(), of_title()]
    places = choose(offered([of_title(), *leading]), Taste(newest=newest, topics=topics, news=news))
    assert kinds(places).count("story") == OF_ONE_TITLE
    assert "topic" not in kinds(places)
    assert "title" not in kinds(places)


def test_each_followed_section_has_one_story_even_if_it_ranks_low(leading):
    climate = candidate("climate")
    places = choose(offered([*leading, climate]), Taste(frozenset({"climate"})))
    assert Place(climate.article_id, climate.event, "followed", "climate") in places


def test_everybodys_edition_shows_more_than_what_leads():
    leading = [*(candidate("politics") for _ in range(12)), candidate("sport"), candidate("science")]
    assert kinds(choose(offered(leading))).count("section") == 2


def test_a_title_stands_twice_at_the_most(leading):
    places = choose(offered([candidate(source_id=7) for _ in range(8)] + leading))
    mine = {one.article_id for one in leading}
    assert len([place for place in places if place.article_id not in mine]) == OF_ONE_TITLE


def test_an_event_stands_once_though_it_leads_and_is_picked(leading):
    places = choose(offered(leading, picks=[leading[0]]))
    assert ids(places).count(leading[0].article_id) == 1
    assert places[-1].kind == "pick"


def test_the_evening_brings_what_the_morning_did_not_but_for_the_lead(leading):
    morning = choose(offered(leading))
    evening = choose(offered(leading), before={place.event for place in morning})
    again = {place.event for place in morning} & {place.event for place in evening}
    assert again == {leading[0].event}


def test_where_nothing_new_came_in_the_edition_is_not_one_story():
    few = [candidate() for _ in range(6)]
    assert len(choose(offered(few), before={one.event for one in few})) == 6


def test_where_there_is_nothing_there_is_no_edition():
    assert choose(offered()) == []


@pytest.mark.parametrize(
    ("place", "titles", "said"),
    [
        (Place(1, 1, "lead", "world"), 12, "The lead: among the most reported"),
        (Place(1, 1, "rank", "world"), 12, "Among the most reported"),
        (Place(1, 1, "rank", "world"), 1, "From The Harbour Ledger"),
        (Place(1, 1, "followed", "world"), 12, "You follow World"),
        (Place(1, 1, "section", "sport"), 1, "First in Sport"),
        (Place(1, 1, "story", "world"), 12, "You follow this story"),
        (Place(1, 1, "topic", "Shipping"), 12, "You follow Shipping"),
        (Place(1, 1, "title", "world"), 1, "You follow The Harbour Ledger"),
        (Place(1, 1, "pick", "Picked by Ines"), 1, "Picked by Ines"),
    ],
)
def test_every_story_says_why_it_is_there(place, titles, said):
    assert why(place, titles, "The Harbour Ledger") == said
