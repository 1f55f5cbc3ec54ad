from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.models import Article, Pick
from articles.muting import NO_MUTES, Mutes
from articles.pages.news import pick_cards
from articles.pages.picks import EARLIER_COUNT, live_picks, live_rows
from articles.pages.rows import rows_by_id
from tests.articles.pages.look import headlines, part
from tests.conftest import SECRET_SENTENCE
from tests.make import make_article, make_mute, make_pick, make_source

pytestmark = pytest.mark.django_db


def test_an_editors_own_words_are_looked_at_too(client, trial_reader):
    make_pick(headline_override="On shipping")
    make_pick(note="For friends of shipping")
    make_pick(make_article(headline="Kept"))
    make_mute(trial_reader, word="Shipping")
    client.force_login(trial_reader)
    assert [card.headline for card in client.get("/picks/").context["page"].live] == ["Kept"]


@pytest.fixture
def now():
    return timezone.now()


def make_earlier(headline: str, days_ago: int, **fields) -> Pick:
    now = timezone.now()
    return make_pick(
        make_article(headline=headline),
        **{"starts_at": now - timedelta(days=days_ago, hours=2), "ends_at": now - timedelta(days=days_ago), **fields},
    )


def test_a_pick_stands_with_its_reason_and_who_chose_it(visitor, editor):
    make_pick(make_article(headline="A ferry timetable"), note="Stay for the last line.", editor=editor)
    live = part(visitor.get("/picks/").text, "live")
    assert headlines(live) == ["A ferry timetable"]
    assert "Stay for the last line." in live
    assert "Chosen by Ines Carrow" in live


def test_an_editor_without_a_name_is_one_of_our_editors(visitor, staff):
    make_pick(editor=staff)
    make_pick(editor=None)
    page = visitor.get("/picks/").text
    assert page.count("Chosen by our editors") == 2
    assert staff.email not in page


def test_one_row_of_another_page_shows_the_first_of_the_page_s_own(now, editor):
    twice = make_article()
    for position, fields in enumerate([{"article": twice, "editor": editor}, {"headline_override": "On shipping"}, {}]):
        make_pick(**{"article": make_article(), "position": position, **fields})
    make_pick(twice, position=9)
    make_pick(make_article(withdrawn_at=now), position=0)
    for mutes in (NO_MUTES, Mutes(words=frozenset({"shipping"}))):
        row, page = live_rows(now, mutes), live_picks(now, mutes=mutes)
        assert [one.pk for one in row] == [one.pk for one in page]
        assert [one.editor_name for one in row] == [one.editor.name if one.editor else "" for one in page]
        assert [(one.article_id, one.source_id) for one in row] == [
            (one.article_id, one.article.source_id) for one in page
        ]


def test_a_pick_that_was_taken_down_after_it_was_chosen_is_no_card(now):
    make_pick(make_article())
    [row] = live_rows(now)
    assert pick_cards([row], {}) == []
    assert len(pick_cards([row], rows_by_id([row.article_id]))) == 1


def test_live_picks_stand_in_the_editors_order(visitor):
    make_pick(make_article(headline="Second"), position=2)
    make_pick(make_article(headline="First"), position=1)
    assert headlines(part(visitor.get("/picks/").text, "live")) == ["First", "Second"]


def test_a_pick_that_has_not_begun_shows_nowhere(visitor, now):
    make_pick(make_article(headline="Tomorrow's"), starts_at=now + timedelta(hours=12))
    assert "Tomorrow" not in visitor.get("/picks/").text


def test_picks_that_ended_stand_below_newest_first(visitor):
    make_earlier("Older", 9)
    make_earlier("Newer", 3)
    page = visitor.get("/picks/").text
    assert headlines(part(page, "earlier")) == ["Newer", "Older"]
    assert part(page, "live") == ""


def test_an_article_picked_twice_stands_once_among_the_live(visitor):
    article = make_article(headline="Picked twice")
    make_pick(article, position=1)
    make_pick(article, position=2)
    assert headlines(part(visitor.get("/picks/").text, "live")) == ["Picked twice"]


def test_a_pick_of_what_was_taken_down_shows_nowhere(visitor, now):
    make_pick(make_article(headline="Taken down", withdrawn_at=now))
    make_earlier("Taken down earlier", 3)
    Article.objects.filter(headline="Taken down earlier").update(withdrawn_at=now)
    make_pick(make_article(make_source(is_active=False), headline="Switched off"))
    page = visitor.get("/picks/").text
    assert headlines(page) == []
    assert "Our editors are reading" in page


def test_earlier_picks_follow_page_by_page(visitor):
    for number in range(EARLIER_COUNT + 3):
        make_earlier(f"Pick {number:02}", number + 1)
    first = visitor.get("/picks/").text
    older = re.search(r'rel="next" href="(\?before=[^"]*)">Earlier picks', first)[1]
    second = visitor.get(f"/picks/{older}").text
    assert headlines(first) == [f"Pick {number:02}" for number in range(EARLIER_COUNT)]
    assert headlines(second) == [f"Pick {number:02}" for number in range(EARLIER_COUNT, EARLIER_COUNT + 3)]
    assert "Earlier picks" not in second
    assert "To the newest" in second


def test_picks_that_ended_together_are_not_lost_between_two_pages(visitor, now):
    ended = now - timedelta(days=1)
    for number in range(EARLIER_COUNT + 5):
        make_earlier(f"Pick {number}", 2, ends_at=ended)
    first = visitor.get("/picks/").text
    older = re.search(r'rel="next" href="(\?before=[^"]*)"', first)[1]
    assert len(set(headlines(first) + headlines(visitor.get(f"/picks/{older}").text))) == EARLIER_COUNT + 5


def test_live_picks_stand_on_the_first_page_only(visitor):
    make_pick(make_article(headline="Live"))
    make_earlier("Earlier", 3)
    assert "Live" not in headlines(visitor.get("/picks/?before=99999999999999999-1").text)


@pytest.mark.parametrize("before", ["x", "\0", "9" * 10_000, "1-2-3"])
def test_an_address_that_is_none_of_ours_is_not_found(visitor, before):
    assert visitor.get("/picks/", {"before": before}).status_code == 404


def test_a_visitor_s_page_sets_no_cookie_carries_no_token_and_no_body(visitor, walled_article):
    """A01, A09"""
    make_pick(walled_article)
    answer = visitor.get("/picks/")
    assert walled_article.headline in answer.text
    assert SECRET_SENTENCE not in answer.text
    assert "csrfmiddlewaretoken" not in answer.text
    assert not answer.cookies


def test_a_reader_can_save_a_pick(trial_reader):
    pick = make_pick()
    client = Client()
    client.force_login(trial_reader)
    assert f'form="save" name="id" value="{pick.article_id}"' in client.get("/picks/").text


def test_picks_cost_the_same_queries_with_5_and_with_50(visitor):
    def queries_with(count: int) -> int:
        for number in range(count):
            make_pick()
            make_earlier("Earlier", number + 1)
        with CaptureQueriesContext(connection) as queries:
            visitor.get("/picks/")
        return len(queries)

    assert queries_with(5) == queries_with(45) == 3
