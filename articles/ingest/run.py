"""Claim, fetch, digest, apply: one line for each stage, and the only place that sees both database and network."""

from __future__ import annotations

import gc
import logging
import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from http import HTTPStatus
from math import inf

from django.conf import settings
from django.db import connection
from django.utils import timezone

from articles.ingest import store
from articles.ingest.apart import Question
from articles.ingest.arrivals import Patience, without_end
from articles.ingest.child import Asked, LimitedChild, TooMuchWork
from articles.ingest.digest import body_hash_of, digest
from articles.ingest.fetch import as_fetched
from articles.ingest.schedule import host_pause
from articles.ingest.shapes import Failed, FeedState, FeedUpdate, Fetched, NotModified, Postponed, Response
from articles.ingest.visit import limits_from_settings

logger = logging.getLogger(__name__)

ROUND_SECONDS = 30  # no batch begins later in a round
LONG_SECONDS = 5  # after which a batch whose servers take their time is put aside for the next one
MOST_ASIDE = 3
WAIT_SECONDS = 1.0
FIRST_PAUSE_SECONDS = 1.0
QUICK_CPU_SECONDS = 2  # what needs longer waits until the others of its batch are stored
SLOW_BYTES = 32 * 1024 * 1024  # of the bodies that wait so; past it the first of them is read at once
BATCH_SECONDS = 240  # after which the slow ones of a batch are given up, well before its lease ends
BUSY_SECONDS = 60  # how long a person waits for feeds that a worker has in hand
NOTHING = store.Stored()


@dataclass(frozen=True, slots=True)
class FeedResult:
    """One fetched feed, as `refresh --json` prints it."""

    url: str
    outcome: str  # new | unchanged | not_modified | failed | gone
    status: int | None
    entries: int
    new_ids: tuple[int, ...]
    changed_ids: tuple[int, ...]
    reason: str
    seconds: float
    wire_bytes: int
    feed_id: int
    hub_url: str  # and the next: "" where the document names none
    self_url: str

    @property
    def has_document(self) -> bool:
        """Whether a feed came that was read: an unchanged or missing one names no hub and takes none back."""
        return self.entries > 0


def refresh_due(now: datetime, seconds: float = inf) -> Iterator[FeedResult]:
    """Fetch what is due, batch after batch; no batch begins after so many seconds."""
    with closing(refreshing(now, seconds)) as results:
        yield from filter(None, results)


def refreshing(now: datetime, seconds: float) -> Generator[FeedResult | None, None, None]:
    """As refresh_due; None while servers are waited for.

    A batch whose last servers take their time is put aside for the next one, and looked after in between.
    """
    started = time.monotonic()
    _settle_down()
    aside: list[_Batch] = []
    try:
        while True:
            is_more = time.monotonic() - started < seconds and len(aside) < MOST_ASIDE
            states = store.claim_due_feeds(now, settings.FEED_BATCH_SIZE) if is_more else []
            for batch in list(aside):
                yield from batch.results(0 if states else WAIT_SECONDS)
            if states:
                aside.append(_Batch(states, now))
                yield from aside[-1].results(WAIT_SECONDS)
            aside = [batch for batch in aside if not batch.is_over]
            if not (states or aside):
                return
    finally:
        for batch in aside:
            batch.close()


@cache
def _settle_down() -> None:
    """As newssite/wsgi.py does: what the start made stays, so no full collection need look for garbage in it.

    They did so for every 1,400 feeds, which took 6 % of the processor time of those that have nothing new.
    """
    gc.collect()
    gc.freeze()


def arrivals(results: Iterable[FeedResult | None]) -> Iterator[list[FeedResult]]:
    """The results in handfuls that are handed on soon; in a flood larger ones, as what follows costs by the call."""
    some: list[FeedResult] = []
    pause, handed_at = FIRST_PAUSE_SECONDS, time.monotonic()
    for result in results:
        if result is not None:
            some.append(result)
        if some and time.monotonic() - handed_at >= pause:
            yield some
            some, pause, handed_at = [], 2 * pause, time.monotonic()
    if some:
        yield some


