"""A WSGI application asked as a server asks it, with whatever headers, cookies and query somebody may send."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from threading import Event, Thread
from typing import Any
from wsgiref.util import setup_testing_defaults

import brotli
from isal import igzip

from newssite.pagestore.facts import Facts
from newssite.pagestore.layer import VisitorPages
from newssite.pagestore.shared import Shared

MEGABYTE = 1024 * 1024
PUBLIC = ("Cache-Control", "public, max-age=60")
HTML = ("Content-Type", "text/html; charset=utf-8")


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: dict[str, str]  # names in small letters
    sent: bytes

    @property
    def body(self) -> bytes:
        """Without its coding."""
        unpack: dict[str, Callable[[bytes], bytes]] = {"br": brotli.decompress, "gzip": igzip.decompress}
        coding = self.headers.get("content-encoding")
        return unpack[coding](self.sent) if coding and self.sent else self.sent

    @property
    def text(self) -> str:
        return self.body.decode()


def ask(application: Any, path: str = "/", method: str = "GET", **headers: str) -> Reply:
    """`path` may bring a query. headers: host="x", if_none_match="y"; environ keys in capitals stand as they are."""
    path, _, query = path.partition("?")
    environ: dict[str, Any] = {"REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query}
    setup_testing_defaults(environ)
    environ |= {"HTTP_HOST": "testserver", "SCRIPT_NAME": "", "REMOTE_ADDR": "203.0.113.9", "wsgi.input": BytesIO()}
    environ |= {name if name.isupper() else f"HTTP_{name.upper()}": value for name, value in headers.items()}
    told: list[tuple[str, list[tuple[str, str]]]] = []
    result = application(environ, lambda status, headers, exc_info=None: told.append((status, headers)))
    sent = b"".join(result)
    getattr(result, "close", lambda: None)()
    status, pairs = told[-1]
    return Reply(int(status[:3]), {name.lower(): value for name, value in pairs}, sent)


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


class Stage:
    """An application that answers what it is told to, and remembers what it was asked."""

    def __init__(self, *headers: tuple[str, str], status: str = "200 OK", body: bytes = b"") -> None:
        self.status, self.headers = status, list(headers) or [HTML, PUBLIC]
        self.body = body
        self.asked: list[dict[str, Any]] = []
        self.may_answer = Event()
        self.may_answer.set()
        self.error: Exception | None = None

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        self.asked.append(dict(environ))
        number = len(self.asked)
        self.may_answer.wait(60)
        if self.error:
            raise self.error
        start_response(self.status, list(self.headers))
        return [self.body or f"page {number}".encode()]


class Site:
    """A Stage (or Django) behind the store, with a clock and the editors' doings in hand."""

    def __init__(self, application: Any = None, most_bytes: int = MEGABYTE, **settings: Any) -> None:
        self.stage = application or Stage()
        self.clock = settings.pop("clock", None) or Clock()
        self.editors = self.news = "1"
        settings.setdefault("read_facts", lambda: Facts(self.editors, self.news))
        self.store = VisitorPages(self.stage, most_bytes, clock=self.clock, **settings)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        return self.store(environ, start_response)

    def get(self, path: str = "/", method: str = "GET", **headers: str) -> Reply:
        return ask(self, path, method, **headers)

    def later(self, seconds: float) -> Site:
        self.clock.now += seconds
        return self


def shared_by(clock: Clock, release: str = "1", alias: str = "pages") -> Shared:
    return Shared(alias, release, clock)


@contextmanager
def crowd(count: int, job: Callable[[], Any]) -> Iterator[list[Any]]:
    """`count` threads at once; their results are there after the block."""
    results: list[Any] = []
    threads = [Thread(target=lambda: results.append(job())) for _ in range(count)]
    for thread in threads:
        thread.start()
    yield results
    for thread in threads:
        thread.join(60)
