"""Signing in by password or code, and out again."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from accounts.models import User
from tests.accounts.doing import ask_for_code, is_signed_in, sign_in, sign_up, signed_in, type_code
from tests.letters import code_in, letters_to
from tests.make import make_reader, make_user

pytestmark = pytest.mark.django_db


def visible(answer) -> str:
    """A page without the tokens and the address that were typed into it."""
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"|[\w.]+@mail\.example', "", answer.text)


def test_a_reader_signs_in_by_password(visitor):
    reader = make_reader()
    answer = sign_in(reader.email.upper(), client=visitor)
    assert answer.url == "/"
    assert is_signed_in(visitor)


def test_a_wrong_password_is_said_in_one_sentence(visitor):
    page = sign_in(make_reader().email, "not the password", visitor)
    assert "The address and the password do not match. Check both." in page.text
    assert "<title>Error: Sign in | " in page.text  # the first that a screen reader says of the page
    assert not is_signed_in(visitor)


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer():
    """A18"""
    make_user("nadia@mail.example")
    assert visible(sign_in("nadia@mail.example", "wrong wrong")) == visible(sign_in("sam@mail.example", "wrong wrong"))


def test_a_code_signs_in_without_a_password(visitor, post):
    reader = make_user("nadia@mail.example", is_verified=False)
    page = ask_for_code("Nadia@mail.example", visitor)
    assert "six figures are on their way" in page.text
    assert letters_to("nadia@mail.example") == ["Your code for Broadsheet"]
    code = code_in(post[-1])
    type_code(f"{code[:3]} {code[3:]}", visitor)
    assert is_signed_in(visitor)
    assert reader.emailaddress_set.get().verified
    assert reader.access_lines.get().cause == "address_verified"


def test_who_signed_up_with_somebody_else_s_address_is_out_once_its_owner_signs_in(post):
    """A21: they chose the password, and waited signed in for the owner to come and pay."""
    stranger, owner = Client(), Client()
    sign_up("nadia@mail.example", client=stranger)
    assert is_signed_in(stranger)
    ask_for_code("nadia@mail.example", owner)
    page = type_code(code_in(post[-1]), owner)
    assert "no longer works, in case it was not yours" in page.text
    assert is_signed_in(owner)
    assert not is_signed_in(stranger)
    assert sign_in("nadia@mail.example").status_code == 200
    assert is_signed_in(owner)


def test_a_code_takes_no_password_from_who_has_proven_the_address(post):
    reader = make_user("nadia@mail.example")
    other, here = signed_in(reader), Client()
    ask_for_code(reader.email, here)
    type_code(code_in(post[-1]), here)
    assert is_signed_in(here)
    assert is_signed_in(other)
    assert sign_in(reader.email).status_code == 302


def test_the_button_beside_the_password_sends_a_code_to_the_address_above_it(visitor, post):
    make_user("nadia@mail.example")
    form = visitor.get("/account/login/?next=/saved/").text
    assert 'formaction="/account/login/code/"' in form
    answer = visitor.post("/account/login/code/", {"login": "nadia@mail.example", "password": "", "next": "/saved/"})
    answer = visitor.post(answer.url, {"code": code_in(post[-1])})
    assert answer.url == "/saved/"


def test_asking_for_a_code_tells_nobody_who_has_an_account(post):
    """A18: the page and the number of letters are the same."""
    make_user("nadia@mail.example")
    known, unknown = (ask_for_code(f"{name}@mail.example", Client()) for name in ("nadia", "sam"))
    assert known.redirect_chain == unknown.redirect_chain
    assert visible(known) == visible(unknown)
    assert letters_to("sam@mail.example") == ["There is no account with this address at Broadsheet"]
    assert len(letters_to("nadia@mail.example")) == 1


def test_three_wrong_codes_use_the_code_up(visitor, post):
    make_user("nadia@mail.example")
    ask_for_code("nadia@mail.example", visitor)
    code = code_in(post[-1])
    wrong = "000000" if code != "000000" else "111111"
    page = type_code(wrong, visitor)
    assert "Type all six figures from the newest e-mail." in page.text
    assert "We could not match that code." in page.text
    type_code(wrong, visitor)
    page = type_code(wrong, visitor)
    assert "Too many tries." in page.text
    type_code(code, visitor)
    assert not is_signed_in(visitor)


@pytest.mark.parametrize("code", ["", "\x00\x00", "9" * 10_000, "४०२१९३", "💥"])
def test_an_odd_code_is_only_a_wrong_one(visitor, post, code):
    make_user("nadia@mail.example")
    ask_for_code("nadia@mail.example", visitor)
    assert type_code(code, visitor).status_code == 200
    assert not is_signed_in(visitor)


def test_a_new_code_can_be_asked_for_on_the_same_page(visitor, post):
    make_user("nadia@mail.example")
    ask_for_code("nadia@mail.example", visitor)
    visitor.post("/account/login/code/confirm/", {"action": "resend"})
    assert len(post) == 2
    type_code(code_in(post[-1]), visitor)
    assert is_signed_in(visitor)


def test_where_there_is_no_mail_no_code_is_offered_and_a_forgotten_password_has_a_way_on(visitor, no_mail):
    page = visitor.get("/account/login/").text
    assert "Send me a code" not in page
    assert 'Forgotten your password, or no longer have that address? <a href="mailto:' in page


@pytest.mark.parametrize("password", ["x" * 1_000_000, "nul\x00nul", "пароль" * 40])
def test_an_absurd_password_is_refused_before_it_is_hashed(password, settings):
    """A24: the hasher would fail here if it were asked."""
    reader = make_reader()
    settings.PASSWORD_HASHERS = ["no.such.Hasher"]
    assert sign_in(reader.email, password).status_code in (200, 400)


def test_a_closed_account_says_so_to_its_owner_only(visitor):
    reader = make_reader()
    User.objects.filter(pk=reader.pk).update(is_active=False)
    assert sign_in(reader.email, client=visitor).url == "/account/inactive/"
    assert not is_signed_in(visitor)
    assert "do not match" in sign_in(reader.email, "wrong wrong").text


def test_a_session_ends_when_the_account_is_closed():
    reader = make_reader()
    client = signed_in(reader)
    User.objects.filter(pk=reader.pk).update(is_active=False)
    assert not is_signed_in(client)


def test_the_session_gets_a_new_key_at_sign_in(visitor, post):
    """A21: a key planted in the browser beforehand is worth nothing afterwards."""
    make_user("nadia@mail.example")
    ask_for_code("nadia@mail.example", visitor)
    planted = visitor.cookies["session"].value
    type_code(code_in(post[-1]), visitor)
    assert is_signed_in(visitor)
    assert visitor.cookies["session"].value != planted


def test_signing_out_ends_the_session_on_the_server():
    """A21"""
    client = signed_in(make_reader())
    thief = Client()
    thief.cookies["session"] = client.cookies["session"].value
    assert is_signed_in(thief)
    assert "<h1>You are signed out</h1>" in client.post("/account/logout/", follow=True).text
    assert not is_signed_in(client)
    assert not is_signed_in(thief)


def test_who_is_signed_in_is_not_told_otherwise():
    assert signed_in(make_reader()).get("/account/signed-out/").url == "/account/"


def test_opening_a_link_signs_nobody_out():
    """A16: an image on somebody's page must not do it."""
    client = signed_in(make_reader())
    assert "Sign out" in client.get("/account/logout/").text
    assert is_signed_in(client)


