"""Visit pictures through the one guarded way out: a few at a time at each host, with a pause between.

Failures are values; the database is not touched here.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from time import monotonic
from urllib.parse import urlsplit

from articles.ingest.arrivals import Tell, as_they_arrive
from articles.ingest.room import Room, Share
from articles.ingest.shapes import Failed, Postponed
from articles.ingest.visit import Answer, Visit, VisitLimits, client_for, visit
from articles.pictures.shapes import Wanted

HEADERS = {"Accept": "image/avif, image/webp, image/jpeg, image/png, image/gif;q=0.8"}
AT_ONE_HOST = 2
PAUSE_SECONDS = 0.25  # after each, but for hosts on the allow-list
ROOM_BYTES = 24 * 1024 * 1024  # for the bytes that are on their way or wait for the encoder

Response = Answer | Failed | Postponed | None


def as_fetched(
    wanted: Sequence[Wanted], limits: VisitLimits, until: float, refused: dict[str, Postponed]
) -> Iterator[tuple[Wanted, Response]]:
    """Every picture once with what its server answered, in the order of the answers.

    No visit begins after `until` on the monotonic clock: what was not asked for by then comes with None. `refused`
    takes the hosts that answer 429, and what one of them has is Postponed. The network runs in a thread of its own, so
    that pictures are encoded while others are on their way.
    """
    yield from as_they_arrive(lambda tell: _fetch_all(wanted, limits, until, refused, tell), "pictures")


async def _fetch_all(
    wanted: Sequence[Wanted],
    limits: VisitLimits,
    until: float,
    refused: dict[str, Postponed],
    tell: Tell[tuple[Wanted, Response]],
) -> None:
    places: defaultdict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(AT_ONE_HOST))
    room = Room(ROOM_BYTES)

    async def one(picture: Wanted) -> None:
        share = Share(room)
        host = urlsplit(picture.url).netloc.lower()
        async with places[host]:
            if host in refused or monotonic() > until:
                await tell((picture, refused.get(host)), share)
                return
            answer = await visit(client, Visit(picture.url, HEADERS), limits, share)
            if isinstance(answer, Answer) and answer.status == HTTPStatus.TOO_MANY_REQUESTS:
                refused[host] = Postponed(answer.headers.get("retry-after", ""))
            await tell((picture, answer), share)
            if host not in limits.allowed_private_hosts:
                await asyncio.sleep(PAUSE_SECONDS)

    async with client_for(limits) as client:
        await asyncio.gather(*(one(picture) for picture in wanted))
