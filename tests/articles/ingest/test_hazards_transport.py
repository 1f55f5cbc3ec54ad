"""Servers that lie, drip, flood, explode and lead inside, and what the product makes of them: hazards F01 to F28."""

from __future__ import annotations

import gzip
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from articles.fulltext.fetch import as_fetched as pages_as_fetched
from articles.fulltext.shapes import HostTurn, PageRead, Robots, WantedPage
from articles.ingest.fetch import fetch_all
from articles.ingest.guard import GuardedResolver
from articles.ingest.lookup import look_up
from articles.ingest.run import refresh_due, refresh_feeds
from articles.ingest.shapes import Failed, Fetched, NotModified
from articles.ingest.visit import Answer, Visit, limits_from_settings, visit_all
from articles.models import Article, Feed
from articles.pictures.fetch import as_fetched as pictures_as_fetched
from articles.pictures.shapes import Wanted
from tests.articles.ingest.answers import state
from tests.make import make_feed
from tests.publishers import Canary, item, rss

MEGABYTE = 1024 * 1024
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
EMPTY = b"Content-Length: 0\r\n\r\n"
NOT_PUBLIC = "The address is not a public one."


class Wire:
    """A server that knows no HTTP: it reads a request's head and writes the pieces that a test gives it."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self.pieces = pieces
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.socket.getsockname()[1]}"
        self.url = f"http://{self.address}/feed"
        self.sent_bytes = 0
        self.visits = 0
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.visits += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection:
                connection.recv(65536)
                for piece in self.pieces:
                    connection.sendall(piece)
                    self.sent_bytes += len(piece)
        except OSError:
            return


@pytest.fixture
def wire(settings) -> Iterator[Callable[..., Wire]]:
    """Makes servers that may be reached."""
    made: list[Wire] = []

    def make(*pieces: bytes, endless: bytes = b"") -> Wire:
        made.append(Wire(Forever(pieces, endless) if endless else pieces))
        settings.FEED_ALLOWED_PRIVATE_HOSTS = [one.address for one in made]
        return made[-1]

    yield make
    for one in made:
        one.socket.close()


class Forever:
    def __init__(self, pieces: Iterable[bytes], endless: bytes) -> None:
        self.pieces, self.endless = pieces, endless

    def __iter__(self) -> Iterator[bytes]:
        yield from self.pieces
        while True:
            yield self.endless


def fetch(url: str, **limits):
    return fetch_all([state(url=url)], replace(limits_from_settings(), **{"timeout_seconds": 5, **limits}))[1]


def refresh(url: str, now=None):
    """What becomes of a stored feed."""
    if not Feed.objects.filter(url=url).exists():
        make_feed(url=url)
    (result,) = refresh_feeds(now or timezone.now(), [url])
    return result


def answering(*rounds: list[str]) -> type[GuardedResolver]:
    """A resolver that gives these addresses, one list at each question; the last list stays."""
    left = list(rounds)

    class Scripted(GuardedResolver):
        asked: list[str] = []

        def look_up(self, host: str, port: int, family: int) -> list[tuple[int, str]]:
            self.asked.append(host)
            addresses = left.pop(0) if len(left) > 1 else left[0]
            return [(socket.AF_INET6 if ":" in address else socket.AF_INET, address) for address in addresses]

    return Scripted


# Without end -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "endless"),
    [
        (CHUNKED + b"5;a=", b"x" * 65536),
        (CHUNKED, b"1;" + b"e" * MEGABYTE + b"\r\nx\r\n"),
        (CHUNKED, b"0" * 65536),
        (b"", b"HTTP/1.1 103 Early Hints\r\nLink: " + b"x" * 16_000 + b"\r\n\r\n"),
        (b"", b"\r\n" * 30_000),
        (OK, b"X: y\r\n" * 1000),
        (OK + b"X: ", b"y" * 65536),
        (b"HTTP/1.1 200 ", b"y" * 65536),
        (CHUNKED + b"1\r\nx\r\n0\r\n", b"T: y\r\n" * 1000),
        (CHUNKED, b"10000\r\n" + b"x" * 65536 + b"\r\n"),
        (OK + b"Content-Length: 500000000\r\n\r\n", b"x" * 65536),
    ],
    ids=[
        *("a chunk's extension", "chunks with extensions", "a chunk's size", "interim answers", "empty lines"),
        *("headers", "a header", "a status line", "trailers", "chunks", "500 MB declared"),
    ],
)
def test_whatever_never_ends_is_cut_off_by_what_came_over_the_wire_f01_f02_f08(wire, head, endless):
    server = wire(head, endless=endless)
    found = fetch(server.url, max_bytes=100_000)
    assert isinstance(found, Failed)
    assert found.seconds < 4
    # What the kernel holds between the two comes on top of what we read.
    assert server.sent_bytes < 32 * MEGABYTE


@pytest.mark.parametrize(
    "pieces",
    [
        (b"HTTP/1.1 404 Not Found\r\n\r\n",),
        (b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\r\n",),
        (OK + b"Content-Length: 2\r\n\r\nok",),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",),
    ],
    ids=["an error", "a redirect", "behind a body", "another protocol"],
)
def test_a_body_that_nobody_wants_is_not_read_f01_f07(wire, pieces):
    server = wire(*pieces, endless=b"x" * 65536)
    assert fetch(server.url).seconds < 2
    assert server.sent_bytes < 32 * MEGABYTE


def test_what_is_answered_to_a_form_is_not_read_f01(wire):
    server = wire(OK + b"\r\n", endless=b"x" * 65536)
    (answer,) = visit_all([Visit(server.url, form={"hub.mode": "subscribe"})])
    assert isinstance(answer, Answer)
    assert (answer.status, answer.body) == (200, b"")
    assert server.sent_bytes < 32 * MEGABYTE


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
def test_many_floods_at_once_take_no_more_memory_than_a_few_f01_f05(wire):
    servers = [wire(OK + b"\r\n<rss>", endless=b" " * MEGABYTE) for _ in range(24)]
    code = (
        "from articles.ingest.fetch import fetch_all; from articles.ingest.visit import VisitLimits\n"
        "from articles.ingest.shapes import FeedState\n"
        "peak = lambda: int(open('/proc/self/status').read().split('VmHWM:')[1].split()[0])\n"
        f"limits = VisitLimits('tests', allowed_private_hosts=frozenset({[one.address for one in servers]!r}))\n"
        f"states = [FeedState(n, u, 1, 'full', 'world', 'en') for n, u in enumerate({[s.url for s in servers]!r})]\n"
        "before = peak()\n"
        "print({found.reason for found in fetch_all(states, limits).values()})\n"
        "print(peak() - before)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    reasons, grown = done.stdout.splitlines()
    assert reasons == "{'The answer is larger than 15 MB.'}"
    assert int(grown) < 150 * 1024


def test_large_pages_and_pictures_wait_for_each_other_and_all_arrive_f05(publisher):
    publisher.serve("/large", os.urandom(3_900_000), content_type="text/html")
    limits, until = limits_from_settings(), time.monotonic() + 20
    url, now = publisher.url("/large"), timezone.now()
    page = WantedPage(1, 1, url, publisher.address, now, url, (), "", "", "")
    turn = HostTurn(publisher.address, (page,) * 7, Robots("", 404))
    assert sum(isinstance(event, PageRead) for event in pages_as_fetched([turn], limits, until)) == 7
    wanted = [Wanted(number, "", url, 0) for number in range(10)]
    assert [answer.status for _, answer in pictures_as_fetched(wanted, limits, until, {})] == [200] * 10


# Slow --------------------------------------------------------------------------------------------


def test_a_secure_handshake_that_never_ends_is_given_up_f03_f04(wire):
    class Silent:
        def __iter__(self) -> Iterator[bytes]:
            for _ in range(100):
                time.sleep(0.1)
                yield b"\x16"

    server = wire(*[])
    server.pieces = Silent()
    found = fetch(server.url.replace("http:", "https:"), timeout_seconds=0.5)
    assert isinstance(found, Failed)
    assert found.seconds < 2


def test_what_answers_a_secure_handshake_in_plain_words_is_no_secure_server_f08(wire):
    server = wire(b"220 smtp.inside ESMTP\r\n")
    found = fetch(server.url.replace("http:", "https:"))
    assert found.reason == "A secure connection to the server could not be made."


# Bombs -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("headers", [{}, {"Content_Encoding": "gzip"}], ids=["as a file", "as a coding"])
def test_an_archive_of_very_many_parts_costs_nothing_f05(publisher, headers):
    url = publisher.serve("/feed", gzip.compress(b"") * 100_000, **headers)
    found = fetch(url)
    assert found.reason == "The answer is packed in too many parts."
    assert found.seconds < 1


def test_an_archive_is_unpacked_at_once_and_not_again_f05(publisher):
    bomb = gzip.compress(gzip.compress(gzip.compress(b"0" * 50 * MEGABYTE)))
    found = fetch(publisher.serve("/feed", bomb), max_bytes=100_000)
    assert isinstance(found, Fetched)
    assert len(found.body) < 10_000


def test_a_file_that_is_a_bomb_is_refused_f05(publisher):
    found = fetch(publisher.serve("/feed.xml.gz", gzip.compress(b"0" * 20 * MEGABYTE)))
    assert found.reason == "The answer is larger than 15 MB."


@pytest.mark.django_db
@pytest.mark.parametrize("is_coding", [True, False])
def test_half_an_archive_takes_nothing_in_and_nothing_away_f06(publisher, is_coding):
    url = publisher.serve("/feed", rss(item(1)))
    assert refresh(url).outcome == "new"
    headers = {"Content_Encoding": "gzip"} if is_coding else {}
    publisher.serve("/feed", gzip.compress(rss(item(1), item(2)).encode())[:-30], **headers)
    result = refresh(url)
    assert (result.outcome, result.reason) == ("failed", "The answer broke off or was damaged.")
    assert Article.objects.count() == 1
    assert Feed.objects.get().failure_count == 1


# Framing -----------------------------------------------------------------------------------------

DAMAGED = "The answer broke off or was damaged."
IMPROPER = "The answer is not proper HTTP."
NOT_OFFERED = "The answer is packed in a way that we did not offer."


@pytest.mark.parametrize(
    ("raw", "reasons"),
    [
        (b"<rss>no head at all</rss>", {IMPROPER, DAMAGED}),
        (OK + b"Content-Length: 2\r\nContent-Length: 5\r\n\r\nhello", {IMPROPER}),
        (OK + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", {IMPROPER}),
        (OK + b"Content-Length: +5\r\n\r\nhello", {IMPROPER}),
        (OK + b"Content-Length: 0x5\r\n\r\nhello", {IMPROPER}),
        (OK + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\nhello", {IMPROPER}),
        (OK + b"Content-Length: 5, 5\r\n\r\nhello", {IMPROPER}),
        (CHUNKED + b"-5\r\nhello\r\n0\r\n\r\n", {IMPROPER}),
        (CHUNKED + b"F" * 40 + b"\r\nhello", {IMPROPER, DAMAGED}),
        (CHUNKED + b"5\r\nhelloXX0\r\n\r\n", {IMPROPER}),
        (OK + b"X: a\0b\r\n\r\nhello", {IMPROPER}),
        (OK + b"X : a\r\n\r\nhello", {IMPROPER}),
        (OK + b"nonsense\r\n\r\nhello", {IMPROPER}),
        (b"ICY 200 OK\r\n\r\nhello", {IMPROPER}),
        (b"HTTP/1.1 99999 OK\r\n\r\n", {IMPROPER}),
        (OK + b"Content-Encoding: gzip\r\nContent-Encoding: br\r\n\r\nhello", {NOT_OFFERED}),
        (OK + b"Content-Encoding: utf-8, deflate\r\n\r\nhello", {NOT_OFFERED}),
    ],
)
def test_an_answer_in_bad_frames_is_refused_f08(wire, raw, reasons):
    assert fetch(wire(raw).url).reason in reasons


@pytest.mark.parametrize("body", [b"-5\r\nhello", b"zz\r\n", b"5\r\nhelloXX0\r\n\r\n"])
def test_bad_frames_behind_a_good_head_are_found_at_once_f08(wire, body):
    server = wire()
    server.pieces = Late(CHUNKED, body)
    started = time.monotonic()
    assert fetch(server.url).reason in {IMPROPER, DAMAGED}
    assert time.monotonic() - started < 3


class Late:
    """The second piece comes by itself, and nothing ends the connection."""

    def __init__(self, head: bytes, body: bytes) -> None:
        self.head, self.body = head, body

    def __iter__(self) -> Iterator[bytes]:
        yield self.head
        time.sleep(0.1)
        yield self.body
        time.sleep(5)


BEHIND = [b"<html>the page itself</html>", b"\r\n<!-- cached -->", OK + EMPTY, b"\0" * 100_000]


@pytest.mark.parametrize("surplus", BEHIND)
def test_what_comes_behind_a_whole_answer_is_nobodys_f08(wire, surplus):
    body = rss(item(), item(2)).encode()
    framed = OK + b"Content-Length: %d\r\n\r\n" % len(body) + body
    in_chunks = CHUNKED + b"%x\r\n" % len(body) + body + b"\r\n0\r\n\r\n"
    for pieces in ([framed + surplus], [framed, surplus], [in_chunks + surplus]):
        assert fetch(wire(*pieces).url).body == body


@pytest.mark.parametrize("surplus", BEHIND)
def test_a_status_counts_whatever_page_comes_with_it_f08_f10(wire, surplus):
    url = wire(b"HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n" + surplus).url
    limits = limits_from_settings()
    assert isinstance(fetch_all([state(url=url, etag='"one"')], limits)[1], NotModified)
    assert fetch(wire(b"HTTP/1.1 204 No Content\r\n\r\n" + surplus).url).status == 204
    assert fetch(wire(b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n" + surplus).url).status == 404


@pytest.mark.parametrize("name", ["utf-8", "none", "binary", "identity", "", "aws-chunked", "text/xml"])
@pytest.mark.parametrize("is_packed", [False, True])
def test_a_coding_that_is_none_changes_nothing_f14(wire, name, is_packed):
    body = gzip.compress(b"<rss/>") if is_packed else b"<rss/>"
    coding = f"{name}, gzip" if is_packed else name
    assert fetch(wire(OK + f"Content-Encoding: {coding}\r\n\r\n".encode() + body).url).body == b"<rss/>"


def test_an_address_in_latin_1_is_asked_for_as_it_was_written_f14(publisher):
    publisher.script("/feed", lambda one: one.write_raw(b"HTTP/1.1 302 F\r\nLocation: /caf\xe9\r\n" + EMPTY))
    publisher.serve("/caf%E9", rss(item()))
    assert fetch(publisher.url("/feed")).body == rss(item()).encode()


def test_a_connection_that_is_reset_half_way_is_a_failure_f08(wire):
    class Reset:
        def __iter__(self) -> Iterator[bytes]:
            yield OK + b"Content-Length: 100\r\n\r\n<rss>"
            raise ConnectionResetError

    server = wire()
    server.pieces = Reset()
    assert fetch(server.url).reason == DAMAGED


def test_a_bug_that_one_visit_brings_to_light_is_that_visits_alone_f08(publisher, caplog):
    class Broken(GuardedResolver):
        def look_up(self, host, port, family):
            raise LookupError("a bug")

    good = publisher.serve("/feed", rss())
    limits = replace(limits_from_settings(), resolver=Broken)
    found = fetch_all([state(feed_id=1, url="http://paper.example/"), state(feed_id=2, url=good)], limits)
    assert found[1].reason == "The connection to the server failed."
    assert isinstance(found[2], Fetched)
    assert "a bug" in caplog.text


# Redirects and pages of pages --------------------------------------------------------------------


@pytest.mark.django_db
def test_fifty_hops_are_six_requests_f07(publisher):
    for number in range(50):
        publisher.redirect(f"/{number}", f"/{number + 1}", (301, 302, 303, 307, 308)[number % 5])
    result = refresh(publisher.url("/0"))
    assert (result.outcome, result.reason) == ("failed", "The server sent us on too many times.")
    assert len(publisher.requests) == 6


@pytest.mark.django_db
def test_pages_of_older_entries_are_not_followed_f09(publisher):
    link = f'<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="next" href="{publisher.url("/feed?page=2")}"/>'
    url = publisher.serve("/feed", rss(item(1), channel=link), Link=f'<{publisher.url("/feed?page=2")}>; rel="next"')
    assert refresh(url).outcome == "new"
    assert [request.path for request in publisher.requests] == ["/feed"]


# What a status and its headers say ---------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    "status", [201, 203, 204, 205, 206, 300, 305, 400, 401, 403, 404, 418, 451, 500, 503, 600, 999]
)
def test_the_document_of_another_answer_than_200_is_not_taken_in_f10(wire, status):
    body = b"" if status == 204 else rss(item(1)).encode()
    server = wire(b"HTTP/1.1 %d Odd\r\nContent-Length: %d\r\n\r\n" % (status, len(body)) + body)
    result = refresh(server.url)
    assert (result.outcome, result.status) == ("failed", status)
    assert not Article.objects.exists()
    assert Feed.objects.get().next_fetch_at > timezone.now()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("value", "hours"),
    [
        ("7200", 2),
        ("99999999999999999999", 24),
        ("9" * 5000, 24),
        *((value, 0) for value in ("-5", "soon", "0", "1e9", "", "7200, 7200", "Wed, 99 Xyz 2099 99:99:99 GMT")),
        ("Wed, 21 Oct 2099 07:28:00 GMT", 24),
        ("Fri, 31 Dec 9999 23:59:59 -2359", 24),
        ("Wed, 21 Oct 1999 07:28:00 GMT", 0),
    ],
)
def test_a_wish_to_be_left_alone_is_heard_within_reason_f11(wire, value, hours):
    server = wire(b"HTTP/1.1 503 Busy\r\nRetry-After: " + value.encode() + b"\r\n" + EMPTY)
    now = timezone.now()
    refresh(server.url, now)
    pause = Feed.objects.get().next_fetch_at - now
    wished = max(timedelta(hours=hours), timedelta(minutes=15))
    assert wished <= pause <= min(wished * 1.1, timedelta(hours=24))


@pytest.mark.django_db
@pytest.mark.parametrize(
    "etag",
    [b'"' + b"e" * 100_000 + b'"', b'"\xff\xfe"', '"ключ"'.encode(), b"no quotes", b"", b'"a\tb"', b'W/"', b'"a", "b"'],
)
def test_an_odd_validator_does_not_stop_the_next_visit_f12(wire, etag):
    body = rss(item(1)).encode()
    server = wire(OK + b"ETag: " + etag + b"\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    assert [refresh(server.url).outcome for _ in range(2)] == ["new", "unchanged"]
    assert len(Feed.objects.get().etag) <= 1000


def test_cookies_of_any_shape_are_forgotten_f13(publisher):
    def script(connection):
        cookies = b"".join(b"Set-Cookie: " + one + b"\r\n" for one in (b"a=1; Path=/", b"=;;\xff{}=", b"b" * 9000))
        connection.write_raw(b"HTTP/1.1 302 Found\r\nLocation: /feed\r\n" + cookies + EMPTY)

    publisher.script("/hop", script)
    publisher.serve("/feed", rss(), Set_Cookie="c=1")
    for _ in range(2):
        assert isinstance(fetch(publisher.url("/hop")), Fetched)
    assert len(publisher.requests) == 4
    assert not any("cookie" in request.headers for request in publisher.requests)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "answer",
    [
        lambda body: b"HTTP/1.1 200\r\nContent-Length: %d\r\n\r\n" % len(body) + body,
        lambda body: OK + b"\r\n" + body,
        lambda body: b"HTTP/1.0 200 OK\r\n\r\n" + body,
        lambda body: OK.replace(b"\r", b"") + b"Content-Length: %d\n\n" % len(body) + body,
        lambda body: OK + b"Content-Type: image/png\r\n\r\n" + body,
        lambda body: OK + b"Content-Type: \xff\r\n\r\n" + body,
        lambda body: CHUNKED + b"%x;a=b\r\n" % len(body) + body + b"\r\n0\r\nT: x\r\n\r\n",
        lambda body: OK + b"\r\n" + gzip.compress(body),
        lambda body: OK + b"Content-Encoding: X-GZIP\r\n\r\n" + gzip.compress(body) + b"\0" * 100,
        lambda body: b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + OK + b"\r\n" + body,
        lambda body: OK + b"X: " + b"y" * 14_000 + b"\r\n\r\n" + body,
        lambda body: OK + b"\r\n" + body.replace(b"</channel></rss>", b""),
    ],
    ids=[
        *("no phrase", "no length", "1.0", "bare line ends", "wrong type", "no type", "chunks", "a file", "old coding"),
        *("a hint before", "a long header", "cut off by the generator"),
    ],
)
def test_what_is_odd_but_honest_is_stored_f14(wire, answer):
    result = refresh(wire(answer(rss(item(1), item(2)).encode())).url)
    assert (result.outcome, len(result.new_ids)) == ("new", 2)


@pytest.mark.django_db
@pytest.mark.parametrize("end", ["</item>", "<title>Headline 2", "https://paper.example", "What happened"])
def test_a_document_that_breaks_off_brings_its_whole_entries_and_later_the_others_f06_f08(publisher, end):
    whole = rss(item(1), item(2), item(3))
    second = whole.index("<title>Headline 2")
    half = whole[: whole.index(end, second) + len(end)]
    first = refresh(publisher.serve("/feed", half, etag='"a"'))
    assert len(first.new_ids) == (2 if end in {"</item>", "What happened"} else 1)
    refresh(publisher.serve("/feed", whole, etag='"a"'))
    assert sorted(Article.objects.values_list("headline", "canonical_url")) == [
        (f"Headline {number}", f"https://paper.example/{number}") for number in (1, 2, 3)
    ]


# Inside ------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_feed_on_the_inside_that_got_into_the_database_is_not_visited_f20(canary):
    result = refresh(f"http://127.0.0.1:{canary.port}/feed")
    assert (result.outcome, result.reason, result.status) == ("failed", NOT_PUBLIC, None)


@pytest.mark.parametrize("last", ["http://127.0.0.1:{port}/", "//localhost:{port}/", "http://[::ffff:7f00:1]:{port}/"])
def test_a_chain_that_turns_inside_at_its_end_touches_nothing_f21(publisher, canary, last):
    publisher.redirect("/1", "/2", 301)
    publisher.redirect("/2", publisher.url("/3"), 307)
    publisher.redirect("/3", last.format(port=canary.port), 308)
    assert fetch(publisher.url("/1")).reason == NOT_PUBLIC
    assert len(publisher.requests) == 3


@pytest.mark.parametrize(
    "location",
    [
        *(b"http://127.0.0.1%%09:%d/", b"http:\\\\127.0.0.1:%d\\", b"/\\127.0.0.1:%d/", b"\\\\127.0.0.1:%d/"),
        *(b"http://@127.0.0.1:%d/", b"http://a@b@127.0.0.1:%d/", b"http://8.8.8.8:80@127.0.0.1:%d/"),
        *(
            b"http://127.0.0.1\x0b:%d/",
            b"http://127.0.0.1\t:%d/",
            b"ht\ttp://127.0.0.1:%d/",
            b"\x01http://127.0.0.1:%d/",
        ),
        *(
            b"http://[::1%%25lo]:%d/",
            b"http://[::%%lo]:%d/",
            b"http://[fe80::1%%251]:%d/",
            b"http://[0::ffff:7f00:1]:%d/",
        ),
        "http://127。0。0。1:%d/".encode(),
        "http://\uff11\uff12\uff17.0.0.1:%d/".encode(),
        "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:%d/".encode(),
        "http://loc\u00adalhost:%d/".encode(),
        *(
            b"http://localhost%%2e:%d/",
            b"http://localhost.:%d/",
            b"http://127.0.0.1.:%d/",
            b"http://%%31%%32%%37.0.0.1:%d/",
        ),
        *(
            b"http://0x7f000001:%d/",
            b"http://017700000001:%d/",
            b"http://127.0.0.1:0%d/",
            b"http://1.1.1.1 &@127.0.0.1:%d/",
        ),
    ],
)
def test_no_spelling_of_a_redirect_leads_inside_f21_f22(publisher, canary, location):
    answer = b"HTTP/1.1 302 Found\r\nLocation: " + location % canary.port + b"\r\n" + EMPTY
    publisher.script("/feed", lambda connection: connection.write_raw(answer))
    found = fetch(publisher.url("/feed"))
    assert isinstance(found, Failed)
    assert str(canary.port) not in found.reason


def test_a_redirect_cannot_write_headers_of_ours_f22(publisher):
    answer = b"HTTP/1.1 302 Found\r\nLocation: /feed?a\r\n X-Ours: 1\r\n" + EMPTY
    publisher.script("/hop", lambda connection: connection.write_raw(answer))
    publisher.redirect("/coded", "/feed?%0d%0aX-Ours:1")
    publisher.serve("/feed", rss())
    fetch(publisher.url("/hop"))
    assert isinstance(fetch(publisher.url("/coded")), Fetched)
    assert not any("x-ours" in request.headers for request in publisher.requests)


@pytest.mark.parametrize(
    "target", ["unix:/run/docker.sock", "dict://127.0.0.1:11211/stats", "ws://127.0.0.1/", "HTTPX://x/"]
)
def test_a_redirect_to_another_protocol_is_refused_f23(publisher, target):
    assert fetch(publisher.redirect("/feed", target)).reason == "Only http and https addresses are fetched."


@pytest.mark.parametrize(
    "host",
    [
        "redis",
        "db",
        "metadata.google.internal",
        "printer.local",
        "169.254.169.254",
        "[fd00:ec2::254]",
        "100.100.100.200",
    ],
)
def test_a_name_of_our_own_network_is_not_even_looked_up_f24(host):
    resolver = answering(["93.184.215.14"])
    assert fetch(f"http://{host}/", resolver=resolver).reason == NOT_PUBLIC
    assert resolver.asked == []


@pytest.mark.parametrize(
    "addresses",
    [
        ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "127.0.0.1"],
        ["2606:2800:21f:cb07:6820:80da:af6b:8b2c", "::1"],
        ["93.184.215.14", "::ffff:10.0.0.1"],
        ["fe80::1%lo", "93.184.215.14"],
        ["169.254.169.254"],
        *(["0.0.0.0"], ["::"], ["64:ff9b::a9fe:a9fe"], ["2002:7f00:1::"]),
    ],
)
def test_one_inner_record_among_public_ones_refuses_all_f25(canary, addresses):
    found = fetch(f"http://paper.example:{canary.port}/", resolver=answering(addresses))
    assert (found.reason, found.seconds < 1) == (NOT_PUBLIC, True)


def test_a_name_that_is_public_first_and_inner_after_a_redirect_is_refused_f25(publisher, canary):
    inner = f"http://paper.example:{canary.port}/"
    publisher.redirect("/feed", inner)
    resolver = answering(["127.0.0.1"])
    assert fetch(publisher.url("/feed"), resolver=resolver).reason == NOT_PUBLIC
    assert resolver.asked == ["paper.example"]


def test_the_allow_list_is_for_one_name_and_port_only_f25(publisher, canary):
    """Another name with the same address, and another port of the same name, stay outside."""
    port = publisher.address.partition(":")[2]
    resolver = answering(["127.0.0.1"])
    assert fetch(f"http://paper.example:{port}/", resolver=resolver).reason == NOT_PUBLIC
    assert fetch(f"http://127.0.0.1:{canary.port}/").reason == NOT_PUBLIC
    assert publisher.requests == []


@pytest.mark.parametrize("no_proxy", ["", "127.0.0.1", "*"])
def test_nothing_in_the_environment_leads_elsewhere_or_says_who_we_are_f27(
    publisher, canary, monkeypatch, tmp_path, no_proxy
):
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{canary.port}")
    monkeypatch.setenv("NO_PROXY", no_proxy)
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login ours password secret\ndefault login ours password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    publisher.serve("/feed", rss())
    assert isinstance(fetch(publisher.url("/feed")), Fetched)
    assert not {"authorization", "proxy-authorization"} & set(publisher.requests[0].headers)


@pytest.fixture
def inside(canary: Canary) -> list[str]:
    """Addresses in our network: an open port, a closed one, and one that nobody answers."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    return [f"http://127.0.0.1:{canary.port}/", f"http://127.0.0.1:{port}/", "http://10.255.255.1/"]


