"""RSS, Atom and RDF to a ParsedFeed, with feedparser. Pure.

feedparser is handed a BytesIO and nothing else: given a string it would open the file or address that the string names.
Its sanitiser and its resolver stay off; clean.py does both. No address in a document is visited: not its next page
(rel="next"), not another address that it gives itself (itunes:new-feed-url), not what stands outside (content src).
"""

from __future__ import annotations

import io
import re
from calendar import timegm
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from html import unescape
from itertools import islice
from typing import Any

import feedparser

from articles.ingest.dates import is_usual, read_date
from articles.ingest.document import DeclaresEntities, declares_entities, mend
from articles.ingest.identity import entry_id_of, mark_of
from articles.ingest.lazy_images import without_inline_data
from articles.ingest.pictures import is_same
from articles.ingest.prose import plain_text, shortened
from articles.ingest.quick_xml import read_quickly
from articles.ingest.restrictions import NONE, Restrictions, restrictions_in, strictest
from articles.ingest.shapes import MAX_ENTRIES, ParsedEntry, ParsedFeed, Picture
from articles.ingest.split import SplitFeed, first_of, split

MAX_PARSED = 1000  # of a longer document only the first and the last are looked at
MAX_TITLE, MAX_TEXT, MAX_TERM, MAX_TERMS, MAX_CAPTION = 5_000, 400_000, 200, 60, 400

CUT_ADDRESS = re.compile(r"@.*\.[a-z]{4}$", re.I)
REST_OF_ADDRESS = re.compile(r"^[a-z0-9.-]+(?=[\s(<]|$)|[(<][a-z0-9.-]*$")
PIXELS_END = re.compile(r"(?:px|\.0+)$")
IMAGE_NAME = re.compile(r"\.(?:jpe?g|png|gif|webp|avif)(?:\?|$)", re.I)
WEB_ADDRESS, ADDRESS = re.compile(r"https?://[^/\s]", re.I), re.compile(r"https?://[^/\s]|/", re.I)
# What is said about a picture is no text of the entry: feedparser would take it for its summary or its content.
# The name stands first: looking for a word takes less time than looking at every tag.
MEDIA_DESCRIPTION = re.compile(
    r"media:description(?:(?<=<media:description)|(?<=</media:description))(?:\s[^<>]*?)?(/?)>"
)
# feedparser takes a document type out where it begins a line; where expat sees one it drops every &eacute; in silence.
BEFORE_DOCTYPE = re.compile(r">[^\S\n]*+(?=<!DOCTYPE)")
CLOSING_TAG = re.compile(r"</[a-z][a-z0-9]*\s*>", re.I)
LEFT_REFERENCE = re.compile(r"&(?:nbsp|#\d{2,6}|#x[0-9a-f]{2,5}|[lr][sd]quo|[mn]dash|hellip|quot|amp);", re.I)
SHOWN = {"text/plain", "text/html", "application/xhtml+xml", ""}  # kinds of content
PERIODS = {"hourly": 60, "daily": 1440, "weekly": 10_080, "monthly": 43_200, "yearly": 525_600}

Raw = dict[str, Any]  # one of feedparser's dictionaries


@dataclass(frozen=True, slots=True)
class _Written:
    """What is known of an entry before it is parsed."""

    mark: str = ""  # "" where the entry's own text could not be told
    restrictions: Restrictions = NONE  # its own


