"""RSS, Atom and RDF to a ParsedFeed, with feedparser. Pure.

feedparser is handed a BytesIO and nothing else: given a string it would open the file or address that the string names.
Its sanitiser and its resolver stay off; clean.py does both.
"""

from __future__ import annotations

import io
import re
from calendar import timegm
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import feedparser

from articles.ingest.document import mend
from articles.ingest.identity import entry_id_of, mark_of
from articles.ingest.shapes import MAX_ENTRIES, ParsedEntry, ParsedFeed, Picture
from articles.ingest.split import SplitFeed, split

MAX_PARSED = 1000  # of a longer document only the first and the last are looked at
MAX_TITLE, MAX_TEXT, MAX_TERM, MAX_TERMS = 5_000, 400_000, 200, 60

IMAGE_NAME = re.compile(r"\.(?:jpe?g|png|gif|webp|avif)(?:\?|$)", re.I)
CLOSING_TAG = re.compile(r"</[a-z][a-z0-9]*\s*>", re.I)
PERIODS = {"hourly": 60, "daily": 1440, "weekly": 10_080, "monthly": 43_200, "yearly": 525_600}

Raw = dict[str, Any]  # one of feedparser's dictionaries


def read_xml(text: str, known_marks: Collection[str]) -> ParsedFeed | None:
    """None where this is no feed. Entries whose mark is known are left out but counted."""
    parts = split(text)
    if parts is None:
        raw = _feedparser(text)
        return None if raw is None else _build(raw, [], len(raw.entries))
    total = len(parts.entries)
    numbers = [number for number in range(total) if number < MAX_PARSED // 2 or number >= total - MAX_PARSED // 2]
    marks = [mark_of(parts.entries[number]) for number in numbers]
    known = frozenset(known_marks).intersection(marks) if total <= MAX_ENTRIES else frozenset()
    if known:
        unseen = [number for number in numbers if marks[number] not in known]
        numbers, marks = unseen, [marks[number] for number in unseen]
    raw = _feedparser(parts.only(numbers))
    if raw is None:
        return _entry_by_entry(parts, numbers)
    if len(raw.entries) != len(numbers):
        # The cuts and the parser disagree: believe the parser, on the whole document.
        raw, marks, known = _feedparser(text), [], frozenset()
    return None if raw is None else replace(_build(raw, marks, total), known_marks=known)


def _feedparser(text: str) -> Any:
    """feedparser's result on the mended text; None where it gave up or found no feed."""
    # Told an address to start from it would join that to every element; digest.py does so for the few that matter.
    headers = {"content-type": "application/xml; charset=utf-8"}
    source = io.BytesIO(mend(text).encode("utf-8", "replace"))
    try:
        raw = feedparser.parse(source, response_headers=headers, sanitize_html=False, resolve_relative_uris=False)
    except Exception:  # It raises a dozen kinds on hostile text, none of them documented.
        return None
    return raw if raw.get("version") or raw.entries else None


def _entry_by_entry(parts: SplitFeed, numbers: Sequence[int]) -> ParsedFeed | None:
    """Where the whole cannot be read: each entry alone, so that a bad one does not take its neighbours along."""
    entries: list[ParsedEntry] = []
    feed = None
    for number in numbers[:MAX_ENTRIES]:
        raw = _feedparser(parts.only([number]))
        if raw is not None and len(raw.entries) == 1:
            feed = _build(raw, [mark_of(parts.entries[number])], 1)
            entries += feed.entries
    if feed is None:
        return None
    return replace(feed, entries=tuple(entries), entry_count=len(parts.entries), skipped=len(numbers) - len(entries))


def _build(raw: Any, marks: Sequence[str], total: int) -> ParsedFeed:
    feed_language = _text(raw.feed.get("language"))
    entries, skipped = [], 0
    for number, one in enumerate(raw.entries):
        try:
            entries.append(_entry(one, feed_language, marks[number] if marks else ""))
        except (AttributeError, KeyError, IndexError, TypeError, ValueError):
            skipped += 1
    return ParsedFeed(
        title=_text(raw.feed.get("title"))[:500],
        language=feed_language,
        ttl_minutes=_ttl_minutes(raw.feed),
        entries=tuple(entries),
        entry_count=total,
        skipped=skipped,
    )


def _ttl_minutes(feed: Raw) -> int | None:
    for minutes in (_number(feed.get("ttl")), _period_minutes(feed)):
        if minutes is not None and minutes > 0:
            return min(minutes, PERIODS["yearly"])
    return None


def _period_minutes(feed: Raw) -> int | None:
    """sy:updatePeriod says how often the feed changes; a whole hour of it is every blog's default and says nothing."""
    period, frequency = PERIODS.get(_text(feed.get("sy_updateperiod")).lower()), _number(feed.get("sy_updatefrequency"))
    return period // max(1, frequency or 1) if period and period > PERIODS["hourly"] else None


def _entry(raw: Raw, feed_language: str, mark: str) -> ParsedEntry:
    title, summary, content = _markup(raw, "title"), _markup(raw, "summary"), _content(raw)
    link = _link(raw)
    language = _text(dict.get(raw, "language")) or _text(dict.get(raw.get("title_detail") or {}, "language"))
    return ParsedEntry(
        entry_id=entry_id_of(_text(dict.get(raw, "id")), link, title, content or summary),
        link=link,
        title_html=title[:MAX_TITLE],
        summary_html=summary[:MAX_TEXT],
        content_html=content[:MAX_TEXT],
        author=_author(raw),
        categories=_categories(raw),
        published_at=_date(raw, "published") or _date(raw, "created") or _date(raw, "updated"),
        updated_at=_date(raw, "updated"),
        pictures=tuple(_pictures(raw))[:MAX_TERMS],
        language="" if language == feed_language else language,
        base_url=_base_url(raw),
        mark=mark,
    )


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def _number(value: object) -> int | None:
    text = _text(value) if isinstance(value, str) else str(value or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _markup(raw: Raw, key: str) -> str:
    """HTML; where a text is plain, its signs are escaped. What closes a tag is not plain, whatever is declared."""
    detail = dict.get(raw, f"{key}_detail") or {}
    return _as_html(_text(dict.get(raw, key)), _text(detail.get("type")))


def _as_html(value: str, kind: str) -> str:
    if kind != "text/plain" or CLOSING_TAG.search(value):
        return value
    return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _content(raw: Raw) -> str:
    """The longest of the entry's contents: captions of pictures arrive under the same name."""
    values = [
        _as_html(_text(one.get("value")), _text(one.get("type")))
        for one in dict.get(raw, "content") or []
        if _text(one.get("type")) in {"text/plain", "text/html", "application/xhtml+xml", ""}
    ]
    return max(values, key=len, default="")


def _base_url(raw: Raw) -> str:
    for detail in [*(dict.get(raw, "content") or []), dict.get(raw, "summary_detail") or {}]:
        if base := _text(detail.get("base")):
            return base
    return ""


def _link(raw: Raw) -> str:
    link = _text(dict.get(raw, "link"))
    if link:
        return link
    return next(
        (_text(one.get("href")) for one in dict.get(raw, "links") or [] if one.get("rel") in {"alternate", "via"}), ""
    )


def _author(raw: Raw) -> str:
    """As written where there is one: feedparser cuts a name out of an address at the wrong place."""
    authors = dict.get(raw, "authors") or []
    names = [_text(one.get("name")) for one in authors if _text(one.get("name"))]
    return (", ".join(names) if len(authors) > 1 else _text(dict.get(raw, "author")))[:MAX_TITLE]


def _categories(raw: Raw) -> tuple[str, ...]:
    names = (_text(tag.get("label")) or _text(tag.get("term")) for tag in dict.get(raw, "tags") or [])
    return tuple(dict.fromkeys(name[:MAX_TERM] for name in names if name))[:MAX_TERMS]


def _date(raw: Raw, key: str) -> datetime | None:
    parsed = dict.get(raw, f"{key}_parsed")
    try:
        if parsed is not None:
            return datetime.fromtimestamp(timegm(parsed), UTC)
        written = datetime.fromisoformat(_text(dict.get(raw, key)))
    except (ValueError, OverflowError, OSError, TypeError):
        return None
    return written if written.tzinfo else written.replace(tzinfo=UTC)


def _pictures(raw: Raw) -> Iterable[Picture]:
    for one in dict.get(raw, "media_content") or []:
        if _is_picture(one):
            yield _picture(one)
    for one in dict.get(raw, "media_thumbnail") or []:
        yield _picture(one)
    for one in dict.get(raw, "links") or []:
        if one.get("rel") == "enclosure" and _is_picture(one):
            yield _picture(one)
    image = dict.get(raw, "image")
    if isinstance(image, dict) and _text(image.get("href")):
        yield Picture(_text(image.get("href")))


def _is_picture(one: Raw) -> bool:
    kind = _text(one.get("medium")) or _text(one.get("type"))
    if kind:
        return kind.startswith("image")
    return IMAGE_NAME.search(_text(one.get("url")) or _text(one.get("href"))) is not None


def _picture(one: Raw) -> Picture:
    return Picture(
        url=_text(one.get("url")) or _text(one.get("href")),
        width=_pixels(one.get("width")),
        height=_pixels(one.get("height")),
    )


def _pixels(value: object) -> int | None:
    number = _number(re.sub(r"(?:px|\.0+)$", "", _text(value)))
    return number if number is not None and number < 100_000 else None
