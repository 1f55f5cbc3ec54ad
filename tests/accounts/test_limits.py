"""A19: guessing is slowed down, and a stranger cannot shut a reader out for long."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.limits import network_of
from tests.accounts.doing import ask_for_code, sign_in, sign_up
from tests.make import make_reader, make_user

pytestmark = pytest.mark.django_db

STRANGER, HOME = "203.0.113.7", "198.51.100.2"


def guess(email: str, ip: str, times: int = 1, **headers):
    for _ in range(times):
        answer = sign_in(email, "wrong wrong", REMOTE_ADDR=ip, **headers)
    return answer


def test_guessing_one_password_from_one_place_is_stopped():
    reader = make_reader()
    assert "do not match" in guess(reader.email, STRANGER, 5).text
    assert "Too many tries." in guess(reader.email, STRANGER).text
    assert "Too many tries." in sign_in(reader.email, REMOTE_ADDR=STRANGER).text


def test_a_stranger_who_guesses_does_not_shut_the_reader_out():
    reader = make_reader()
    guess(reader.email, STRANGER, 20)
    assert sign_in(reader.email, REMOTE_ADDR=HOME).status_code == 302


def test_guessing_many_accounts_from_one_place_is_stopped():
    readers = [make_reader() for _ in range(11)]
    answers = [guess(reader.email, STRANGER) for reader in readers]
    assert "do not match" in answers[9].text
    assert "Too many tries." in answers[10].text


def test_guessing_one_account_from_very_many_places_is_stopped():
    reader = make_reader()
    for place in range(60):
        guess(reader.email, f"10.0.{place}.1")
    assert "Too many tries." in guess(reader.email, "10.1.0.1").text


def test_a_made_up_forwarded_address_neither_helps_a_stranger_nor_locks_everybody():
    """No proxy is trusted by default."""
    reader = make_reader()
    for number in range(6):
        answer = guess(reader.email, STRANGER, HTTP_X_FORWARDED_FOR=f"192.0.2.{number}")
    assert "Too many tries." in answer.text
    assert sign_in(reader.email, REMOTE_ADDR=HOME, HTTP_X_FORWARDED_FOR="192.0.2.1").status_code == 302


def test_behind_our_own_proxy_each_reader_is_counted_alone(settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    proxy, reader = "10.9.9.9", make_reader()
    guess(reader.email, proxy, 6, HTTP_X_FORWARDED_FOR=f"192.0.2.1, {STRANGER}")
    assert "Too many" in guess(reader.email, proxy, HTTP_X_FORWARDED_FOR=f"192.0.2.99, {STRANGER}").text
    assert sign_in(reader.email, REMOTE_ADDR=proxy, HTTP_X_FORWARDED_FOR=HOME).status_code == 302


@pytest.mark.parametrize("forwarded", ["", "not an address", "1.2.3.4.5", "[::1", "unknown, ", "192.0.2.1:443"])
def test_an_odd_forwarded_address_is_nobodys_way_around_the_limit_and_breaks_nothing_a19(forwarded, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    reader = make_reader()
    client = Client(raise_request_exception=False)
    for _ in range(8):
        answer = sign_in(reader.email, "wrong wrong", client, REMOTE_ADDR="10.9.9.9", HTTP_X_FORWARDED_FOR=forwarded)
        assert answer.status_code in (200, 403, 429)
    assert answer.status_code != 200 or "Too many tries." in answer.text


def test_addresses_of_one_ipv6_household_share_their_tries_and_the_neighbours_have_their_own_a19():
    reader = make_reader()
    for number in range(6):
        answer = guess(reader.email, f"2001:db8:1:2::{number:x}")
    assert "Too many tries." in answer.text
    assert "do not match" in guess(reader.email, "2001:db8:1:3::1").text
    readers = [make_reader() for _ in range(11)]
    answers = [guess(one.email, f"2001:db8:9:9::{number:x}") for number, one in enumerate(readers)]
    assert "Too many tries." in answers[-1].text


def test_without_the_shared_cache_every_form_that_counts_tries_asks_for_patience_o03(settings):
    """Stated: reading goes on; nobody signs in, up or guesses until the cache is back."""
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    }
    reader, client = make_reader(), Client(raise_request_exception=False)
    forms = {
        "login": {"login": reader.email, "password": "a long password"},
        "signup": {"email": "new@mail.example", "password1": "a long password"},
        "login/code": {"email": reader.email},
        "password/reset": {"email": reader.email},
    }
    for path, form in forms.items():
        answer = client.post(f"/account/{path}/", form)
        assert (path, answer.status_code) == (path, 503)
        assert answer["Retry-After"]
    assert client.get("/account/").status_code == 302


def test_a_whole_ipv6_network_of_one_household_counts_as_one():
    assert network_of("2001:db8:1:2::5") == network_of("2001:db8:1:2:ffff::1")
    assert network_of("2001:db8:1:2::5") != network_of("2001:db8:1:3::5")
    assert network_of("203.0.113.7") == "203.0.113.7"


def test_a_reader_who_signs_in_often_is_not_slowed_down():
    reader = make_reader()
    for _ in range(12):
        assert sign_in(reader.email).status_code == 302


def test_codes_are_asked_for_a_few_times_only_and_a_stranger_uses_up_their_own(post):
    make_user("nadia@mail.example")
    for _ in range(4):
        ask_for_code("nadia@mail.example", Client(), REMOTE_ADDR=STRANGER)
    page = ask_for_code("nadia@mail.example", Client(), REMOTE_ADDR=STRANGER)
    assert "Too many tries." in page.text
    assert len(post) == 4
    page = ask_for_code("nadia@mail.example", Client(), REMOTE_ADDR=HOME)
    assert "six figures are on their way" in page.text


def test_known_and_unknown_addresses_are_limited_alike():
    """A18"""
    make_user("nadia@mail.example")
    for name in ("nadia", "sam"):
        answers = [
            ask_for_code(f"{name}@mail.example", Client(), REMOTE_ADDR=f"192.0.2.{name[0] == 'n':d}") for _ in range(5)
        ]
        assert ["Too many" in answer.text for answer in answers] == [False] * 4 + [True]


def test_too_many_sign_ups_from_one_place_get_a_page_that_says_so():
    for number in range(20):
        sign_up(f"reader-{number}@mail.example")
    answer = sign_up("one-more@mail.example")
    assert answer.status_code == 429
    assert "Too many tries" in answer.text
    assert "| Broadsheet</title>" in answer.text
    assert Client().get("/account/signup/").status_code == 200