@pytest.mark.parametrize(
    "path",
    [
        *("login", "login/code", "logout", "signup", "email", "password/change", "password/reset", "reauthenticate"),
        *("settings", "sign-out-everywhere", "delete", "sessions", "3rdparty"),
    ],
)
def test_every_form_needs_its_token(path):
    """A16"""
    browser = signed_in(make_reader())
    client = Client(enforce_csrf_checks=True)
    client.cookies["session"] = browser.cookies["session"].value
    assert client.post(f"/account/{path}/", {"email": "x@mail.example"}).status_code == 403


def test_signing_out_everywhere_ends_every_browser_of_this_reader_and_no_other():
    reader, other = make_reader(), make_reader()
    here, phone, elsewhere = signed_in(reader), signed_in(reader), signed_in(other)
    assert "<h1>You are signed out</h1>" in here.post("/account/sign-out-everywhere/", follow=True).text
    assert not is_signed_in(here)
    assert not is_signed_in(phone)
    assert is_signed_in(elsewhere)


def test_the_account_page_names_the_browsers_that_are_signed_in():
    reader = make_reader()
    firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0"
    client = Client(headers={"user-agent": firefox})
    sign_in(reader.email, client=client)
    signed_in(reader)
    page = client.get("/account/").text
    assert re.search(r"This browser</dt><dd>Firefox on Linux", page)
    assert page.count("Another browser</dt>") == 1


def test_the_sign_in_page_offers_no_provider_without_its_keys(visitor):
    page = visitor.get("/account/login/").text
    assert "Google" not in page
    assert "Apple" not in page


def test_pages_at_the_door_carry_our_name_and_are_kept_by_nobody(visitor):
    for path in ("login", "signup", "password/reset", "login/code", "confirm-email", "inactive"):
        page = visitor.get(f"/account/{path}/")
        assert "<title>" in page.text
        assert "| Broadsheet</title>" in page.text
        if page.cookies:
            assert page["Cache-Control"] == "private, no-store"
