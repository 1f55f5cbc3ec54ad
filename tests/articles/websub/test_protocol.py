from __future__ import annotations

import hmac
from datetime import timedelta

import pytest

from articles.websub.protocol import (
    Offer,
    form_of,
    is_signed,
    is_usable,
    lease_of,
    moved_to,
    offers_to,
    refusal_of,
    renewal_of,
    retry_pause,
)

BODY, SECRET = b"<rss/>", "a secret"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def signed(method: str, body: bytes = BODY, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), body, method).hexdigest()


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
def test_each_method_of_the_recommendation_signs(method):
    assert is_signed(BODY, f"{method}={signed(method)}", SECRET)
    assert is_signed(BODY, f" {method.upper()}={signed(method).upper()} ", SECRET)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "sha256",
        "sha256=",
        f"sha256={signed('sha256')[:-1]}",
        f"sha256={signed('sha1')}",
        f"sha256={signed('sha256', b'<rss />')}",
        f"sha256={signed('sha256', secret='another')}",
        f"md5={signed('md5')}",
        f"sha3_256={signed('sha3_256')}",
        f"{signed('sha256')}",
        "sha256=é" + "0" * 63,
        "sha256=\udce9",
    ],
)
def test_anything_else_is_no_signature(header):
    assert not is_signed(BODY, header, SECRET)


def test_without_a_secret_nothing_is_signed():
    assert not is_signed(BODY, f"sha256={signed('sha256', secret='')}", "")


@pytest.mark.parametrize(
    ("raw", "lease"),
    [
        ("864000", timedelta(days=10)),
        ("1", HOUR),
        ("0", HOUR),
        ("99999999999999999999", timedelta(days=30)),
        ("", DAY),
        ("-5", DAY),
        ("soon", DAY),
        ("１２", DAY),
    ],
)
def test_a_lease_has_bounds(raw, lease):
    assert lease_of(raw) == lease


@pytest.mark.parametrize(
    ("lease", "after"), [(HOUR, timedelta(minutes=54)), (DAY, timedelta(hours=21.6)), (30 * DAY, 29 * DAY)]
)
def test_a_lease_is_renewed_before_it_ends(lease, after):
    assert renewal_of(lease) == after


def test_a_silent_hub_is_asked_less_and_less():
    pauses = [retry_pause(tries) for tries in (0, 1, 2, 3, 6, 50)]
    assert pauses == [timedelta(minutes=minutes) for minutes in (10, 10, 20, 40, 320, 1440)]


def test_a_form_asks_for_ten_days():
    form = form_of("subscribe", "https://site.example/websub/t/", "https://paper.example/feed", "s")
    assert form == {
        "hub.callback": "https://site.example/websub/t/",
        "hub.mode": "subscribe",
        "hub.topic": "https://paper.example/feed",
        "hub.lease_seconds": "864000",
        "hub.secret": "s",
    }
    assert "hub.secret" not in form_of("subscribe", "c", "t")
    assert set(form_of("unsubscribe", "c", "t", "s")) == {"hub.callback", "hub.mode", "hub.topic"}


@pytest.mark.parametrize(
    ("hub_url", "secret", "offers"),
    [
        ("https://hub.example/", "told", [Offer("https://hub.example/", "told")]),
        ("http://127.0.0.1:9/", "told", [Offer("http://127.0.0.1:9/", "told")]),
        ("http://hub.example/x", "", [Offer("https://hub.example/x", "spare"), Offer("http://hub.example/x")]),
        ("http://hub.example/x", "told", [Offer("https://hub.example/x", "told")]),
        ("http://hub.example:8080/", "", [Offer("http://hub.example:8080/")]),
        ("http://hub.example:8080/", "told", []),
        ("http://[hub/", "", [Offer("http://[hub/")]),
    ],
)
def test_the_secret_goes_only_where_nobody_reads_along(hub_url, secret, offers):
    assert offers_to(hub_url, secret, "spare", ["127.0.0.1:9"]) == offers


@pytest.mark.parametrize(
    ("status", "location", "offer"),
    [
        (307, "/other", Offer("https://hub.example/other", "s")),
        (308, "https://new.example/", Offer("https://new.example/", "s")),
        (308, "http://new.example/", Offer("http://new.example/")),
        (307, "", None),
        (302, "/other", None),
        (202, "/other", None),
        (307, "http://[x/", None),
    ],
)
def test_a_hub_may_send_us_on_and_the_secret_stays_behind_where_it_would_be_read(status, location, offer):
    assert moved_to(Offer("https://hub.example/", "s"), status, location, []) == offer


def test_a_refusal_has_a_reason():
    assert [refusal_of(status) for status in (202, 204, 200)] == ["", "", ""]
    assert refusal_of(503) == "The hub answered 503 (Service Unavailable)."
    assert refusal_of(599) == "The hub answered 599."


@pytest.mark.parametrize(
    ("challenge", "is_fine"),
    [("a0-_9.~", True), ("x" * 2000, True), ("", False), ("x" * 2001, False), ("a\nb", False), ("ü", False)],
)
def test_only_a_plain_challenge_is_repeated(challenge, is_fine):
    assert is_usable(challenge) == is_fine
