from __future__ import annotations

from articles.pictures.lead import Candidate, Choice, choose

LEAD, THUMBNAIL, TEXT = (Candidate(place + 1, place, 900) for place in range(3))


def pending(place: int) -> Candidate:
    return Candidate(place + 1, place, is_pending=True)


def useless(place: int) -> Candidate:
    return Candidate(place + 1, place)


def narrow(place: int) -> Candidate:
    return Candidate(place + 1, place, 199)


def test_the_lead_picture_stands_above_the_article():
    assert choose([TEXT, LEAD, THUMBNAIL], has_thumbnail=True) == Choice(1)


def test_while_it_may_come_nothing_else_takes_its_place():
    assert choose([pending(0), TEXT], has_thumbnail=True) == Choice()


def test_where_it_is_of_no_use_the_thumbnail_is_asked_for_and_awaited():
    for lead in (useless(0), narrow(0)):
        assert choose([lead, TEXT], has_thumbnail=True) == Choice(wants_thumbnail=True)
        assert choose([lead, THUMBNAIL, TEXT], has_thumbnail=True) == Choice(2)


def test_then_the_first_of_the_text_that_is_wide_enough():
    assert choose([useless(0), TEXT], has_thumbnail=False) == Choice(3)
    assert choose([useless(0), narrow(2), Candidate(9, 3, 300)], has_thumbnail=False) == Choice(9)


def test_a_logo_stands_above_nothing():
    assert choose([narrow(0)], has_thumbnail=False) == Choice()


def test_an_article_without_a_lead_picture_gets_none():
    assert choose([TEXT], has_thumbnail=True) == Choice()
    assert choose([], has_thumbnail=True) == Choice()
