from __future__ import annotations

import gzip
import os
import socket
import subprocess
import sys
import threading
import time
import zlib
from dataclasses import replace
from pathlib import Path

import pytest

from articles.ingest.fetch import as_fetched, can_reach, fetch_all
from articles.ingest.guard import GuardedResolver
from articles.ingest.shapes import Failed, Fetched, NotModified
from articles.ingest.visit import limits_from_settings
from tests.articles.ingest.answers import state
from tests.publishers import item, rss

MEGABYTE = 1024 * 1024


def fetch(url: str, *, limits: dict | None = None, **facts):
    return fetch_all([state(url=url, **facts)], replace(limits_from_settings(), **(limits or {})))[1]


# What is honest ----------------------------------------------------------------------------------


def test_a_feed_arrives_with_its_headers(publisher):
    publisher.serve("/feed", rss(item()), etag='"one"', last_modified="Mon, 02 Jun 2025 08:00:00 GMT")
    found = fetch(publisher.url("/feed"))
    assert isinstance(found, Fetched)
    assert found.body == rss(item()).encode()
    assert found.headers["etag"] == '"one"'
    assert found.wire_bytes == len(found.body)


def test_a_packed_feed_is_unpacked_f14(publisher):
    publisher.serve("/feed", rss(item()) * 100, is_packed=True)
    found = fetch(publisher.url("/feed"))
    assert found.body == rss(item()).encode() * 100
    assert found.wire_bytes < len(found.body) / 10


def test_an_archive_of_several_parts_is_whole(publisher):
    publisher.serve("/feed", gzip.compress(b"one ") + gzip.compress(b"two"), Content_Encoding="gzip")
    assert fetch(publisher.url("/feed")).body == b"one two"


def test_a_feed_in_chunks_without_a_type_is_taken_f14(publisher):
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n<rss\r\n1\r\n>\r\n0\r\n\r\n"
    publisher.script("/feed", lambda connection: connection.write_raw(chunked))
    assert fetch(publisher.url("/feed")).body == b"<rss>"


def test_one_server_is_asked_one_thing_at_a_time(publisher):
    in_hand, most = [], []

    def slowly(connection) -> None:
        in_hand.append(connection)
        most.append(len(in_hand))
        time.sleep(0.02)
        in_hand.remove(connection)
        connection.answer(200, rss(item()).encode())

    states = [state(feed_id=number, url=publisher.script(f"/{number}", slowly)) for number in range(6)]
    found = fetch_all(states, limits_from_settings())
    assert [type(found[number]) for number in range(6)] == [Fetched] * 6
    assert max(most) == 1
    assert [request.path for request in publisher.requests] == [f"/{number}" for number in range(6)]


def test_a_feed_that_takes_long_lets_the_others_of_its_server_go_first(publisher, monkeypatch):
    monkeypatch.setattr("articles.ingest.fetch.PATIENCE_SECONDS", 0.05)
    others_are_done = threading.Event()

    def at_last(connection) -> None:
        others_are_done.wait(10)
        connection.answer(200, rss(item()).encode())

    states = [state(feed_id=0, url=publisher.script("/slow", at_last))]
    states += [state(feed_id=number, url=publisher.serve(f"/{number}", rss(item()))) for number in (1, 2)]
    arrived = []
    for one, response in filter(None, as_fetched(states, limits_from_settings())):
        arrived.append((one.feed_id, type(response)))
        if len(arrived) == 2:
            others_are_done.set()
    assert arrived == [(1, Fetched), (2, Fetched), (0, Fetched)]


def test_feeds_without_news_come_after_those_that_have_some(publisher):
    quiet = [state(feed_id=number, url=publisher.serve(f"/{number}", b"", etag='"a"'), etag='"a"') for number in (1, 2)]
    news = state(feed_id=3, url=publisher.serve("/3", rss(item())))
    fetched = filter(None, as_fetched([*quiet, news], limits_from_settings()))
    arrived = [(one.feed_id, type(response)) for one, response in fetched]
    assert arrived == [(3, Fetched), (1, NotModified), (2, NotModified)]


