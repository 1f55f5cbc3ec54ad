"""Visits to real servers on loopback: order, pauses, redirects. A made-up name stands for somebody else's host."""

from __future__ import annotations

import socket
import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from articles.fulltext.fetch import as_fetched
from articles.fulltext.shapes import (
    Event,
    HostDone,
    HostTurn,
    PageFailed,
    PageLeft,
    PageMoved,
    PageRead,
    Robots,
    RobotsRead,
    WantedPage,
)
from articles.ingest.guard import GuardedResolver
from articles.ingest.robots import page_refusal
from articles.ingest.visit import limits_from_settings
from tests.articles.fulltext.conftest import HTML

ALLOW_ALL = Robots("", 404)


class Loopback(GuardedResolver):
    """Every name is this machine, as if that were a public address."""

    async def resolve(self, host, port=0, family=socket.AF_UNSPEC):
        self.dialable.add(("127.0.0.1", port))
        return [
            {
                "hostname": host,
                "host": "127.0.0.1",
                "port": port,
                "family": socket.AF_INET,
                "proto": 0,
                "flags": socket.AI_NUMERICHOST,
            }
        ]


def page_at(url: str, number: int = 1) -> WantedPage:
    host = url.split("/")[2]
    return WantedPage(
        article_id=number,
        source_id=1,
        url=url,
        host=host,
        claimed_until=datetime(2026, 1, 1, tzinfo=UTC),
        homepage=f"http://{host}/",
        feed_urls=(),
        headline="",
        standfirst="",
        image_url="",
    )


def visit(pages: list[WantedPage], robots: Robots | None = ALLOW_ALL, seconds: float = 5, **limits) -> list[Event]:
    turn = HostTurn(pages[0].host, tuple(pages), robots)
    return list(as_fetched([turn], replace(limits_from_settings(), **limits), time.monotonic() + seconds))


def kinds(events: list[Event]) -> list[type]:
    return [type(event) for event in events]


@pytest.fixture
def stranger(publisher) -> str:
    """The same publisher under a name that is not on the list of ours: pauses count."""
    return f"http://paper.example:{publisher.server_address[1]}"


def test_robots_txt_is_asked_first_and_once(publisher):
    pages = [page_at(publisher.serve(f"/{number}", "<p>x", content_type=HTML), number) for number in range(3)]
    events = visit(pages, robots=None)
    assert kinds(events) == [RobotsRead, PageRead, PageRead, PageRead, HostDone]
    assert [request.path for request in publisher.requests] == ["/robots.txt", "/0", "/1", "/2"]


def test_what_robots_txt_forbids_is_not_asked_for(publisher):
    publisher.serve("/robots.txt", "User-agent: *\nDisallow: /private/", content_type="text/plain")
    pages = [page_at(publisher.serve(path, "<p>x", content_type=HTML)) for path in ("/private/1", "/open/1")]
    _, refused, read, _ = visit(pages, robots=None)
    assert isinstance(refused, PageFailed)
    assert refused.is_final
    assert "robots.txt forbids" in refused.reason
    assert isinstance(read, PageRead)
    assert publisher.asked("/private/1") == []


@pytest.mark.parametrize("status", [500, 503, 429])
def test_while_robots_txt_cannot_be_had_nothing_is_asked_for(publisher, status):
    publisher.serve("/robots.txt", "", status=status, Retry_After="120")
    asked, failed, _ = visit([page_at(publisher.serve("/1", "<p>x", content_type=HTML))], robots=None)
    assert asked.robots.status == status
    assert asked.retry_after == (None if status == 500 else "120")
    assert not failed.is_final
    assert publisher.asked("/1") == []


def test_a_crawl_delay_is_waited_for_and_one_that_is_too_long_ends_the_turn(publisher, stranger):
    for path in ("/1", "/2", "/3"):
        publisher.serve(path, "<p>x", content_type=HTML)
    pages = [page_at(f"{stranger}{path}") for path in ("/1", "/2", "/3")]
    facts = {"resolver": Loopback, "pause_seconds": 0}
    started = time.monotonic()
    events = visit(pages[:2], Robots("User-agent: *\nCrawl-delay: 0.4", 200), **facts)
    assert kinds(events) == [PageRead, PageRead, HostDone]
    assert 0.4 <= time.monotonic() - started < 2
    events = visit(pages, Robots("User-agent: *\nCrawl-delay: 30", 200), **facts)
    assert kinds(events) == [PageRead, PageLeft, PageLeft, HostDone]
    assert events[-1].pause_seconds == 30
    events = visit(pages, Robots("User-agent: *\nCrawl-delay: 86400", 200), **facts)
    assert events[-1].pause_seconds == 60


def test_without_a_crawl_delay_our_own_pause_is_made(publisher, stranger):
    for path in ("/1", "/2"):
        publisher.serve(path, "<p>x", content_type=HTML)
    started = time.monotonic()
    events = visit([page_at(f"{stranger}/1"), page_at(f"{stranger}/2")], None, resolver=Loopback, pause_seconds=0.2)
    assert time.monotonic() - started >= 0.4  # robots.txt is a visit as well
    assert events[-1].pause_seconds == 0.2


