"""The one client that visits other people's servers. Everything that ingest fetches goes through it.

A name is resolved once, every answer is checked, and a checked address is dialled; the name stays for TLS and Host.
Sockets are opened here too, so that a way around the resolver (a literal, a library's own lookup) ends here.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.client_proto import ResponseHandler
from aiohttp.http import HttpProcessingError
from yarl import URL

from articles.ingest.addresses import Refused, checked_url, is_public

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

NOT_PUBLIC = "The address is not a public one."


class MeteredSocket(socket.socket):
    """Ends after so many bytes, whatever they are: no library counts heads, chunk sizes and interim answers.

    For an event loop, which calls these two methods only.
    """

    def __init__(self, family: int, kind: int, protocol: int, max_bytes: int) -> None:
        super().__init__(family, kind, protocol)
        self.bytes_left = max_bytes

    def recv(self, size: int, flags: int = 0) -> bytes:
        received = super().recv(size, flags)
        self._count(len(received))
        return received

    def recv_into(self, buffer: WriteableBuffer, size: int = 0, flags: int = 0) -> int:
        count = super().recv_into(buffer, size, flags)
        self._count(count)
        return count

    def _count(self, byte_count: int) -> None:
        self.bytes_left -= byte_count
        if self.bytes_left < 0:
            raise ConnectionAbortedError("more than is read of any answer")


class OneAnswer(ResponseHandler):
    """Reads the one answer of a connection. What comes behind it is nobody's: a note of a cache, the page with a 304.

    Other clients never look at it. aiohttp's parser takes it for another answer, finds that it is none, and would
    throw both away where they came together.
    """

    has_head = False

    def data_received(self, data: bytes) -> None:
        if not self.has_head:
            # Apart, so that the answer is known before anything behind it is read.
            head, end, data = data.partition(b"\r\n\r\n")
            self.has_head = bool(end)
            super().data_received(head + end)
        if data:
            super().data_received(data)

    def set_exception(self, exc: BaseException, *cause: BaseException) -> None:
        if isinstance(exc, HttpProcessingError) and self._payload is not None:
            if self._payload.is_eof():
                return
            self._payload.set_exception(exc)  # Who reads it would wait for more until the deadline.
        super().set_exception(exc, *cause)


class GuardedResolver(AbstractResolver):
    """Refuses a name altogether when one of its addresses is not public."""

    max_wire_bytes = 24 * 1024 * 1024  # of one connection

    def __init__(self, allowed: Collection[str], threads: ThreadPoolExecutor) -> None:
        self.allowed = allowed
        self.dialable: set[tuple[str, int]] = set()
        self._threads = threads

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        answers = await asyncio.get_running_loop().run_in_executor(
            self._threads, lambda: self.look_up(host, port, family)
        )
        if f"{host.lower()}:{port}" in self.allowed:
            self.dialable.update((address, port) for _, address in answers)
        elif not all(is_public(address) for _, address in answers):
            raise Refused(NOT_PUBLIC)
        return [
            ResolveResult(hostname=host, host=address, port=port, family=kind, proto=0, flags=socket.AI_NUMERICHOST)
            for kind, address in answers
        ]

    def look_up(self, host: str, port: int, family: int) -> list[tuple[int, str]]:
        """(family, address) pairs from the system's resolver. OSError where there are none."""
        found = socket.getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM)
        return [(kind, str(address[0])) for kind, _, _, _, address in found]

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def open_socket(self, dialled: aiohttp.AddrInfoType) -> socket.socket:
        """The last check, on the very address that is connected to."""
        family, kind, protocol, _, target = dialled
        host, port = str(target[0]), int(target[1])
        if not is_public(host) and (host, port) not in self.dialable and f"{host}:{port}" not in self.allowed:
            raise Refused(NOT_PUBLIC)
        return MeteredSocket(family, kind, protocol, self.max_wire_bytes)


class GuardedClient:
    """An aiohttp session that keeps no cookies, follows no redirect and knows no proxy. Use as `async with`."""

    def __init__(
        self,
        user_agent: str,
        allowed: Collection[str] = (),
        concurrency: int = 50,
        resolver: type[GuardedResolver] = GuardedResolver,
        max_wire_bytes: int = 24 * 1024 * 1024,
    ) -> None:
        self.allowed = frozenset(allowed)
        self._user_agent = user_agent
        self._concurrency = concurrency
        self._resolver = resolver
        self._max_wire_bytes = max_wire_bytes

    async def __aenter__(self) -> GuardedClient:
        # A lookup can hang for half a minute, and asyncio's own few threads would make the others wait for it.
        # Twice as many as visits: a visit that is given up leaves its lookup behind.
        threads = ThreadPoolExecutor(2 * self._concurrency, thread_name_prefix="lookup")
        resolver = self._resolver(self.allowed, threads)
        resolver.max_wire_bytes = self._max_wire_bytes
        connector = aiohttp.TCPConnector(
            limit=4 * self._concurrency,  # more than are begun: slow ones give their slot away
            # A kept connection would let the rest of one malformed answer pass for the next feed's.
            force_close=True,
            use_dns_cache=False,
            resolver=resolver,
            socket_factory=resolver.open_socket,
        )
        connector._factory = partial(OneAnswer, loop=asyncio.get_running_loop())
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            auto_decompress=False,
            timeout=aiohttp.ClientTimeout(total=None),
            max_line_size=16 * 1024,
            max_field_size=128 * 1024,
            max_headers=128,
            headers={"User-Agent": self._user_agent, "Accept-Encoding": "gzip"},
        )
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._session.close()

    def check(self, url: str) -> URL:
        """Raises Refused. Must be called for every hop: a literal address never reaches a resolver."""
        return checked_url(url, self.allowed)

    async def ask(
        self, url: str, headers: Mapping[str, str], form: Mapping[str, str] | None = None
    ) -> aiohttp.ClientResponse:
        """One request, a POST where there is a form; no redirect followed, no body read.

        Raises Refused, OSError, aiohttp.ClientError.
        """
        method = "GET" if form is None else "POST"
        return await self._session.request(method, self.check(url), headers=headers, data=form, allow_redirects=False)
