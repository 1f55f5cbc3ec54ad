"""A18: what was looked up for an answer cannot be told from when it comes."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts import beat
from tests.accounts.doing import sign_in
from tests.make import make_user

pytestmark = pytest.mark.django_db
CODE, RESET = "/account/login/code/", "/account/password/reset/"


class Clock:
    """Time goes on by what a view takes, and by what somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        self.now += 0.017
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch, settings) -> Clock:
    settings.ANSWER_BEAT_SECONDS = 0.1
    clock = Clock()
    monkeypatch.setattr(beat, "time", clock)
    return clock


@pytest.mark.parametrize("name", ["nadia", "nobody"])
@pytest.mark.parametrize("path", [CODE, RESET])
def test_a_letter_is_promised_on_the_beat_whoever_asks(name, path, clock, client, post):
    make_user("nadia@mail.example")
    began = clock.now + 0.017
    client.post(path, {"email": f"{name}@mail.example"})
    assert clock.now - began == pytest.approx(0.1)


def test_a_wrong_sign_in_is_answered_on_the_beat_and_a_right_one_at_once(clock):
    make_user("nadia@mail.example")
    for password, waits in (("not the password", True), ("a long password", False)):
        began = clock.now
        sign_in("nadia@mail.example", password)
        assert (clock.now - began >= 0.1) is waits


def test_pages_are_not_kept_waiting(clock, client):
    began = clock.now
    for path in ("/account/login/", CODE, RESET, "/"):
        client.get(path)
    assert clock.now == began


@pytest.mark.parametrize("path", ["/account/login/", CODE, RESET])
def test_what_is_refused_unread_holds_no_place_in_the_line(path, clock):
    """A flood of forms without a token would fill the line for everybody else's."""
    client = Client(enforce_csrf_checks=True)
    began = clock.now
    assert client.post(path, {"email": "nadia@mail.example"}).status_code == 403
    assert clock.now == pytest.approx(began + 0.017)
