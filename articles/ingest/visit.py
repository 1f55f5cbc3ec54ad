"""One visit to another server, whatever for: redirects followed by us, one deadline, one limit of size.

Every fetcher comes here (feeds, pictures, article pages, robots, hubs, discovery), so that what protects one of them
protects all. The database is not touched. Expected failures are values.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
import zlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic
from urllib.parse import urljoin

import aiohttp
from aiohttp.http import HttpProcessingError
from django.conf import settings

from articles.ingest.addresses import Refused
from articles.ingest.guard import GuardedClient, GuardedResolver
from articles.ingest.room import Room, Share
from articles.ingest.shapes import Failed

logger = logging.getLogger(__name__)

REDIRECTS = {301, 302, 303, 307, 308}
GZIP_MAGIC = b"\x1f\x8b"
GZIP_PARTS = 1000  # of one archive: each costs something, and may hold nothing
GZIP_RATIO = 1032  # bytes that one byte may become
PIECE = 64 * 1024
# Heads, chunk sizes and interim answers count in no body, and could go on for ever.
WIRE_SPARE = 512 * 1024
SEVERAL = ("link", "x-robots-tag")
GZIP_NAMES = {"gzip", "x-gzip"}
# Other codings that there are: https://www.iana.org/assignments/http-parameters. Any other name changes no byte: some
# servers put a character set there, or what a store of theirs calls its pieces ("utf-8", "none", "aws-chunked").
PACKINGS = {*GZIP_NAMES, "br", "compress", "x-compress", "dcb", "dcz", "deflate", "exi", "pack200-gzip", "zstd"}


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
    is_followed: bool = True  # False: a redirect is the answer, for who must judge each address himself


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said. Header names are lower case; the body is decoded, and read for status 200 only.

    Where a header of SEVERAL came several times, its values stand on lines of their own, with a comma before each.
    """

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
    most = limits.max_bytes * 3 // 2 + WIRE_SPARE
    return GuardedClient(limits.user_agent, limits.allowed_private_hosts, limits.concurrency, limits.resolver, most)


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


Hold = Callable[[int], Awaitable[None]]  # waits until a body may have this size


async def visit(
    client: GuardedClient, asked: Visit, limits: VisitLimits, share: Share | None = None
) -> Answer | Failed:
    """One visit under one deadline. Reasons are ours: a library's text could tell what stands behind an address.

    `share` is of a room that many visits have together; who has read the answer gives it back.
    """
    started, share = monotonic(), share or Share(Room(limits.max_bytes))
    found = await _visit(client, asked, limits, share, started)
    if isinstance(found, str):
        share.give_back()
        return Failed(found, seconds=monotonic() - started)
    return found


async def _visit(
    client: GuardedClient, asked: Visit, limits: VisitLimits, share: Share, started: float
) -> Answer | str:
    """The answer, or why there is none."""
    try:
        async with asyncio.timeout(limits.timeout_seconds) as deadline:
            return await _follow(client, asked, limits, lambda size: _hold(share, size, deadline), started)
    except TimeoutError:
        return f"The server did not answer completely within {limits.timeout_seconds:g} seconds."
    except (Refused, Unusable) as error:
        return str(error)
    except aiohttp.ClientConnectorDNSError:
        return "The server's name could not be found."
    except (aiohttp.ClientSSLError, ssl.SSLError):
        return "A secure connection to the server could not be made."
    except (aiohttp.ClientPayloadError, aiohttp.ServerDisconnectedError, zlib.error):
        return "The answer broke off or was damaged."
    except (aiohttp.ClientResponseError, HttpProcessingError):
        return "The answer is not proper HTTP."
    except (aiohttp.ClientError, OSError, ValueError):
        return "The connection to the server failed."
    except Exception:
        # A bug of ours or of the library's: known by its trace, and the visits beside this one go on.
        logger.exception("visit failed")
        return "The connection to the server failed."


