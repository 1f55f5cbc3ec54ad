"""What a publisher's robots.txt and a page's own marks let us do. Pure.

robots.txt is read by RFC 9309; the marks of a page are those that search engines made common (`<meta name="robots">`
and the header X-Robots-Tag), the newer "noai", and the link to licence terms of rslstandard.org.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from lxml import etree, html
from protego import Protego

MAX_ROBOTS = 500 * 1024  # characters that are read: RFC 9309 asks for this many bytes at least
MAX_HEAD = 200_000  # characters of a page in which its marks are looked for
MAX_DELAY_SECONDS = 86_400.0

FORBIDDEN = "The publisher's robots.txt forbids this page."
UNREADABLE = "The publisher's robots.txt cannot be read now."
NOT_TO_BE_KEPT = "The page asks not to be kept, quoted or used by machines ({})."

# By agreement we may hold a text; none of these would be asked for by somebody who wants that.
REFUSING = {"noarchive", "none", "nosnippet", "noai", "max-snippet:0"}
UNLISTED = {"noindex", "none"}
WITH_VALUE = {"max-snippet", "max-image-preview", "max-video-preview", "unavailable_after"}
USER_AGENT = re.compile(r"\s*user[ -]?agent\s*:([^#]*)", re.I)
RSL = "application/rsl+xml"


@dataclass(frozen=True, slots=True)
class Verdict:
    """May this address be visited? `reason` is one sentence where not."""

    is_allowed: bool
    crawl_delay_seconds: float = 0.0  # 0 where none is asked for
    reason: str = ""
    is_for_now: bool = False  # robots.txt could not be had: to be asked again


def may_visit(robots_txt: str, status: int | None, user_agent: str, url: str) -> Verdict:
    """`status` is that of the answer to /robots.txt, None where there was none. `user_agent` is our header's value.

    A file that is not there forbids nothing; a server that cannot say forbids everything until it can.
    """
    if status is None or status >= 500 or status == 429:
        return Verdict(False, reason=UNREADABLE, is_for_now=True)
    if status >= 300:
        return Verdict(True)
    rules = _rules(robots_txt[:MAX_ROBOTS], product_token(user_agent))
    delay = min(rules.crawl_delay("us") or 0.0, MAX_DELAY_SECONDS)
    if not rules.can_fetch(url, "us"):
        return Verdict(False, delay, FORBIDDEN)
    return Verdict(True, delay)


def product_token(user_agent: str) -> str:
    """The name that publishers call us by."""
    return user_agent.partition("/")[0].strip().lower()


@lru_cache(maxsize=16)
def _rules(robots_txt: str, token: str) -> Protego:
    """Kept for the next pages of the same host: a large file costs a fifth of a second."""
    return Protego.parse(_for_us(robots_txt, token))


def _for_us(robots_txt: str, token: str) -> str:
    """The same rules for two names only: "us" and "other".

    Protego compares loosely, and keeps every rule for every name: a small file can be made to cost gigabytes.
    """
    return "\n".join(_renamed(line, token) for line in robots_txt.lstrip("\ufeff").splitlines())


def _renamed(line: str, token: str) -> str:
    match = USER_AGENT.match(line)
    if match is None:
        return line
    name = product_token(match[1])
    if name == "*":
        return line
    return "User-agent: us" if name == token else "User-agent: other"


@dataclass(frozen=True, slots=True)
class PageRefusal:
    """What a page asks of machines. `reason` is one sentence where its text is not to be taken, else ""."""

    reason: str = ""
    is_noindex: bool = False
    names_licence: bool = False  # terms for machines (RSL): the agreement must cover what we do


def page_refusal(html_head: str, headers: Mapping[str, str], user_agent: str = "") -> PageRefusal:
    """`html_head` is the beginning of the page, or all of it; header names are lower case. Never raises."""
    token = product_token(user_agent)
    marks = set(_header_marks(headers.get("x-robots-tag", ""), token))
    names_licence = RSL in headers.get("link", "")
    for element in _elements(html_head[:MAX_HEAD]):
        if element.tag == "meta" and element.get("name", "").strip().lower() in {"robots", token} - {""}:
            marks.update(_marks(element.get("content", "")))
        names_licence = names_licence or element.get("type", "").strip().lower() == RSL
    refusing = sorted(marks & REFUSING)
    return PageRefusal(
        NOT_TO_BE_KEPT.format(", ".join(refusing)) if refusing else "", bool(marks & UNLISTED), names_licence
    )


def _elements(markup: str) -> Iterator[html.HtmlElement]:
    """The elements that may carry marks."""
    parser = html.HTMLParser(remove_comments=True, remove_pis=True)
    try:
        tree = html.document_fromstring(markup.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, ValueError):
        return
    yield from tree.iter("meta", "link", "script")


def _marks(value: str) -> Iterator[str]:
    for mark in value.lower().split(","):
        yield "".join(mark.split())


def _header_marks(value: str, token: str) -> Iterator[str]:
    """The marks that are meant for everybody or for us: "noarchive, otherbot: noindex"; several lines are joined."""
    for line in value.splitlines():
        is_for_us = True
        for mark in _marks(line):
            name, colon, rest = mark.partition(":")
            if colon and name not in WITH_VALUE:
                is_for_us, mark = name == token, rest
            if is_for_us and mark:
                yield mark
