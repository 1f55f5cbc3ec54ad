from __future__ import annotations

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def test_a_visitor_chooses_dark_and_comes_back_to_the_page(visitor):
    answer = visitor.post("/preferences/", {"theme": "dark", "next": "/sources/?q=a"})
    assert (answer.status_code, answer["Location"]) == (303, "/sources/?q=a")
    assert '<html lang="en-GB" data-theme="dark">' in visitor.get("/sources/").text


def test_text_size_is_kept_beside_the_theme(visitor):
    visitor.post("/preferences/", {"theme": "light"})
    visitor.post("/preferences/", {"size": "xl"})
    assert 'data-theme="light" data-size="xl"' in visitor.get("/sources/").text


def test_the_choice_is_kept_for_a_year_where_the_script_can_read_it(visitor):
    cookie = visitor.post("/preferences/", {"size": "l"}).cookies["size"]
    assert (cookie.value, cookie["max-age"], cookie["samesite"]) == ("l", 365 * 24 * 3600, "Lax")
    assert not cookie["httponly"]


def test_a_choice_makes_no_session(visitor):
    assert set(visitor.post("/preferences/", {"theme": "dark", "size": "s"}).cookies) == {"theme", "size"}


@pytest.mark.parametrize(("name", "choice", "standard"), [("theme", "dark", "auto"), ("size", "xl", "m")])
def test_back_to_the_standard_takes_the_cookie_away_and_the_pages_are_public_again(visitor, name, choice, standard):
    visitor.post("/preferences/", {name: choice})
    assert visitor.get("/sources/")["Cache-Control"] == "private, no-cache"
    visitor.post("/preferences/", {name: standard})
    assert name not in visitor.cookies or not visitor.cookies[name].value
    visitor.cookies.clear()
    assert visitor.get("/sources/")["Cache-Control"].startswith("public")


@pytest.mark.parametrize("value", ["", "blue", "DARK", "\x00", "x" * 10_000, "dark; Path=/", '"><script>'])
def test_anything_else_is_ignored(visitor, value):
    """A29."""
    answer = visitor.post("/preferences/", {"theme": value, "size": value})
    assert answer.status_code == 303
    assert not answer.cookies


@pytest.mark.parametrize(
    "raw",
    ["//evil.example", "/\\evil.example", "https:evil.example", "https://a@evil.example", "\t//evil.example", "x"],
)
def test_next_never_leads_off_the_site(visitor, raw):
    """A17."""
    assert visitor.post("/preferences/", {"theme": "dark", "next": raw})["Location"] == "/"


def test_the_form_works_without_a_token_because_visitors_pages_hold_none():
    answer = Client(enforce_csrf_checks=True).post("/preferences/", {"theme": "dark"})
    assert answer.status_code == 303


def test_asking_without_a_form_changes_nothing(visitor):
    answer = visitor.get("/preferences/", {"theme": "dark", "next": "/saved/"})
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert not answer.cookies


def test_the_answer_is_kept_by_nobody(visitor):
    assert visitor.post("/preferences/", {"theme": "dark"})["Cache-Control"] == "private, no-store"
