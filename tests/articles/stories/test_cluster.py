"""Reports of one event come together, others stay apart."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import combinations, count
from random import Random

import numpy as np
import pytest

from articles.stories.cluster import WINDOW, Group, Report, Standing, group, group_of, inherited
from articles.stories.fingerprint import LEAD_WORDS, Print, names_in, print_of, terms_of
from articles.stories.vectors import farthest_parts, matrix_of, near_pairs, telling_products, told_apart, vocabulary_of

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
            "print": print_of(terms_of(headline, text, "", language), language, names_in(headline, text, language)),
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


REVIEWS = [
    "Review: The Lighthouse Keeper",
    "Orchard, a review",
    "Zoo reopens after a review",
    "Review of bus fares",
    "Review: Gardens",
    "A year in review",
    "Review: Nine Kettles",
    "Peer review at fifty",
]


def reviews() -> tuple[list[Report], list[Report]]:
    """Two reviews of one film, and what shares nothing with them but the word."""
    film = ["Review: The Intruder is a foolish thriller", "The Intruder review: a thriller too foolish"]
    return [report(headline) for headline in film], [report(headline) for headline in REVIEWS]


def test_a_word_that_many_headlines_have_makes_no_story_of_them():
    film, others = reviews()
    groups = group([*paper(), *film, *others])
    assert together(groups, *film)
    assert all(not together(groups, film[0], other) for other in others)
    assert max(len(some.reports) for some in groups) == 2


def test_live_blogs_of_two_events_stay_apart_and_one_joins_the_story_of_its_own():
    budget, test = (
        report(f"As it happened: {what}", f"Follow live updates from {place}. This live blog is closed.")
        for what, place in (("MPs vote on the Tarvia budget", "parliament"), ("the second Test, day three", "the oval"))
    )
    vote = report("Tarvia budget passes as MPs vote late", "Parliament agreed by nine votes.")
    groups = group([*paper(), budget, test, vote])
    assert together(groups, budget, vote)
    assert not together(groups, budget, test)


ALIKE = {
    "quakes": (
        ("Magnitude 6.1 earthquake strikes off Japan", "A quake of magnitude 6.1 struck off Japan, the agency said."),
        ("Magnitude 6.1 earthquake strikes off Peru", "A quake of magnitude 6.1 struck off Peru, the agency said."),
    ),
    "obituaries": (
        ("Actor Ruth Adeyemi dies aged 82", "The actor, known for television roles, has died, said Adeyemi’s family."),
        ("Actor Tom Larkin dies aged 82", "The actor, known for television roles, has died, said Larkin’s family."),
    ),
    "roads": (
        ("M25 closed after lorry crash", "The M25 is closed after a crash of a lorry, and delays are expected."),
        ("M6 closed after lorry crash", "The M6 is closed after a crash of a lorry, and delays are expected."),
    ),
}


@pytest.mark.parametrize("kind", ALIKE)
def test_events_that_differ_in_what_they_name_stay_apart_however_alike_they_are_told(kind):
    one, other = (report(*told) for told in ALIKE[kind])
    unnamed = [
        replace(each, print=print_of(terms_of(*told, "", "en"), "en"))
        for each, told in zip((one, other), ALIKE[kind], strict=True)
    ]
    assert together(group([*paper(), *unnamed]), *unnamed)
    assert not together(group([*paper(), one, other]), one, other)
    standing = Standing([], {"en": vocabulary_of([each.print for each in [*paper(), one, other]])})
    assert [len(standing.place(each).reports) for each in (one, other)] == [1, 1]


def test_two_names_of_one_event_keep_nothing_apart_where_either_report_says_both():
    one, other = (
        report(
            "Magnitude 6.1 earthquake strikes off Japan", "A quake of magnitude 6.1 struck off Honshu, the agency said."
        ),
        report("Magnitude 6.1 earthquake shakes Honshu", "A quake of magnitude 6.1 shook the coast, the agency said."),
    )
    assert together(group([*paper(), one, other]), one, other)
    standing = Standing([], {"en": vocabulary_of([each.print for each in [*paper(), one, other]])})
    assert [len(standing.place(each).reports) for each in (one, other)] == [1, 2]


def test_a_word_that_many_headlines_have_places_no_report_in_their_story():
    film, others = reviews()
    standing = Standing([], {"en": vocabulary_of([one.print for one in [*paper(), *film, *others]])})
    assert [len(standing.place(one).reports) for one in [*film, *others]] == [1, 2, *[1] * len(others)]


def test_reports_of_a_small_language_are_not_joined_by_its_commonest_words():
    quiz = report("Vad kan du om slagskeppet? Det här är det stora provet", language="sv")
    game = report("Det här är vad du kan spela om du är hemma", language="sv")
    others = [report(headline, language="sv") for headline in ("Isen lägger sig i hamnen", "Rektorn slutar i vår")]
    assert not together(group([quiz, game, *others]), quiz, game)


def test_reports_in_two_languages_stay_apart():
    english, french = report(FLOOD), report(FLOOD, language="fr")
    assert not together(group([*paper(), english, french]), english, french)


def test_a_story_stays_open_as_long_as_reports_keep_coming():
    days = [report(FLOOD, hours=hours) for hours in (0, 60, 120, 180)]
    assert together(group([*paper(), *days]), *days)
    first, much_later = report(FLOOD), report(FLOOD, hours=WINDOW / timedelta(hours=1) + 1)
    assert not together(group([*paper(), first, much_later]), first, much_later)


def test_a_late_report_joins_the_story_of_its_own_day():
    story, late = report(FLOOD), report(FLOOD, hours=-24)
    assert together(group([*paper(), story, late]), story, late)


def test_what_an_editor_placed_stays_and_carries_others():
    one, other = report(FLOOD, fixed_in=7), report(STRIKE, fixed_in=7)
    new = report("Calder floods: Tarvia opens reservoirs above Low Marrick", hours=1)
    alike = report(STRIKE)
    found = next(some for some in group([*paper(), one, other, new, alike]) if some.story_id == 7)
    assert {one.article_id, other.article_id} <= {report.article_id for report in found.reports}


def test_what_an_editor_placed_apart_stays_apart_however_near_and_others_join_either():
    one, other = report(FLOOD, fixed_in=7), report(FLOOD, fixed_in=8)
    between = [report(FLOOD, hours=hours) for hours in (1, 2, 3)]
    groups = group([*paper(), one, other, *between])
    assert not together(groups, one, other)
    stories = {some.story_id: some for some in groups if some.story_id}
    assert set(stories) == {7, 8}
    assert sum(len(some.reports) for some in stories.values()) == 5


def test_two_reports_of_one_title_need_more_than_its_manner_in_common():
    fete, recipes = (
        "Fair weather for the parish fete at Saltreed",
        "Four cookbooks and what each kitchen makes of a marrow",
    )
    manner = "Our man in the Northern Provinces writes from the harbour office"
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
    assert max(len(some.reports) for some in groups) <= len(chain) / 3


def test_the_order_in_which_reports_are_given_does_not_matter():
    reports = [*paper(), report(FLOOD), report(FLOOD, hours=1), report(STRIKE, hours=2), report(STRIKE, hours=1)]

    def shape(given: list[Report]) -> set[frozenset[int]]:
        return {frozenset(one.article_id for one in some.reports) for some in group(given)}

    assert shape(reports) == shape(reports[::-1])


def test_a_story_keeps_its_address_where_most_of_its_articles_go():
    a, b, c, d, e = (report("x") for _ in range(5))
    groups = [Group(None, "en", NOON, NOON, [a, b]), Group(None, "en", NOON, NOON, [c, d, e])]
    stood_in = {a.article_id: 7, c.article_id: 7, d.article_id: 7, b.article_id: 8}
    assert inherited(groups, stood_in) == [8, 7]
    assert inherited(groups, {}) == [None, None]


def test_a_reaction_that_names_the_event_joins_its_story_and_nothing_else():
    flood = [report(FLOOD), report("Calder floods: Low Marrick waits for Tarvia’s reservoirs", hours=1)]
    aside = report("A queue for sandbags", "Ferrymen of Low Marrick curse the Calder and hum.", hours=2)
    groups = group([*paper(), *flood, aside])
    assert together(groups, *flood, aside)
    assert max(len(some.reports) for some in groups) == 3


def test_a_report_of_the_same_subject_joins_a_story_of_many_only_where_one_of_them_tells_what_it_tells():
    words = [f"word{number}" for number in range(500)]

    def text(seed: int, length: int) -> str:
        return " ".join(Random(seed).sample(words, length))

    town = [report("", text(number, 20)) for number in range(300)]
    flood = [report(FLOOD, text(1000 + hour, 20), hours=hour / 10) for hour in range(4)]
    lone = report("", f"Calder Low Marrick {text(2000, 50)}", hours=1)
    assert together(group([*town, *flood[:3], lone]), *flood[:3], lone)
    assert not together(group([*town, *flood, lone]), flood[0], lone)
    link = report(FLOOD, " ".join(text(2000, 50).split()[:12]), hours=1)
    assert together(group([*town, *flood, link, lone]), *flood, link, lone)


def flooded(count: int) -> tuple[list[Report], list[Report], Report]:
    """A town's paper, so many reports of its flood, and one that is near to the last of them alone."""
    town = [report("", words(number, 20)) for number in range(300)]
    flood = [report(FLOOD, words(1000 + hour, 20), hours=hour / 10) for hour in range(count - 1)]
    flood.append(report(FLOOD, words(2000, 50), hours=1))
    return town, flood, report("", f"Calder {words(2000, 50)}", hours=1)


