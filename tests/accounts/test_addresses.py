"""A23: one spelling per mailbox."""

import pytest

from accounts.addresses import canonical


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        (" Nadia.Kerr@Mail.Example ", "nadia.kerr@mail.example"),
        ("Ⓐdmin@site.example", "admin@site.example"),
        ("ſtaff@site.example", "staff@site.example"),
        ("nadia@ｍail.example", "nadia@mail.example"),
        ("nadia+news@mail.example", "nadia+news@mail.example"),
        ("nadia@münchen.example", "nadia@xn--mnchen-3ya.example"),
        ("nadia@Faß.example", "nadia@xn--fa-hia.example"),
    ],
)
def test_spellings_of_one_mailbox_are_one_address(typed, stored):
    assert canonical(typed) == stored
    assert canonical(stored) == stored


def test_a_look_alike_domain_stays_another_one_and_shows_it():
    assert canonical("admin@exаmple.org") == "admin@xn--exmple-4nf.org"


@pytest.mark.parametrize("typed", ["na\u200bdia@mail.example", "nadia\u202e@mail.example", "nadia@mail.example\x00"])
def test_an_address_with_characters_that_cannot_be_seen_is_none(typed):
    with pytest.raises(ValueError, match="cannot be seen"):
        canonical(typed)


def test_an_address_that_no_mailbox_can_have_is_refused_unread():
    with pytest.raises(ValueError, match="is too long"):
        canonical("a" * 10_000 + "@mail.example")


@pytest.mark.django_db
def test_what_is_wrong_with_an_address_is_said_in_a_whole_sentence(client):
    for typed, said in (
        ("a" * 250 + "@mail.example", "This address is too long."),
        ("nadia kerr@mail.example", "This address has a space in it."),
    ):
        assert said in client.post("/account/signup/", {"email": typed, "password1": "x"}).text
