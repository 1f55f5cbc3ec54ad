"""A password that is forgotten, chosen, changed."""

from __future__ import annotations

import re
import time
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from tests.accounts.doing import PASSWORD, is_signed_in, sign_in, signed_in, signed_in_by_code
from tests.letters import letters_to, link_in
from tests.make import make_reader, make_user

pytestmark = pytest.mark.django_db

NEW = "a newer long password"


def ask_for_link(email: str, **more):
    return Client().post("/account/password/reset/", {"email": email}, follow=True, **more)


def choose(path: str, password: str = NEW, client: Client | None = None):
    client = client or Client()
    form = client.get(path, follow=True)
    return client.post(form.wsgi_request.path, {"password1": password, "password2": password})


def test_a_forgotten_password_is_chosen_anew_by_a_link_in_the_mail(post):
    reader = make_user("nadia@mail.example")
    phone = signed_in(reader)
    page = ask_for_link("Nadia@mail.example")
    assert "Check your e-mail" in page.text
    path = link_in(post[-1])
    choose(path)
    assert sign_in(reader.email, NEW).status_code == 302
    assert not is_signed_in(phone)  # A21: every other browser is signed out
    assert letters_to("nadia@mail.example")[-1] == "Your password has changed at Broadsheet"


def test_a_new_password_is_told_once(post):
    ask_for_link(make_user("nadia@mail.example").email)
    client = Client()
    form = client.get(link_in(post[-1]), follow=True)
    page = client.post(form.wsgi_request.path, {"password1": NEW, "password2": NEW}, follow=True).text
    assert page.partition("<body")[2].count("Your password is changed") == 1


def test_who_changes_the_password_is_told_on_the_account_page():
    client = signed_in(make_reader())
    form = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    assert "Your password is changed." in client.post("/account/password/change/", form, follow=True).text


def test_what_is_wrong_with_a_form_stands_above_it_with_the_way_to_each_field():
    page = signed_in(make_reader()).post("/account/password/change/", {"password1": NEW}).text
    above = page.partition("<main")[2].partition("<label")[0]
    assert re.findall(r'<a href="#(id_\w+)">([^:<]+): ', above) == [
        ("id_oldpassword", "Present password"),
        ("id_password2", "New password again"),
    ]


def test_the_link_works_once(post):
    """A22"""
    reader = make_user("nadia@mail.example")
    ask_for_link(reader.email)
    path = link_in(post[-1])
    choose(path)
    page = Client().get(path, follow=True)
    assert "This link has done its work" in page.text


def test_the_link_works_for_an_hour(post, settings):
    """A22"""
    reader = make_user("nadia@mail.example")
    ask_for_link(reader.email)
    settings.PASSWORD_RESET_TIMEOUT = -1
    assert "This link has done its work" in Client().get(link_in(post[-1]), follow=True).text


def test_the_key_is_taken_out_of_the_address_before_the_form_shows(post):
    """A22: no Referer can carry it."""
    ask_for_link(make_user("nadia@mail.example").email)
    path = link_in(post[-1])
    assert Client().get(path).url.endswith("-set-password/")


def test_a_known_and_an_unknown_address_get_the_same_answer(post):
    """A18"""
    make_user("nadia@mail.example")
    assert ask_for_link("nadia@mail.example").text == ask_for_link("sam@mail.example").text
    assert letters_to("sam@mail.example") == ["There is no account with this address at Broadsheet"]
    assert letters_to("nadia@mail.example") == ["A new password for Broadsheet"]


@pytest.mark.parametrize("typed", ["ſam@mail.example", "SAM@mail.example", "sam@ｍail.example"])
def test_the_link_goes_to_the_stored_address_and_nowhere_else(typed, post):
    """A23"""
    make_user("sam@mail.example")
    ask_for_link(typed)
    assert {to for letter in post for to in letter.to} <= {"sam@mail.example"}
    assert len(post) == 1


@pytest.mark.parametrize("header", ["HTTP_HOST", "HTTP_X_FORWARDED_HOST"])
def test_a_false_host_gets_into_no_letter(header, post):
    """A22"""
    make_user("nadia@mail.example")
    answer = ask_for_link("nadia@mail.example", **{header: "evil.example"})
    if header == "HTTP_HOST":
        assert answer.status_code == 400
    for letter in post:
        assert "evil.example" not in letter.body
        assert link_in(letter)


