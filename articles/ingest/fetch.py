"""Fetch feeds: polite, bounded, through the guarded client. Failures are values; the database is not touched here."""

from __future__ import annotations

import asyncio
import ssl
import zlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from time import monotonic
from urllib.parse import urljoin, urlsplit

import aiohttp
from django.conf import settings

from articles.ingest.addresses import Refused
from articles.ingest.guard import GuardedClient, GuardedResolver
from articles.ingest.shapes import Failed, FeedState, Fetched, NotModified, Response

ACCEPT = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"
REDIRECTS = {301, 302, 303, 307, 308}
KEPT_HEADERS = (
    "cache-control",
    "content-language",
    "content-type",
    "date",
    "etag",
    "expires",
    "last-modified",
    "retry-after",
)
GZIP_MAGIC = b"\x1f\x8b"
# A host is asked one thing at a time, unless it lets us wait for longer than this.
PATIENCE_SECONDS = 5


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """How much of anybody's time, bandwidth and memory one batch may take."""

    user_agent: str
    timeout_seconds: float = 20  # from the first lookup to the last byte, redirects included
    max_bytes: int = 15 * 1024 * 1024  # decoded
    max_redirects: int = 5
    concurrency: int = 50
    allowed_private_hosts: frozenset[str] = frozenset()
    resolver: type[GuardedResolver] = GuardedResolver


def limits_from_settings() -> FetchLimits:
    return FetchLimits(
        user_agent=settings.FEED_USER_AGENT,
        timeout_seconds=settings.FEED_TIMEOUT_SECONDS,
        max_bytes=settings.FEED_MAX_BYTES,
        max_redirects=settings.FEED_MAX_REDIRECTS,
        allowed_private_hosts=frozenset(settings.FEED_ALLOWED_PRIVATE_HOSTS),
    )


class Unusable(Exception):
    """The answer cannot be taken; the text is the reason."""


def fetch_all(states: Sequence[FeedState], limits: FetchLimits) -> dict[int, Response]:
    """feed id -> what its server answered, for every state."""
    return asyncio.run(_fetch_all(states, limits))


def can_reach(urls: Iterable[str], seconds: float = 5) -> bool:
    """Whether one of these feeds answers in time."""
    limits = replace(limits_from_settings(), timeout_seconds=seconds)
    states = [
        FeedState(feed_id=number, url=url, source_id=0, permission="headline", section="top", language="")
        for number, url in enumerate(urls)
    ]
    return any(not isinstance(response, Failed) for response in fetch_all(states, limits).values())


async def _fetch_all(states: Sequence[FeedState], limits: FetchLimits) -> dict[int, Response]:
    slots = asyncio.Semaphore(limits.concurrency)
    turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
    async with GuardedClient(
        limits.user_agent, limits.allowed_private_hosts, limits.concurrency, limits.resolver
    ) as client:
        jobs = [_in_turn(client, state, limits, slots, turns[urlsplit(state.url).netloc.lower()]) for state in states]
        responses = await asyncio.gather(*jobs)
    return {state.feed_id: response for state, response in zip(states, responses, strict=True)}


async def _in_turn(
    client: GuardedClient, state: FeedState, limits: FetchLimits, slots: asyncio.Semaphore, turn: asyncio.Lock
) -> Response:
    async with turn:
        await slots.acquire()
        job = asyncio.create_task(_fetch(client, state, limits))
        job.add_done_callback(lambda _: slots.release())
        await asyncio.wait({job}, timeout=PATIENCE_SECONDS)
    return await job