def read_xml(text: str, url: str, known_marks: Collection[str]) -> ParsedFeed | None:
    """None where this is no feed. Entries whose mark is known are left out but counted. Raises DeclaresEntities.

    What has a known mark was looked at when it came: of the rest of the document alone is asked what it holds.
    """
    parts = split(text)
    if parts is None:
        return _whole(text, url)
    total = len(parts.entries)
    numbers = [number for number in range(total) if number < MAX_PARSED // 2 or number >= total - MAX_PARSED // 2]
    overall = restrictions_in("".join([parts.head, *parts.gaps]))
    marks = {number: mark_of(parts.entries[number] + overall.mark) for number in numbers}
    known = frozenset(known_marks) if total <= MAX_ENTRIES else frozenset()
    settled = {number for number, mark in marks.items() if mark in known}
    if not parts.is_certain(settled):
        return _whole(text, url)
    single: dict[int, Restrictions] = {}
    for number in numbers:
        if number not in settled and (own := restrictions_in(parts.entries[number])) != NONE:
            # The entry is another one to us when what is forbidden changes, be it for the whole feed.
            marks[number] = mark_of(parts.entries[number] + strictest([overall, own]).mark)
            single[number] = own
    known = known.intersection(marks.values())
    written = {number: _Written(mark, single.get(number, NONE)) for number, mark in marks.items() if mark not in known}
    raw = _feedparser(parts.only(written), url)
    if raw is None and known:
        return read_xml(text, url, ())  # What made it a feed stood in the entries that are known.
    if raw is None:
        feed = _entry_by_entry(parts, written, url)
    elif len(raw.entries) == len(written):
        feed = replace(_build(raw, list(written.values()), total), known_marks=known)
    else:
        return _whole(text, url)  # The cuts and the parser disagree: believe the parser.
    if feed is None:
        return None
    refusal = f"{len(single)} of its entries: {strictest(single.values()).refusal}" if single else ""
    return _restricted(feed, overall, refusal)


def _whole(text: str, url: str) -> ParsedFeed | None:
    """Where the entries cannot be told apart before they are parsed: what forbids one is taken for all."""
    text = first_of(text, MAX_PARSED)
    raw = _feedparser(text, url)
    return None if raw is None else _restricted(_build(raw, [], len(raw.entries)), restrictions_in(text))


def _restricted(feed: ParsedFeed, overall: Restrictions, refusal: str = "") -> ParsedFeed:
    """The feed under what it forbids as a whole."""
    if overall != NONE:
        entries = (
            replace(
                entry,
                is_noindex=entry.is_noindex or overall.is_noindex,
                is_blocked=entry.is_blocked or overall.is_blocked,
            )
            for entry in feed.entries
        )
        feed = replace(feed, entries=tuple(entries), is_noindex=overall.is_noindex, is_blocked=overall.is_blocked)
    return replace(feed, refusal=overall.refusal or refusal)


def _feedparser(text: str, url: str) -> Any:
    """feedparser's result on the mended text; None where it gave up or found no feed. Raises DeclaresEntities.

    What is well-formed and ordinary its own handlers read past its slow parts, with the same result.
    """
    quick = read_quickly(text, url if "xml:base" in text else "")
    if quick is not None:
        return quick
    if declares_entities(text):
        raise DeclaresEntities
    headers = {"content-type": "application/xml; charset=utf-8"}
    if "xml:base" in text:
        # It has to know where relative ones start from. Told so it joins every address of every element, which costs
        # more than parsing: elsewhere digest.py does that for the few that matter.
        headers["content-location"] = url
    text = BEFORE_DOCTYPE.sub(">\n", MEDIA_DESCRIPTION.sub(r"media:caption\1>", text), count=1)
    source = io.BytesIO(mend(text).encode("utf-8", "replace"))
    try:
        raw = feedparser.parse(source, response_headers=headers, sanitize_html=False, resolve_relative_uris=False)
    except Exception:  # It raises a dozen kinds on hostile text, none of them documented.
        return None
    return raw if raw.get("version") or raw.entries else None


def _entry_by_entry(parts: SplitFeed, written: Mapping[int, _Written], url: str) -> ParsedFeed | None:
    """Where the whole cannot be read: each entry alone, so that a bad one does not take its neighbours along."""
    entries: list[ParsedEntry] = []
    feed = None
    for number, one in islice(written.items(), MAX_ENTRIES):
        raw = _feedparser(parts.only([number]), url)
        if raw is not None and len(raw.entries) == 1:
            feed = _build(raw, [one], 1)
            entries += feed.entries
    if feed is None:
        return None
    return replace(feed, entries=tuple(entries), entry_count=len(parts.entries), skipped=len(written) - len(entries))


def _build(raw: Any, written: Sequence[_Written], total: int) -> ParsedFeed:
    feed_language = _text(raw.feed.get("language"))
    title, entries, skipped = _text(raw.feed.get("title"))[:500], [], 0
    feed_author = _feed_author(raw, title)
    for number, one in enumerate(raw.entries):
        try:
            entry = _entry(one, feed_language, written[number] if written else _Written())
            entries.append(entry if entry.author or not feed_author else replace(entry, author=feed_author))
        except (AttributeError, KeyError, IndexError, TypeError, ValueError):
            skipped += 1
    return ParsedFeed(
        title=title,
        language=feed_language,
        ttl_minutes=_ttl_minutes(raw.feed),
        entries=tuple(entries),
        entry_count=total,
        skipped=skipped,
        hub_url=_linked(raw.feed, "hub"),
        self_url=_linked(raw.feed, "self"),
    )


def _linked(feed: Raw, rel: str) -> str:
    """The first address of that relation (WebSub 1.0, section 4: rel="hub" and "self")."""
    for one in dict.get(feed, "links") or []:
        if rel in _text(one.get("rel")).lower().split() and _text(one.get("href")):
            return _text(one.get("href"))
    return ""


def _ttl_minutes(feed: Raw) -> int | None:
    for minutes in (_number(feed.get("ttl")), _period_minutes(feed)):
        if minutes is not None and minutes > 0:
            return min(minutes, PERIODS["yearly"])
    return None


def _period_minutes(feed: Raw) -> int | None:
    """sy:updatePeriod says how often the feed changes; a whole hour of it is every blog's default and says nothing."""
    period, frequency = PERIODS.get(_text(feed.get("sy_updateperiod")).lower()), _number(feed.get("sy_updatefrequency"))
    return period // max(1, frequency or 1) if period and period > PERIODS["hourly"] else None


def _entry(raw: Raw, feed_language: str, written: _Written) -> ParsedEntry:
    contents = _contents(raw)
    title, summary, content = _markup(raw, "title"), _markup(raw, "summary"), _content(contents)
    if not (summary or content):
        summary = _text(dict.get(raw, "media_caption"))  # As video portals have it, which write no other text.
    summary, content = without_inline_data(summary), without_inline_data(content)
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
        base_url=_base_url(raw, contents),
        mark=written.mark,
        is_noindex=written.restrictions.is_noindex,
        is_blocked=written.restrictions.is_blocked,
    )


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def _number(value: object) -> int | None:
    text = _text(value) if isinstance(value, str) else str(value or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _markup(raw: Raw, key: str) -> str:
    """HTML; where a text is plain, its signs are escaped. What closes a tag is not plain, whatever is declared.

    Some systems cut an excerpt out of HTML and leave its references, which nobody would write in a plain text.
    """
    detail = dict.get(raw, f"{key}_detail") or {}
    return _as_html(_text(dict.get(raw, key)), _text(detail.get("type")))


def _as_html(value: str, kind: str) -> str:
    if value.startswith("<![CDATA["):
        # A section that was escaped, or stands in another: for HTML it would be a comment, to the next ">".
        value = value.removeprefix("<![CDATA[").removesuffix("]]>").strip()
    if kind != "text/plain" or CLOSING_TAG.search(value):
        return value
    if "&" in value:
        value = LEFT_REFERENCE.sub(lambda match: unescape(match[0]), value)
    return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _contents(raw: Raw) -> list[Raw]:
    """The entry's contents that can be shown, the longest first: captions of pictures arrive under the same name."""
    values = [one for one in dict.get(raw, "content") or [] if _text(one.get("type")) in SHOWN]
    return sorted(values, key=lambda one: len(_text(one.get("value"))), reverse=True) if len(values) > 1 else values


def _content(contents: Sequence[Raw]) -> str:
    return _as_html(_text(contents[0].get("value")), _text(contents[0].get("type"))) if contents else ""


def _base_url(raw: Raw, contents: Sequence[Raw]) -> str:
    """What relative addresses in the entry start from, by its longest text (https://www.w3.org/TR/xmlbase/)."""
    for detail in (*contents, dict.get(raw, "summary_detail"), dict.get(raw, "title_detail")):
        if detail and (base := _text(detail.get("base"))):
            return base
    return ""


def _link(raw: Raw) -> str:
    """Where the entry leads, perhaps relative; the publisher's own address where a go-between has put its own."""
    link, entry_id = _text(dict.get(raw, "link")), _text(dict.get(raw, "id"))
    if dict.get(raw, "guidislink") and link == entry_id and not ADDRESS.match(link):
        link = ""  # A bare number is a name, although nobody said that it is no address.
    links = dict.get(raw, "links") or []
    alternates = [_text(dict.get(one, "href")) for one in links if dict.get(one, "rel") in {"alternate", "via"}]
    if link not in alternates and any(alternates):
        link = ""  # It is another relation's.
    original = _text(dict.get(raw, "feedburner_origlink"))
    candidates = [original if WEB_ADDRESS.match(original) else "", link, *alternates]
    return next(filter(None, candidates), entry_id if WEB_ADDRESS.match(entry_id) else "")


def _author(raw: Raw) -> str:
    """As written where there is one: feedparser cuts a name out of an address at the wrong place."""
    authors = dict.get(raw, "authors") or []
    if len(authors) < 2:
        return _text(dict.get(raw, "author"))[:MAX_TITLE]
    return ", ".join(dict.fromkeys(filter(None, map(_name, authors))))[:MAX_TITLE]


def _name(author: Raw) -> str:
    """Without what feedparser leaves of an address whose last part is longer than the four letters that it knows."""
    name, email = _text(author.get("name")), _text(author.get("email"))
    if CUT_ADDRESS.search(email):
        return REST_OF_ADDRESS.sub("", name).strip(" ()<>")
    return name


def _feed_author(raw: Any, title: str) -> str:
    """Whose the entries without an author of their own are (RFC 4287, 4.2.1); "" where that is the paper itself."""
    author = _author(raw.feed) if _text(raw.get("version")).startswith("atom") else ""
    return "" if author.casefold() == title.casefold() else author


def _categories(raw: Raw) -> tuple[str, ...]:
    names = (_text(dict.get(tag, "label")) or _text(dict.get(tag, "term")) for tag in dict.get(raw, "tags") or [])
    return tuple(dict.fromkeys(name[:MAX_TERM] for name in names if name))[:MAX_TERMS]


def _date(raw: Raw, key: str) -> datetime | None:
    written, parsed = _text(dict.get(raw, key)), dict.get(raw, f"{key}_parsed")
    if (parsed is None or not is_usual(written)) and (read := read_date(written)):
        return read  # feedparser makes another date of half of these, or none.
    try:
        return datetime.fromtimestamp(timegm(parsed), UTC) if parsed is not None else None
    except (ValueError, OverflowError, OSError, TypeError):
        return None


def _pictures(raw: Raw) -> Iterable[Picture]:
    written = [one for one in dict.get(raw, "media_content") or [] if _is_picture(one)]
    media = [_picture(one) for one in written]
    # Of several pictures nobody could tell whose it is.
    if media and all(is_same(one, media[0]) for one in media[1:]) and (caption := _caption(raw)):
        media = [_picture(one, caption) for one in written]
    yield from media
    for one in dict.get(raw, "media_thumbnail") or []:
        yield _picture(one)
    for one in dict.get(raw, "links") or []:
        if dict.get(one, "rel") == "enclosure" and _is_picture(one):
            yield _picture(one)
    image = dict.get(raw, "image")
    if isinstance(image, dict) and _text(image.get("href")):
        yield Picture(_text(image.get("href")))


def _caption(raw: Raw) -> str:
    """Plain: what the picture shows, and in brackets who took it."""
    caption = plain_text(_text(dict.get(raw, "media_caption")))
    credits_ = {plain_text(_text(one.get("content"))) for one in dict.get(raw, "media_credit") or []} - {""}
    if len(credits_) != 1 or (credit := credits_.pop()) in caption:
        return shortened(caption, MAX_CAPTION)
    return shortened(f"{caption} ({credit})" if caption else credit, MAX_CAPTION)


def _is_picture(one: Raw) -> bool:
    kind = _text(one.get("medium")) or _text(one.get("type"))
    if kind:
        return kind.startswith("image")
    return IMAGE_NAME.search(_text(one.get("url")) or _text(one.get("href"))) is not None


def _picture(one: Raw, caption: str = "") -> Picture:
    return Picture(
        url=_text(one.get("url")) or _text(one.get("href")),
        width=_pixels(one.get("width")),
        height=_pixels(one.get("height")),
        caption=caption,
    )


def _pixels(value: object) -> int | None:
    text = _text(value)
    number = _number(text if text.isdigit() else PIXELS_END.sub("", text))
    return number if number is not None and number < 100_000 else None
