"""One answer of a publisher to one update of our database: the only place that decides what we keep. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

from articles.ingest import pictures
from articles.ingest.canonical import absolute, canonical_url
from articles.ingest.clean import blocks_of, clean_html, opening, paragraph
from articles.ingest.identity import content_hash_of, entry_id_of, is_same_content, mark_in
from articles.ingest.parse import parse_feed
from articles.ingest.prose import (
    is_blank,
    plain_text,
    shortened,
    teaser,
    text_of_clean,
    without_boilerplate,
    word_count,
)
from articles.ingest.schedule import next_fetch_after
from articles.ingest.shapes import (
    ArticleDraft,
    Failed,
    FeedState,
    FeedUpdate,
    Fetched,
    NotModified,
    ParsedEntry,
    ParsedFeed,
    Response,
)

TEASER_WORDS = 60
OPENING_WORDS = 90
HEADLINE_WORDS = 12  # of the text, where an entry has no title
MAX_HEADLINE, MAX_STANDFIRST, MAX_AUTHOR, MAX_ETAG, MAX_LAST_MODIFIED = 500, 600, 200, 500, 100
MAX_CATEGORIES, MAX_CATEGORY = 20, 60
LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}")
OLDEST = datetime(1990, 1, 1, tzinfo=UTC)


def digest(state: FeedState, response: Response, now: datetime, allowed: Collection[str] = ()) -> FeedUpdate:
    """What this answer changes. `allowed` are "host:port" pairs that pictures may come from although private."""
    match response:
        case Failed():
            return _failed(state, response, now)
        case NotModified():
            return _quiet(state, response, now, "not_modified")
        case Fetched():
            return _fetched(state, response, now, allowed)


def body_hash_of(body: bytes) -> str:
    return blake2b(body, digest_size=32).hexdigest()


def _failed(state: FeedState, response: Failed, now: datetime) -> FeedUpdate:
    """Validators stay as they are: the next good answer may still be a 304."""
    failure_count = state.failure_count + 1
    return FeedUpdate(
        feed_id=state.feed_id,
        outcome="gone" if response.is_gone else "failed",
        next_fetch_at=next_fetch_after(replace(state, failure_count=failure_count), response, now),
        failure_count=failure_count,
        status=response.status,
        reason=response.reason[:300],
        etag=state.etag,
        last_modified=state.last_modified,
        body_hash=state.body_hash,
        seconds=response.seconds,
    )


def _quiet(state: FeedState, response: NotModified | Fetched, now: datetime, outcome: str) -> FeedUpdate:
    """Nothing new. The validators that brought this answer stay."""
    return FeedUpdate(
        feed_id=state.feed_id,
        outcome=outcome,
        next_fetch_at=next_fetch_after(state, response, now),
        failure_count=0,
        status=response.status,
        etag=state.etag,
        last_modified=state.last_modified,
        body_hash=state.body_hash,
        seconds=response.seconds,
        wire_bytes=response.wire_bytes if isinstance(response, Fetched) else 0,
    )


def _validator(headers: Mapping[str, str], name: str, length: int) -> str:
    """To be sent back byte for byte; "" for what could not be."""
    value = headers.get(name, "")
    return value if len(value) <= length and value.isascii() and value.isprintable() else ""


def _fetched(state: FeedState, response: Fetched, now: datetime, allowed: Collection[str]) -> FeedUpdate:
    body_hash = body_hash_of(response.body)
    if body_hash == state.body_hash:
        return _quiet(state, response, now, "unchanged")
    feed = parse_feed(response, {mark_in(known) for known in state.known.values()})
    if isinstance(feed, Failed):
        return _failed(state, replace(feed, headers=response.headers, seconds=response.seconds), now)
    drafts, surprises = _drafts(state, feed, response.url, now, allowed)
    return FeedUpdate(
        feed_id=state.feed_id,
        outcome="new" if drafts else "unchanged",
        next_fetch_at=next_fetch_after(state, response, now, feed, has_new=bool(drafts)),
        failure_count=0,
        status=response.status,
        # After a surprise the same document is to be read again, once we have mended ourselves.
        etag="" if surprises else _validator(response.headers, "etag", MAX_ETAG),
        last_modified="" if surprises else _validator(response.headers, "last-modified", MAX_LAST_MODIFIED),
        body_hash="" if surprises else body_hash,
        entry_count=feed.entry_count,
        drafts=tuple(drafts),
        permission=state.permission,
        surprises=tuple(surprises),
        seconds=response.seconds,
        wire_bytes=response.wire_bytes,
    )


def _drafts(
    state: FeedState, feed: ParsedFeed, feed_url: str, now: datetime, allowed: Collection[str]
) -> tuple[list[ArticleDraft], list[str]]:
    """New and changed entries, in the feed's order, and what went wrong with others."""
    drafts, surprises = [], []
    taken = {entry_id for entry_id, known in state.known.items() if mark_in(known) in feed.known_marks}
    for place, entry in enumerate(feed.entries):
        # Some publishers give one id to several entries: the later ones go by their link.
        entry_id = entry.entry_id if entry.entry_id not in taken else entry_id_of(entry.link, "", "", "")
        if entry_id in taken or not (entry.link or entry_id == entry.entry_id):
            continue
        taken.add(entry_id)
        entry = replace(entry, entry_id=entry_id)
        content_hash = content_hash_of(entry)
        known = state.known.get(entry_id)
        if known and is_same_content(known, content_hash):
            continue
        # Undated entries keep the feed's order: each a second before the one above it.
        read_at = now - timedelta(seconds=place)
        try:
            drafts.append(_draft(state, feed, entry, content_hash, feed_url, read_at, allowed))
        except Exception as error:
            # A bug of ours; it must not cost the neighbours. The caller logs it.
            surprises.append(f"{entry_id[:200]}: {error!r:.500}")
    return drafts, surprises


