"""The address that hubs call: what it confirms, what it keeps, and that it tells strangers nothing."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import pytest
from django.db import OperationalError, connection
from django.test import Client, RequestFactory
from django.urls import reverse

from articles.ingest.digest import body_hash_of
from articles.models import HubState, HubSubscription, Push
from articles.pages import push
from articles.websub import inbox
from articles.websub.store import note_hub
from newssite.celery import app
from tests.articles.admin.test_sources import broker_is_down, queue  # noqa: F401  a fixture
from tests.articles.websub.conftest import subscribed
from tests.hub import signature
from tests.make import make_feed
from tests.publishers import RSS_TYPE, item, rss

pytestmark = pytest.mark.django_db

BODY = rss(item(1)).encode()
TOPIC = "https://paper.example/feed"


@pytest.fixture
def browser() -> Client:
    return Client(enforce_csrf_checks=True)


def at(known: HubSubscription) -> str:
    return reverse("websub", args=[known.token])


def ask(client: Client, known: HubSubscription, mode: str = "subscribe", **changed: str):
    query = {"hub.mode": mode, "hub.topic": known.topic_url, "hub.challenge": "a-challenge"}
    query |= {"hub.lease_seconds": "864000"} if mode == "subscribe" else {}
    return client.get(at(known), query | {f"hub.{name}": value for name, value in changed.items()})


def deliver(client: Client, known: HubSubscription, body: bytes = BODY, sign: str | None = None):
    sign = signature(body, known.secret) if sign is None else sign
    return client.post(at(known), body, content_type=RSS_TYPE, headers={"X-Hub-Signature": sign})


def away(*arguments):
    """A database that is gone."""
    raise OperationalError("the connection is lost")


def state_of(known: HubSubscription) -> str:
    known.refresh_from_db()
    return known.state


# Verification ------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [HubState.ASKED, HubState.ACTIVE])
def test_a_hub_that_asks_whether_it_was_us_hears_its_challenge(browser, state):
    known = subscribed(state=state, failure_count=2, reason="It did not answer.")
    answer = ask(browser, known)
    assert (answer.status_code, answer.text) == (200, "a-challenge")
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "private, no-store"
    assert not answer.cookies
    assert state_of(known) == HubState.ACTIVE
    assert known.lease_ends_at - known.due_at == timedelta(days=1)
    assert (known.failure_count, known.reason) == (0, "")


@pytest.mark.parametrize(
    ("lease_seconds", "hours"), [("1", 1), ("864000", 240), ("999999999999", 720), ("", 24), ("for ever", 24)]
)
def test_no_lease_is_shorter_than_an_hour_or_longer_than_a_month(browser, now, lease_seconds, hours):
    known = subscribed(state=HubState.ASKED)
    ask(browser, known, lease_seconds=lease_seconds)
    known.refresh_from_db()
    assert abs(known.lease_ends_at - now - timedelta(hours=hours)) < timedelta(minutes=1)


@pytest.mark.parametrize(
    "changed",
    [
        {"topic": "https://paper.example/other"},
        {"topic": ""},
        {"topic": "\0"},
        {"challenge": ""},
        {"challenge": "x" * 2001},
        {"challenge": "<b>\u202e"},
        {"mode": "publish"},
        {"mode": ""},
    ],
)
def test_what_we_did_not_ask_for_is_not_found(browser, changed):
    known = subscribed(state=HubState.ASKED)
    assert ask(browser, known, **changed).status_code == 404
    assert state_of(known) == HubState.ASKED


@pytest.mark.parametrize("state", [HubState.WANTED, HubState.REFUSED, HubState.LEAVING])
def test_nobody_subscribes_us_where_we_have_not_asked(browser, state):
    known = subscribed(state=state)
    assert ask(browser, known).status_code == 404
    assert state_of(known) == state


@pytest.mark.parametrize("state", [HubState.WANTED, HubState.ASKED, HubState.ACTIVE, HubState.REFUSED])
def test_nobody_ends_a_subscription_that_we_want_to_keep(browser, state, now):
    known = subscribed(state=state, asked_at=now)
    assert ask(browser, known, "unsubscribe").status_code == 404
    assert state_of(known) == state


def test_the_end_is_confirmed_once_we_have_asked_for_it(browser, now):
    known = subscribed(state=HubState.LEAVING)
    assert ask(browser, known, "unsubscribe").status_code == 404
    HubSubscription.objects.update(asked_at=now)
    assert ask(browser, known, "unsubscribe").text == "a-challenge"
    assert not HubSubscription.objects.exists()
    assert ask(browser, known, "unsubscribe").status_code == 404


def test_a_hub_that_denies_is_left_in_peace_for_a_week(browser, now):
    known = subscribed(lease_ends_at=now)
    answer = ask(browser, known, "denied", reason="Not for\0you\n" + "!" * 400)
    assert (answer.status_code, answer.text) == (200, "")
    assert state_of(known) == HubState.REFUSED
    assert known.reason.startswith("The hub refuses: Not for you !!!")
    assert len(known.reason) == 300
    assert known.due_at - now > timedelta(days=6)
    assert known.lease_ends_at is None


def test_a_denial_of_something_else_changes_nothing(browser):
    known = subscribed()
    assert ask(browser, known, "denied", topic=TOPIC).status_code == 404
    assert state_of(known) == HubState.ACTIVE


# Strangers ---------------------------------------------------------------------------------------


def shape(answer) -> tuple:
    return answer.status_code, answer.content, sorted(answer.headers.items())


@pytest.mark.parametrize("token", ["token", "x" * 43, "x" * 44, "%00" * 43, "é" * 43, "x" * 3000])
def test_who_guesses_an_address_cannot_tell_it_from_any_other(browser, token):
    known = subscribed(state=HubState.ASKED)
    refused = [
        ask(browser, known, topic=TOPIC),
        browser.get(f"/websub/{token}/", {"hub.mode": "subscribe", "hub.topic": known.topic_url}),
        browser.get(f"/websub/{token}/"),
        browser.post(f"/websub/{token}/", BODY, content_type=RSS_TYPE),
    ]
    assert refused[0].status_code == 404
    assert len({repr(shape(answer)) for answer in refused}) == 1
    assert not Push.objects.exists()


@pytest.mark.parametrize("method", ["head", "put", "delete", "patch", "options"])
def test_no_other_method_is_answered(browser, method):
    answer = getattr(browser, method)(at(subscribed()))
    assert (answer.status_code, answer["Allow"]) == (405, "GET, POST")


def test_no_log_holds_the_address_that_is_a_secret(browser, settings, caplog):
    settings.FEED_MAX_BYTES = 1024
    known = subscribed()
    answers = [
        ask(browser, known, topic=TOPIC),
        browser.put(at(known)),
        deliver(browser, known, b"x" * 1025),
        deliver(browser, known, sign="none"),
        ask(browser, known),
    ]
    with connection.execute_wrapper(away):
        answers.append(deliver(browser, known))
    assert [answer.status_code for answer in answers] == [404, 405, 413, 202, 200, 503]
    assert "hub not heard" in caplog.text
    assert known.token not in caplog.text


def test_where_hubs_are_switched_off_nobody_is_heard(browser, settings):
    settings.WEBSUB = False
    known = subscribed()
    assert ask(browser, known).status_code == 404
    assert deliver(browser, known).status_code == 404


# Pushes ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
def test_a_signed_push_is_kept_and_a_worker_is_told(browser, queue, method):  # noqa: F811
    known = subscribed()
    answer = deliver(browser, known, sign=signature(BODY, known.secret, method))
    assert (answer.status_code, answer.text) == (202, "")
    assert not answer.cookies
    kept = Push.objects.get()
    assert (kept.feed_id, bytes(kept.body), kept.content_type) == (known.feed_id, BODY, RSS_TYPE)
    assert kept.due_at == kept.received_at
    assert queue.get(timeout=5).headers["task"] == "articles.tasks.take_pushes"


@pytest.mark.parametrize(
    "sign", ["", "sha256=" + "0" * 64, "sha1=", "none", signature(b"another body", "s" * 64), signature(BODY, "t" * 64)]
)
def test_a_push_without_the_right_signature_is_thanked_for_and_ignored(browser, sign, caplog):
    known = subscribed()
    right, wrong = deliver(browser, known, b"<rss/>"), deliver(browser, known, sign=sign)
    assert shape(right) == shape(wrong)
    assert [bytes(kept.body) for kept in Push.objects.all()] == [b"<rss/>"]
    known.refresh_from_db()
    assert known.reason == "A push without the right signature was ignored."
    assert f"push ignored feed={known.feed_id}: no right signature" in caplog.text
    assert known.token not in caplog.text


def test_the_same_body_twice_is_kept_once(browser):
    known = subscribed()
    assert {deliver(browser, known).status_code for _ in range(3)} == {202}
    assert Push.objects.count() == 1


def test_what_was_fetched_already_is_not_kept(browser):
    known = subscribed(make_feed(body_hash=body_hash_of(BODY)))
    assert deliver(browser, known).status_code == 202
    assert not Push.objects.exists()


def test_of_a_flood_the_newest_bodies_wait(browser):
    known, other = subscribed(), subscribed()
    deliver(browser, other, b"<other/>")
    for number in range(inbox.WAITING + 3):
        deliver(browser, known, b"<rss>%d</rss>" % number)
    kept = Push.objects.filter(feed=known.feed_id).order_by("pk")
    assert [bytes(one.body) for one in kept] == [b"<rss>%d</rss>" % number for number in range(3, inbox.WAITING + 3)]
    assert Push.objects.filter(feed=other.feed_id).exists()


@pytest.mark.parametrize("state", [HubState.WANTED, HubState.REFUSED, HubState.LEAVING])
def test_nobody_pushes_where_we_are_not_subscribed(browser, state):
    known = subscribed(state=state)
    assert deliver(browser, known).status_code == 404
    assert not Push.objects.exists()


def test_a_hub_of_before_is_not_listened_to(browser, now):
    before = subscribed()
    note_hub(before.feed_id, "https://new.example/", before.topic_url, now)
    HubSubscription.objects.update(state=HubState.ACTIVE)
    assert deliver(browser, before).status_code == 404
    assert ask(browser, before).status_code == 404
    assert ask(browser, before, "denied").status_code == 404
    now_named = HubSubscription.objects.get()
    assert deliver(browser, now_named, sign=signature(BODY, before.secret)).status_code == 202
    assert not Push.objects.exists()


def test_a_lease_that_ran_out_while_the_hub_still_pushes_loses_nothing(browser):
    known = subscribed(state=HubState.ASKED)
    deliver(browser, known)
    assert Push.objects.exists()


def test_a_body_as_large_as_a_feed_may_be_is_kept_and_one_byte_more_is_not(browser, settings):
    """Ten megabytes, which Django's own limit for a form would not let in."""
    settings.FEED_MAX_BYTES = 10 * 1024 * 1024
    known, whole = subscribed(), b"x" * settings.FEED_MAX_BYTES
    assert deliver(browser, known, whole).status_code == 202
    assert deliver(browser, known, whole + b"y").status_code == 413
    assert len(Push.objects.get().body) == settings.FEED_MAX_BYTES