async def _fetch(client: GuardedClient, state: FeedState, limits: FetchLimits) -> Response:
    """One feed under one deadline. Reasons are ours: a library's text could tell what stands behind an address."""
    started = monotonic()
    try:
        async with asyncio.timeout(limits.timeout_seconds):
            return await _follow(client, state, limits, started)
    except TimeoutError:
        reason = f"The server did not answer completely within {limits.timeout_seconds:g} seconds."
    except (Refused, Unusable) as error:
        reason = str(error)
    except aiohttp.ClientConnectorDNSError:
        reason = "The server's name could not be found."
    except (aiohttp.ClientSSLError, ssl.SSLError):
        reason = "A secure connection to the server could not be made."
    except (aiohttp.ClientPayloadError, aiohttp.ServerDisconnectedError, zlib.error):
        reason = "The answer broke off or was damaged."
    except aiohttp.ClientResponseError:
        reason = "The answer is not proper HTTP."
    except (aiohttp.ClientError, OSError, ValueError):
        reason = "The connection to the server failed."
    return Failed(reason, seconds=monotonic() - started)


async def _follow(client: GuardedClient, state: FeedState, limits: FetchLimits, started: float) -> Response:
    url = state.url
    for _ in range(limits.max_redirects + 1):
        answer = await client.get(url, _request_headers(state))
        try:
            if answer.status not in REDIRECTS or "Location" not in answer.headers:
                return await _response(answer, url, state, limits, started)
            url = urljoin(str(answer.url), answer.headers["Location"])
        finally:
            answer.close()
    raise Unusable("The server sent us on too many times.")


def _request_headers(state: FeedState) -> dict[str, str]:
    headers = {"Accept": ACCEPT}
    if state.etag:
        headers["If-None-Match"] = state.etag
    if state.last_modified:
        headers["If-Modified-Since"] = state.last_modified
    return headers


async def _response(
    answer: aiohttp.ClientResponse, url: str, state: FeedState, limits: FetchLimits, started: float
) -> Response:
    headers = {name: answer.headers[name] for name in KEPT_HEADERS if name in answer.headers}
    if answer.status == 200:
        body, wire_bytes = await _read(answer, limits.max_bytes)
        return Fetched(url, 200, headers, body, wire_bytes, monotonic() - started)
    if answer.status == 304 and (state.etag or state.last_modified):
        return NotModified(headers, monotonic() - started)
    return Failed(
        _status_reason(answer.status), answer.status, headers, monotonic() - started, is_gone=answer.status == 410
    )


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


async def _read(answer: aiohttp.ClientResponse, max_bytes: int) -> tuple[bytes, int]:
    """The decoded body and its size on the wire. Raises Unusable past max_bytes of either."""
    coding = answer.headers.get("Content-Encoding", "").strip().lower()
    if coding not in {"", "identity", "gzip", "x-gzip"}:
        raise Unusable("The answer is packed in a way that we did not offer.")
    if (answer.content_length or 0) > max_bytes:
        raise Unusable(_too_large(max_bytes))
    body = Gunzip(max_bytes) if coding in {"gzip", "x-gzip"} else Plain(max_bytes)
    wire_bytes = 0
    async for piece in answer.content.iter_any():
        wire_bytes += len(piece)
        if wire_bytes > max_bytes:
            raise Unusable(_too_large(max_bytes))
        body.feed(piece)
    return body.finish(), wire_bytes


def _too_large(max_bytes: int) -> str:
    return f"The feed is larger than {max_bytes / 1024 / 1024:.3g} MB."


class Plain:
    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.body = bytearray()

    def feed(self, piece: bytes) -> None:
        if len(self.body) + len(piece) > self.max_bytes:
            raise Unusable(_too_large(self.max_bytes))
        self.body += piece

    def finish(self) -> bytes:
        return bytes(self.body)


class Gunzip(Plain):
    """Unpacks at most max_bytes, whatever the archive claims."""

    def __init__(self, max_bytes: int) -> None:
        super().__init__(max_bytes)
        self.unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)

    def feed(self, piece: bytes) -> None:
        while piece:
            if self.unpacker.eof:
                # An archive may have several parts; what is no part is padding.
                if not piece.startswith(GZIP_MAGIC):
                    return
                self.unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
            super().feed(self.unpacker.decompress(piece, self.max_bytes - len(self.body) + 1))
            piece = self.unpacker.unused_data

    def finish(self) -> bytes:
        if not self.unpacker.eof:
            raise Unusable("The answer broke off or was damaged.")
        return super().finish()