def test_a_slow_but_honest_feed_is_taken_f14(publisher):
    pieces = [b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n", b"<r", b"ss", b"/>"]
    publisher.script("/feed", lambda connection: connection.drip(pieces, 0.2))
    assert fetch(publisher.url("/feed")).body == b"<rss/>"


def test_we_say_who_we_are_and_offer_gzip_only(publisher, settings):
    publisher.serve("/feed", rss())
    fetch(publisher.url("/feed"))
    headers = publisher.requests[0].headers
    assert headers["user-agent"] == settings.FEED_USER_AGENT
    assert headers["accept-encoding"] == "gzip"
    assert "application/rss+xml" in headers["accept"]


def test_validators_go_back_byte_for_byte_and_bring_a_304(publisher):
    publisher.serve("/feed", rss(), etag='W/"a-b;c"')
    assert isinstance(fetch(publisher.url("/feed"), etag='W/"a-b;c"'), NotModified)
    assert publisher.requests[0].headers["if-none-match"] == 'W/"a-b;c"'


def test_redirects_are_followed_and_the_last_address_is_kept(publisher):
    publisher.serve("/feed", rss())
    publisher.redirect("/moved", "/feed", 301)
    publisher.redirect("/old", publisher.url("/moved"), 308)
    found = fetch(publisher.url("/old"))
    assert found.url == publisher.url("/feed")


def test_feeds_of_one_host_are_asked_one_at_a_time(publisher):
    busy, most = [], []

    def script(connection):
        busy.append(1)
        most.append(len(busy))
        time.sleep(0.02)
        busy.pop()
        connection.answer(200, b"<rss/>")

    urls = [publisher.script(f"/{number}", script) for number in range(6)]
    fetch_all([state(feed_id=number, url=url) for number, url in enumerate(urls)], limits_from_settings())
    assert max(most) == 1


def test_no_cookie_is_ever_sent_again_f13(publisher):
    publisher.serve("/feed", rss(), Set_Cookie="id=1; Path=/")
    publisher.script(
        "/hop", lambda connection: connection.answer(302, b"", {"Location": "/feed", "Set-Cookie": "id=2"})
    )
    states = [state(feed_id=number, url=publisher.url(path)) for number, path in enumerate(("/feed", "/hop", "/feed"))]
    fetch_all(states, limits_from_settings())
    assert [request for request in publisher.requests if "cookie" in request.headers] == []


def test_a_proxy_in_the_environment_is_not_used_f27(publisher, canary, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{canary.port}")
    publisher.serve("/feed", rss())
    assert isinstance(fetch(publisher.url("/feed")), Fetched)


def test_we_know_whether_publishers_can_be_reached(publisher):
    publisher.serve("/feed", rss())
    assert can_reach([publisher.url("/nothing"), publisher.url("/feed")])
    assert not can_reach([publisher.url("/nothing")])


# What is too much --------------------------------------------------------------------------------


def test_a_declared_size_over_the_cap_is_refused_unread_f01(publisher):
    publisher.serve("/feed", b"x", Content_Length=str(500 * MEGABYTE))
    found = fetch(publisher.url("/feed"))
    assert found.reason == "The answer is larger than 15 MB."
    assert found.seconds < 1


def test_an_endless_body_is_refused_at_the_cap_f01_f02(publisher):
    sent = []

    def script(connection):
        connection.write_raw(b"HTTP/1.1 200 OK\r\n\r\n<rss>")
        try:
            while not connection.server.is_over.is_set():
                sent.append(connection.wfile.write(b" " * MEGABYTE))
        except OSError:
            pass

    publisher.script("/feed", script)
    assert fetch(publisher.url("/feed")).reason == "The answer is larger than 15 MB."
    assert sum(sent) <= 32 * MEGABYTE


@pytest.mark.parametrize(
    "head",
    [b"X: " + b"a" * 10_000_000 + b"\r\n\r\n", b"X: 1\r\n" * 100_000 + b"\r\n"],
    ids=["a line of 10 MB", "100,000 lines"],
)
def test_headers_beyond_reason_are_refused_f02(publisher, head):
    publisher.script("/feed", lambda connection: connection.write_raw(b"HTTP/1.1 200 OK\r\n" + head))
    assert fetch(publisher.url("/feed")).reason == "The answer is not proper HTTP."


@pytest.mark.parametrize(
    ("coding", "pack"),
    [
        ("gzip", lambda: gzip.compress(b"0" * 300 * MEGABYTE)),
        ("deflate", lambda: zlib.compress(b"0" * MEGABYTE)),
        ("gzip, gzip", lambda: gzip.compress(gzip.compress(b"0" * MEGABYTE))),
        ("br", lambda: b"\x1b\x00"),
        ("zstd", lambda: b"\x28\xb5\x2f\xfd"),
        (", ".join(["gzip"] * 64), lambda: b"x"),
    ],
    ids=["gzip", "deflate", "double gzip", "brotli", "zstd", "64 codings"],
)
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
def test_a_bomb_is_refused_before_it_grows_f05(publisher, coding, pack):
    """The growth is asked of a process of its own: this one has been larger before."""
    publisher.serve("/feed", pack(), Content_Encoding=coding)
    code = (
        "from articles.ingest.fetch import fetch_all; from articles.ingest.visit import VisitLimits\n"
        "from articles.ingest.shapes import FeedState\n"
        "peak = lambda: int(open('/proc/self/status').read().split('VmHWM:')[1].split()[0])\n"
        f"limits = VisitLimits('tests', allowed_private_hosts=frozenset({[publisher.address]!r}))\n"
        f"state = FeedState(1, {publisher.url('/feed')!r}, 1, 'full', 'world', 'en')\n"
        "before = peak()\n"
        "print(fetch_all([state], limits)[1].reason)\n"
        "print(peak() - before)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    reason, grown = done.stdout.splitlines()
    assert reason in {"The answer is larger than 15 MB.", "The answer is packed in a way that we did not offer."}
    assert int(grown) < 100 * 1024


@pytest.mark.parametrize(
    "body",
    [gzip.compress(os.urandom(20_000))[:-100], b"no archive at all", gzip.compress(b"x")[:5], b""],
    ids=["cut off", "false", "head only", "empty"],
)
def test_a_damaged_archive_is_no_success_f06(publisher, body):
    publisher.serve("/feed", body, Content_Encoding="gzip")
    assert fetch(publisher.url("/feed")).reason == "The answer broke off or was damaged."


@pytest.mark.parametrize(
    "pieces",
    [
        [b"HTTP/1.1 200 OK\r\n\r\n", *[b"<"] * 200],
        [b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b\x08", *[b"\0"] * 200],
        [b"HTTP/1.1 200 OK\r\n", *[b"X: y\r\n"] * 200],
        [*[b"HTTP/1.1 102 Processing\r\n\r\n"] * 200],
    ],
    ids=["body", "gzip", "headers", "interim answers"],
)
def test_a_drip_is_given_up_at_the_deadline_f03(publisher, pieces):
    publisher.script("/feed", lambda connection: connection.drip(pieces, 0.1))
    found = fetch(publisher.url("/feed"), limits={"timeout_seconds": 0.6})
    assert found.reason == "The server did not answer completely within 0.6 seconds."
    assert found.seconds < 2


def test_silence_delays_no_other_feed_f04(publisher):
    silent = publisher.script("/silent", lambda connection: connection.drip([b""], 60))
    half = publisher.script("/half", lambda connection: connection.drip([b"HTTP/1.1 200 OK\r\n\r\n<rss", b">"], 60))
    publisher.serve("/feed", rss())
    states = [state(feed_id=number, url=url) for number, url in enumerate([silent, half, publisher.url("/feed")])]
    started = time.monotonic()
    found = fetch_all(states, replace(limits_from_settings(), timeout_seconds=0.5))
    assert [type(found[number]) for number in range(3)] == [Failed, Failed, Fetched]
    assert time.monotonic() - started < 3


@pytest.mark.parametrize(
    "script",
    [
        lambda connection: connection.answer(302, b"", {"Location": connection.path}),
        lambda connection: connection.answer(302, b"", {"Location": connection.path + "x"}),
    ],
    ids=["to itself", "ever on"],
)
def test_redirects_end_after_six_requests_f07(publisher, script):
    for number in range(60):
        publisher.script("/r" + "x" * number, script)
    assert fetch(publisher.url("/r")).reason == "The server sent us on too many times."
    assert len(publisher.requests) == 6


def test_slow_redirects_share_one_deadline_f07(publisher):
    def script(connection):
        connection.drip([b"HTTP/1.1 302 Found\r\nLocation: /r\r\nContent-Length: 0\r\n\r\n"], 0.25)

    publisher.script("/r", script)
    found = fetch(publisher.url("/r"), limits={"timeout_seconds": 0.6})
    assert "within 0.6 seconds" in found.reason


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\nx",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"",
    ],
)
def test_bad_framing_is_a_failure_and_no_crash_f08(publisher, raw):
    publisher.script("/feed", lambda connection: connection.write_raw(raw))
    found = fetch(publisher.url("/feed"))
    assert isinstance(found, Failed)
    assert "SSH" not in found.reason


# What is no feed ---------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [204, 206, 401, 403, 404, 429, 500, 502, 503])
def test_a_status_that_brings_no_feed_is_a_failure_f10(publisher, status):
    publisher.serve("/feed", b"" if status == 204 else rss(item()), status=status, Retry_After="60")
    found = fetch(publisher.url("/feed"))
    assert isinstance(found, Failed)
    assert found.status == status
    assert str(status) in found.reason
    assert not found.is_gone


def test_a_304_that_nobody_asked_for_is_a_failure_f10(publisher):
    publisher.serve("/feed", b"", status=304)
    assert "304" in fetch(publisher.url("/feed")).reason


def test_410_says_gone_f10(publisher):
    publisher.serve("/feed", status=410)
    assert fetch(publisher.url("/feed")).is_gone


def test_a_validator_of_100_kb_does_not_stop_the_feed_f12(publisher):
    publisher.serve("/feed", rss(), etag='"' + "e" * 100_000 + '"')
    assert isinstance(fetch(publisher.url("/feed")), Fetched)


# Inside addresses --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1:{port}/",
        "http://127.0.0.2:{port}/",
        "http://localhost:{port}/",
        "http://2130706433:{port}/",
        "http://0177.0.0.1:{port}/",
        "http://0x7f.1:{port}/",
        "http://127.1:{port}/",
        "http://0:{port}/",
        "http://[::1]:{port}/",
        "http://[::]:{port}/",
        "http://[::ffff:127.0.0.1]:{port}/",
        "http://[::127.0.0.1]:{port}/",
        "//127.0.0.1:{port}/",
        "http://user@127.0.0.1:{port}/",
        "http://paper.example\\@127.0.0.1:{port}/",
        "HTTP://LOCALHOST:{port}/",
        "http://①②⑦.0.0.1:{port}/",
        "http://127.0.0.1:{port}#@paper.example/",
    ],
)
def test_a_redirect_to_the_inside_touches_nothing_f20_f21_f22(publisher, canary, target):
    location = target.format(port=canary.port).encode()
    answer = b"HTTP/1.1 302 Found\r\nLocation: " + location + b"\r\nContent-Length: 0\r\n\r\n"
    publisher.script("/feed", lambda connection: connection.write_raw(answer))
    found = fetch(publisher.url("/feed"))
    assert isinstance(found, Failed)
    assert str(canary.port) not in found.reason
    assert fetch(location.decode()).reason.startswith(("The address", "Addresses", "Only http"))


