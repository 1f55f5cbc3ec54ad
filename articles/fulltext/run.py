"""Claim, visit, read, settle: one line for each stage, and the only place that sees both database and network."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from secrets import token_hex

from django.conf import settings

from articles.fulltext import store
from articles.fulltext.fetch import as_fetched
from articles.fulltext.shapes import (
    Event,
    HostDone,
    HostTurn,
    PageAnswer,
    PageFailed,
    PageLeft,
    PageMoved,
    PageQuestion,
    PageRead,
    RobotsRead,
    WantedPage,
)
from articles.ingest.child import LimitedChild, TooMuchWork
from articles.ingest.store import free_hosts
from articles.ingest.visit import limits_from_settings

logger = logging.getLogger(__name__)

PAGE_CPU_SECONDS = 10  # the longest articles take less than one
TOO_MUCH_WORK = "The page takes too much time or memory to read."
A_BUG = "The page could not be read."


def fetch_pages(now: datetime, seconds: float = 25) -> list[int]:
    """Visit the pages that are due, until so many seconds have passed; ids of the articles that they changed."""
    round_ = _Round(now, seconds)
    try:
        while not round_.is_over():
            turns = store.claim_turns(round_.take_moved(), round_.lease, round_.moment())
            if not turns:
                break
            round_.visit(turns)
    finally:
        free_hosts(round_.lease)
    store.put_back(round_.take_moved(), round_.moment())
    return round_.changed


class _Round:
    """What one call of fetch_pages knows as it goes on."""

    def __init__(self, now: datetime, seconds: float) -> None:
        self.now = now
        self.started = time.monotonic()
        self.until = self.started + seconds
        self.lease = token_hex(16)
        self.moved: list[WantedPage] = []
        self.changed: list[int] = []

    def is_over(self) -> bool:
        return time.monotonic() >= self.until

    def moment(self) -> datetime:
        """`now` as it has become: pauses begin when a visit ends."""
        return self.now + timedelta(seconds=time.monotonic() - self.started)

    def take_moved(self) -> list[WantedPage]:
        moved, self.moved = self.moved, []
        return moved

    def visit(self, turns: Sequence[HostTurn]) -> None:
        for event in as_fetched(turns, limits_from_settings(), self.until):
            self.take(event)

    def take(self, event: Event) -> None:
        match event:
            case RobotsRead():
                store.keep_robots(event, self.moment())
                self.heed(event.host, event.retry_after, "robots.txt could not be had.")
            case PageRead():
                self.read(event)
            case PageMoved(page):
                self.moved.append(page)
            case PageFailed(page, reason):
                store.fail(event, self.moment())
                self.heed(page.host, event.retry_after, reason)
                logger.info("page not taken article=%d %s", page.article_id, reason)
            case PageLeft(page):
                store.put_back([page], self.moment())
            case HostDone(host, pause_seconds):
                until = self.moment() + timedelta(seconds=pause_seconds) if pause_seconds else None
                store.free_host(host, self.lease, until)

    def heed(self, host: str, retry_after: str | None, reason: str) -> None:
        if retry_after is not None:
            store.pause(host, retry_after, reason, self.moment())

    def read(self, event: PageRead) -> None:
        answer = _answer(event)
        if store.settle(event.page, answer, self.moment()):
            self.changed.append(event.page.article_id)
        logger.info(
            "page read article=%d words=%d bytes=%d %s",
            event.page.article_id,
            answer.text.word_count if answer.text else 0,
            len(event.body),
            answer.reason,
        )


def _answer(event: PageRead) -> PageAnswer:
    try:
        return child().call(_question(event), min(PAGE_CPU_SECONDS, settings.FEED_CPU_SECONDS))
    except TooMuchWork:
        return PageAnswer(None, TOO_MUCH_WORK)
    except Exception:
        # A bug of ours or of a library: known by its trace, and the article keeps the feed's text.
        logger.exception("page not read article=%d url=%s", event.page.article_id, event.url)
        return PageAnswer(None, A_BUG)


def _question(event: PageRead) -> PageQuestion:
    page = event.page
    return PageQuestion(
        url=event.url,
        headers=event.headers,
        body=event.body,
        headline=page.headline,
        standfirst=page.standfirst,
        image_url=page.image_url,
        boilerplate=page.boilerplate,
        user_agent=settings.FEED_USER_AGENT,
        allowed=tuple(settings.FEED_ALLOWED_PRIVATE_HOSTS),
    )


@cache
def child() -> LimitedChild:
    """That reads pages for this process."""
    return LimitedChild("articles.fulltext.read:read", settings.FEED_MEMORY_MB)