def refresh_feeds(now: datetime, urls: Iterable[str] | None = None) -> Iterator[FeedResult]:
    """Fetch these feeds, due or not; all that are switched on and not gone where `urls` is None.

    Those that a worker has in hand, or whose server it is visiting, are waited for.
    """
    wanted = list(store.living_feeds().filter(gone_at=None).values_list("url", flat=True) if urls is None else urls)
    until = time.monotonic() + BUSY_SECONDS
    while wanted:
        states = store.claim(wanted[: settings.FEED_BATCH_SIZE], now)
        claimed = {state.url for state in states}
        wanted = [url for url in wanted if url not in claimed]
        if states:
            yield from filter(None, _refresh(states, now))
        elif time.monotonic() > until:
            logger.warning("feeds left out, in the hands of another worker: %s", ", ".join(wanted))
            return
        else:
            time.sleep(0.5)
            now = timezone.now()
            wanted = [*wanted[settings.FEED_BATCH_SIZE :], *wanted[: settings.FEED_BATCH_SIZE]]


def take_in(feed_id: int, fetched: Fetched, now: datetime) -> tuple[int, ...]:
    """Digest and store what a hub has pushed for a feed; ids of the articles that came in."""
    state = store.state_with_id(feed_id)
    if state is None:
        return ()
    update = _digested(_begin(state, fetched, now, settings.FEED_CPU_SECONDS))
    if isinstance(update, Failed):
        logger.warning("push not taken feed=%s %s", feed_id, update.reason)
        return ()
    stored = store.apply_push(update, now)
    logger.info("push taken feed=%s new=%d changed=%d", feed_id, len(stored.new_ids), len(stored.changed_ids))
    return stored.new_ids


class _Batch:
    """A claimed batch that is not fetched in one go."""

    def __init__(self, states: Sequence[FeedState], now: datetime) -> None:
        self.is_over = False
        self._began = time.monotonic()
        self._wait = WAIT_SECONDS
        self._results = _refresh(states, now, lambda: self._wait)

    def results(self, wait: float) -> Iterator[FeedResult | None]:
        """What is there; until the end, unless that takes long and nothing more comes within `wait` seconds."""
        self._wait = wait
        for result in self._results:
            yield result
            if result is None and time.monotonic() - self._began > LONG_SECONDS:
                return
        self.is_over = True

    def close(self) -> None:
        self._results.close()


def _refresh(
    states: Sequence[FeedState], now: datetime, patience: Patience = without_end
) -> Generator[FeedResult | None, None, None]:
    """One claimed batch. What takes long to read is read last, so that it delays no other feed.

    None where nothing has come for `patience()` seconds.
    """
    started, lease = time.monotonic(), states[0].lease
    quiet: list[tuple[FeedState, FeedUpdate]] = []
    slow: list[tuple[FeedState, Response]] = []
    reading: _Reading | None = None
    try:
        for arrived in as_fetched(states, limits_from_settings(), patience):
            # While this one is stored the child reads the next, where that has come already.
            following = None
            if arrived is not None:
                state, response = arrived
                if isinstance(response, NotModified) and not response.moved_to and not state.moved_to:
                    quiet.append((state, digest(state, response, now)))
                    continue
                if isinstance(response, Postponed):
                    store.put_back(state, host_pause(response.retry_after, now))
                    continue
                following = _begin(state, response, now, min(QUICK_CPU_SECONDS, settings.FEED_CPU_SECONDS))
            reading, done = following, reading
            if done is not None:
                yield from _taken(done, slow, now, started)
            elif arrived is None:
                yield None
        if reading is not None:
            yield from _taken(reading, slow, now, started)
    finally:
        if connection.is_usable():
            store.free_hosts(lease)
    store.apply_quiet([update for _, update in quiet], lease, now)
    if quiet:
        logger.info("feeds not modified count=%d", len(quiet))
    for state, update in quiet:
        yield _result(state, update, NOTHING)
    for state, response in slow:
        yield _take_slow(state, response, now, time.monotonic() - started < BATCH_SECONDS)


def _taken(
    reading: _Reading, slow: list[tuple[FeedState, Response]], now: datetime, started: float
) -> Iterator[FeedResult]:
    """Its result. What takes too much work is put among the slow ones, the first of which are read if they are many."""
    if result := _take(reading, now):
        yield result
        return
    slow.append((reading.state, reading.response))
    while sum(_size(response) for _, response in slow) > SLOW_BYTES:
        yield _take_slow(*slow.pop(0), now, time.monotonic() - started < BATCH_SECONDS)


@dataclass(slots=True)
class _Reading:
    """An answer that is being digested."""

    state: FeedState
    response: Response
    update: FeedUpdate | None = None
    asked: Asked | None = None  # of the child
    error: Exception | None = None  # that came between