def test_a_large_story_lets_go_of_what_is_near_to_few_of_its_reports():
    town, flood, edge = flooded(5)
    assert together(group([*town, *flood, edge]), *flood, edge)
    town, flood, edge = flooded(9)
    groups = group([*town, *flood, edge])
    assert together(groups, *flood)
    assert not together(groups, flood[-1], edge)


def test_a_large_story_keeps_what_an_editor_placed_in_it():
    town, flood, edge = flooded(9)
    placed = [replace(one, story_id=7, fixed_in=7) for one in (flood[0], edge)]
    assert together(group([*town, *flood[1:], *placed]), *flood[1:], *placed)


def test_what_a_large_story_lets_go_of_stays_together_where_it_is_of_one_event():
    town, flood, edge = flooded(14)
    twin = replace(edge, article_id=next(numbers), source_id=next(numbers))
    groups = group([*town, *flood, edge, twin])
    assert together(groups, *flood)
    assert together(groups, edge, twin)
    assert not together(groups, flood[-1], edge)


def told(event: str, count: int, *, shared: int = 6, own: int = 6, days: int = 0) -> list[Report]:
    """So many reports of an event: words of its subject, which others share, its own, and those of each report."""
    subject, its = (" ".join(f"{word}{n}" for n in range(most)) for word, most in (("saga", shared), (event, own)))
    seed = 1000 * len(event)
    return [report("", f"{subject} {its} {words(seed + n, 10)}", hours=24 * days + n / 10) for n in range(count)]


