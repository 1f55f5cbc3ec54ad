"""JSON Feed (jsonfeed.org, versions 1 and 1.1) to a ParsedFeed. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from html import escape, unescape
from typing import Any

from articles.ingest.canonical import absolute
from articles.ingest.dates import read_date
from articles.ingest.identity import entry_id_of
from articles.ingest.lazy_images import without_inline_data
from articles.ingest.shapes import ParsedEntry, ParsedFeed, Picture

VERSION = re.compile(r"https?://jsonfeed\.org/version/")
WEB_ADDRESS = re.compile(r"https?://[^/\s]", re.I)
IMAGE_TYPE, IMAGE_NAME = re.compile(r"image/", re.I), re.compile(r"\.(?:jpe?g|png|gif|webp|avif)(?:\?|$)", re.I)
WHEN_EXPIRED = 10_080  # minutes: the publisher says that nothing more will come
BLANK_LINES = re.compile(r"\r?\n[^\S\n]*+\n")
# Numbers stay as they are written: ids are some, and one of 5,000 digits must not cost its neighbours.
DECODER = json.JSONDecoder(strict=False, parse_int=str, parse_float=str)
MAX_ITEMS = 1000  # of a longer document only the first and the last are looked at
MAX_TITLE, MAX_TEXT, MAX_TERM, MAX_TERMS = 5_000, 400_000, 200, 60


def read_json(text: str) -> ParsedFeed | None:
    """None where this is no JSON Feed. Items that are no objects are skipped."""
    try:
        document, _ = DECODER.raw_decode(text)  # What stands behind it is left alone, as behind a document of XML.
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict) or not VERSION.match(_text(document.get("version"))):
        return None
    items = _list(document.get("items"))
    if len(items) > MAX_ITEMS:
        items = items[: MAX_ITEMS // 2] + items[-MAX_ITEMS // 2 :]
    title, language = _text(document.get("title"))[:500], _text(document.get("language"))
    feed_authors = [name for name in _authors(document) if name.casefold() != title.casefold()]
    entries = [_entry(one, document, feed_authors, language) for one in items if isinstance(one, dict)]
    return ParsedFeed(
        title=title,
        language=language,
        ttl_minutes=WHEN_EXPIRED if document.get("expired") is True else None,
        entries=tuple(entries),
        entry_count=len(items),
        skipped=len(items) - len(entries),
        hub_url=_hub_url(document),
        self_url=_text(document.get("feed_url")),
    )


def _hub_url(document: dict[str, Any]) -> str:
    """The first hub that we speak with: of type WebSub, or PubSubHubbub as it was called."""
    for hub in _list(document.get("hubs")):
        if isinstance(hub, dict) and _text(hub.get("type")).lower() in {"websub", "pubsubhubbub"}:
            return _text(hub.get("url"))
    return ""


def _entry(one: dict[str, Any], feed: dict[str, Any], feed_authors: list[str], feed_language: str) -> ParsedEntry:
    home = _text(feed.get("home_page_url"))
    entry_id = _text(one.get("id"))
    written_link = _text(one.get("url")) or _text(one.get("external_url"))
    if not written_link and WEB_ADDRESS.match(entry_id):
        # "Ideally, the id is the full URL of the resource": https://www.jsonfeed.org/version/1.1/
        written_link = entry_id
    link = absolute(written_link, home) if written_link and home else written_link
    language = _text(one.get("language"))
    title, summary = _plain(one.get("title"))[:MAX_TITLE], _plain(one.get("summary"))[:MAX_TEXT]
    content = without_inline_data(_text(one.get("content_html"))) or _paragraphs(_text(one.get("content_text")))
    updated_at = _date(one.get("date_modified"))
    return ParsedEntry(
        entry_id=entry_id_of(entry_id, written_link, title, content or summary),
        link=link,
        title_html=title,
        summary_html=summary,
        content_html=content[:MAX_TEXT],
        author=", ".join(list(_authors(one)) or feed_authors)[:MAX_TITLE],
        categories=tuple(_text(tag)[:MAX_TERM] for tag in _list(one.get("tags"))[:MAX_TERMS] if _text(tag)),
        published_at=_date(one.get("date_published")) or updated_at,
        updated_at=updated_at,
        pictures=tuple(_pictures(one))[:MAX_TERMS],
        language="" if language == feed_language else language,
        # Addresses in the text start from the page that it stands on.
        base_url="" if link else home,
    )


def _pictures(one: dict[str, Any]) -> Iterable[Picture]:
    for key in ("image", "banner_image"):
        if _text(one.get(key)):
            yield Picture(_text(one.get(key)))
    for attachment in _list(one.get("attachments")):
        if isinstance(attachment, dict) and _is_picture(
            _text(attachment.get("mime_type")), _text(attachment.get("url"))
        ):
            yield Picture(_text(attachment.get("url")), alt=_text(attachment.get("title"))[:MAX_TERM])


def _is_picture(kind: str, url: str) -> bool:
    return bool(url) and (IMAGE_TYPE.match(kind) if kind else IMAGE_NAME.search(url)) is not None


def _text(value: object) -> str:
    return value.encode("utf-8", "replace").decode().strip() if isinstance(value, str) else ""


def _plain(value: object) -> str:
    """Plain text as HTML; what is escaped in it although it is plain, as systems for HTML write it, is so only once."""
    return escape(unescape(_text(value)), quote=False)


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{escape(part, quote=False)}</p>" for part in BLANK_LINES.split(text) if part.strip())


def _authors(one: dict[str, Any]) -> Iterable[str]:
    """Each name once: many write version 1's `author` beside version 1.1's `authors`, some a name for an object."""
    authors = [*_list(one.get("authors")), one.get("author")]
    names = (_text(author.get("name") if isinstance(author, dict) else author) for author in authors)
    return dict.fromkeys(name for name in names if name)


def _date(value: object) -> datetime | None:
    """RFC 3339, as the standard has it, or what else is a date."""
    try:
        written = datetime.fromisoformat(_text(value))
        return written.astimezone(UTC) if written.tzinfo else written.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return read_date(_text(value))
