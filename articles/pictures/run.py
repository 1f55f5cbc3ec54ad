"""Claim, fetch, encode, keep: the only place of this package that sees database, network and storage."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from http import HTTPStatus
from threading import Lock

from django.conf import settings

from articles.ingest.child import LimitedChild, TooMuchWork
from articles.ingest.schedule import host_pause
from articles.ingest.shapes import Failed, Postponed
from articles.ingest.visit import Answer, VisitLimits, limits_from_settings
from articles.pictures import files, store
from articles.pictures.fetch import Response, as_fetched
from articles.pictures.shapes import Encoded, NoPicture, Wanted

logger = logging.getLogger(__name__)

one_at_a_time = Lock()  # a child answers in the order it was asked, not to the thread that asked

BATCH = 16  # their bytes wait in memory for the encoder
TIMEOUT_SECONDS = 15  # for one picture, redirects included
FORGOTTEN_AT_ONCE = 500


def want_for(article_ids: Collection[int], now: datetime) -> None:
    """The pictures of these articles, new or changed, are to be fetched. Safe to run again."""
    if settings.IMAGES == "proxy" and article_ids:
        store.want(article_ids, now)


def fetch_pictures(now: datetime, seconds: float = 25) -> int:
    """Fetch what is wanted, those above articles first; how many pictures are ready now that were not before.

    No visit begins after so many seconds. Several workers may be at it.
    """
    if settings.IMAGES != "proxy":
        return 0
    want_for(store.left_behind(now), now)
    started, counts, refused = time.monotonic(), Counter[str](), {}
    while time.monotonic() - started < seconds and (wanted := store.claim(now, BATCH)):
        for one, response in as_fetched(wanted, limits(), started + seconds, refused):
            counts[_take(one, response, now)] += 1
    if counts:
        logger.info("pictures fetched %s ms=%d", _told(counts), (time.monotonic() - started) * 1000)
    return counts["ready"]


def are_in(now: datetime) -> bool:
    """Whether every picture above a recent article was tried at least once; a first run waits for that."""
    if settings.IMAGES != "proxy":
        return True
    return not store.waiting().filter(is_lead=True).exists() and not store.left_behind(now)


def forget_unused(now: datetime) -> int:
    """Delete files and rows of pictures that no article has named for PICTURE_KEEP_DAYS, or that no article names.

    How many. Ended at any point it leaves no page that names a missing file, and goes on the next time.
    """
    store.let_go(now)
    count = 0
    kept_for = timedelta(days=settings.PICTURE_KEEP_DAYS)
    while pictures := store.unused(now, kept_for, FORGOTTEN_AT_ONCE):
        store.hide(pictures)
        for picture in pictures:
            files.drop(picture.key, picture.widths)
        store.delete(pictures)
        count += len(pictures)
    logger.info("pictures forgotten count=%d", count)
    return count


def limits() -> VisitLimits:
    return replace(limits_from_settings(), timeout_seconds=TIMEOUT_SECONDS, max_bytes=settings.PICTURE_MAX_BYTES)


def _told(counts: Counter[str]) -> str:
    return " ".join(f"{outcome}={count}" for outcome, count in sorted(counts.items()))


def _take(one: Wanted, response: Response, now: datetime) -> str:
    """ready | lost (to another worker) | failed | refused | postponed. The others of the batch go on in any case."""
    try:
        return _outcome(one, response, now)
    except Exception:
        # A bug of ours, or a storage without room: known by its trace.
        logger.exception("picture not taken picture=%s url=%s", one.picture_id, one.url)
        return _failed(one, "It could not be kept.", now)


def _outcome(one: Wanted, response: Response, now: datetime) -> str:
    match response:
        case None:
            return _postponed(one, now, now)
        case Postponed(retry_after=retry_after):
            return _postponed(one, host_pause(retry_after, now), now)
        case Failed(reason=reason):
            return _failed(one, reason, now)
        case Answer(status=HTTPStatus.OK, body=body):
            return _read(one, body, now)
    pause = host_pause(response.headers.get("retry-after", ""), now)
    is_busy = response.status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}
    return _failed(
        one,
        f"The server answered {response.status}.",
        now,
        not_before=pause if is_busy else now,
        is_final=response.status == HTTPStatus.GONE,
    )


def _read(one: Wanted, body: bytes, now: datetime) -> str:
    encoded = _encode(body)
    if isinstance(encoded, NoPicture):
        return _failed(one, encoded.reason, now, is_final=True)
    # Files first: ended in between, nothing names them, and the next try writes over them.
    files.keep(one.key, encoded.files)
    return "ready" if store.mark_ready(one, encoded, store.lease_end(now), now) else "lost"


def _postponed(one: Wanted, until: datetime, now: datetime) -> str:
    store.put_back(one, until, store.lease_end(now))
    return "postponed"


def _failed(
    one: Wanted, reason: str, now: datetime, *, not_before: datetime | None = None, is_final: bool = False
) -> str:
    lease = store.lease_end(now)
    if not store.mark_failed(one, reason, lease, now, not_before=not_before or now, is_final=is_final):
        return "failed"
    logger.info("picture refused picture=%s url=%s %s", one.picture_id, one.url, reason)
    return "refused"


def _encode(body: bytes) -> Encoded | NoPicture:
    try:
        with one_at_a_time:
            return encoder().call(body, settings.PICTURE_CPU_SECONDS)
    except TooMuchWork as error:
        return NoPicture(str(error))


@cache
def encoder() -> LimitedChild:
    """The child that decodes pictures, one for each process."""
    return LimitedChild("articles.pictures.encode:encode", settings.PICTURE_MEMORY_MB)