async def _hold(share: Share, size: int, deadline: asyncio.Timeout) -> None:
    """Waiting for room of our own is no delay of the server's."""
    if share.fits(size):
        return await share.hold(size)
    ends_at, started = deadline.when(), monotonic()
    deadline.reschedule(None)
    await share.hold(size)
    deadline.reschedule((ends_at or started) + monotonic() - started)


async def _follow(client: GuardedClient, asked: Visit, limits: VisitLimits, hold: Hold, started: float) -> Answer:
    url, moved_to, is_permanent = asked.url, "", True
    for _ in range(limits.max_redirects + 1):
        answer = await client.ask(url, asked.headers, asked.form)
        try:
            target = answer.headers.get("Location", "")
            if answer.status not in REDIRECTS or not target or asked.form is not None or not asked.is_followed:
                headers = _headers(answer)
                # What is answered to a form counts by its status.
                is_read = answer.status == 200 and asked.form is None
                body, wire_bytes = await _read(answer, limits.max_bytes, hold) if is_read else (b"", 0)
                return Answer(url, answer.status, headers, body, wire_bytes, monotonic() - started, moved_to)
            url = urljoin(str(answer.url), _escaped(target))
            is_permanent = is_permanent and answer.status in {301, 308}
            moved_to = url if is_permanent else moved_to
        finally:
            answer.close()
    raise Unusable("The server sent us on too many times.")


def _escaped(location: str) -> str:
    """Bytes that are no UTF-8 go back as they came, as browsers send them: old sites write addresses in Latin-1."""
    try:
        location.encode()
    except UnicodeEncodeError:
        sent = location.encode("utf-8", "surrogateescape")
        return "".join(f"%{byte:02X}" if byte > 127 else chr(byte) for byte in sent)
    return location


def _headers(answer: aiohttp.ClientResponse) -> dict[str, str]:
    headers = {name.lower(): value for name, value in answer.headers.items()}
    for name in SEVERAL:
        if name in headers:
            headers[name] = ",\n".join(answer.headers.getall(name))
    return headers


async def _read(answer: aiohttp.ClientResponse, max_bytes: int, hold: Hold) -> tuple[bytes, int]:
    """The decoded body and its size on the wire. Raises Unusable past max_bytes of either."""
    codings = ",".join(answer.headers.getall("Content-Encoding", [])).lower().split(",")
    packings = [coding for coding in map(str.strip, codings) if coding in PACKINGS]
    if len(packings) > 1 or not GZIP_NAMES.issuperset(packings):
        raise Unusable("The answer is packed in a way that we did not offer.")
    if (answer.content_length or 0) > max_bytes:
        raise Unusable(too_large(max_bytes))
    is_packed = bool(packings)
    body, wire_bytes = Gunzip(max_bytes) if is_packed else Plain(max_bytes), 0
    async for piece in answer.content.iter_any():
        wire_bytes += len(piece)
        if wire_bytes > max_bytes:
            raise Unusable(too_large(max_bytes))
        await hold(min(len(body.body) + len(piece) * (GZIP_RATIO if is_packed else 1), max_bytes))
        body.feed(piece)
    await hold(len(body.body))
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
        self.part_count = 1

    def feed(self, piece: bytes) -> None:
        while piece:
            if self.unpacker.eof:
                # An archive may have several parts; what is no part is padding.
                if not piece.startswith(GZIP_MAGIC):
                    return
                self._begin_part()
            super().feed(self.unpacker.decompress(piece, self.max_bytes - len(self.body) + 1))
            piece = self.unpacker.unused_data

    def _begin_part(self) -> None:
        self.part_count += 1
        if self.part_count > GZIP_PARTS:
            raise Unusable("The answer is packed in too many parts.")
        self.unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)

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
        for start in range(0, len(body), PIECE):  # The unpacker copies what it leaves.
            archive.feed(body[start : start + PIECE])
    except zlib.error as error:
        raise Unusable("The answer broke off or was damaged.") from error
    return archive.finish()