@pytest.mark.django_db
@pytest.mark.parametrize("is_redirected", [False, True])
def test_open_closed_and_filtered_ports_inside_leave_the_same_traces_f28(publisher, inside, is_redirected):
    urls = [publisher.redirect(f"/{n}", url) for n, url in enumerate(inside)] if is_redirected else inside
    now = timezone.now()
    results = [refresh(url, now) for url in urls]
    told = {(result.outcome, result.reason, result.status, result.wire_bytes) for result in results}
    assert told == {("failed", NOT_PUBLIC, None, 0)}
    assert all(result.seconds < 1 for result in results)
    columns = ("last_status", "last_reason", "failure_count", "etag", "body_hash", "moved_to", "wire_byte_count")
    assert len(set(Feed.objects.values_list(*columns))) == 1


def test_an_editor_is_told_the_same_of_all_ports_inside_f28(publisher, inside):
    urls = [publisher.redirect(f"/{n}", url) for n, url in enumerate(inside)]
    assert {(found.kind, found.reason) for found in look_up(urls).values()} == {("refused", NOT_PUBLIC)}


@pytest.mark.django_db
def test_no_feed_of_a_hostile_batch_keeps_an_honest_one_from_its_readers_f04_f08(wire, settings):
    settings.FEED_TIMEOUT_SECONDS = 4  # the five that flood are threads of this process, and take turns with us
    body = rss(item(1)).encode()
    bad = [
        wire(CHUNKED, endless=b"1\r\nx\r\n" * 5000),
        wire(endless=b"HTTP/1.1 100 Continue\r\n\r\n" * 1000),
        wire(CHUNKED + b"5;", endless=b"x" * 65536),
        wire(OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"") * 2000),
        wire(),
    ]
    good = wire(OK + b"\r\n" + body)
    for server in (*bad, good):
        make_feed(url=server.url)
    results = {result.url: result.outcome for result in refresh_due(timezone.now())}
    assert results == {good.url: "new", **{server.url: "failed" for server in bad}}
    assert Feed.objects.exclude(lease="").count() == 0