class Endless(BytesIO):
    """A body that never ends, and counts what was taken of it."""

    taken = 0

    def read(self, size: int = -1) -> bytes:
        self.taken += size
        return b"x" * size


@pytest.mark.parametrize("declared", [{"CONTENT_LENGTH": ""}, {"CONTENT_LENGTH": "10"}, {"CONTENT_LENGTH": "99999999"}])
def test_what_is_read_has_an_end_whatever_is_declared(settings, declared):
    settings.FEED_MAX_BYTES = 1024 * 1024
    stream = Endless()
    request = RequestFactory().generic("POST", "/", **{"wsgi.input": stream, "wsgi.input_terminated": True, **declared})
    body = push.read(request, settings.FEED_MAX_BYTES)
    assert body == (b"x" * 10 if declared["CONTENT_LENGTH"] == "10" else None)
    most = 0 if declared["CONTENT_LENGTH"] == "99999999" else settings.FEED_MAX_BYTES + push.PIECE
    assert stream.taken <= most


def test_a_body_in_pieces_is_read_to_its_end():
    """Chunked: no length is declared, and the server ends the stream."""
    request = RequestFactory().generic(
        "POST", "/", **{"CONTENT_LENGTH": "", "wsgi.input": BytesIO(BODY), "wsgi.input_terminated": True}
    )
    assert push.read(request, 10_000) == BODY


def test_an_unsigned_push_of_a_hub_without_secret_is_a_hint_and_no_more(browser):
    known = subscribed(secret="")
    assert deliver(browser, known).status_code == 202
    assert deliver(browser, known, b"<another/>").status_code == 202
    hint = Push.objects.get()
    assert bytes(hint.body) == b""


def test_where_the_broker_is_away_the_push_waits_for_the_next_round(browser, caplog):
    known = subscribed()
    with broker_is_down():
        app.conf.broker_transport_options |= {"max_retries": 1, "interval_start": 0}
        assert deliver(browser, known).status_code == 202
    assert Push.objects.exists()
    assert "left to the next round task=articles.tasks.take_pushes" in caplog.text


def test_where_the_database_is_away_the_hub_is_to_come_again(browser):
    known = subscribed()
    with connection.execute_wrapper(away):
        answers = [deliver(browser, known), ask(browser, known)]
    for answer in answers:
        assert (answer.status_code, answer["Retry-After"], answer.text) == (503, "60", "")
    assert not Push.objects.exists()
