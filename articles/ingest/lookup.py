"""From an address that an editor was given to the feed that is meant: visited as everything else is, read in a child.

A publisher's trouble is no editor's: what cannot be reached now is taken as it stands, and tried again by the fetcher.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from http import HTTPStatus

from django.conf import settings

from articles.ingest.addresses import refusal
from articles.ingest.child import LimitedChild, TooMuchWork
from articles.ingest.discovery import FoundFeed, likely_feed_urls
from articles.ingest.fetch import ACCEPT
from articles.ingest.guard import NOT_PUBLIC
from articles.ingest.place import Place
from articles.ingest.shapes import Failed, Fetched
from articles.ingest.visit import Answer, Unusable, Visit, VisitLimits, limits_from_settings, unpacked, visit_all

SECONDS = 8  # of an editor's patience
GUESS_SECONDS = 3
GUESSES = 4
MAX_BYTES = 2 * 1024 * 1024
CPU_SECONDS = 4
MOST_FEEDS = 20
NOTHING_THERE = {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of one address; no address of ours is ever among `feeds`."""

    kind: str  # feed | page | nothing | trouble | refused
    feeds: tuple[FoundFeed, ...] = ()  # feed: that one; page: those that it leads to
    reason: str = ""  # one sentence


def look_up(urls: Sequence[str]) -> dict[str, Finding]:
    """One finding for each address. The addresses are visited at once."""
    limits = replace(
        limits_from_settings(),
        timeout_seconds=min(SECONDS, settings.FEED_TIMEOUT_SECONDS),
        max_bytes=min(MAX_BYTES, settings.FEED_MAX_BYTES),
    )
    wanted = list(dict.fromkeys(urls))
    answers = _visit(wanted, limits)
    with closing(LimitedChild("articles.ingest.place:place_of", settings.FEED_MEMORY_MB)) as child:
        return {url: _finding(url, answer, limits, child) for url, answer in zip(wanted, answers, strict=True)}


def _visit(urls: Sequence[str], limits: VisitLimits) -> list[Answer | Failed]:
    return visit_all([Visit(url, {"Accept": f"{ACCEPT}, text/html;q=0.8"}) for url in urls], limits) if urls else []


def _finding(url: str, answer: Answer | Failed, limits: VisitLimits, child: LimitedChild) -> Finding:
    if isinstance(answer, Failed):
        return Finding("refused" if answer.reason == NOT_PUBLIC else "trouble", reason=answer.reason)
    if answer.status in NOTHING_THERE:
        return Finding("nothing", reason=f"The server has nothing at this address: it answered {answer.status}.")
    if answer.status != HTTPStatus.OK:
        return Finding("trouble", reason=f"The server answered {answer.status}.")
    place = _read(answer, limits, child)
    if isinstance(place, Failed):
        return Finding("trouble", reason=place.reason)
    if place.is_feed:
        return Finding("feed", (FoundFeed(answer.moved_to or url, place.title, "feed"),))
    feeds = _visitable(place.feeds) or _guessed(answer.url, limits, child)
    return Finding("page" if feeds else "nothing", feeds, place.reason)


def _read(answer: Answer, limits: VisitLimits, child: LimitedChild) -> Place | Failed:
    try:
        body = unpacked(answer.body, limits.max_bytes)
        fetched = Fetched(answer.url, answer.status, answer.headers, body, answer.wire_bytes, answer.seconds)
        return child.call(fetched, CPU_SECONDS)
    except (Unusable, TooMuchWork) as error:
        return Failed(str(error))


def _visitable(feeds: Sequence[FoundFeed]) -> tuple[FoundFeed, ...]:
    """Without those that the fetcher would refuse, whoever names them."""
    allowed = settings.FEED_ALLOWED_PRIVATE_HOSTS
    return tuple(feed for feed in feeds if not refusal(feed.url, allowed))[:MOST_FEEDS]


def _guessed(url: str, limits: VisitLimits, child: LimitedChild) -> tuple[FoundFeed, ...]:
    """The first feed at an address where many sites have theirs; one visit after the other."""
    shorter = replace(limits, timeout_seconds=GUESS_SECONDS)
    for guess in likely_feed_urls(url)[:GUESSES]:
        (answer,) = _visit([guess], shorter)
        if isinstance(answer, Answer) and answer.status == HTTPStatus.OK:
            place = _read(answer, shorter, child)
            if isinstance(place, Place) and place.is_feed:
                return (FoundFeed(guess, place.title, "feed"),)
    return ()
