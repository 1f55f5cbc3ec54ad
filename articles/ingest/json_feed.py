"""JSON Feed (jsonfeed.org, versions 1 and 1.1) to a ParsedFeed. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from html import escape
from typing import Any

from articles.ingest.identity import entry_id_of
from articles.ingest.shapes import ParsedEntry, ParsedFeed, Picture

VERSION = re.compile(r"https?://jsonfeed\.org/version/")
MAX_ITEMS = 1000
MAX_TITLE, MAX_TEXT, MAX_TERM, MAX_TERMS = 5_000, 400_000, 200, 60


def read_json(text: str) -> ParsedFeed | None:
    """None where this is no JSON Feed. Items that are no objects are skipped."""
    try:
        document = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict) or not VERSION.match(_text(document.get("version"))):
        return None
    items = document.get("items")
    items = items[:MAX_ITEMS] if isinstance(items, list) else []
    entries = [_entry(one, _text(document.get("home_page_url"))) for one in items if isinstance(one, dict)]
    return ParsedFeed(
        title=_text(document.get("title"))[:500],
        language=_text(document.get("language")),
        ttl_minutes=None,
        entries=tuple(entries),
        entry_count=len(items),
        skipped=len(items) - len(entries),
    )


def _entry(one: dict[str, Any], home: str) -> ParsedEntry:
    link = _text(one.get("url")) or _text(one.get("external_url"))
    title = escape(_text(one.get("title")), quote=False)[:MAX_TITLE]
    summary = escape(_text(one.get("summary")), quote=False)[:MAX_TEXT]
    content = _text(one.get("content_html")) or _paragraphs(_text(one.get("content_text")))
    updated_at = _date(one.get("date_modified"))
    return ParsedEntry(
        entry_id=entry_id_of(_identifier(one.get("id")), link, title, content or summary),
        link=link,
        title_html=title,
        summary_html=summary,
        content_html=content[:MAX_TEXT],
        author=", ".join(_authors(one))[:MAX_TITLE],
        categories=tuple(_text(tag)[:MAX_TERM] for tag in _list(one.get("tags"))[:MAX_TERMS] if _text(tag)),
        published_at=_date(one.get("date_published")) or updated_at,
        updated_at=updated_at,
        pictures=tuple(Picture(_text(one.get(key))) for key in ("image", "banner_image") if _text(one.get(key))),
        language=_text(one.get("language")),
        base_url=home,
    )


def _text(value: object) -> str:
    return value.encode("utf-8", "replace").decode().strip() if isinstance(value, str) else ""


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _identifier(value: object) -> str:
    return str(value) if isinstance(value, int | float) else _text(value)


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{escape(part, quote=False)}</p>" for part in text.split("\n\n") if part.strip())


def _authors(one: dict[str, Any]) -> Iterable[str]:
    for author in [*_list(one.get("authors")), one.get("author")]:
        if isinstance(author, dict) and _text(author.get("name")):
            yield _text(author.get("name"))


def _date(value: object) -> datetime | None:
    try:
        written = datetime.fromisoformat(_text(value))
    except ValueError:
        return None
    return written if written.tzinfo else written.replace(tzinfo=UTC)
