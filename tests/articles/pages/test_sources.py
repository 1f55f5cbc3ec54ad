from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.html import escape

from articles.models import Source
from tests.make import make_source

pytestmark = pytest.mark.django_db


def make_sources(count: int) -> None:
    Source.objects.bulk_create(
        Source(name=f"Paper {number:03}", slug=f"paper-{number}", homepage="https://paper.example", country="GB")
        for number in range(count)
    )


def test_from_a_hundred_titles_on_the_heading_says_so(visitor):
    make_sources(100)
    assert "<h1>100+ trusted global sources</h1>" in visitor.get("/sources/").text


def test_below_a_hundred_the_heading_is_the_true_number(visitor):
    make_sources(99)
    page = visitor.get("/sources/").text
    assert "<h1>99 trusted global sources</h1>" in page
    assert "99 titles in 1 country and 1 language." in page


def test_countries_and_languages_are_counted_once_whatever_their_regions(visitor):
    make_source(country="GB", language="en-GB")
    make_source(country="US", language="en-US")
    make_source(country="CH", language="fr-CH")
    make_source(country="", language="fr")
    assert "4 titles in 3 countries and 2 languages." in visitor.get("/sources/").text


def test_a_title_that_is_switched_off_is_neither_listed_nor_counted(visitor):
    make_source(name="Running Times")
    make_source(name="Stopped Times", is_active=False)
    page = visitor.get("/sources/").text
    assert "Running Times" in page
    assert "Stopped Times" not in page
    assert "1 title in 1 country and 1 language." in page


def test_each_title_links_to_its_page_with_country_and_language(visitor):
    make_source(name="Le Temps", slug="le-temps", country="CH", language="fr-CH")
    make_source(name="Tasman Daily", slug="tasman", country="NZ", language="en-NZ")
    page = visitor.get("/sources/").text
    assert '<a href="/sources/le-temps/"><bdi>Le Temps</bdi></a> <small>Switzerland, French</small>' in page
    assert '<a href="/sources/tasman/"><bdi>Tasman Daily</bdi></a> <small>New Zealand</small>' in page


def test_a_name_in_another_script_has_its_own_heading_and_says_its_language(visitor):
    make_source(name="المرفأ", country="LB", language="ar")
    page = visitor.get("/sources/").text
    assert "Other scripts" in page
    assert 'lang="ar"><bdi>المرفأ</bdi>' in page


def test_a_part_of_the_name_finds_a_title(visitor):
    make_source(name="El País", language="es", country="ES")
    make_source(name="Tasman Daily")
    page = visitor.get("/sources/", {"q": "pais"}).text
    assert "El País" in page
    assert "Tasman Daily" not in page
    assert "1 of 2 titles" in page


def test_country_and_language_are_offered_in_english_and_narrow_the_list(visitor):
    make_source(name="El País", language="es-ES", country="ES")
    make_source(name="La Nación", language="es-AR", country="AR")
    page = visitor.get("/sources/", {"country": "AR", "lang": "es"}).text
    assert "La Nación" in page
    assert "El País" not in page
    assert '<option value="AR" selected>Argentina</option>' in page
    assert '<option value="es" selected>Spanish</option>' in page


def test_nothing_found_says_what_to_do(visitor):
    make_source(name="Tasman Daily")
    page = visitor.get("/sources/", {"q": "nowhere"})
    assert page.status_code == 200
    assert "No title of that kind" in page.text
    assert '<a class="btn btn--line" href="/sources/">' in page.text


def test_an_empty_catalogue_says_so(visitor):
    assert "No titles yet" in visitor.get("/sources/").text


@pytest.mark.parametrize("value", ["\x00", "x" * 10_000, '"><script>alert(1)</script>', "%", "😀", "(((", "-1"])
def test_odd_questions_are_answered(visitor, value):
    """A29."""
    make_source()
    for name in ("q", "country", "lang"):
        page = visitor.get("/sources/", {name: value})
        assert page.status_code == 200
        assert "<script>alert" not in page.text


def test_a_name_from_a_feed_catalogue_is_escaped(visitor):
    make_source(name="Tom & <i>Jerry</i>")
    assert escape("Tom & <i>Jerry</i>") in visitor.get("/sources/").text


def test_two_hundred_titles_cost_as_many_queries_as_two(visitor):
    make_sources(2)
    with CaptureQueriesContext(connection) as few:
        visitor.get("/sources/")
    Source.objects.all().delete()
    make_sources(198)
    with CaptureQueriesContext(connection) as many:
        visitor.get("/sources/")
    assert len(few) == len(many) == 2


def test_the_directory_is_public_and_holds_no_token(visitor):
    page = visitor.get("/sources/")
    assert page["Cache-Control"].startswith("public")
    assert not page.cookies
    assert "csrfmiddlewaretoken" not in page.text