@dataclass(frozen=True, slots=True)
class _Text:
    """What an entry says, before the source's permission is applied. HTML is clean."""

    body_html: str
    body_text: str
    summary: str  # plain, "" where the entry has no text besides its body


def _draft(
    state: FeedState,
    feed: ParsedFeed,
    entry: ParsedEntry,
    content_hash: str,
    feed_url: str,
    now: datetime,
    allowed: Collection[str],
) -> ArticleDraft:
    declared = absolute(entry.base_url, feed_url) if entry.base_url else feed_url
    link = canonical_url(absolute(entry.link, declared)) if entry.link else None
    base_url = declared if entry.base_url else link or feed_url
    text = _text(entry, base_url, allowed)
    published_at = _sensible(entry.published_at, now) or now
    usable = pictures.usable(entry.pictures, base_url, allowed)
    lead = pictures.lead_of(usable, text.body_html)
    whole = ArticleDraft(
        entry_id=entry.entry_id,
        content_hash=content_hash,
        canonical_url=link,
        headline=_headline(entry, text, published_at),
        standfirst=text.summary,
        opening_html="",
        body_html=pictures.without_leading(text.body_html, lead),
        author=_author(entry.author),
        language=_language(entry.language, state.language, feed.language),
        categories=_categories(entry.categories),
        word_count=word_count(text.body_text),
        picture=lead,
        thumbnail=pictures.thumbnail_of(usable, lead),
        published_at=published_at,
        updated_at=entry.updated_at if entry.updated_at and published_at < entry.updated_at <= now else None,
    )
    return _permitted(whole, text, state.permission)


def _permitted(draft: ArticleDraft, text: _Text, permission: str) -> ArticleDraft:
    """What we may keep of it. `draft` holds the whole text and no opening yet."""
    if permission in {"open", "full"}:
        return _with_opening(draft, text)
    bare = replace(draft, body_html="", opening_html="", word_count=0)
    if permission == "teaser":
        short = shortened(teaser(text.summary or text.body_text, TEASER_WORDS), MAX_STANDFIRST)
        return replace(bare, standfirst=short, opening_html=paragraph(short))
    return replace(bare, standfirst="", picture=None, thumbnail=None)


def _with_opening(draft: ArticleDraft, text: _Text) -> ArticleDraft:
    """The standfirst must not say what the text beneath it says again."""
    standfirst = shortened(draft.standfirst, MAX_STANDFIRST)
    body_html = draft.body_html
    first = next(blocks_of(body_html), "")
    if word_count(standfirst) * 4 > draft.word_count * 3:
        standfirst = ""  # It would give a walled text away.
    elif first.startswith("<p>") and text_of_clean(first) == standfirst:
        body_html = body_html.removeprefix(first)
    elif _is_excerpt(standfirst, text.body_text):
        standfirst = ""
    count = draft.word_count if body_html == text.body_html else word_count(text_of_clean(body_html))
    return replace(
        draft, standfirst=standfirst, body_html=body_html, opening_html=opening(body_html, OPENING_WORDS, count)
    )


def _is_excerpt(standfirst: str, text: str) -> bool:
    beginning = standfirst.rstrip("….[] ")[:80]
    return text.startswith(beginning) or (len(beginning) > 60 and beginning in text[:4000])


def _text(entry: ParsedEntry, base_url: str, allowed: Collection[str]) -> _Text:
    """The body is the longer of content and summary: publishers use the two names for either."""
    content, summary = (clean_html(markup, base_url, allowed) for markup in (entry.content_html, entry.summary_html))
    content_text, summary_text = (without_boilerplate(text_of_clean(markup)) for markup in (content, summary))
    if len(summary_text) >= len(content_text):
        return _Text(_without_last_line(summary or content), summary_text, "")
    return _Text(_without_last_line(content), content_text, summary_text)


def _without_last_line(markup: str) -> str:
    """Without a last paragraph that the publishing system wrote."""
    last = markup[-2000:].rpartition("<p>")[2]
    if not last.endswith("</p>") or "<img" in last or without_boilerplate(text_of_clean(last)):
        return markup
    return markup.removesuffix(f"<p>{last}")


def _headline(entry: ParsedEntry, text: _Text, published_at: datetime) -> str:
    headline = plain_text(entry.title_html)
    if is_blank(headline):
        headline = teaser(text.summary or text.body_text, HEADLINE_WORDS)
    if is_blank(headline):
        headline = f"Untitled, {published_at:%-d %B %Y}"
    return shortened(headline, MAX_HEADLINE)


def _author(author: str) -> str:
    """Names only: many feeds put an address first, and nobody asked for their mail here."""
    words = [word for word in plain_text(author).split(" ") if "@" not in word]
    return shortened(" ".join(words).strip("()<>, "), MAX_AUTHOR)


def _categories(categories: Collection[str]) -> tuple[str, ...]:
    names = (plain_text(name) for name in categories)
    kept = (name for name in names if not is_blank(name) and len(name) <= MAX_CATEGORY and "://" not in name)
    return tuple(dict.fromkeys(kept))[:MAX_CATEGORIES]


def _language(entry: str, source: str, feed: str) -> str:
    """An entry that says otherwise is believed, else what our editors know about the source."""
    for tag in (entry, source, feed):
        tag = tag.replace("_", "-")
        if LANGUAGE_TAG.fullmatch(tag):
            return tag
    return "en"


def _sensible(date: datetime | None, now: datetime) -> datetime | None:
    """Never ahead of the clock; None for what cannot be a date of news."""
    return min(date, now) if date is not None and date >= OLDEST else None