def test_another_allowed_host_does_not_get_into_letters_either(post):
    make_user("nadia@mail.example")
    ask_for_link("nadia@mail.example", HTTP_HOST="localhost")
    assert link_in(post[-1])


@pytest.mark.parametrize("key", ["1-abc", "zzzz-abc-def", "0-" + "x" * 500, "9999999999999999999-abc-def"])
def test_a_made_up_link_is_only_a_link_that_has_run_out(key, visitor):
    assert visitor.get(f"/account/password/reset/key/{key}/", follow=True).status_code in (200, 404)


def test_where_there_is_no_mail_no_link_is_promised(visitor, no_mail, post):
    make_user("nadia@mail.example")
    page = visitor.get("/account/password/reset/").text
    assert "This site cannot send mail yet" in page
    assert "<form" not in page.partition("<main")[2].partition("</main>")[0]
    assert visitor.post("/account/password/reset/", {"email": "nadia@mail.example"}).status_code == 200
    assert post == []


def test_changing_the_password_needs_the_present_one_and_signs_out_the_others(post):
    reader = make_user("nadia@mail.example")
    here, phone = signed_in(reader), signed_in(reader)
    form = {"oldpassword": "not it", "password1": NEW, "password2": NEW}
    assert "This is not your present password." in here.post("/account/password/change/", form).text
    answer = here.post("/account/password/change/", {**form, "oldpassword": "a long password"})
    assert answer.url == "/account/"
    assert is_signed_in(here)
    assert not is_signed_in(phone)
    assert letters_to(reader.email) == ["Your password has changed at Broadsheet"]


def test_a_reader_who_has_none_can_choose_one(visitor, post):
    reader = make_user("nadia@mail.example")
    signed_in_by_code(reader, visitor, post)
    assert "You sign in by a code that we mail you" in visitor.get("/account/").text
    assert visitor.get("/account/password/change/").url == "/account/password/set/"
    visitor.post("/account/password/set/", {"password1": NEW, "password2": NEW})
    assert sign_in(reader.email, NEW).status_code == 302


def test_a_first_password_is_chosen_by_who_signed_in_a_moment_ago_and_not_by_who_finds_the_browser(visitor, post):
    """A21: whoever could choose one would own the account, and pass every question for it from then on."""
    reader = make_user("nadia@mail.example")
    signed_in_by_code(reader, visitor, post)
    session = visitor.session
    session["account_authentication_methods"] = [{"method": "code", "at": time.time() - 3600}]
    session.save()
    assert "Sign in once more" in visitor.get("/account/password/set/").text
    assert "Sign in once more" in visitor.post("/account/password/set/", {"password1": NEW, "password2": NEW}).text
    reader.refresh_from_db()
    assert not reader.has_usable_password()


@pytest.mark.parametrize("password", ["x" * 1_000_000, "x" * 129, "nul\x00nul nul nul"])
@pytest.mark.parametrize("path", ["password/change", "reauthenticate"])
def test_absurd_passwords_are_refused_before_they_are_hashed(path, password, settings):
    """A24"""
    client = signed_in(make_reader())
    settings.PASSWORD_HASHERS = ["no.such.Hasher"]
    form = {"password": password, "oldpassword": password, "password1": password, "password2": password}
    assert client.post(f"/account/{path}/", form).status_code in (200, 400)


def test_a_password_is_hashed_with_argon2_at_owasps_minimum(settings):
    settings.PASSWORD_HASHERS = ["accounts.hashers.Argon2Hasher"]
    reader = User.objects.create_user("nadia@mail.example", "a long password")
    assert "m=19456,t=2,p=1" in reader.password
    assert reader.check_password("a long password")
    assert not reader.check_password("another password")


def test_a_link_from_yesterday_is_worth_nothing_after_the_reader_signed_in(post):
    reader = make_user("nadia@mail.example")
    ask_for_link(reader.email)
    User.objects.filter(pk=reader.pk).update(last_login=timezone.now() + timedelta(minutes=1))
    assert "This link has done its work" in Client().get(link_in(post[-1]), follow=True).text
