"""What stands under Related Stories."""

from __future__ import annotations

from itertools import count

from articles.stories.fingerprint import Print, print_of, terms_of
from articles.stories.related import Neighbour, choose, choose_for_each

numbers = count(1)


def terms(headline: str) -> Print:
    return print_of(terms_of(headline, "", "", "en"), "en")


def neighbour(headline: str, **fields) -> Neighbour:
    number = next(numbers)
    return Neighbour(
        **{"article_id": number, "source_id": number, "story_id": number, "print": terms(headline), **fields}
    )


def test_what_shares_rare_words_comes_first_and_the_newest_follow():
    newest, near, old = neighbour("Rents rise"), neighbour("Reservoirs on the Calder"), neighbour("A prize")
    assert choose(terms("Calder reservoirs are low"), [newest, near, old], 3) == [
        near.article_id,
        newest.article_id,
        old.article_id,
    ]


def test_one_event_is_related_once_and_one_title_twice():
    event = [neighbour("Calder reservoirs", story_id=9) for _ in range(3)]
    title = [neighbour("Calder reservoirs", source_id=5) for _ in range(3)]
    chosen = choose(terms("Calder reservoirs"), [*event, *title], 10)
    assert chosen == [event[0].article_id, title[0].article_id, title[1].article_id]


def test_articles_without_a_story_are_not_taken_for_one_event():
    loose = [neighbour("Calder reservoirs", story_id=None) for _ in range(2)]
    assert len(choose(terms("Calder reservoirs"), loose, 10)) == 2


def test_no_neighbours_and_no_words_are_no_error():
    assert choose(terms("Calder"), [], 3) == []
    assert len(choose(terms(""), [neighbour("A"), neighbour("B")], 1)) == 1


def test_an_article_is_related_by_what_its_neighbours_say():
    """One says ferry, the other harbour; a third says both."""
    bridge = neighbour("Ferry and harbour at Saltreed")
    far, others = neighbour("Harbour dredged"), [neighbour(f"Prize number{number} won") for number in range(6)]
    assert choose(terms("Ferry delayed"), [*others, far, bridge], 2) == [bridge.article_id, far.article_id]


def test_worked_out_together_each_is_related_as_it_would_be_alone():
    event = [neighbour("Calder reservoirs", story_id=9) for _ in range(2)]
    others = [neighbour("Reservoirs on the Calder are low"), neighbour("A prize"), neighbour("Rents rise")]
    together = choose_for_each([*event, *others], 3)
    assert together[event[0].article_id][0] == others[0].article_id
    assert together[others[0].article_id][0] == event[0].article_id
    for article_id, chosen in together.items():
        assert article_id not in chosen
    assert not {one.article_id for one in event} & {*together[event[0].article_id], *together[event[1].article_id]}
    assert choose_for_each([], 3) == {}
