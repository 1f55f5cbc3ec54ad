"""A26: changing the address: proven at the new one, told to the old one, by the reader alone."""

from __future__ import annotations

import time

import pytest
from django.test import Client

from accounts.models import User
from tests.accounts.doing import (
    PASSWORD,
    ask_for_code,
    is_signed_in,
    sign_in,
    sign_up,
    signed_in,
    signed_in_by_code,
    type_code,
)
from tests.letters import code_in, letters_to, link_in
from tests.make import make_user

pytestmark = pytest.mark.django_db


def change(client: Client, email: str, password: str = PASSWORD):
    """Ask for a new address; type the password again where it is asked for."""
    answer = client.post("/account/email/", {"action_add": "1", "email": email})
    if answer.status_code == 302 and "reauthenticate" in answer.url:
        answer = client.post(answer.url, {"password": password, "next": "/account/email/"})
    return answer


@pytest.fixture
def nadia(db):
    return make_user("nadia@mail.example")


def test_a_new_address_is_proven_there_and_told_to_the_old_one(nadia, post):
    client = signed_in(nadia)
    change(client, "kerr@mail.example")
    assert User.objects.get().email == "nadia@mail.example"
    assert "We sent a link to <b>kerr@mail.example</b>" in client.get("/account/email/").text
    client.post(link_in(post[-1]))
    assert User.objects.get().email == "kerr@mail.example"
    assert [row.email for row in nadia.emailaddress_set.all()] == ["kerr@mail.example"]
    assert letters_to("nadia@mail.example") == ["Your address has changed at Broadsheet"]
    assert sign_in("kerr@mail.example").status_code == 302
    assert sign_in("nadia@mail.example").status_code == 200


def test_the_password_is_asked_for_first(nadia):
    client = signed_in(nadia)
    answer = client.post("/account/email/", {"action_add": "1", "email": "thief@mail.example"})
    assert answer.url.startswith("/account/reauthenticate/")
    page = client.post(answer.url, {"password": "wrong wrong", "next": "/account/email/"})
    assert "This is not your password." in page.text
    assert not nadia.emailaddress_set.filter(email="thief@mail.example").exists()


def test_a_reader_without_a_password_proves_it_by_signing_in_again(nadia, post, visitor):
    signed_in_by_code(nadia, visitor, post)
    session = visitor.session
    session["account_authentication_methods"] = [{"method": "code", "at": time.time() - 3600}]
    session.save()
    page = visitor.post("/account/email/", {"action_add": "1", "email": "thief@mail.example"})
    assert "Sign in once more" in page.text
    assert not nadia.emailaddress_set.filter(email="thief@mail.example").exists()
    assert visitor.post("/account/logout/", {"next": "/account/login/?next=/account/email/"}).url.startswith(
        "/account/login/"
    )
    ask_for_code(nadia.email, visitor)
    type_code(code_in(post[-1]), visitor)
    change(visitor, "kerr@mail.example")
    assert nadia.emailaddress_set.filter(email="kerr@mail.example").exists()


def test_an_address_of_somebody_else_is_not_said_to_be_taken(nadia, post):
    """A18: the page is the same, and only the mailbox's owner can open the link."""
    make_user("sam@mail.example")
    free, taken = (change(signed_in(nadia), f"{name}@mail.example") for name in ("free", "sam"))
    assert (free.status_code, free.url) == (taken.status_code, taken.url)
    client = Client()
    page = client.post(link_in(post[-1]), follow=True)
    assert "We could not confirm sam@mail.example" in page.text
    assert User.objects.get(pk=nadia.pk).email == "nadia@mail.example"


def test_an_address_taken_while_the_link_was_on_its_way_stays_with_the_other_account(nadia, post):
    client = signed_in(nadia)
    change(client, "kerr@mail.example")
    path = link_in(post[-1])
    make_user("kerr@mail.example", is_verified=False)
    page = client.post(path, follow=True)
    assert page.status_code == 200
    assert "another account uses it" in page.text
    assert User.objects.get(pk=nadia.pk).email == "nadia@mail.example"


