"""The hourly check: what is stored, what everybody is told, whom it wakes, and that its decoy meets no reader."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from articles import reading
from articles.context import Site
from articles.decoy import decoy, decoy_texts, put_on_top
from articles.freshness import newest_article_at
from articles.leakcheck import CannotTell, Request, words_of
from articles.leakwatch import (
    KEPT,
    LOST_AFTER,
    PAUSE_SECONDS,
    REFUSED_PAUSE_SECONDS,
    last_leak_check,
    run_leak_check,
    unhurried,
    within,
)
from articles.models import Alarm, Article, ArticleQuerySet, LeakCheck, Outcome, Source
from articles.statements import Statement
from articles.tasks import watch_for_leaks
from billing.entitlement import Access
from newssite.schedule import BEAT
from tests.articles.test_leakcheck import OPENING, TAIL, outsider
from tests.make import make_article

pytestmark = pytest.mark.django_db


@pytest.fixture
def walled() -> Article:
    return make_article(opening_html=OPENING, body=OPENING + TAIL)


def clean(request: Request) -> tuple[int, str]:
    """A site that shows nothing, at no cost."""
    return 200, ""


def broken(request: Request) -> tuple[int, str]:
    return 503, ""


def shows(text: str):
    return lambda request: (200, text if request.path == "/feeds/top.xml" else "")


def outsider_at(*paths: str):
    """The real site at these addresses; at the others nothing shows, at no cost."""
    return lambda request: outsider(request) if request.path in paths else (200, "")


def page() -> str:
    return " ".join(Client().get("/how-we-choose/").text.split())


def test_a_pass_is_stored_and_told_to_everybody(walled):
    check = run_leak_check(timezone.now(), outsider)
    assert check.outcome == Outcome.PASSED
    assert check.article_count == 2  # the real one and the decoy
    assert check.address_count > 80
    assert f"Last checked 1 minute ago: {check.address_count} addresses, 2 articles, nothing showed." in page()
    assert last_leak_check() == check
    assert not mail.outbox


def test_walled_text_anywhere_fails_the_check_names_the_address_and_wakes_the_operators_once(walled):
    for _ in range(2):
        check = run_leak_check(timezone.now(), shows(TAIL))
    assert check.outcome == Outcome.FAILED
    assert check.leaks == [{"path": "/feeds/top.xml", "article_id": walled.pk}]
    assert TAIL[3:60] not in str(check.leaks)
    assert "text showed where it should not" in page()
    (letter,) = mail.outbox
    assert "text from behind the wall shows" in letter.subject
    assert "/feeds/top.xml" in letter.body


def test_when_it_holds_again_operators_are_told_once(walled):
    run_leak_check(timezone.now(), shows(TAIL))
    for _ in range(2):
        run_leak_check(timezone.now(), clean)
    assert [letter.subject.partition(": ")[2] for letter in mail.outbox][1:] == ["the wall holds again"]
    assert Alarm.objects.get(name="leak").raised_at is None


def test_a_site_that_does_not_answer_is_not_called_clean_and_the_last_pass_still_stands_there(walled):
    run_leak_check(timezone.now() - timedelta(hours=1), clean)
    LeakCheck.objects.update(finished_at=timezone.now() - timedelta(hours=2))
    check = run_leak_check(timezone.now(), broken)
    assert check.outcome == Outcome.UNKNOWN
    assert check.reason.endswith("answered 503")
    assert "did not come to an end, so it says nothing. The one 2 hours ago did: nothing showed." in page()
    assert not mail.outbox


def test_when_nothing_could_be_told_for_hours_operators_are_told(walled):
    run_leak_check(timezone.now() - timedelta(hours=7), broken)
    run_leak_check(timezone.now(), broken)
    assert [letter.subject.partition(": ")[2] for letter in mail.outbox] == [
        "for hours nobody could tell whether the wall holds"
    ]


def test_before_the_first_check_the_page_says_so():
    assert "It has not been checked yet." in page()


# The check does not believe the code that it checks: the only tests here that put something false into it.


def test_a_wall_that_is_down_for_everybody_is_seen(walled, monkeypatch):
    monkeypatch.setattr(reading, "access_to", lambda article, user, now: Access.FREE)
    check = run_leak_check(timezone.now(), outsider_at(walled.get_absolute_url()))
    assert check.outcome == Outcome.FAILED
    assert {"path": walled.get_absolute_url(), "article_id": walled.pk} in check.leaks


def test_a_filter_forgotten_in_every_list_brings_the_decoy_to_light(walled, monkeypatch):
    monkeypatch.setattr(ArticleQuerySet, "visible", lambda articles: articles)
    # What was put together before forgets nothing.
    monkeypatch.setattr(Statement, "_made", property(lambda _: {}), raising=False)
    check = run_leak_check(timezone.now(), outsider_at("/news/world/", "/feeds/world.xml"))
    assert {leak["path"] for leak in check.leaks} == {"/news/world/", "/feeds/world.xml"}


def test_walled_articles_in_which_there_is_nothing_to_look_for_prove_nothing():
    make_article(body="<p>Short.</p>")
    assert run_leak_check(timezone.now(), clean).outcome == Outcome.UNKNOWN


# One at a time, bounded, forgotten ----------------------------------------------------------------


def test_two_never_run_at_once(walled):
    seen = []

    def second(request: Request) -> tuple[int, str]:
        if not seen:
            seen.append(run_leak_check(timezone.now(), clean))
        return 200, ""

    assert run_leak_check(timezone.now(), second).outcome == Outcome.PASSED
    assert seen == [None]
    assert LeakCheck.objects.count() == 1


def test_a_check_whose_worker_died_makes_room(walled):
    lost = LeakCheck.objects.create(started_at=timezone.now() - LOST_AFTER - timedelta(minutes=1))
    assert run_leak_check(timezone.now(), clean).outcome == Outcome.PASSED
    lost.refresh_from_db()
    assert (lost.outcome, lost.reason) == (Outcome.UNKNOWN, "its worker never came back")


def test_a_check_that_breaks_off_leaves_the_way_free(walled):
    def breaks(request: Request) -> tuple[int, str]:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        run_leak_check(timezone.now(), breaks)
    assert run_leak_check(timezone.now(), clean).outcome == Outcome.PASSED


def test_the_walk_ends_when_its_time_is_up():
    with pytest.raises(CannotTell, match="not through after 0 seconds"):
        within(0, clean)(Request("/"))


def test_the_walk_goes_slowly_and_asks_once_more_where_it_was_too_fast():
    slept, answers = [], [(429, ""), (200, "x"), (429, ""), (429, "")]
    fetch = unhurried(lambda request: answers.pop(0), slept.append)
    assert fetch(Request("/")) == (200, "x")
    assert fetch(Request("/")) == (429, "")
    assert slept == [PAUSE_SECONDS, REFUSED_PAUSE_SECONDS] * 2


def test_old_results_are_forgotten(walled):
    LeakCheck.objects.create(started_at=timezone.now() - KEPT - timedelta(days=1), outcome=Outcome.PASSED)
    run_leak_check(timezone.now(), clean)
    assert LeakCheck.objects.count() == 1


def test_it_runs_every_hour_in_production():
    (entry,) = [entry for entry in BEAT.values() if entry["task"] == watch_for_leaks.name]
    assert entry["schedule"].minute == {17}
    assert len(entry["schedule"].hour) == 24
    assert entry["options"]["expires"] < 3600


# The decoy ---------------------------------------------------------------------------------------


@pytest.fixture
def hidden(walled) -> Article:
    """The decoy, once everything that makes pages has had a look at the database."""
    return put_on_top(timezone.now())


def test_no_reader_meets_the_decoy_in_any_list_or_number(hidden, client, staff):
    assert hidden.has_body
    client.force_login(staff)
    word = hidden.headline.split()[3]
    for who in (Client(), client):
        for path in ("/", "/sources/", "/feeds/top.xml", "/sitemap.xml", f"/search/?q={word}", "/news/world/"):
            answer = who.get(path)
            assert answer.status_code == 200
            assert word not in answer.text.replace(f'value="{word}"', "").replace(f"q={word}", "") or "search" in path
            assert f"/article/{hidden.pk}/" not in answer.text
        assert who.get(f"/article/{hidden.pk}/").status_code == 404
    assert Site().source_count == 1


@pytest.mark.parametrize("part", ["headline", "standfirst", "opening", "tail"])
def test_any_word_of_the_decoy_in_public_fails_the_check(hidden, part):
    said = words_of(decoy_texts(decoy()))[0].split(" p p ")
    text = {"headline": said[0], "standfirst": said[1], "opening": said[2], "tail": said[-1]}[part]
    check = run_leak_check(timezone.now(), shows(text))
    assert {leak["article_id"] for leak in check.leaks} == {hidden.pk}


def test_the_decoy_stays_shut_and_on_top_and_passes_for_no_news(walled):
    Article.objects.update(first_seen_at=timezone.now() - timedelta(hours=5))
    before = newest_article_at()
    put_on_top(timezone.now() - timedelta(hours=2))
    Source.objects.update(is_active=True)
    article = put_on_top(timezone.now())
    assert Article.objects.filter(source__slug="decoy-of-the-leak-check").count() == 1
    assert not Source.objects.get(pk=article.source_id).is_active
    assert Article.objects.newest().first() == article
    assert newest_article_at() == before


def test_a_site_without_articles_gets_no_decoy():
    assert put_on_top(timezone.now()) is None
    assert not Source.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_task_asks_the_site_at_its_public_address_over_http(live_server, walled, settings):
    settings.SITE_URL = live_server.url
    watch_for_leaks()
    check = last_leak_check()
    assert (check.outcome, check.reason) == (Outcome.PASSED, "")
    assert check.address_count > 80