@pytest.mark.parametrize("target", ["file:///etc/passwd", "gopher://127.0.0.1/x", "ftp://127.0.0.1/", "data:,x"])
def test_a_redirect_out_of_the_web_is_refused_f23(publisher, target):
    publisher.redirect("/feed", target)
    assert fetch(publisher.url("/feed")).reason == "Only http and https addresses are fetched."


def resolver_answering(*rounds: list[str]) -> type[GuardedResolver]:
    """A resolver that gives these addresses, one list at each question; the last list stays."""
    asked: list[list[str]] = list(rounds)

    class Scripted(GuardedResolver):
        def look_up(self, host: str, port: int, family: int) -> list[tuple[int, str]]:
            addresses = asked.pop(0) if len(asked) > 1 else asked[0]
            return [(socket.AF_INET6 if ":" in address else socket.AF_INET, address) for address in addresses]

    return Scripted


@pytest.mark.parametrize(
    "addresses", [["127.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["10.0.0.1", "8.8.8.8"], ["64:ff9b::7f00:1"], ["::1"]]
)
def test_a_name_with_one_inner_address_is_refused_altogether_f25(canary, addresses):
    limits = {"resolver": resolver_answering(addresses)}
    found = fetch(f"http://paper.example:{canary.port}/", limits=limits)
    assert found.reason == "The address is not a public one."


def test_the_checked_address_is_the_one_dialled_f25(publisher, canary):
    """A name that answers well when it is checked and badly when it is dialled gains nothing: it is asked once."""
    resolver = resolver_answering(["192.0.2.1"], ["127.0.0.1"])
    found = fetch(f"http://paper.example:{canary.port}/", limits={"resolver": resolver, "timeout_seconds": 1})
    assert found.reason == "The address is not a public one."


def test_an_address_that_slipped_through_the_resolver_is_not_dialled_f25(canary):
    class Careless(GuardedResolver):
        async def resolve(self, host, port=0, family=socket.AF_UNSPEC):
            return [
                {"hostname": host, "host": "127.0.0.1", "port": port, "family": socket.AF_INET, "proto": 0, "flags": 0}
            ]

    found = fetch(f"http://paper.example:{canary.port}/", limits={"resolver": Careless})
    assert found.reason == "The address is not a public one."


def test_what_stands_behind_an_inner_address_cannot_be_told_from_the_answer_f28(publisher, canary):
    closed = socket.create_server(("127.0.0.1", 0))
    port = closed.getsockname()[1]
    closed.close()
    reasons = {fetch(f"http://127.0.0.1:{number}/").reason for number in (canary.port, port)}
    assert reasons == {"The address is not a public one."}


def test_a_lookup_that_hangs_delays_no_other_feed_o14(publisher):
    released = threading.Event()

    class Hanging(GuardedResolver):
        def look_up(self, host, port, family):
            released.wait(5)
            raise OSError

    publisher.serve("/feed", rss())
    states = [state(feed_id=number, url=f"https://paper-{number}.example/") for number in range(20)]
    started = time.monotonic()
    limits = replace(limits_from_settings(), timeout_seconds=0.5, resolver=Hanging)
    found = fetch_all([*states, state(feed_id=99, url=publisher.url("/feed"))], limits)
    assert isinstance(found[99], Fetched)
    assert time.monotonic() - started < 3
    released.set()
