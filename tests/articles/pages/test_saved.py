from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.models import Saved
from articles.pages.saved import SAVED_PER_PAGE, when_saved
from tests.conftest import SECRET_SENTENCE
from tests.make import make_article, make_pick, make_reader, make_source, make_story

pytestmark = pytest.mark.django_db


def save(user, article, hours_ago: float = 0) -> Saved:
    saved = Saved.objects.create(user=user, article=article)
    Saved.objects.filter(pk=saved.pk).update(saved_at=timezone.now() - timedelta(hours=hours_ago))
    return saved


def test_a_reader_saves_an_article_and_comes_back_to_the_same_page(client, reader):
    article = make_article()
    answer = client.post("/saved/", {"id": article.pk, "next": "/news/world/?before=1-2"})
    assert (answer.status_code, answer["Location"]) == (303, "/news/world/?before=1-2")
    assert Saved.objects.get().user == reader


def test_pressing_again_takes_it_off_the_list(client, reader):
    article = make_article()
    for _ in range(2):
        client.post("/saved/", {"id": article.pk, "next": "/"})
    assert not Saved.objects.exists()


def test_what_is_wanted_may_be_asked_again(client, reader):
    article = make_article()
    for want, is_saved in (("save", True), ("save", True), ("remove", False), ("remove", False)):
        client.post("/saved/", {"id": article.pk, "want": want})
        assert Saved.objects.filter(user=reader, article=article).exists() is is_saved


def test_the_list_is_newest_first_with_minutes_and_day(client, reader):
    old = make_article(headline="Saved first", word_count=2_300)
    new = make_article(headline="Saved last", word_count=460)
    save(reader, old, 48)
    save(reader, new)
    page = client.get("/saved/").text
    assert page.index("Saved last") < page.index("Saved first")
    assert "10 min read" in page
    assert "2 articles, 12 minutes." in page
    assert "Saved today" in page


def test_each_has_a_button_that_takes_it_off(client, reader):
    article = make_article()
    save(reader, article)
    assert f'name="id" value="{article.pk}" aria-pressed="true"' in client.get("/saved/").text


def test_an_empty_list_says_what_it_is_for_and_shows_our_picks(client, reader):
    make_pick(make_article(headline="An editor's choice"), note="Stay for the last line.")
    page = client.get("/saved/").text
    assert "Nothing saved yet" in page
    assert "Stay for the last line." in page


def test_a_withdrawn_article_keeps_its_source_and_loses_its_headline_and_link(client, reader):
    article = make_article(make_source(name="Blue Nile"), headline="Libel", withdrawn_at=timezone.now())
    save(reader, article)
    page = client.get("/saved/").text
    assert "Blue Nile" in page
    assert "withdrawn" in page
    assert "Libel" not in page
    assert article.get_absolute_url() not in page


def test_a_withdrawn_article_can_still_be_taken_off(client, reader):
    article = make_article(withdrawn_at=timezone.now())
    save(reader, article)
    client.post("/saved/", {"id": article.pk})
    assert not Saved.objects.exists()


def test_an_article_of_a_title_that_is_switched_off_shows_no_headline(client, reader):
    save(reader, make_article(make_source(is_active=False), headline="Gone with its title"))
    page = client.get("/saved/")
    assert page.status_code == 200
    assert "Gone with its title" not in page.text


def test_a_list_of_many_goes_on_without_gap_or_repetition(client, reader):
    made = [make_article(headline=f"Kept {number:03}.") for number in range(2 * SAVED_PER_PAGE + 5)]
    at = timezone.now()
    Saved.objects.bulk_create(Saved(user=reader, article=article) for article in made)
    Saved.objects.update(saved_at=at)
    seen, url = [], "/saved/"
    while url:
        page = client.get(url).context["page"]
        seen += [line.card.headline for line in page.lines]
        url = f"/saved/{page.older_url}" if page.older_url else ""
    assert seen == [article.headline for article in reversed(made)]


def test_another_readers_list_is_never_shown_or_changed(client, reader):
    """A15."""
    other = make_reader()
    article = make_article(headline="Somebody else's")
    save(other, article)
    assert "Somebody else" not in client.get("/saved/").text
    client.post("/saved/", {"id": article.pk})
    client.post("/saved/", {"id": article.pk})
    assert list(Saved.objects.values_list("user", flat=True)) == [other.pk]


def test_a_visitor_is_asked_to_sign_in_and_comes_back(visitor):
    answer = visitor.get("/saved/")
    assert (answer.status_code, answer["Location"]) == (302, "/account/login/?next=%2Fsaved%2F")
    article = make_article()
    answer = visitor.post("/saved/", {"id": article.pk, "next": "/news/world/"})
    assert (answer.status_code, answer["Location"]) == (302, "/account/login/?next=%2Fnews%2Fworld%2F")
    assert not Saved.objects.exists()


@pytest.mark.parametrize("raw", ["//evil.example", "/\\evil.example", "https:evil.example", "https://u@evil.example/"])
def test_next_never_leads_off_the_site(client, visitor, reader, raw):
    """A17."""
    assert client.post("/saved/", {"id": make_article().pk, "next": raw})["Location"] == "/saved/"
    assert "evil" not in visitor.post("/saved/", {"id": "1", "next": raw})["Location"]


@pytest.mark.parametrize("raw", ["", "x", "-1", "1.5", "\x00", "9" * 30, "٣", "1 or 1=1"])
def test_an_odd_number_is_refused(client, reader, raw):
    """A29."""
    assert client.post("/saved/", {"id": raw}).status_code == 400


@pytest.mark.parametrize("before", ["x", "\x00", "9" * 10_000, "1-1"])
def test_an_odd_place_in_the_list_is_no_error(client, reader, before):
    """A29."""
    save(reader, make_article())
    assert client.get("/saved/", {"before": before}).status_code == 200


def test_what_does_not_exist_or_was_withdrawn_cannot_be_saved(client, reader):
    withdrawn = make_article(withdrawn_at=timezone.now())
    for pk in (withdrawn.pk, 10**17):
        assert client.post("/saved/", {"id": pk}).status_code == 404


def test_saving_needs_the_forms_token(trial_reader):
    """A16."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(trial_reader)
    assert client.post("/saved/", {"id": make_article().pk}).status_code == 403
    assert not Saved.objects.exists()


def test_the_list_holds_no_body_and_is_kept_by_nobody(client, reader, walled_article):
    """A01, A08."""
    save(reader, walled_article)
    page = client.get("/saved/")
    assert walled_article.headline in page.text
    assert SECRET_SENTENCE not in page.text
    assert page["Cache-Control"] == "private, no-store"


def test_a_full_list_costs_as_many_queries_as_a_short_one(client, reader):
    def add() -> None:
        article = make_article()
        make_story([article])
        save(reader, article)

    add()
    client.get("/saved/")
    with CaptureQueriesContext(connection) as few:
        client.get("/saved/")
    for _ in range(SAVED_PER_PAGE + 5):
        add()
    with CaptureQueriesContext(connection) as many:
        client.get("/saved/")
    assert len(few) == len(many)
    assert len(many) <= 8


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (-1, "Saved today"),
        (0, "Saved today"),
        (1, "Saved yesterday"),
        (2, "Saved on Thursday"),
        (6, "Saved on Sunday"),
        (7, "Saved on 15 November"),
        (400, "Saved on 18 October 2024"),
    ],
)
def test_the_day_is_named_as_a_person_would(days, words):
    now = datetime(2025, 11, 22, 0, 5, tzinfo=UTC)
    assert when_saved(now - timedelta(days=days), now) == words
