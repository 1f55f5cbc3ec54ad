"""A17: where a reader is led after signing in or up: always somewhere on this site."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import pytest
from django.test import Client

from tests.accounts.doing import sign_in, sign_up, signed_in
from tests.make import make_reader

pytestmark = pytest.mark.django_db

ELSEWHERE = [
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "/\\evil.example",
    "\\/evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "\t//evil.example",
    "/\n/evil.example",
    "\x00//evil.example",
    "\x08//evil.example",
    " //evil.example",
    "https:evil.example",
    "https:/evil.example",
    "https:///evil.example",
    "http://evil.example",
    "HTTPS://EVIL.example",
    "http://testserver@evil.example",
    "http://testserver.evil.example",
    "http://evil.example#testserver",
    "http://testserver:80@evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "%2f%2fevil.example",
    "//[",
    "//evil.example%2f@testserver",
    "http://[::1",
    "//google。com",
    "ftp://testserver/",
    "/" + "x" * 10_000,
    "/saved/\r\nSet-Cookie: a=b",
]


def leads_off_site(answer) -> bool:
    """As a browser reads the answer."""
    return urlsplit(urljoin("http://testserver/account/login/", answer.url)).netloc != "testserver"


@pytest.mark.parametrize("next_url", ELSEWHERE)
def test_signing_in_never_leads_off_the_site(next_url):
    answer = sign_in(make_reader().email, next=next_url)
    assert answer.status_code == 302
    assert not leads_off_site(answer)


@pytest.mark.parametrize("next_url", ELSEWHERE)
def test_signing_up_never_leads_off_the_site(next_url):
    answer = sign_up("nadia@mail.example", next=next_url)
    assert answer.status_code == 302
    assert not leads_off_site(answer)


@pytest.mark.parametrize("next_url", ELSEWHERE)
def test_signing_out_never_leads_off_the_site(next_url):
    answer = signed_in(make_reader()).post("/account/logout/", {"next": next_url})
    assert answer.status_code == 302
    assert not leads_off_site(answer)


@pytest.mark.parametrize("next_url", ELSEWHERE)
@pytest.mark.parametrize("path", ["login", "signup", "login/code", "password/reset"])
def test_no_page_breaks_on_an_odd_next_or_links_to_it(path, next_url):
    page = Client().get(f"/account/{path}/", {"next": next_url})
    assert page.status_code == 200
    assert 'href="//' not in page.text
    assert "next=%2F%2F" not in page.text


def test_a_path_with_a_query_is_kept():
    path = "/search/?q=bridge&section=world"
    assert sign_in(make_reader().email, next=path).url == path


def test_a_reader_asked_to_sign_in_comes_back_to_the_page(visitor):
    reader = make_reader()
    asked = visitor.get("/account/")
    assert asked.url == "/account/login/?next=/account/"
    assert sign_in(reader.email, client=visitor, next="/account/").url == "/account/"