def test_a_story_of_two_events_falls_into_them_where_it_is_large_enough():
    town = [report("", words(number, 20)) for number in range(300)]
    arrest, trial = told("arrest", 2), told("trial", 2)
    assert together(group([*town, *arrest, *trial]), *arrest, *trial)
    arrest, trial, appeal = told("arrest", 3), told("trial", 4), told("tribunal", 2)
    groups = group([*town, *arrest, *trial, *appeal])
    assert all(together(groups, *event) for event in (arrest, trial, appeal))
    assert not any(together(groups, one[0], other[0]) for one, other in combinations((arrest, trial, appeal), 2))


def test_of_one_subject_a_day_tells_apart_what_is_one_event_on_the_same_day():
    town = [report("", words(number, 20)) for number in range(300)]
    first, second = told("arrest", 4, shared=10, own=4), told("trial", 4, shared=10, own=4)
    assert together(group([*town, *first, *second]), *first, *second)
    later = told("trial", 4, shared=10, own=4, days=1)
    groups = group([*town, *first, *later])
    assert together(groups, *first)
    assert together(groups, *later)
    assert not together(groups, first[0], later[0])


def test_a_story_falls_apart_only_where_what_editors_placed_stays_together():
    town = [report("", words(number, 20)) for number in range(300)]
    arrest, trial = told("arrest", 3), told("trial", 3)
    placed = [replace(one, story_id=7, fixed_in=7) for one in (arrest[0], trial[0])]
    assert together(group([*town, *placed, *arrest[1:], *trial[1:]]), *placed, *arrest[1:], *trial[1:])
    groups = group([*town, placed[0], *arrest[1:], *trial])
    assert not together(groups, placed[0], trial[0])
    assert next(some for some in groups if some.story_id == 7).reports == [placed[0], *arrest[1:]]


def test_the_parts_of_a_story_are_as_far_apart_as_the_report_that_is_nearest_to_the_other_one():
    is_first = np.array([True, True, True, False, False])
    near = np.where(is_first[:, np.newaxis] == is_first, 0.5, 0.2)
    near[0, 3:] = near[3:, 0] = 0.4
    np.fill_diagonal(near, 0)
    part, share = farthest_parts(near)
    assert part.tolist() in (is_first.tolist(), (~is_first).tolist())
    assert share == pytest.approx(0.4 / 0.5)


