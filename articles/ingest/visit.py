"""One visit to another server, whatever for: redirects followed by us, one deadline, one limit of size.

Every fetcher comes here (feeds, pictures, article pages, robots, hubs, discovery), so that what protects one of them
protects all. The database is not touched. Expected failures are values.
"""

from __future__ import annotations

import asyncio
import ssl
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic
from urllib.parse import urljoin

import aiohttp
from django.conf import settings

from articles.ingest.addresses import Refused
from articles.ingest.guard import GuardedClient, GuardedResolver
from articles.ingest.shapes import Failed

REDIRECTS = {301, 302, 303, 307, 308}
GZIP_MAGIC = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class VisitLimits:
    """How much of anybody's time, bandwidth and memory our visits may take."""

    user_agent: str
    timeout_seconds: float = 20  # from the first lookup to the last byte, redirects included
    max_bytes: int = 15 * 1024 * 1024  # decoded
    max_redirects: int = 5
    concurrency: int = 50
    pause_seconds: float = 1  # between two visits to one host, but for those on the allow-list
    allowed_private_hosts: frozenset[str] = frozenset()
    resolver: type[GuardedResolver] = GuardedResolver


def limits_from_settings() -> VisitLimits:
    return VisitLimits(
        user_agent=settings.FEED_USER_AGENT,
        timeout_seconds=settings.FEED_TIMEOUT_SECONDS,
        max_bytes=settings.FEED_MAX_BYTES,
        max_redirects=settings.FEED_MAX_REDIRECTS,
        pause_seconds=settings.FEED_HOST_PAUSE_SECONDS,
        allowed_private_hosts=frozenset(settings.FEED_ALLOWED_PRIVATE_HOSTS),
    )


@dataclass(frozen=True, slots=True)
class Visit:
    """What to ask of whom. `form` makes it a POST, whose redirects are not followed."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said. Header names are lower case; the body is decoded, and read for status 200 only."""

    url: str  # after redirects
    status: int
    headers: Mapping[str, str]
    body: bytes = b""
    wire_bytes: int = 0
    seconds: float = 0.0
    moved_to: str = ""  # where a chain of nothing but permanent redirects ended, "" where there was none


class Unusable(Exception):
    """The answer cannot be taken; the text is the reason."""


def client_for(limits: VisitLimits) -> GuardedClient:
    return GuardedClient(limits.user_agent, limits.allowed_private_hosts, limits.concurrency, limits.resolver)


def visit_all(visits: Sequence[Visit], limits: VisitLimits | None = None) -> list[Answer | Failed]:
    """One answer for each visit, in their order. Not for a running event loop; politeness is the caller's affair."""
    return asyncio.run(_visit_all(visits, limits or limits_from_settings()))


async def _visit_all(visits: Sequence[Visit], limits: VisitLimits) -> list[Answer | Failed]:
    slots = asyncio.Semaphore(limits.concurrency)

    async def one(asked: Visit) -> Answer | Failed:
        async with slots:
            return await visit(client, asked, limits)

    async with client_for(limits) as client:
        return await asyncio.gather(*(one(asked) for asked in visits))


async def visit(client: GuardedClient, asked: Visit, limits: VisitLimits) -> Answer | Failed:
    """One visit under one deadline. Reasons are ours: a library's text could tell what stands behind an address."""
    started = monotonic()
    try:
        async with asyncio.timeout(limits.timeout_seconds):
            return await _follow(client, asked, limits, started)
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


async def _follow(client: GuardedClient, asked: Visit, limits: VisitLimits, started: float) -> Answer:
    url, moved_to, is_permanent = asked.url, "", True
    for _ in range(limits.max_redirects + 1):
        answer = await client.ask(url, asked.headers, asked.form)
        try:
            target = answer.headers.get("Location", "")
            if answer.status not in REDIRECTS or not target or asked.form is not None:
                headers = {name.lower(): value for name, value in answer.headers.items()}
                body, wire_bytes = await _read(answer, limits.max_bytes) if answer.status == 200 else (b"", 0)
                return Answer(url, answer.status, headers, body, wire_bytes, monotonic() - started, moved_to)
            url = urljoin(str(answer.url), target)
            is_permanent = is_permanent and answer.status in {301, 308}
            moved_to = url if is_permanent else moved_to
        finally:
            answer.close()
    raise Unusable("The server sent us on too many times.")


async def _read(answer: aiohttp.ClientResponse, max_bytes: int) -> tuple[bytes, int]:
    """The decoded body and its size on the wire. Raises Unusable past max_bytes of either."""
    coding = answer.headers.get("Content-Encoding", "").strip().lower()
    if coding not in {"", "identity", "gzip", "x-gzip"}:
        raise Unusable("The answer is packed in a way that we did not offer.")
    if (answer.content_length or 0) > max_bytes:
        raise Unusable(too_large(max_bytes))
    body = Gunzip(max_bytes) if coding in {"gzip", "x-gzip"} else Plain(max_bytes)
    wire_bytes = 0
    async for piece in answer.content.iter_any():
        wire_bytes += len(piece)
        if wire_bytes > max_bytes:
            raise Unusable(too_large(max_bytes))
        body.feed(piece)
    return body.finish(), wire_bytes


def too_large(max_bytes: int) -> str:
    return f"The answer is larger than {max_bytes / 1024 / 1024:.3g} MB."


class Plain:
    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.body = bytearray()

    def feed(self, piece: bytes) -> None:
        if len(self.body) + len(piece) > self.max_bytes:
            raise Unusable(too_large(self.max_bytes))
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


def unpacked(body: bytes, max_bytes: int) -> bytes:
    """A body that is an archive itself (feed.xml.gz), unpacked; any other as it is. Raises Unusable."""
    if not body.startswith(GZIP_MAGIC):
        return body
    archive = Gunzip(max_bytes)
    try:
        archive.feed(body)
    except zlib.error as error:
        raise Unusable("The answer broke off or was damaged.") from error
    return archive.finish()
