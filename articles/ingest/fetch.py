"""Fetch feeds through the one guarded visit: a host is asked one thing at a time, with a pause between.

Failures are values; the database is not touched here.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from http import HTTPStatus
from time import monotonic
from urllib.parse import urlsplit

from articles.ingest.arrivals import Patience, Tell, with_lulls, without_end
from articles.ingest.guard import GuardedClient
from articles.ingest.room import Room, Share
from articles.ingest.shapes import Failed, FeedState, Fetched, NotModified, Postponed, Response
from articles.ingest.visit import (
    GZIP_MAGIC,
    Answer,
    Unusable,
    Visit,
    VisitLimits,
    client_for,
    limits_from_settings,
    unpacked,
    visit,
)

ACCEPT = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"
KEPT_HEADERS = (
    "cache-control",
    "content-language",
    "content-type",
    "date",
    "etag",
    "expires",
    "last-modified",
    "link",
    "retry-after",
    "x-robots-tag",
)
# A host is asked one thing at a time, unless it lets us wait for longer than this.
PATIENCE_SECONDS = 5
WAITING_ANSWERS = 16  # fetched, not read yet
ROOM_BYTES = 16 * 1024 * 1024  # for the bodies of a batch that are on their way or wait, but for their beginnings

Answered = tuple[FeedState, Response | Postponed]


def fetch_all(states: Sequence[FeedState], limits: VisitLimits) -> dict[int, Response | Postponed]:
    """feed id -> what its server answered, for every state."""
    return {state.feed_id: response for state, response in filter(None, as_fetched(states, limits))}


def as_fetched(
    states: Sequence[FeedState], limits: VisitLimits, patience: Patience = without_end
) -> Iterator[Answered | None]:
    """Every state once with what its server answered, in the order of the answers: a slow one delays no other.

    None while the next one is still on its way, and again after each `patience()` seconds: now is the time for what was
    put off.

    Those that have nothing new come last, as they are taken in together; waking who reads for each would cost as much
    as reading it. A host that answers 429 is left alone: its other feeds are Postponed.

    The network runs in a thread of its own, so that answers are taken in while others are still on their way.
    """
    # Many bodies of a batch that wait together would take a lot of memory.
    arriving = with_lulls(lambda tell: _fetch_all(states, limits, tell), "fetch", WAITING_ANSWERS, patience)
    with closing(arriving):
        for some in arriving:
            yield from some or [None]


def can_reach(urls: Iterable[str], seconds: float = 5) -> bool:
    """Whether one of these feeds answers in time."""
    limits = replace(limits_from_settings(), timeout_seconds=seconds, pause_seconds=0)
    states = [
        FeedState(feed_id=number, url=url, source_id=0, permission="headline", section="top", language="")
        for number, url in enumerate(urls)
    ]
    return any(not isinstance(response, Failed | Postponed) for response in fetch_all(states, limits).values())


async def _fetch_all(states: Sequence[FeedState], limits: VisitLimits, tell: Tell[Sequence[Answered]]) -> None:
    slots, room = asyncio.Semaphore(limits.concurrency), Room(ROOM_BYTES)
    by_host: defaultdict[str, list[FeedState]] = defaultdict(list)
    for state in states:
        by_host[urlsplit(state.url).netloc.lower()].append(state)

    quiet: list[Answered] = []

    async def hand_on(state: FeedState, response: Response, share: Share) -> None:
        if isinstance(response, NotModified):
            quiet.append((state, response))
        else:
            await tell([(state, response)], share)

    async def alone(state: FeedState) -> None:
        share = Share(room)
        async with slots:
            await hand_on(state, await _fetch(client, state, limits, share), share)

    async def at_last(state: FeedState, job: asyncio.Task[Response], share: Share) -> None:
        await hand_on(state, await job, share)

    async def in_turn(its_states: Sequence[FeedState], pause: float) -> None:
        """One at a time and a pause after each, which takes no slot from other hosts."""
        for place, state in enumerate(its_states[:-1], start=1):
            share = Share(room)
            async with slots:
                job = group.create_task(_fetch(client, state, limits, share))
                await asyncio.wait({job}, timeout=PATIENCE_SECONDS)
            free_at = monotonic() + pause
            if not job.done():
                group.create_task(at_last(state, job, share))
            else:
                await hand_on(state, job.result(), share)
                if _is_refusal(job.result()):
                    refused = Postponed(job.result().headers.get("retry-after", ""))
                    await tell([(other, refused) for other in its_states[place:]], Share(room))
                    return
            await asyncio.sleep(max(free_at - monotonic(), 0))
        await alone(its_states[-1])

    async with client_for(limits) as client, asyncio.TaskGroup() as group:
        for host, its_states in by_host.items():
            if len(its_states) == 1:
                group.create_task(alone(its_states[0]))
            else:
                pause = 0 if host in limits.allowed_private_hosts else limits.pause_seconds
                group.create_task(in_turn(its_states, pause))
    # At once: one at a time they would wait for each other, and each waiting costs more than what it brings.
    await tell(quiet, Share(room))


def _is_refusal(response: Response) -> bool:
    return isinstance(response, Failed) and response.status == HTTPStatus.TOO_MANY_REQUESTS


async def _fetch(client: GuardedClient, state: FeedState, limits: VisitLimits, share: Share) -> Response:
    answer = await visit(client, Visit(state.url, _request_headers(state)), limits, share)
    if isinstance(answer, Failed):
        return answer
    if answer.body.startswith(GZIP_MAGIC):
        await share.hold(limits.max_bytes)
    response = _response(answer, state, limits)
    share.settle(len(response.body) if isinstance(response, Fetched) else 0)
    return response


def _request_headers(state: FeedState) -> dict[str, str]:
    headers = {"Accept": ACCEPT}
    if state.etag:
        headers["If-None-Match"] = state.etag
    if state.last_modified:
        headers["If-Modified-Since"] = state.last_modified
    return headers


def _response(answer: Answer, state: FeedState, limits: VisitLimits) -> Response:
    headers = {name: answer.headers[name] for name in KEPT_HEADERS if name in answer.headers}
    if answer.status == 200:
        try:
            body = unpacked(answer.body, limits.max_bytes)
        except Unusable as error:
            return Failed(str(error), 200, headers, answer.seconds)
        return Fetched(answer.url, 200, headers, body, answer.wire_bytes, answer.seconds, answer.moved_to)
    if answer.status == 304 and (state.etag or state.last_modified):
        return NotModified(headers, answer.seconds, moved_to=answer.moved_to)
    return Failed(_status_reason(answer.status), answer.status, headers, answer.seconds, is_gone=answer.status == 410)


def _status_reason(status: int) -> str:
    match status:
        case 304:
            return "The server answered 304 (not modified) although we hold no earlier copy."
        case 206:
            return "The server sent a part of the feed only (206)."
        case 410:
            return "The server says that this feed is gone for good (410)."
    try:
        return f"The server answered {status} ({HTTPStatus(status).phrase})."
    except ValueError:
        return f"The server answered {status}."
