from __future__ import annotations

import errno
import re

import pytest
from django.core.exceptions import BadRequest, MiddlewareNotUsed, PermissionDenied
from django.db import OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path

from newssite import errors
from newssite.desk import desk
from tests.make import make_article, make_source, make_story

pytestmark = pytest.mark.django_db

SECRET = "an inner matter, /srv/app/secret.py"


def forbid(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied(SECRET)


def refuse(request: HttpRequest) -> HttpResponse:
    raise BadRequest(SECRET)


def break_down(request: HttpRequest) -> HttpResponse:
    raise RuntimeError(SECRET)


def lose_database(request: HttpRequest) -> HttpResponse:
    raise OperationalError(SECRET)


def fill_the_disk(request: HttpRequest) -> HttpResponse:
    raise OSError(errno.ENOSPC, SECRET)


def try_often(request: HttpRequest) -> HttpResponse:
    return errors.too_many_requests(request)


urlpatterns = [
    path("forbid/", forbid),
    path("refuse/", refuse),
    path("break/", break_down),
    path("lose/", lose_database),
    path("full/", fill_the_disk),
    path("often/", try_often),
    desk("admin/"),
    path("", include("newssite.urls")),
]
handler400, handler403 = errors.bad_request, errors.forbidden
handler404, handler500 = errors.not_found, errors.server_error


@pytest.fixture
def broken(settings) -> Client:
    """The site with a few addresses that go wrong; errors are answered, not raised."""
    settings.ROOT_URLCONF = __name__
    return Client(raise_request_exception=False)


def lose_the_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE articles_source RENAME TO articles_lost")


@pytest.mark.parametrize(
    ("path", "status", "heading"),
    [
        ("/refuse/", 400, "We could not read that request"),
        ("/forbid/", 403, "That is not open to you"),
        ("/nowhere/", 404, "We cannot find that page"),
        ("/often/", 429, "Too many tries"),
        ("/break/", 500, "Something broke on our side"),
        ("/lose/", 503, "We cannot reach our articles just now"),
        ("/full/", 503, "We cannot reach our articles just now"),
    ],
)
def test_each_error_says_what_happened_and_gives_nothing_away(broken, path, status, heading):
    """A30."""
    page = broken.get(path)
    assert page.status_code == status
    assert f"<h1>{heading}</h1>" in page.text
    assert page.text.count("<h1") == 1
    assert "secret" not in page.text
    assert "Traceback" not in page.text
    assert not page.cookies
    assert "csrfmiddlewaretoken" not in page.text


def test_not_found_offers_a_search_and_what_is_read_right_now(visitor):
    make_story([make_article(headline="The bridge that would not open")])
    page = visitor.get("/nowhere/").text
    assert 'role="search" action="/search/"' in page
    assert "Search all 1 title<" in page
    assert "Top stories on Broadsheet right now" in page
    assert "The bridge that would not open" in page


def test_not_found_without_any_story_leaves_the_list_out(visitor):
    assert "right now" not in visitor.get("/nowhere/").text


def test_not_found_is_answered_while_the_database_is_down(visitor):
    """O06."""
    lose_the_database()
    page = visitor.get("/nowhere/")
    assert page.status_code == 404
    assert "We cannot find that page" in page.text
    assert "site.css" in page.text


def test_a_page_without_its_database_asks_to_come_back(broken):
    """O06: 503 with a time, so that crawlers keep what they know."""
    page = broken.get("/lose/")
    assert page.status_code == 503
    assert page["Retry-After"] == "60"
    assert page["Cache-Control"] == "private, no-store"


def test_the_broken_page_stands_alone(broken, django_assert_num_queries):
    with django_assert_num_queries(0):
        page = broken.get("/break/").text
    assert "<script" not in page
    assert 'href="/static/css/site.css"' in page


def test_the_broken_page_is_made_even_without_static_files(broken, settings):
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }
    page = broken.get("/break/")
    assert page.status_code == 500
    assert "Something broke on our side" in page.text


def test_a_foreign_host_is_refused_without_a_word_about_the_site(visitor):
    """A22, A30."""
    page = visitor.get("/sources/", headers={"host": "evil.example"})
    assert page.status_code == 400
    assert "ALLOWED_HOSTS" not in page.text
    assert "evil.example" not in page.text


def test_a_form_without_its_token_says_what_to_do(trial_reader):
    """A16."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(trial_reader)
    page = client.post("/saved/", {"id": 1})
    assert page.status_code == 403
    assert "That form is no longer valid" in page.text
    assert "load the page again" in page.text
    assert "CSRF" not in page.text


def test_a_reader_keeps_the_own_masthead_on_an_error_page(client, trial_reader):
    client.force_login(trial_reader)
    page = client.get("/nowhere/")
    assert trial_reader.email in page.text
    assert page["Cache-Control"] == "private, no-store"


def test_while_developing_the_first_wrong_address_looks_like_the_product(settings):
    settings.DEBUG = True
    page = Client().get("/nowhere/")
    assert page.status_code == 404
    assert "We cannot find that page" in page.text
    assert "URLconf" not in page.text


def test_while_developing_a_broken_page_shows_developers_why(broken, settings):
    settings.DEBUG = True
    page = broken.get("/break/")
    assert page.status_code == 500
    assert "RuntimeError" in page.text


def test_with_debug_off_the_middleware_is_not_there(rf):
    with pytest.raises(MiddlewareNotUsed):
        errors.own_error_pages(lambda request: HttpResponse())


@pytest.mark.parametrize("path", ["/refuse/", "/forbid/", "/nowhere/", "/often/", "/break/"])
def test_no_error_page_needs_inline_style_or_script(broken, path):
    make_source()
    assert not re.search(r"<style|style=|<script(?![^>]*\bsrc=)|\son\w+=", broken.get(path).text)


def test_without_redis_the_site_reads_on_and_forms_that_count_tries_ask_for_patience(client, settings, walled_article):
    """O03: stated, neither a broken page nor unlimited tries."""
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    }
    client.raise_request_exception = False
    assert client.get("/").status_code == 200
    assert client.get(walled_article.get_absolute_url()).status_code == 200
    answer = client.post("/account/login/", {"login": "ada@mail.example", "password": "a quiet long password"})
    assert answer.status_code == 503
    assert answer["Retry-After"]


def test_a_browser_at_an_address_that_only_forms_are_sent_to_gets_words():
    answer = Client().get("/briefing/bounces/", headers={"Accept": "text/html,*/*;q=0.8"})
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert "<h1>That address is not opened this way</h1>" in answer.text
    assert answer["Cache-Control"] == "private, no-store"


def test_a_program_that_asks_in_the_wrong_way_gets_no_page():
    answer = Client().get("/briefing/bounces/")
    assert (answer.status_code, answer.content) == (405, b"")
