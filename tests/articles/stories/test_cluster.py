"""Reports of one event come together, others stay apart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from articles.stories.cluster import WINDOW, Group, Report, Text, copies_among, group, inherited
from articles.stories.fingerprint import shingles_of, terms_of

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
numbers = count(1)

FLOOD = "Tarvia opens reservoirs as the Calder floods Low Marrick"
STRIKE = "Dockers at Ravnholt end their strike over the night shift"
FILLER = [
    "Central bank holds its rate and blames rents",
    "A novel about lighthouses wins the Estuary prize",
    "Surgeons count swabs by machine in a trial of forty wards",
    "The swifts are back under the eaves of the town hall",
    "Mokwena takes the marathon record with seconds to spare",
    "Tablet makers must glue less, says the repair commissioner",
    "Two parties talk about schools and agree on buses",
    "An orchard kept as a spreadsheet for three generations",
    "Court finds no quorum and goes home early",
    "Night trains return to the coast after nine years",
]


def report(headline: str, text: str = "", *, hours: float = 0, **fields) -> Report:
    number = next(numbers)
    language = fields.pop("language", "en")
    return Report(
        **{
            "article_id": number,
            "source_id": number,
            "language": language,
            "published_at": NOON + timedelta(hours=hours),
            "is_opinion": False,
            "terms": terms_of(headline, text, "", language),
            **fields,
        }
    )


def paper() -> list[Report]:
    """What else is in the paper: without it every word is as rare as any other."""
    return [report(headline) for headline in FILLER]


def together(groups: list[Group], *reports: Report) -> bool:
    ids = {one.article_id for one in reports}
    return any(ids <= {one.article_id for one in some.reports} for some in groups)


def test_two_titles_on_one_event_make_a_story_and_another_event_does_not_join():
    flood, again, strike = (
        report(FLOOD),
        report("Calder floods: Low Marrick waits for Tarvia’s reservoirs", hours=2),
        report(STRIKE),
    )
    groups = group([*paper(), flood, again, strike])
    assert together(groups, flood, again)
    assert not together(groups, flood, strike)
    assert len(groups) == len(FILLER) + 2


def test_every_report_stands_in_exactly_one_story():
    reports = [*paper(), report(FLOOD), report(FLOOD), report(""), report("東京")]
    placed = [one.article_id for some in group(reports) for one in some.reports]
    assert sorted(placed) == sorted(one.article_id for one in reports)


def test_one_word_in_common_is_chance():
    salt, prize = report("Salt"), report("Salt prize")
    assert not together(group([*paper(), salt, prize]), salt, prize)


def test_reports_in_two_languages_stay_apart():
    english, french = report(FLOOD), report(FLOOD, language="fr")
    assert not together(group([*paper(), english, french]), english, french)


def test_a_story_stays_open_as_long_as_reports_keep_coming():
    days = [report(FLOOD, hours=hours) for hours in (0, 60, 120)]
    assert together(group([*paper(), *days]), *days)
    first, much_later = report(FLOOD), report(FLOOD, hours=WINDOW / timedelta(hours=1) + 1)
    assert not together(group([*paper(), first, much_later]), first, much_later)


def test_a_late_report_joins_the_story_of_its_own_day():
    story, late = report(FLOOD, story_id=7), report(FLOOD, hours=-24)
    assert together(group([*paper(), story, late]), story, late)


def test_who_stands_in_a_story_stays_there_and_carries_new_reports():
    one, other = report(FLOOD, story_id=7), report(STRIKE, story_id=7)
    new = report("Calder floods: Tarvia opens reservoirs above Low Marrick", hours=1)
    found = next(some for some in group([*paper(), one, other, new]) if some.story_id == 7)
    assert {one.article_id, other.article_id} <= {report.article_id for report in found.reports}


def test_two_reports_of_one_title_need_more_than_its_manner_in_common():
    fete, recipes = (
        "Fair weather for the parish fete at Saltreed",
        "Four cookbooks and what each parish makes of a marrow",
    )
    manner = "Our man in the Northern Provinces writes"
    first, second = report(fete, manner, source_id=5), report(recipes, manner, source_id=5, hours=1)
    stranger = report(recipes, manner, hours=1)
    assert not together(group([*paper(), first, second]), first, second)
    assert together(group([*paper(), first, stranger]), first, stranger)


def test_a_subject_does_not_chain_from_event_to_event():
    """Each report is near the one before it; first and last share nothing."""
    words = [f"tree{number}" for number in range(30)]
    chain = [report(" ".join(words[place : place + 4]), hours=place) for place in range(len(words) - 3)]
    groups = group([*paper(), *chain])
    assert not together(groups, chain[0], chain[-1])
    assert max(len(some.reports) for some in groups) < len(chain) / 3


def test_the_order_in_which_reports_are_given_does_not_matter():
    reports = [*paper(), report(FLOOD), report(FLOOD, hours=1), report(STRIKE, hours=2), report(STRIKE, hours=1)]

    def shape(given: list[Report]) -> set[frozenset[int]]:
        return {frozenset(one.article_id for one in some.reports) for some in group(given)}

    assert shape(reports) == shape(reports[::-1])


WIRE = (
    "The lander touched down on the far side of the moon at four minutes past six on Tuesday, the agency said, and "
    "sent nineteen pictures before its antenna turned away from the Earth for the night."
)


def text(words: str, *, standfirst: str = "", hours: float = 0, **fields) -> Text:
    number = next(numbers)
    own = shingles_of(words or standfirst)
    return Text(
        **{
            "article_id": number,
            "source_id": number,
            "published_at": NOON + timedelta(hours=hours),
            "own": own,
            "all": own | shingles_of(standfirst),
            **fields,
        }
    )


def test_the_later_of_two_titles_with_one_text_is_the_copy():
    late, early = text(WIRE, hours=1), text(WIRE)
    assert copies_among([late, early]) == {late.article_id}


@pytest.mark.parametrize(
    "printed", [WIRE[:140], f"{WIRE} A spokeswoman for the harbour of Halden said she had seen it."]
)
def test_a_shortened_and_a_lengthened_text_are_copies(printed):
    agency, paper_ = text(WIRE), text(printed, hours=1)
    assert copies_among([agency, paper_]) == {paper_.article_id}


def test_own_words_on_the_same_event_are_no_copy():
    own = text(
        "At four minutes past six on Tuesday nobody in the control room of the agency said anything at all.", hours=1
    )
    assert copies_among([text(WIRE), own]) == set()


def test_a_title_does_not_copy_itself():
    assert copies_among([text(WIRE, source_id=3), text(WIRE, source_id=3, hours=1)]) == set()


def test_a_text_too_short_to_tell_is_no_copy():
    assert copies_among([text("It rained in Halden today."), text("It rained in Halden today.", hours=1)]) == set()


def test_a_teaser_that_quotes_the_standfirst_of_another_title_is_a_copy():
    first, second = text("Other words entirely here.", standfirst=WIRE), text("", standfirst=WIRE, hours=1)
    assert copies_among([first, second]) == {second.article_id}


def test_a_story_keeps_its_address_where_most_of_its_articles_go():
    a, b, c, d, e = (report("x") for _ in range(5))
    groups = [Group(None, "en", NOON, NOON, [a, b]), Group(None, "en", NOON, NOON, [c, d, e])]
    stood_in = {a.article_id: 7, c.article_id: 7, d.article_id: 7, b.article_id: 8}
    assert inherited(groups, stood_in) == [8, 7]
    assert inherited(groups, {}) == [None, None]
