"""Visit pages through the one guarded way out: one at a time at each host, its robots.txt first, pauses between.

Redirects are followed one by one, since each address is judged: is it the publisher's, and does robots.txt allow it?
Failures are values; the database is not touched here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace
from http import HTTPStatus
from time import monotonic
from urllib.parse import urlsplit

from articles.fulltext.hosts import belongs
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
from articles.ingest.arrivals import Tell, as_they_arrive
from articles.ingest.canonical import absolute
from articles.ingest.guard import GuardedClient
from articles.ingest.robots import MAX_ROBOTS, Verdict, may_visit
from articles.ingest.room import Room, Share
from articles.ingest.shapes import Failed
from articles.ingest.visit import REDIRECTS, Answer, Visit, VisitLimits, client_for, visit
from articles.models import host_of

HEADERS = {"Accept": "text/html, application/xhtml+xml"}
MAX_PAGE_BYTES = 4 * 1024 * 1024
MAX_ROBOTS_BYTES = 2 * 1024 * 1024
LONGEST_PAUSE_SECONDS = 60  # who asks for more gets this, or we would never be done
MAX_HOPS = 5
ROOM_BYTES = 16 * 1024 * 1024  # for the pages that are on their way or wait to be read, but for their beginnings
TURNED_AWAY = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}
WORTH_ANOTHER_TRY = TURNED_AWAY | {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY}
PAGE_TYPES = ("text/html", "application/xhtml+xml")

NOT_THEIRS = "The page leads to a server that is not the publisher's."
TOO_MANY_HOPS = "The server sent us on too many times."
NO_PAGE = "What stands at the article's address is not a page of text."


def as_fetched(turns: Sequence[HostTurn], limits: VisitLimits, until: float) -> Iterator[Event]:
    """What the visits brought, in the order of the answers; every page once, and HostDone for every turn.

    No visit begins after `until` on the monotonic clock. The network runs in a thread of its own, so that pages are
    read while others are on their way.
    """
    yield from as_they_arrive(lambda tell: _fetch_all(turns, limits, until, tell), "pages")


async def _fetch_all(turns: Sequence[HostTurn], limits: VisitLimits, until: float, tell: Tell[Event]) -> None:
    slots, room = asyncio.Semaphore(limits.concurrency), Room(ROOM_BYTES)

    async def one(turn: HostTurn) -> None:
        async with slots:
            await _Turn(turn, client, limits, until, room, tell).take()

    async with client_for(limits) as client:
        await asyncio.gather(*(one(turn) for turn in turns))


class _Turn:
    """The visits to one host, one after the other."""

    def __init__(
        self, turn: HostTurn, client: GuardedClient, limits: VisitLimits, until: float, room: Room, tell: Tell[Event]
    ) -> None:
        self.turn = turn
        self.client = client
        self.limits = replace(limits, max_bytes=min(limits.max_bytes, MAX_PAGE_BYTES))
        self.until = until
        self.room = room
        self.share = Share(room)  # of the page at hand
        self.tell = tell
        self.robots = turn.robots
        self.free_at = 0.0  # on the monotonic clock
        self.pause_seconds = self.pause_for(0.0)
        self.is_turned_away = False

    async def take(self) -> None:
        for page in self.turn.pages:
            self.share = Share(self.room)
            if self.robots is None:
                await self.ask_robots(page)
            await self.tell(await self.event_of(page), self.share)
        await self.tell(HostDone(self.turn.host, self.pause_seconds), Share(self.room))

    def pause_for(self, crawl_delay_seconds: float) -> float:
        if self.turn.host in self.limits.allowed_private_hosts:
            return 0.0
        return max(min(crawl_delay_seconds, LONGEST_PAUSE_SECONDS), self.limits.pause_seconds)

    async def ask_robots(self, page: WantedPage) -> None:
        url = f"{urlsplit(page.url).scheme}://{self.turn.host}/robots.txt"
        answer = await visit(self.client, Visit(url), replace(self.limits, max_bytes=MAX_ROBOTS_BYTES))
        self.free_at = monotonic() + self.pause_seconds
        text = answer.body.decode("utf-8", "replace") if isinstance(answer, Answer) else ""
        self.robots = Robots(text.replace("\0", "")[:MAX_ROBOTS], answer.status)
        self.is_turned_away = answer.status in TURNED_AWAY
        retry_after = answer.headers.get("retry-after", "") if self.is_turned_away else None
        await self.tell(RobotsRead(self.turn.host, self.robots, retry_after), Share(self.room))

    async def event_of(self, page: WantedPage) -> Event:
        verdict = self.verdict_on(page.url)
        if not verdict.is_allowed:
            return PageFailed(page, verdict.reason, is_final=not verdict.is_for_now)
        if self.is_turned_away or max(self.free_at, monotonic()) > self.until:
            return PageLeft(page)
        await asyncio.sleep(max(0.0, self.free_at - monotonic()))
        event = await self.visit_page(page)
        self.free_at = monotonic() + self.pause_seconds
        self.is_turned_away = isinstance(event, PageFailed) and event.retry_after is not None
        return event

    def verdict_on(self, url: str) -> Verdict:
        assert self.robots is not None
        verdict = may_visit(self.robots.text, self.robots.status, self.limits.user_agent, url)
        self.pause_seconds = self.pause_for(verdict.crawl_delay_seconds)
        return verdict

    async def visit_page(self, page: WantedPage) -> Event:
        give_up_at = monotonic() + self.limits.timeout_seconds
        while True:
            answer = await visit(self.client, Visit(page.url, HEADERS, is_followed=False), self.limits, self.share)
            if isinstance(answer, Failed) or answer.status not in REDIRECTS:
                return _event(page, answer)
            page = _moved(page, answer)
            if stop := self.reason_to_stop(page):
                return PageFailed(page, stop, is_final=True)
            if page.host != self.turn.host:
                return PageMoved(page)
            if monotonic() > give_up_at:
                return PageFailed(page, TOO_MANY_HOPS, is_final=False)

    def reason_to_stop(self, page: WantedPage) -> str:
        """Why the address that we are sent on to is not asked for, in one sentence; "" where it is."""
        if page.hop_count > MAX_HOPS:
            return TOO_MANY_HOPS
        if not belongs(page.url, page.homepage, page.feed_urls):
            return NOT_THEIRS
        return "" if page.host != self.turn.host else self.verdict_on(page.url).reason


def _moved(page: WantedPage, answer: Answer) -> WantedPage:
    url = absolute(answer.headers.get("location", ""), page.url)
    return replace(page, url=url, host=host_of(url), hop_count=page.hop_count + 1)


def _event(page: WantedPage, answer: Answer | Failed) -> Event:
    if isinstance(answer, Failed):
        return PageFailed(page, answer.reason, is_final=False)
    if answer.status != HTTPStatus.OK:
        is_final = answer.status < 500 and answer.status not in WORTH_ANOTHER_TRY
        retry_after = answer.headers.get("retry-after", "") if answer.status in TURNED_AWAY else None
        return PageFailed(page, f"The server answered {answer.status}.", is_final, retry_after)
    content_type = answer.headers.get("content-type", "text/html").strip().lower()
    if not content_type.startswith(PAGE_TYPES):
        return PageFailed(page, NO_PAGE, is_final=True)
    return PageRead(page, answer.url, answer.headers, answer.body)
