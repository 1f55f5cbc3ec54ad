"""Claim, fetch, digest, apply: one line for each stage, and the only place that sees both database and network."""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from math import inf
from types import FrameType

from django.conf import settings

from articles.ingest import store
from articles.ingest.digest import body_hash_of, digest
from articles.ingest.fetch import fetch_all
from articles.ingest.shapes import Failed, FeedState, FeedUpdate, Fetched, NotModified, Response
from articles.ingest.visit import limits_from_settings

logger = logging.getLogger(__name__)

ROUND_SECONDS = 30  # new articles wait for the end of a round before readers see them
CPU_SECONDS_A_FEED = 20


@dataclass(frozen=True, slots=True)
class FeedResult:
    """One fetched feed, as `refresh --json` prints it."""

    url: str
    outcome: str  # new | unchanged | not_modified | failed | gone
    status: int | None
    entries: int
    new_ids: tuple[int, ...]
    changed: int
    reason: str
    seconds: float
    wire_bytes: int


class TooMuchWork(BaseException):
    """A feed's text keeps the processor busy beyond reason. No `except Exception` on its way may swallow it."""


def refresh_due_feeds(now: datetime) -> list[int]:
    """Fetch what is due, for about ROUND_SECONDS; ids of the articles that came in."""
    return [new_id for result in refresh_due(now, ROUND_SECONDS) for new_id in result.new_ids]


def refresh_due(now: datetime, seconds: float = inf) -> Iterator[FeedResult]:
    """Fetch what is due, batch after batch; no batch begins after so many seconds."""
    started = time.monotonic()
    while time.monotonic() - started < seconds:
        states = store.claim_due_feeds(now, settings.FEED_BATCH_SIZE)
        if not states:
            return
        yield from _refresh(states, now)


def refresh_feeds(now: datetime, urls: Iterable[str] | None = None) -> Iterator[FeedResult]:
    """Fetch these feeds, due or not; all that are switched on and not gone where `urls` is None."""
    wanted = list(store.living_feeds().filter(gone_at=None).values_list("url", flat=True) if urls is None else urls)
    for start in range(0, len(wanted), settings.FEED_BATCH_SIZE):
        yield from _refresh(store.claim(wanted[start : start + settings.FEED_BATCH_SIZE], now), now)


def _refresh(states: Sequence[FeedState], now: datetime) -> Iterator[FeedResult]:
    responses = fetch_all(states, limits_from_settings())
    # Most feeds have nothing new: those are written together.
    quiet = {
        state.feed_id: digest(state, responses[state.feed_id], now)
        for state in states
        if isinstance(responses[state.feed_id], NotModified)
    }
    store.apply_quiet(list(quiet.values()), now)
    for state in states:
        if update := quiet.get(state.feed_id):
            yield _told(state, update, store.Stored())
        else:
            yield _take(state, responses[state.feed_id], now)


def _take(state: FeedState, response: Response, now: datetime) -> FeedResult:
    """Digest and store one answer. Whatever happens to it, the other feeds of the batch go on."""
    try:
        update = _digest(state, response, now)
        for surprise in update.surprises:
            logger.error("entry not taken feed=%s url=%s %s", state.feed_id, state.url, surprise)
        return _told(state, update, store.apply(update, now))
    except TooMuchWork:
        failure = Failed("The feed takes too long to read.", seconds=response.seconds)
    except Exception:
        # A bug of ours or a trouble of the database: known by its trace, and this feed waits its turn.
        logger.exception("feed not taken feed=%s url=%s", state.feed_id, state.url)
        failure = Failed("The feed could not be taken in.", seconds=response.seconds)
    update = digest(state, failure, now)
    return _told(state, update, store.apply(update, now))


def _digest(state: FeedState, response: Response, now: datetime) -> FeedUpdate:
    if isinstance(response, Fetched) and body_hash_of(response.body) != state.body_hash:
        state = store.with_known(state)
    with processor_limit(CPU_SECONDS_A_FEED):
        return digest(state, response, now, settings.FEED_ALLOWED_PRIVATE_HOSTS)


def _told(state: FeedState, update: FeedUpdate, stored: store.Stored) -> FeedResult:
    """The result, with its line in the log."""
    nothing_came = update.outcome == "new" and not stored.new_ids and not stored.changed
    result = FeedResult(
        url=state.url,
        outcome="unchanged" if nothing_came else update.outcome,
        status=update.status,
        entries=update.entry_count,
        new_ids=stored.new_ids,
        changed=stored.changed,
        reason=update.reason,
        seconds=round(update.seconds, 3),
        wire_bytes=update.wire_bytes,
    )
    logger.info(
        "feed refreshed feed=%s outcome=%s status=%s entries=%d new=%d changed=%d ms=%d bytes=%d",
        state.feed_id,
        result.outcome,
        result.status,
        result.entries,
        len(result.new_ids),
        result.changed,
        result.seconds * 1000,
        result.wire_bytes,
    )
    return result


@contextmanager
def processor_limit(seconds: float) -> Iterator[None]:
    """Raise TooMuchWork in the block after so much processor time; no limit outside the main thread.

    Some texts cost a parser hours, and no reading of them beforehand finds all.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGVTALRM, _give_up)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _give_up(number: int, frame: FrameType | None) -> None:
    raise TooMuchWork
