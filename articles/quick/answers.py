"""Answers of WSGI applications: taken in, compressed quickly, sent."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from isal import igzip

from articles.pages.encoded import GZIP, coding_for

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]
Headers = list[tuple[str, str]]

LEAST_BYTES = 860  # shorter texts fit into one packet either way
LEVEL = 2  # a thirteenth of the cost of zlib's 6, and a sixteenth larger
MOST_PADDING = 100


@dataclass(frozen=True, slots=True)
class Answer:
    status: str
    headers: Headers
    body: bytes

    def value(self, name: str) -> str:
        return ", ".join(value for key, value in self.headers if key.lower() == name)

    def values(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name]

    def with_body(self, body: bytes) -> Answer:
        headers = [pair for pair in self.headers if pair[0].lower() != "content-length"]
        return replace(self, headers=[*headers, ("Content-Length", str(len(body)))], body=body)

    def send(self, start_response: StartResponse) -> list[bytes]:
        start_response(self.status, self.headers)
        return [self.body]


def answer_of(application: Application, environ: Environ) -> Answer:
    told: list[tuple[str, Headers]] = []
    result = application(environ, lambda status, headers, exc_info=None: told.append((status, headers)))
    try:
        body = b"".join(result)
    finally:
        getattr(result, "close", lambda: None)()
    return Answer(*told[-1], body)


# Browsers send a few dozen different headers, made-up ones push each other out.
@lru_cache(maxsize=512)
def takes_gzip(accept_encoding: str) -> bool:
    return coding_for(f"{accept_encoding}, br;q=0") == GZIP


def gzipped(answer: Answer, environ: Environ) -> Answer:
    """A page for a reader who takes gzip, compressed; everything else as it is.

    A page may hold a secret and what somebody else wrote into its address: its length tells neither, because it is
    padded by a name of random length, as Django's own GZipMiddleware does it.
    """
    if not is_page(answer) or not takes_gzip(environ.get("HTTP_ACCEPT_ENCODING", "")):
        return answer
    body = padded(igzip.compress(answer.body, LEVEL, mtime=0), secrets.randbelow(MOST_PADDING))
    kept = [pair for pair in answer.headers if pair[0].lower() != "vary"]
    vary = ", ".join(filter(None, [answer.value("vary"), "Accept-Encoding"]))
    return replace(answer, headers=[*kept, ("Vary", vary), ("Content-Encoding", "gzip")]).with_body(body)


def is_page(answer: Answer) -> bool:
    return (
        answer.value("content-type").startswith("text/html")
        and not answer.value("content-encoding")
        and len(answer.body) >= LEAST_BYTES
    )


def padded(member: bytes, length: int) -> bytes:
    """A gzip member whose header names a file of so many letters."""
    flags = member[3] | 0x08
    return member[:3] + bytes([flags]) + member[4:10] + b"a" * length + b"\0" + member[10:]
