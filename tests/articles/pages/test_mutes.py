from __future__ import annotations

import pytest
from django.test import Client

from articles.models import Mute
from articles.pages import mutes
from articles.topics.store import file_articles
from tests.make import make_article, make_mute, make_reader, make_source, make_topic

pytestmark = pytest.mark.django_db


def mute(client, **form):
    return client.post("/preferences/mutes/", {"action": "mute", **form})


def test_every_mute_stands_there_with_its_undo(client, reader):
    make_mute(reader, source=make_source(name="The Lantern"))
    make_mute(reader, topic="Shipping")
    make_mute(reader, word="Élan")
    page = client.get("/preferences/mutes/").text
    for name in ("The Lantern", "Shipping", "Élan"):
        assert f'Undo<span class="vh">: show {name} again' in page


def test_a_mute_is_said_and_taken_back_from_where_it_was_made(client, reader):
    make_source(name="The Lantern", slug="lantern")
    answer = mute(client, source="lantern", next="/sources/lantern/")
    assert (answer.status_code, answer["Location"]) == (303, "/sources/lantern/")
    page = client.get("/sources/lantern/")
    assert "You have muted The Lantern." in page.text
    assert f'name="mute" value="{Mute.objects.get().pk}"' in page.text
    client.post("/preferences/mutes/", {"action": "unmute", "mute": Mute.objects.get().pk, "next": "/sources/lantern/"})
    assert not Mute.objects.exists()
    assert "The Lantern is shown again." in client.get("/sources/lantern/").text


@pytest.mark.parametrize("place", ["article", "source", "topic"])
def test_a_page_says_once_that_it_is_muted_at_first_with_the_message_then_by_itself(client, reader, place):
    article = make_article(source=make_source(slug="lantern"), categories=["Shipping"])
    file_articles([article.pk])
    topic = make_topic("Shipping")
    path = {"article": article, "source": article.source, "topic": topic}[place].get_absolute_url()
    form = {"topic": topic.key} if place == "topic" else {"source": "lantern"}
    mute(client, next=path, **form)
    first, later = client.get(path).text, client.get(path).text
    for page in (first, later):
        assert page.count("You have muted") == 1
    assert 'role="note"' not in first
    assert 'role="note"' in later


@pytest.mark.parametrize("form", [{"source": "lantern"}, {"topic": "shipping"}, {"word": "Shipping"}])
def test_a_form_sent_twice_mutes_once_and_is_taken_back_once(client, reader, form):
    make_source(slug="lantern")
    make_topic("Shipping")
    for _ in range(2):
        assert mute(client, **form).status_code == 303
    undo = {"action": "unmute", "mute": Mute.objects.get().pk}
    for _ in range(2):
        assert client.post("/preferences/mutes/", undo).status_code == 303
    assert not Mute.objects.exists()


def test_a_word_is_one_however_it_is_written(client, reader):
    for word in ("Élan", " elan ", "ELAN!"):
        mute(client, word=word)
    assert Mute.objects.get().typed == "Élan"


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("", "Type the word"),
        ("  ", "at least two"),
        ("%", "at least two"),
        ("a", "at least two"),
        ("x" * 81, "at most 80"),
    ],
)
def test_what_is_no_word_is_said_beside_the_field_and_at_the_top(client, reader, word, says):
    """A29."""
    answer = mute(client, word=word)
    assert answer.status_code == 400
    assert answer.text.count(says) == 2
    assert '<a href="#word">A word to mute: ' in answer.text.partition('<div class="side"')[0]
    assert 'aria-invalid="true"' in answer.text
    assert not Mute.objects.exists()


@pytest.mark.parametrize("word", ["疫", "\x00shipping", "' OR 1=1", "<b>bold</b>", "%_\\"])
def test_odd_words_are_words_or_refused_and_never_markup(client, reader, word):
    """A29."""
    assert mute(client, word=word).status_code in (303, 400)
    assert "<b>bold" not in client.get("/preferences/mutes/").text


@pytest.mark.parametrize(
    "form", [{"source": "never-was"}, {"source": "stopped"}, {"topic": "nothing"}, {"source": "\x00"}]
)
def test_what_does_not_exist_is_not_found(client, reader, form):
    """A29."""
    make_source(slug="stopped", is_active=False)
    assert mute(client, **form).status_code == 404


@pytest.mark.parametrize(
    "form", [{"action": "mute"}, {"source": "a", "word": "b"}, {"action": "unmute"}, {"action": "unmute", "mute": "1x"}]
)
def test_a_form_names_one_thing(client, reader, form):
    assert client.post("/preferences/mutes/", {"action": "mute", **form}).status_code == 400


def test_there_is_a_most(client, reader, monkeypatch):
    monkeypatch.setattr(mutes, "MOST_MUTES", 3)
    monkeypatch.setattr(mutes, "MOST_WORDS", 2)
    for word in ("one", "two"):
        mute(client, word=word)
    assert "You have muted 2 words" in mute(client, word="three").text
    assert mute(client, word="two").status_code == 303
    mute(client, source=make_source().slug)
    assert "You have 3 mutes" in mute(client, source=make_source().slug).text
    assert Mute.objects.count() == 3


def test_another_readers_mutes_are_never_shown_or_taken_back(client, reader):
    """A15."""
    theirs = make_mute(make_reader(), word="shipping")
    assert "shipping" not in client.get("/preferences/mutes/").text
    client.post("/preferences/mutes/", {"action": "unmute", "mute": theirs.pk})
    assert Mute.objects.get() == theirs


def test_titles_and_topics_are_found_by_name(client, reader):
    make_source(name="Lantern Daily", slug="lantern")
    muted = make_source(name="Evening Lantern", slug="evening")
    make_mute(reader, source=muted)
    file_articles([make_article(categories=["Lanterns"]).pk for _ in range(3)])
    found = client.get("/preferences/mutes/", {"find": "lantern"}).context["page"].found
    assert [(one.field, one.name, bool(one.mute_id)) for one in found] == [
        ("topic", "Lanterns", False),
        ("source", "Evening Lantern", True),
        ("source", "Lantern Daily", False),
    ]


def test_a_visitor_is_asked_to_sign_in_and_comes_back(visitor):
    assert visitor.get("/preferences/mutes/")["Location"] == "/account/login/?next=%2Fpreferences%2Fmutes%2F"
    answer = visitor.post("/preferences/mutes/", {"word": "x", "next": "/sources/"})
    assert answer["Location"] == "/account/login/?next=%2Fsources%2F"


def test_muting_needs_the_forms_token(trial_reader):
    """A16."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(trial_reader)
    assert client.post("/preferences/mutes/", {"word": "shipping"}).status_code == 403


@pytest.mark.parametrize("raw", ["//evil.example", "https:evil.example"])
def test_next_never_leads_off_the_site(client, reader, raw):
    """A17."""
    assert mute(client, word="shipping", next=raw)["Location"] == "/preferences/mutes/"


def test_many_mutes_cost_as_many_queries_as_few(client, reader, django_assert_max_num_queries):
    for number in range(40):
        make_mute(reader, source=make_source())
        make_mute(reader, topic=f"Topic {number}a")
    with django_assert_max_num_queries(6):
        client.get("/preferences/mutes/")