def test_a_mistyped_address_can_be_mended_before_it_is_confirmed(visitor, post):
    sign_up("nadai@mail.example", client=visitor)
    change(visitor, "nadia@mail.example")
    reader = User.objects.get()
    assert reader.email == "nadai@mail.example"  # never an account without an address
    visitor.post(link_in(post[-1]))
    reader = User.objects.get()
    assert reader.email == "nadia@mail.example"
    assert reader.has_verified_address


def test_two_readers_who_mend_their_addresses_do_not_get_in_each_others_way(post):
    for name in ("one", "two"):
        client = Client()
        sign_up(f"{name}@mail.example", client=client)
        change(client, f"better-{name}@mail.example")
    assert sorted(User.objects.values_list("email", flat=True)) == ["one@mail.example", "two@mail.example"]


def test_a_change_can_be_called_off(nadia):
    client = signed_in(nadia)
    change(client, "kerr@mail.example")
    client.post("/account/email/", {"action_remove": "1", "email": "kerr@mail.example"})
    assert [row.email for row in nadia.emailaddress_set.all()] == ["nadia@mail.example"]


def test_the_mail_can_be_sent_again_but_not_many_times_a_minute(visitor, post):
    sign_up("nadia@mail.example", client=visitor)
    again = {"action_send": "1", "email": "nadia@mail.example"}
    page = visitor.post("/account/email/", again, follow=True)
    assert "The last link was sent a moment ago." in page.text
    assert len(post) == 1


def test_a_link_asked_for_later_is_sent(post):
    reader = make_user("nadia@mail.example", is_verified=False)
    client = signed_in(reader)
    page = client.post("/account/email/", {"action_send": "1", "email": "nadia@mail.example"}, follow=True)
    assert "A link is on its way to nadia@mail.example." in page.text
    client.post(link_in(post[-1]))
    assert reader.emailaddress_set.get().verified


def test_nobody_touches_the_address_of_another_reader(nadia, post):
    """A15"""
    other = make_user("sam@mail.example", is_verified=False)
    client = signed_in(nadia)
    for action in ("action_send", "action_remove", "action_primary"):
        client.post("/account/email/", {action: "1", "email": "sam@mail.example"})
    assert post == []
    assert other.emailaddress_set.get().email == "sam@mail.example"


def test_a_link_opened_by_somebody_else_acts_on_its_owner_only(nadia, post):
    """A25: whoever is signed in at that browser is signed out."""
    change(signed_in(nadia), "kerr@mail.example")
    other = make_user("sam@mail.example")
    browser = signed_in(other)
    browser.post(link_in(post[-1]))
    assert User.objects.get(pk=other.pk).email == "sam@mail.example"
    assert User.objects.get(pk=nadia.pk).email == "kerr@mail.example"
    assert not is_signed_in(browser)


@pytest.mark.parametrize("email", ["\x00@mail.example", "x" * 10_000, "not an address", "n\u200bk@mail.example", ""])
def test_odd_new_addresses_are_refused_with_a_sentence(nadia, email):
    client = signed_in(nadia)
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    assert client.post("/account/email/", {"action_add": "1", "email": email}).status_code == 200
    assert nadia.emailaddress_set.count() == 1


@pytest.mark.parametrize("key", ["x", "NA:x:y", "-" * 500])
def test_a_made_up_link_confirms_nothing(visitor, key):
    assert "This link has done its work" in visitor.get(f"/account/confirm-email/{key}/").text
    assert visitor.post(f"/account/confirm-email/{key}/").status_code == 404


def test_where_there_is_no_mail_the_address_stays(nadia, no_mail, post):
    client = signed_in(nadia)
    page = client.get("/account/email/").text
    assert "this site cannot send any yet" in page
    change(client, "kerr@mail.example")
    assert post == []
    assert nadia.emailaddress_set.count() == 1
