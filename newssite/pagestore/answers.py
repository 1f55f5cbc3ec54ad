"""What Django answered, whether it may be kept, and how a kept one is sent."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from django.utils.http import parse_http_date_safe

from articles.pages.encoded import IDENTITY, Encoded, coding_for, encode, is_known
from newssite.pagestore.facts import Seen
from newssite.pagestore.visitors import Environ

Headers = Sequence[tuple[str, str]]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

FRESH_SECONDS = 20
# A hundredth of a processor, as long as news comes in and for the time that grouping and ranking take after that.
NEWS_FRESH_SECONDS = 2
SETTLED_SECONDS = 15
# Whatever happens elsewhere, a visitor reads nothing that is older: but for a time in which nothing new can be made.
SERVED_SECONDS = 60
KEPT_ON_ERROR_SECONDS = 300
# Clocks of two machines differ; an answer from further in the future is none.
CLOCK_SKEW_SECONDS = 5
KEPT_STATUS = frozenset({200, 404, 410})
MOST_BODY_BYTES = 1024 * 1024
MAX_AGE = re.compile(r"(?:^|[\s,])max-age=([0-9]{1,9})", re.ASCII)
# Made anew for each answer, or said of this one delivery only.
OWN_HEADERS = frozenset(
    {"content-length", "etag", "date", "vary", "age", "connection", "keep-alive", "server", "x-request-id"}
)
VARY = "Cookie, Accept-Encoding"
TOKEN_FIELD = b"csrfmiddlewaretoken"


@dataclass(slots=True)
class Answer:
    """An answer of Django's as it came. `body` is None where it is too large to be held; `pieces` is it then."""

    status: str
    headers: Headers
    body: bytes | None
    pieces: Iterable[bytes] = ()

    @property
    def code(self) -> int:
        return int(self.status[:3])

    def value(self, name: str) -> str:
        return ", ".join(value for key, value in self.headers if key.lower() == name)

    def send(self, is_head: bool, start_response: StartResponse) -> Iterable[bytes]:
        start_response(self.status, list(self.headers))
        if is_head:
            getattr(self.pieces, "close", lambda: None)()
            return []
        return self.pieces if self.body is None else [self.body]


class Pieces:
    """An answer that is handed on as it comes; closing it closes Django's."""

    def __init__(self, seen: list[bytes], rest: Iterator[bytes], close: Callable[[], Any]) -> None:
        self._pieces, self.close = chain(seen, rest), close

    def __iter__(self) -> Iterator[bytes]:
        return self._pieces


def answer_of(application: Application, environ: Environ) -> Answer:
    """Ask `application`; at most MOST_BODY_BYTES and a piece are held."""
    told: list[tuple[str, Headers]] = []
    result = application(environ, lambda status, headers, exc_info=None: told.append((status, headers)))
    close = getattr(result, "close", lambda: None)
    seen, size, pieces = [], 0, iter(result)
    try:
        for piece in pieces:
            seen.append(piece)
            size += len(piece)
            if size > MOST_BODY_BYTES:
                return Answer(*told[-1], None, Pieces(seen, pieces, close))
    except BaseException:
        close()
        raise
    close()
    return Answer(*told[-1], b"".join(seen))


def may_be_kept(answer: Answer) -> bool:
    """Only what Django called public, and nothing that is one person's, whatever it was called.

    A nonce in a policy is good for one answer: kept, it would let everybody know it beforehand, so such a page is made
    for each request. The policy of ours for visitors names none, and header and body are kept and sent together.
    """
    if answer.code not in KEPT_STATUS or answer.body is None:
        return False
    names = {name.lower() for name, _ in answer.headers}
    policy = {part.strip().lower() for part in answer.value("cache-control").split(",")}
    vary = {part.strip().lower() for part in answer.value("vary").split(",")}
    return (
        "public" in policy
        and not policy & {"private", "no-store", "no-cache"}
        and not names & {"set-cookie", "clear-site-data", "content-encoding", "www-authenticate"}
        and "content-type" in names
        and vary <= {"", "cookie", "accept-encoding"}
        and not any("'nonce-" in value for _, value in answer.headers)
        and TOKEN_FIELD not in answer.body
    )


@dataclass(frozen=True, slots=True)
class Sent:
    """All that is sent of a page in one coding, but for its age. `body` None: made from the compressed one."""

    etag: str
    headers: Headers
    headers_if_known: Headers
    body: bytes | None


