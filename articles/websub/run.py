"""Ask hubs, and take in what they have pushed: the only place of this package that sees both database and network."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from secrets import token_hex

from django.conf import settings
from django.urls import reverse

from articles.ingest.run import take_in
from articles.ingest.schedule import retry_after
from articles.ingest.shapes import Failed, Fetched
from articles.ingest.visit import Answer, Visit, limits_from_settings, visit_all
from articles.websub import inbox, store
from articles.websub.protocol import Offer, form_of, moved_to, offers_to, refusal_of
from articles.websub.store import Asking
from billing.background import hand_over

logger = logging.getLogger(__name__)

BATCH = 100  # hubs asked in one round
CONCURRENCY = 10
HOPS = 3  # a hub may send us on
ROUND_SECONDS = 30  # no push is begun later in a round
NOT_SECURE = "The hub can be told our secret no more: its address is not a secure one."

Said = tuple[Offer, Answer | Failed]


# Asking hubs -------------------------------------------------------------------------------------


def ask_hubs(now: datetime) -> int:
    """Ask the hubs that are due: for a first time, again, to renew, or to stop. How many were asked."""
    if not settings.WEBSUB:
        return 0
    store.end_leases(now)
    store.leave_ended_feeds(now)
    askings = store.claim_due(now, BATCH)
    for asking, (offer, answer) in zip(askings, _ask_all(askings), strict=True):
        _settle(asking, offer, answer, now)
    return len(askings)


def _ask_all(askings: Sequence[Asking]) -> list[Said]:
    """What each hub said, and to which offer: the second best is made where the best is turned down."""
    allowed = settings.FEED_ALLOWED_PRIVATE_HOSTS
    offers = [offers_to(asking.hub_url, asking.secret, token_hex(32), allowed) for asking in askings]
    said: list[Said] = [(Offer(asking.hub_url), Failed(NOT_SECURE)) for asking in askings]
    for turn in range(2):
        open_ones = [n for n, made in enumerate(offers) if len(made) > turn and _reason(said[n][1])]
        answers = _ask([(askings[n], offers[n][turn]) for n in open_ones])
        for n, one in zip(open_ones, answers, strict=True):
            said[n] = one
    return said


def _ask(asked: Sequence[tuple[Asking, Offer]]) -> list[Said]:
    """One answer each, after the redirects that the Recommendation lets a hub make."""
    limits = replace(limits_from_settings(), concurrency=CONCURRENCY)
    said: dict[int, Said] = {}
    waiting = dict(enumerate(asked))
    for _ in range(HOPS):
        visits = [_visit(asking, offer) for asking, offer in waiting.values()]
        answers = visit_all(visits, limits) if visits else []
        moved = {}
        for (n, (asking, offer)), answer in zip(waiting.items(), answers, strict=True):
            said[n] = (offer, answer)
            if further := _moved(offer, answer):
                moved[n] = (asking, further)
        waiting = moved
    return [said[n] for n in range(len(asked))]


def _visit(asking: Asking, offer: Offer) -> Visit:
    callback = settings.SITE_URL + reverse("websub", args=[asking.token])
    return Visit(offer.url, form=form_of(asking.mode, callback, asking.topic_url, offer.secret))


def _moved(offer: Offer, answer: Answer | Failed) -> Offer | None:
    if isinstance(answer, Failed):
        return None
    return moved_to(offer, answer.status, answer.headers.get("location", ""), settings.FEED_ALLOWED_PRIVATE_HOSTS)


def _reason(answer: Answer | Failed) -> str:
    return answer.reason if isinstance(answer, Failed) else refusal_of(answer.status)


def _settle(asking: Asking, offer: Offer, answer: Answer | Failed, now: datetime) -> None:
    reason = _reason(answer)
    due_at = asking.due_at
    if answer.status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}:
        due_at = max(due_at, now + retry_after(answer.headers.get("retry-after", ""), now))
    store.settle(asking, reason, offer.secret, due_at)
    logger.info(
        "hub asked feed=%s mode=%s hub=%s status=%s %s", asking.feed_id, asking.mode, offer.url, answer.status, reason
    )


# Taking what they push ---------------------------------------------------------------------------


def take_pushes(now: datetime) -> list[int]:
    """Take in what has been pushed, feed by feed in turn; ids of the articles that came in.

    Pushes of one feed are taken one after the other, so a hub that floods us keeps one worker busy and no more.
    """
    started, new_ids = time.monotonic(), list[int]()
    while waiting := inbox.first_of_each_feed(now):
        for pk in waiting:
            if time.monotonic() - started > ROUND_SECONDS:
                return new_ids
            if push := inbox.claim(pk, now):
                new_ids += _take(push, now)
    return new_ids


def _take(push: inbox.ClaimedPush, now: datetime) -> tuple[int, ...]:
    if not push.body:
        return _take_hint(push, now)
    headers = {"content-type": push.content_type} if push.content_type else {}
    fetched = Fetched(push.feed_url, 200, headers, push.body, wire_bytes=len(push.body), seconds=0)
    try:
        new_ids = take_in(push.feed_id, fetched, now)
    except Exception:
        # A bug of ours or a trouble of the database: known by its trace, and the others' pushes go on.
        logger.exception("push not taken feed=%s", push.feed_id)
        inbox.try_again(push, now)
        return ()
    inbox.finish(push, now)
    return new_ids


def _take_hint(push: inbox.ClaimedPush, now: datetime) -> tuple[int, ...]:
    """Nobody has signed it, so it is not taken in: the feed itself is asked."""
    if inbox.poll_soon(push.feed_id, now):
        inbox.finish(push, now)
        hand_over("articles.tasks.refresh_feeds")
    else:
        inbox.try_again(push, now)
    return ()