def _begin(state: FeedState, response: Response, now: datetime, cpu_seconds: float) -> _Reading:
    """Only what strangers wrote goes to the child."""
    reading = _Reading(state, response)
    try:
        if isinstance(response, Fetched) and not response.body_hash:
            reading.response = response = replace(response, body_hash=body_hash_of(response.body))
        if isinstance(response, Fetched) and response.body_hash != state.body_hash:
            question = Question(store.with_known(state), response, now, tuple(settings.FEED_ALLOWED_PRIVATE_HOSTS))
            reading.asked = child().ask(question, cpu_seconds)
        else:
            reading.update = digest(state, response, now)
    except Exception as error:
        reading.error = error
    return reading


def _digested(reading: _Reading) -> FeedUpdate | Failed:
    """Failed where it takes too much work."""
    if reading.error:
        raise reading.error
    if reading.update:
        return reading.update
    assert reading.asked is not None
    try:
        update: FeedUpdate = child().answer_to(reading.asked)
    except TooMuchWork as error:
        response = reading.response
        return Failed(str(error), response.status, response.headers, response.seconds)
    return update


def _take(reading: _Reading, now: datetime) -> FeedResult | None:
    """Store one answer; None where it takes too much work to read.

    Whatever else happens to it, the other feeds of the batch go on.
    """
    state, response = reading.state, reading.response
    connection.ensure_connection()
    held = connection.connection
    try:
        update = _digested(reading)
        if isinstance(update, Failed):
            return None
        for surprise in update.surprises:
            logger.error("entry not taken feed=%s url=%s %s", state.feed_id, state.url, surprise)
        if response.status == HTTPStatus.TOO_MANY_REQUESTS:
            store.pause_host(state.host, host_pause(response.headers.get("retry-after", ""), now), update.reason)
        return _told(state, update, store.apply(update, state, now, _moved_to(response)))
    except Exception:
        # The end of a transaction that broke connects anew where the server is back already.
        if connection.connection is not held or not connection.is_usable():
            raise  # The database was gone: what was claimed comes back when its lease has ended.
        # A bug of ours or a trouble of the database: known by its trace, and this feed waits its turn.
        logger.exception("feed not taken feed=%s url=%s", state.feed_id, state.url)
        return _failed(state, "The feed could not be taken in.", response, now)


def _size(response: Response) -> int:
    return len(response.body) if isinstance(response, Fetched) else 0


def _take_slow(state: FeedState, response: Response, now: datetime, is_in_time: bool) -> FeedResult:
    """With all the time that one feed may have; a batch that has had its own gives the rest none."""
    taken = _take(_begin(state, response, now, settings.FEED_CPU_SECONDS), now) if is_in_time else None
    return taken or _failed(state, "The feed takes too much time or memory to read.", response, now)


def _failed(state: FeedState, reason: str, response: Response, now: datetime) -> FeedResult:
    update = digest(state, Failed(reason, response.status, seconds=response.seconds), now)
    return _told(state, update, store.apply(update, state, now))


@cache
def child() -> LimitedChild:
    """That reads feeds for this process."""
    return LimitedChild("articles.ingest.apart:answer", settings.FEED_MEMORY_MB)


def _moved_to(response: Response) -> str:
    return response.moved_to if isinstance(response, Fetched | NotModified) else ""


def _told(state: FeedState, update: FeedUpdate, stored: store.Stored) -> FeedResult:
    """The result, with its line in the log."""
    result = _result(state, update, stored)
    logger.info(
        "feed refreshed feed=%s outcome=%s status=%s entries=%d new=%d changed=%d ms=%d bytes=%d",
        state.feed_id,
        result.outcome,
        result.status,
        result.entries,
        len(result.new_ids),
        len(result.changed_ids),
        result.seconds * 1000,
        result.wire_bytes,
    )
    return result


def _result(state: FeedState, update: FeedUpdate, stored: store.Stored) -> FeedResult:
    nothing_came = update.outcome == "new" and not stored.new_ids and not stored.changed_ids
    return FeedResult(
        url=state.url,
        outcome="unchanged" if nothing_came else update.outcome,
        status=update.status,
        entries=update.entry_count,
        new_ids=stored.new_ids,
        changed_ids=stored.changed_ids,
        reason=update.reason,
        seconds=round(update.seconds, 3),
        wire_bytes=update.wire_bytes,
        feed_id=state.feed_id,
        hub_url=update.hub_url,
        self_url=update.self_url,
    )