def words(seed: int, length: int) -> str:
    return " ".join(f"word{number}" for number in Random(seed).sample(range(500), length))


def test_reports_that_share_their_background_alone_are_of_two_events():
    background = words(1, 40)
    leads = [" ".join(f"{name}{number}" for number in range(LEAD_WORDS)) for name in ("ferry", "school")]
    paper_of_today = [report("", words(seed, 80)) for seed in range(100, 300)]
    behind = [report("", f"{lead} {background}") for lead in leads]
    before = [report("", f"{background} {lead}") for lead in leads]
    assert not together(group([*paper_of_today, *behind]), *behind)
    assert together(group([*paper_of_today, *before]), *before)


def test_what_many_beside_two_reports_say_makes_them_less_near_than_what_few_say():
    subject = words(1, 16)
    saga = [report("", f"{words(seed, 36)} {subject}").print for seed in range(1000, 1060)]
    paper_of_today = [report("", words(seed, 24)).print for seed in range(100, 400)]

    def kept_of_first_two(*prints: Print) -> float:
        rows = matrix_of([*prints, *paper_of_today])
        one, other, near = (np.concatenate(parts) for parts in zip(*near_pairs(rows), strict=True))
        kept = told_apart(telling_products(rows, one, other, near, np.ones(len(one))), near)
        return float(kept[(one == 0) & (other == 1)][0])

    assert kept_of_first_two(*saga[:2]) == 1
    assert kept_of_first_two(*saga) < 1


def standing(*stories: list[Report]) -> Standing:
    others = [*paper(), *paper()]
    every = [*others, *(one for some in stories for one in some)]
    found = Standing([], {"en": vocabulary_of([one.print for one in every])})
    for one in others:
        found.place(one)
    for some in stories:
        found.place(some[0])
        for one in some[1:]:
            found.stands_in[some[0].article_id].add(one)
    return found


def test_a_new_report_is_placed_in_the_story_of_its_event():
    story = [report(FLOOD), report(FLOOD, hours=1)]
    found = standing(story, [report(STRIKE)])
    new = found.place(report("Tarvia opens the reservoirs: Low Marrick under water as the Calder floods", hours=2))
    assert {one.article_id for one in new.reports} >= {one.article_id for one in story}


def test_a_new_report_of_another_event_another_week_or_another_language_stands_alone():
    found = standing([report(FLOOD), report(FLOOD, hours=1)])
    much_later = WINDOW / timedelta(hours=1) + 2
    for stranger in (report("Salt"), report(FLOOD, hours=much_later), report(FLOOD, language="fr")):
        assert found.place(stranger).reports == [stranger]


# Two beginnings of one event that share two words, and what links them.
RESERVOIRS = "Tarvia opens the reservoirs of the Calder"
UNDER_WATER = "Calder floods Low Marrick"


def test_a_report_that_links_two_stories_of_one_event_makes_them_one():
    one, other = report(RESERVOIRS), report(UNDER_WATER, hours=1)
    found = standing([one], [other])
    assert not together(found.groups, one, other)
    link, later = report(FLOOD, hours=2), report(FLOOD, hours=3)
    found.place(link)
    assert together(found.groups, one, other, link)
    assert found.place(later).reports[-1] == later
    ids = [each.article_id for some in found.groups for each in some.reports]
    assert len(ids) == len(set(ids))
    assert together(found.groups, one, other, link, later)


def test_a_report_links_no_story_to_another_that_is_far_from_it_on_average():
    flood = [report(FLOOD, hours=hour) for hour in range(3)]
    strike = [report(STRIKE, hours=hour) for hour in range(3)]
    found = standing(flood, strike)
    both = found.place(report(f"{STRIKE}, as the Calder floods Low Marrick", hours=4))
    assert len(both.reports) == 4
    assert not together(found.groups, flood[0], strike[0])


def test_a_report_links_no_stories_that_editors_have_placed():
    one = replace(report(RESERVOIRS), story_id=7, fixed_in=7)
    other = replace(report(UNDER_WATER, hours=1), story_id=8, fixed_in=8)
    found = standing([one], [other])
    found.place(report(FLOOD, hours=2))
    assert not together(found.groups, one, other)


def test_a_story_that_is_fixed_keeps_its_address_first():
    a, b, c = (report("x") for _ in range(3))
    groups = [group_of(b, c), Group(7, "en", NOON, NOON, [a])]
    assert inherited(groups, {a.article_id: 7, b.article_id: 7, c.article_id: 7}) == [None, 7]