@dataclass(slots=True)
class Page:
    """A kept answer: nobody's, and for everybody."""

    made_at: float  # seconds since 1970
    editors: str  # what they had done when it was made (facts.Seen)
    status: str
    headers: Headers
    encoded: Encoded
    follows_news: bool
    used_at: float = 0.0
    retry_at: float = 0.0  # after an error, when it is made anew next
    fresh_seconds: float = field(init=False)
    served_seconds: float = field(init=False)
    sent: Mapping[str, Sent] = field(init=False)

    def __post_init__(self) -> None:
        self.served_seconds = min(SERVED_SECONDS, max_age_of(self.headers))
        self.fresh_seconds = min(FRESH_SECONDS, self.served_seconds)
        self.sent = {coding: self._sent(coding) for coding in self.encoded.etags}

    def _sent(self, coding: str) -> Sent:
        etag = self.encoded.etags[coding]
        common = [("ETag", etag), ("Vary", VARY)]
        sized = [("Content-Length", str(self.encoded.length(coding)))]
        coded = [("Content-Encoding", coding)] if coding != IDENTITY else []
        known = [pair for pair in self.headers if pair[0].lower() in {"cache-control", "last-modified", "expires"}]
        headers = [*self.headers, *common, *coded, *sized]
        return Sent(etag, headers, [*known, *common], self.encoded.bodies.get(coding))

    @property
    def byte_count(self) -> int:
        """What it takes of the memory, headers and objects roughly counted in."""
        return self.encoded.byte_count + 4096

    def send(self, environ: Environ, now: float, start_response: StartResponse) -> list[bytes]:
        """In the coding that the browser takes; 304 where it holds these bytes already."""
        coding = coding_for(environ.get("HTTP_ACCEPT_ENCODING", ""))
        sent = self.sent.get(coding) or self.sent[IDENTITY]
        age = ("Age", str(int(now - self.made_at)) if now > self.made_at else "0")
        if self._is_held(sent, environ):
            start_response("304 Not Modified", [*sent.headers_if_known, age])
            return []
        start_response(self.status, [*sent.headers, age])
        if environ["REQUEST_METHOD"] == "HEAD":
            return []
        return [self.encoded.plain() if sent.body is None else sent.body]

    def _is_held(self, sent: Sent, environ: Environ) -> bool:
        """If-Modified-Since counts only where no mark was sent (RFC 9110, 13.2.2)."""
        if not self.status.startswith("200"):
            return False
        marks = environ.get("HTTP_IF_NONE_MATCH")
        if marks is not None:
            return is_known(marks, sent.etag)
        since = environ.get("HTTP_IF_MODIFIED_SINCE")
        return since is not None and self._is_older(since)

    def _is_older(self, since: str) -> bool:
        changed = next((value for name, value in self.headers if name.lower() == "last-modified"), "")
        changed_at, since_at = parse_http_date_safe(changed), parse_http_date_safe(since)
        return changed_at is not None and since_at is not None and changed_at <= since_at


def max_age_of(headers: Headers) -> int:
    """Seconds that the view's own Cache-Control allows; none without one."""
    policy = ",".join(value for name, value in headers if name.lower() == "cache-control")
    found = MAX_AGE.search(policy)
    return int(found[1]) if found else 0


def is_fresh(page: Page, seen: Seen, now: float) -> bool:
    if page.follows_news and page.made_at < seen.news_at + SETTLED_SECONDS:
        return is_usable(page, seen, now, min(NEWS_FRESH_SECONDS, page.served_seconds))
    return is_usable(page, seen, now, page.fresh_seconds)


def may_be_sent(page: Page, seen: Seen, now: float) -> bool:
    """While another one makes it anew."""
    return is_usable(page, seen, now, page.served_seconds)


def may_stand_in(page: Page, seen: Seen, now: float) -> bool:
    """Where making it anew has failed."""
    return is_usable(page, seen, now, KEPT_ON_ERROR_SECONDS)


def is_usable(page: Page, seen: Seen, now: float, most_seconds: float) -> bool:
    """An editor's change ends every use of what was made before it."""
    return page.editors == seen.editors and -CLOCK_SKEW_SECONDS <= now - page.made_at < most_seconds


def page_of(answer: Answer, editors: str, now: float, follows_news: bool) -> Page:
    """Compressed once. `answer` may be kept, so it has a body."""
    body = answer.body or b""
    headers = [(name, value) for name, value in answer.headers if name.lower() not in OWN_HEADERS]
    return Page(now, editors, answer.status, headers, encode(body, answer.value("content-type")), follows_news)
