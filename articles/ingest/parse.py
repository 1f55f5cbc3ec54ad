"""Bytes to a ParsedFeed. Pure; whatever comes in, the answer is a feed or a Failed, never an exception."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from articles.ingest.canonical import absolute
from articles.ingest.document import DeclaresEntities, decode
from articles.ingest.json_feed import read_json
from articles.ingest.shapes import MAX_ENTRIES, Failed, Fetched, ParsedEntry, ParsedFeed
from articles.ingest.split import has_end, whole_entries_of
from articles.ingest.xml_feed import read_xml

WEB_PAGE = re.compile(
    r"(?:<!--.{0,2000}?-->\s*|<\?xml.{0,200}?\?>\s*){0,9}<(?:!doctype\s+html|html|head|body)\b", re.I | re.S
)
OLDEST = datetime.min.replace(tzinfo=UTC)


def parse_feed(response: Fetched, known_marks: Collection[str] = ()) -> ParsedFeed | Failed:
    """The feed in this answer: its newest entries, those whose mark is known only counted."""
    if not response.body.strip():
        return Failed("The answer is empty.", response.status)
    text = decode(response.body, response.headers)
    is_json = text.startswith(("{", "["))
    if not is_json and WEB_PAGE.match(text):
        return Failed("The address leads to a web page, not to a feed.", response.status)
    is_whole = is_json or has_end(text)
    if not is_whole:
        text = whole_entries_of(text)
    try:
        feed = read_json(text) if is_json else read_xml(text, response.url, known_marks)
    except DeclaresEntities:
        return Failed("The document declares entities of its own, which we do not expand.", response.status)
    if feed is None:
        return Failed("The document is not a feed that we can read.", response.status)
    return replace(
        feed,
        entries=tuple(_newest(feed.entries)),
        entry_count=min(feed.entry_count, MAX_ENTRIES),
        is_whole=is_whole,
        hub_url=_web_address(feed.hub_url, response.url),
        self_url=_web_address(feed.self_url, response.url),
    )


def _web_address(url: str, base_url: str) -> str:
    """Absolute; "" for what is no web address."""
    found = absolute(url, base_url) if url else ""
    return found if found.startswith(("http://", "https://")) and found.isprintable() else ""


def _newest(entries: Sequence[ParsedEntry]) -> Sequence[ParsedEntry]:
    """At most MAX_ENTRIES, in the feed's order; where dates are missing the feed's order decides."""
    if len(entries) <= MAX_ENTRIES:
        return entries
    by_date = sorted(range(len(entries)), key=lambda number: entries[number].published_at or OLDEST, reverse=True)
    return [entries[number] for number in sorted(by_date[:MAX_ENTRIES])]