def test_a_host_that_turns_us_away_is_left_alone(publisher):
    publisher.serve("/1", "", status=429, Retry_After="3600")
    failed, left, _ = visit([page_at(publisher.url("/1")), page_at(publisher.url("/2"))])
    assert (failed.retry_after, failed.is_final) == ("3600", False)
    assert isinstance(left, PageLeft)
    assert publisher.asked("/2") == []


def test_no_visit_begins_when_the_time_is_up(publisher):
    assert kinds(visit([page_at(publisher.url("/1"))], seconds=-1)) == [PageLeft, HostDone]
    assert publisher.requests == []


@pytest.mark.parametrize(("status", "is_final"), [(404, True), (410, True), (403, True), (451, True), (500, False)])
def test_an_error_is_final_where_another_try_would_not_help(publisher, status, is_final):
    failed, _ = visit([page_at(publisher.serve("/1", "", status=status))])
    assert (failed.reason, failed.is_final) == (f"The server answered {status}.", is_final)


@pytest.mark.parametrize("content_type", ["application/pdf", "image/png", "application/json"])
def test_what_is_no_page_is_not_read_f33(publisher, content_type):
    failed, _ = visit([page_at(publisher.serve("/1", b"%PDF", content_type=content_type))])
    assert failed.is_final


def test_a_huge_page_is_not_read_to_its_end_f14(publisher):
    publisher.serve("/1", b"<p>" + b"x" * (5 << 20), content_type=HTML)
    failed, _ = visit([page_at(publisher.url("/1"))])
    assert failed.reason == "The answer is larger than 4 MB."


def test_a_slow_page_is_given_up_f14(publisher):
    publisher.script("/1", lambda connection: connection.drip([b"HTTP/1.1 200 OK\r\n"] + [b"X: y\r\n"] * 50, 0.1))
    started = time.monotonic()
    failed, _ = visit([page_at(publisher.url("/1"))], timeout_seconds=0.5)
    assert not failed.is_final
    assert time.monotonic() - started < 3


def test_a_header_that_comes_twice_is_read_twice(publisher):
    raw = b"HTTP/1.1 200 OK\r\nX-Robots-Tag: noarchive\r\nX-Robots-Tag: otherbot: noindex\r\nContent-Length: 0\r\n\r\n"
    publisher.script("/1", lambda connection: connection.write_raw(raw))
    read, _ = visit([page_at(publisher.url("/1"))])
    assert "noarchive" in page_refusal("", read.headers).reason


# Redirects ---------------------------------------------------------------------------------------


def test_a_redirect_within_the_host_is_followed_and_judged_again(publisher):
    publisher.serve("/new", "<p>x", content_type=HTML)
    publisher.redirect("/old", "/new")
    publisher.redirect("/away", "/private/1")
    robots = Robots("User-agent: *\nDisallow: /private/", 200)
    read, refused, _ = visit([page_at(publisher.url("/old")), page_at(publisher.url("/away"))], robots)
    assert read.url == publisher.url("/new")
    assert "robots.txt forbids" in refused.reason
    assert publisher.asked("/private/1") == []


def test_another_host_of_the_publisher_has_its_turn_first(publisher, stranger):
    publisher.redirect("/1", f"{stranger.replace('paper', 'www.paper')}/1")
    moved, _ = visit([page_at(f"{stranger}/1")], resolver=Loopback)
    assert isinstance(moved, PageMoved)
    assert moved.page.host == f"www.paper.example:{publisher.server_address[1]}"


@pytest.mark.parametrize(
    "target", ["https://elsewhere.example/", "javascript:alert(1)", "http://[::1", "//x@evil.example"]
)
def test_a_redirect_away_from_the_publisher_is_not_followed(publisher, target):
    publisher.redirect("/1", target)
    failed, _ = visit([page_at(publisher.url("/1"))])
    assert failed.is_final
    assert "not the publisher's" in failed.reason


def test_a_circle_of_redirects_ends_f09(publisher):
    publisher.redirect("/1", "/1")
    failed, _ = visit([page_at(publisher.url("/1"))])
    assert failed.reason == "The server sent us on too many times."
    assert len(publisher.requests) < 10


def test_robots_txt_behind_a_redirect_counts(publisher):
    publisher.redirect("/robots.txt", "/rules.txt")
    publisher.serve("/rules.txt", "User-agent: *\nDisallow: /", content_type="text/plain")
    _, failed, _ = visit([page_at(publisher.url("/1"))], robots=None)
    assert "forbids" in failed.reason


def test_robots_txt_inside_our_network_is_not_visited_f26(publisher, canary):
    publisher.redirect("/robots.txt", f"http://127.0.0.1:{canary.port}/robots.txt")
    asked, failed, _ = visit([page_at(publisher.url("/1"))], robots=None)
    assert asked.robots.status is None
    assert not failed.is_final
