from __future__ import annotations

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory

from newssite.caching import OWN_LOOK, PRIVATE, PUBLIC, PUBLIC_ERROR, cache_headers
from tests.make import make_article, make_source

pytestmark = pytest.mark.django_db


class SharedCache:
    """A proxy between everybody and the site that keeps what it is allowed to keep, for each Cookie header."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}
        self.hits = 0

    def get(self, client: Client, path: str) -> str:
        cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
        if (path, cookie) in self.kept:
            self.hits += 1
            return self.kept[path, cookie]
        page = client.get(path)
        assert page["Vary"] == "Cookie"
        if "public" in page["Cache-Control"]:
            self.kept[path, cookie] = page.text
        return page.text


def answer_to(
    cookies: dict[str, str], response: HttpResponse, path: str = "/page/", method: str = "GET"
) -> HttpResponse:
    request = RequestFactory().generic(method, path)
    request.COOKIES.update(cookies)
    return cache_headers(lambda request: response)(request)


def test_visitors_get_one_page_for_a_minute(visitor):
    page = visitor.get("/sources/")
    assert page["Cache-Control"] == "public, max-age=60, stale-while-revalidate=30"
    assert page["Vary"] == "Cookie"


def test_a_readers_page_is_stored_by_nobody(client, trial_reader):
    """A08, A09."""
    client.force_login(trial_reader)
    assert client.get("/sources/")["Cache-Control"] == PRIVATE


@pytest.mark.parametrize("is_reader_first", [True, False])
def test_through_a_shared_cache_nobody_meets_anothers_page(client, trial_reader, is_reader_first):
    """A09, in both orders."""
    client.force_login(trial_reader)
    source = make_source(slug="ledger")
    make_article(source)
    visitor, cache = Client(), SharedCache()
    for who in (client, visitor, client, visitor) if is_reader_first else (visitor, client, visitor, client):
        page = cache.get(who, "/sources/ledger/")
        assert ("csrfmiddlewaretoken" in page) == (who is client)
        assert (trial_reader.email in page) == (who is client)
    assert cache.hits == 1


def test_an_empty_cookie_header_is_no_cookie(visitor):
    """A09: missing and empty are the same visitor."""
    missing, empty = visitor.get("/sources/"), visitor.get("/sources/", headers={"cookie": ""})
    assert missing["Cache-Control"] == empty["Cache-Control"] == PUBLIC
    assert missing.content == empty.content


def test_a_cookie_that_is_not_ours_changes_nothing(visitor):
    """A09."""
    plain = visitor.get("/sources/")
    visitor.cookies["_analytics"] = "1"
    assert visitor.get("/sources/").content == plain.content
    assert visitor.get("/sources/")["Cache-Control"] == PUBLIC


def test_an_expired_session_is_not_taken_for_a_visitor(visitor, settings):
    visitor.cookies[settings.SESSION_COOKIE_NAME] = "long-gone"
    assert visitor.get("/sources/")["Cache-Control"] == PRIVATE


@pytest.mark.parametrize("name", ["theme", "size", "messages"])
def test_an_own_appearance_keeps_the_page_out_of_shared_caches(visitor, name):
    visitor.cookies[name] = {"theme": "dark", "size": "xl", "messages": "x"}[name]
    assert visitor.get("/sources/")["Cache-Control"] == OWN_LOOK


@pytest.mark.parametrize("own", ["public, max-age=600", None])
def test_an_answer_that_sets_a_cookie_is_never_public(own):
    response = HttpResponse()
    if own:
        response["Cache-Control"] = own
    response.set_cookie("anything", "1")
    assert answer_to({}, response)["Cache-Control"] == PRIVATE


def test_no_view_can_make_a_readers_page_public(settings):
    """A09: a page for somebody signed in stays private whatever its view says."""
    page = HttpResponse(headers={"Cache-Control": "public, max-age=600"})
    assert answer_to({settings.SESSION_COOKIE_NAME: "x"}, page)["Cache-Control"] == PRIVATE


def test_what_is_no_page_keeps_the_header_of_its_view(settings):
    feed = HttpResponse(content_type="application/rss+xml", headers={"Cache-Control": "public, max-age=300"})
    assert answer_to({settings.SESSION_COOKIE_NAME: "x"}, feed)["Cache-Control"] == "public, max-age=300"


def test_what_is_no_page_and_says_nothing_is_private_for_a_reader(settings):
    export = HttpResponse("{}", content_type="application/json")
    assert answer_to({settings.SESSION_COOKIE_NAME: "x"}, export)["Cache-Control"] == PRIVATE


def test_a_stricter_view_stands():
    """A10: nor is there an ETag that a visitor could send back."""
    page = answer_to({}, HttpResponse(headers={"Cache-Control": "private, no-store"}))
    assert page["Cache-Control"] == PRIVATE
    assert "ETag" not in page


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_the_answer_to_a_form_is_stored_by_nobody(method):
    assert answer_to({}, HttpResponse(), method=method)["Cache-Control"] == PRIVATE


@pytest.mark.parametrize("status", [301, 302, 400, 403, 429, 500, 503])
def test_what_is_no_page_yet_is_stored_by_nobody(status):
    assert answer_to({}, HttpResponse(status=status))["Cache-Control"] == PRIVATE


def test_not_found_is_remembered_for_half_a_minute(visitor):
    assert visitor.get("/nowhere/")["Cache-Control"] == PUBLIC_ERROR


def test_static_files_keep_their_own_headers():
    file = HttpResponse(headers={"Cache-Control": "max-age=315360000, public, immutable"})
    answer = answer_to({"theme": "dark"}, file, "/static/css/site.abc.css")
    assert answer["Cache-Control"] == "max-age=315360000, public, immutable"
    assert "Vary" not in answer


def test_a_page_that_only_looks_like_a_static_file_is_treated_as_a_page(client, trial_reader):
    """A11: cache deception."""
    client.force_login(trial_reader)
    for path in ("/static/nothing.css", "/saved/page.css", "/account/x.js", "/sources/;.css"):
        answer = client.get(path)
        assert (answer.status_code, answer["Cache-Control"]) == (404, PRIVATE)


def test_signing_out_clears_what_the_browser_kept(client, trial_reader):
    """A08."""
    client.force_login(trial_reader)
    answer = client.post("/account/logout/")
    assert answer.status_code == 302
    assert answer["Clear-Site-Data"] == '"cache", "storage"'
    assert "Clear-Site-Data" not in Client().get("/sources/")
