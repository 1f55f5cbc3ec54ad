from __future__ import annotations

from itertools import count

import pytest

from articles.newsletter.choose import (
    FULL,
    MOST,
    OF_ONE_TITLE,
    Offered,
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
    assert len(places) <= MOST
    assert kinds(places).count("followed") == 4
    assert kinds(places).count("title") == 2


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
        (Place(1, 1, "lead", "world"), 12, "The lead: reported by 12 titles"),
        (Place(1, 1, "rank", "world"), 12, "Reported by 12 titles"),
        (Place(1, 1, "rank", "world"), 1, "From The Harbour Ledger"),
        (Place(1, 1, "followed", "world"), 12, "You follow World"),
        (Place(1, 1, "section", "sport"), 1, "First in Sport"),
        (Place(1, 1, "title", "world"), 1, "You follow The Harbour Ledger"),
        (Place(1, 1, "pick", "Picked by Ines"), 1, "Picked by Ines"),
    ],
)
def test_every_story_says_why_it_is_there(place, titles, said):
    assert why(place, titles, "The Harbour Ledger") == said
