"""One answer of a publisher to one update of our database: the only place that decides what we keep. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple, TypeVar
from urllib.parse import quote

from xxhash import xxh3_128_hexdigest

from articles.ingest import pictures
from articles.ingest.boilerplate import ending_of, repeated_endings, without_edges, without_lines
from articles.ingest.canonical import MAX_LENGTH, absolute, canonical_url
from articles.ingest.clean import clean_blocks, opening_of, paragraph
from articles.ingest.document import decode
from articles.ingest.identity import content_hash_of, entry_id_of, is_same_content, mark_in
from articles.ingest.language import language_of
from articles.ingest.parse import parse_feed
from articles.ingest.prose import (
    is_blank,
    plain_text,
    shortened,
    teaser,
    text_of_blocks,
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
    Picture,
    Response,
)

TEASER_WORDS = 60
OPENING_WORDS = 90
SHORT_CAPTION = 60  # characters, with which a text may begin by chance
HEADLINE_WORDS = 12  # of the text, where an entry has no title
MAX_HEADLINE, MAX_STANDFIRST, MAX_AUTHOR, MAX_ETAG, MAX_LAST_MODIFIED = 500, 600, 200, 500, 100
MAX_CATEGORIES, MAX_CATEGORY = 20, 60
OLDEST = datetime(1990, 1, 1, tzinfo=UTC)
CLOCK_ERROR = timedelta(days=1)  # of a publisher; who is further ahead of us has no date
# Undated entries are dated when we see them. Where many come at once they are an archive, and all but the first few
# go behind the day's news, in the feed's order.
FLOOD, FRESH_IN_FLOOD = 20, 5
BEHIND_THE_NEWS, FLOOD_STEP = timedelta(days=1), timedelta(hours=1)
FEW_ENTRIES, MAX_SEARCHED = 10, 4_000_000  # new ones, and bytes of the document in which their endings are looked for
MAX_REPEATED = 3  # lines that a source repeats beneath its articles
NOINDEX = "The publisher asks search engines not to list what its feed names (X-Robots-Tag)."

BYLINE = re.compile(r"(?:by|par|por)\s*:?\s+|(?:author|text|texte|texto|testo|von|di|door|autor|auteur)\s*:\s*", re.I)
NAMES_END = re.compile(r"\s*[,;|]\s*")
NO_NAMES = {
    *("admin", "administrator", "webmaster", "editor", "root", "noreply", "no-reply", "wordpress", "author", "by"),
    *("unknown", "author unknown", "none", "null", "undefined", "n/a", "anonymous", "user", "staff"),
}
HEADER_LINK = re.compile(r"""<([^<>]*+)>((?:\s*+;\s*+[\w-]++\s*+=\s*+(?:"[^"]*+"|[^\s";,]++))*+)""")
IN_PART = "/:@!$&'()*+,;=~?%"  # signs that stand as they are behind an address's "#"
# Where the links of entries stand in a document.
LINK_START = r"""<(?:[\w.-]++:)?(?:link|guid|id)\b(?:[^<>]*?\bhref\s*+=\s*+["']|[^<>]*+>\s*+(?:<!\[CDATA\[)?+)\s*+"""
PARAMETER = re.compile(r""";\s*+([\w-]++)\s*+=\s*+(?:"([^"]*+)"|([^\s";,]++))""")


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
    """32 characters that tell a document from what stood there before, without cryptography, as mark_of()."""
    return xxh3_128_hexdigest(body)


Given = TypeVar("Given")
Made = TypeVar("Made")


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
    """Nothing new. The validators that brought this answer stay, but where the same document came with others.

    A site that is put up again has new ones for what has not changed: the old ones would fetch all of it for ever.
    Where none were kept, none are now: it may be a document that breaks off.
    """
    etag, last_modified = state.etag, state.last_modified
    if isinstance(response, Fetched) and (etag or last_modified):
        etag, last_modified = _validators(response.headers)
    return FeedUpdate(
        feed_id=state.feed_id,
        outcome=outcome,
        next_fetch_at=next_fetch_after(state, response, now),
        failure_count=0,
        status=response.status,
        etag=etag,
        last_modified=last_modified,
        body_hash=state.body_hash,
        seconds=response.seconds,
        wire_bytes=response.wire_bytes if isinstance(response, Fetched) else 0,
    )


def _validators(headers: Mapping[str, str]) -> tuple[str, str]:
    """ETag and Last-Modified."""
    return _validator(headers, "etag", MAX_ETAG), _validator(headers, "last-modified", MAX_LAST_MODIFIED)


def _validator(headers: Mapping[str, str], name: str, length: int) -> str:
    """To be sent back byte for byte; "" for what could not be."""
    value = headers.get(name, "")
    return value if len(value) <= length and value.isascii() and value.isprintable() else ""


def _fetched(state: FeedState, response: Fetched, now: datetime, allowed: Collection[str]) -> FeedUpdate:
    body_hash = response.body_hash or body_hash_of(response.body)
    if body_hash == state.body_hash:
        return _quiet(state, response, now, "unchanged")
    feed = parse_feed(response, {mark_in(known) for known in state.known.values()})
    if isinstance(feed, Failed):
        return _failed(state, replace(feed, headers=response.headers, seconds=response.seconds), now)
    is_noindex = _asks_noindex(response.headers.get("x-robots-tag", ""))
    if is_noindex and not feed.is_noindex:
        feed = replace(feed, is_noindex=True, refusal=feed.refusal or NOINDEX)
    drafts, surprises = _drafts(state, feed, response, now, allowed)
    # After a surprise the same document is to be read again, once we have mended ourselves; and one that breaks off is
    # to be asked for again, should its server give the whole one the same validators.
    etag, last_modified = ("", "") if surprises or not feed.is_whole else _validators(response.headers)
    return FeedUpdate(
        feed_id=state.feed_id,
        outcome="new" if drafts else "unchanged",
        next_fetch_at=next_fetch_after(state, response, now, feed, has_new=bool(drafts)),
        failure_count=0,
        status=response.status,
        etag=etag,
        last_modified=last_modified,
        body_hash="" if surprises else body_hash,
        entry_count=feed.entry_count,
        drafts=tuple(drafts),
        permission=state.permission,
        surprises=tuple(surprises),
        hub_url=_web_address(_linked(response.headers, "hub") or feed.hub_url, response.url),
        self_url=_web_address(_linked(response.headers, "self") or feed.self_url, response.url),
        refusal=feed.refusal,
        ttl_minutes=feed.ttl_minutes,
        seconds=response.seconds,
        wire_bytes=response.wire_bytes,
    )


def _asks_noindex(value: str) -> bool:
    """Whether the answer's X-Robots-Tag, for everybody and not for one robot, means what the feed names.

    "noindex, follow" is what a common plugin says about every feed: the document is not to be listed, its links are.
    """
    marks = {"".join(mark.split()) for mark in value.lower().replace("\n", ",").split(",")}
    return "none" in marks or ("noindex" in marks and "follow" not in marks)


def _linked(headers: Mapping[str, str], rel: str) -> str:
    """Where the answer's Link header leads for this relation, "" where it names none."""
    for url, parameters in HEADER_LINK.findall(headers.get("link", "")[:10_000]):
        found = PARAMETER.findall(parameters)
        if any(name.lower() == "rel" and rel in (quoted or bare).lower().split() for name, quoted, bare in found):
            return str(url)
    return ""


def _web_address(url: str, base_url: str) -> str:
    found = absolute(url, base_url) if url else ""
    return found if found.startswith(("http://", "https://")) and found.isprintable() and len(found) <= 1000 else ""


# Entries -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Fresh:
    """A new or changed entry, with what is known about it before it is cleaned."""

    entry: ParsedEntry
    content_hash: str
    link: str | None
    base_url: str
    read_at: datetime  # what an undated entry is dated


@dataclass(frozen=True, slots=True)
class _Cleaned:
    """A fresh entry's two texts as blocks of clean HTML."""

    fresh: _Fresh
    content: list[str]
    summary: list[str]


def _drafts(
    state: FeedState, feed: ParsedFeed, response: Fetched, now: datetime, allowed: Collection[str]
) -> tuple[list[ArticleDraft], list[str]]:
    """New and changed entries, in the feed's order, and what went wrong with others."""
    surprises: list[str] = []
    entries = list(_fresh_entries(state, feed, response, now))
    cleaned = _each(entries, lambda one: _cleaned(one, state.boilerplate, allowed), _id_of_fresh, surprises)
    cleaned = _without_repeated(cleaned, feed, response)
    drafts = _each(cleaned, lambda one: _draft(state, feed, one, now, allowed), _id_of_cleaned, surprises)
    return drafts, surprises


def _id_of_fresh(one: _Fresh) -> str:
    return one.entry.entry_id


def _id_of_cleaned(one: _Cleaned) -> str:
    return one.fresh.entry.entry_id


def _each(
    given: Sequence[Given], make: Callable[[Given], Made], id_of: Callable[[Given], str], surprises: list[str]
) -> list[Made]:
    made = []
    for one in given:
        try:
            made.append(make(one))
        except Exception as error:
            # A bug of ours; it must not cost the neighbours. The caller logs it.
            surprises.append(f"{id_of(one)[:200]}: {error!r:.500}")
    return made


def _fresh_entries(state: FeedState, feed: ParsedFeed, response: Fetched, now: datetime) -> Iterator[_Fresh]:
    feed_url, pages = response.url, _pages_in_parts(feed, response)
    fresh: list[tuple[int, ParsedEntry, str]] = []
    taken = {entry_id for entry_id, known in state.known.items() if mark_in(known) in feed.known_marks}
    for place, entry in enumerate(feed.entries):
        # Some publishers give one id to several entries: the later ones go by their link.
        entry_id = entry.entry_id if entry.entry_id not in taken else entry_id_of(entry.link, "", "", "")
        if entry_id in taken or not (entry.link or entry_id == entry.entry_id):
            continue
        taken.add(entry_id)
        if entry_id != entry.entry_id:
            entry = replace(entry, entry_id=entry_id)
        content_hash = content_hash_of(entry)
        known = state.known.get(entry_id)
        if not (known and is_same_content(known, content_hash)):
            fresh.append((place, entry, content_hash))
    undated = [entry.entry_id for _, entry, _ in fresh if entry.entry_id not in state.known and _is_undated(entry, now)]
    dates = _flood_dates(undated, now)
    for place, entry, content_hash in fresh:
        declared = absolute(entry.base_url, feed_url) if entry.base_url else feed_url
        link = canonical_url(absolute(entry.link, declared)) if entry.link else None
        page, _, part = entry.link.partition("#")
        if link and part and page in pages and "#" not in link:
            longer = f"{link}#{quote(part, safe=IN_PART)}"
            link = longer if len(longer) <= MAX_LENGTH else link
        # Undated entries keep the feed's order: each a second before the one above it.
        read_at = dates.get(entry.entry_id, now - timedelta(seconds=place))
        yield _Fresh(entry, content_hash, link, declared if entry.base_url else link or feed_url, read_at)


def _pages_in_parts(feed: ParsedFeed, response: Fetched) -> frozenset[str]:
    """The addresses that several entries have but for what stands behind "#".

    They are parts of one page, as notes of releases and live reports are, and each is an article. Entries that are
    known already are looked for in the document.
    """
    parts: defaultdict[str, set[str]] = defaultdict(set)
    for entry in feed.entries:
        page, _, part = entry.link.partition("#")
        parts[page].add(part)
    alone = [page for page, found in parts.items() if len(found) == 1 and found != {""}]
    if text := _searched(feed, response, len(alone)) if alone else "":
        for page in alone:
            written = re.escape(page).replace("&", "&(?:amp;)?+")
            parts[page].update(re.findall(rf"""{LINK_START}{written}(?:#([^\s<>"'\]]*+))?+(?=[\s<"'\]])""", text))
    return frozenset(page for page, found in parts.items() if len(found) > 1)


def _is_undated(entry: ParsedEntry, now: datetime) -> bool:
    return _sensible(entry.published_at, now) is None


def _flood_dates(entry_ids: Sequence[str], now: datetime) -> dict[str, datetime]:
    """Of the undated entries of one document that were never seen before; {} where they are few."""
    if len(entry_ids) <= FLOOD:
        return {}
    return {
        entry_id: now - BEHIND_THE_NEWS - number * FLOOD_STEP
        for number, entry_id in enumerate(entry_ids[FRESH_IN_FLOOD:])
    }


def _cleaned(fresh: _Fresh, lines: Collection[str], allowed: Collection[str]) -> _Cleaned:
    content, summary = (
        without_edges(without_lines(clean_blocks(markup, fresh.base_url, allowed), lines))
        for markup in (fresh.entry.content_html, fresh.entry.summary_html)
    )
    return _Cleaned(fresh, content, summary)


def _searched(feed: ParsedFeed, response: Fetched, new_count: int) -> str:
    """The document, where it holds entries that are known already and the new ones are few; else ""."""
    is_searched = feed.known_marks and new_count <= FEW_ENTRIES and len(response.body) <= MAX_SEARCHED
    return decode(response.body, response.headers) if is_searched else ""


def _without_repeated(cleaned: list[_Cleaned], feed: ParsedFeed, response: Fetched) -> list[_Cleaned]:
    """Without the short last paragraphs that several entries of the document have word for word."""
    for _ in range(MAX_REPEATED):
        pairs = [(ending_of(one.content), ending_of(one.summary)) for one in cleaned]
        endings = [ending for pair in pairs for ending in set(pair)]
        repeated = any(endings) and repeated_endings(endings, _searched(feed, response, len(cleaned)))
        if not repeated:
            return cleaned
        cleaned = [
            replace(
                one,
                content=one.content[:-1] if ending in repeated else one.content,
                summary=one.summary[:-1] if other in repeated else one.summary,
            )
            for one, (ending, other) in zip(cleaned, pairs, strict=True)
        ]
    return cleaned


@dataclass(frozen=True, slots=True)
class _Text:
    """What an entry says, before the source's permission is applied."""

    blocks: Sequence[str]  # of clean HTML
    body_text: str
    summary: str  # plain, "" where the entry has no text besides its body


def _draft(
    state: FeedState, feed: ParsedFeed, cleaned: _Cleaned, now: datetime, allowed: Collection[str]
) -> ArticleDraft:
    fresh, entry = cleaned.fresh, cleaned.fresh.entry
    cleaned, credit = _without_credit(cleaned)
    text = _text(cleaned)
    published_at = min(_sensible(entry.published_at, now) or fresh.read_at, fresh.read_at)
    usable = _captioned(pictures.usable(entry.pictures, fresh.base_url, allowed), text)
    lead = pictures.lead_of(usable, [*text.blocks, *cleaned.content, *cleaned.summary])
    if lead and credit and not lead.caption:
        lead = replace(lead, caption=credit)
    permission = "headline" if feed.is_blocked or entry.is_blocked else state.permission
    kept = _kept(text, pictures.without_leading(text.blocks, lead), permission)
    return ArticleDraft(
        entry_id=entry.entry_id,
        content_hash=fresh.content_hash,
        canonical_url=fresh.link,
        headline=_headline(entry, text, published_at),
        standfirst=kept.standfirst,
        opening_html=kept.opening_html,
        body_html=kept.body_html,
        author=_author(entry.author),
        language=language_of(text.body_text, entry.language, feed.language, state.language),
        categories=_categories(entry.categories),
        word_count=kept.word_count,
        picture=None if permission == "headline" else lead,
        thumbnail=None if permission == "headline" else pictures.thumbnail_of(usable, lead),
        published_at=published_at,
        updated_at=entry.updated_at if entry.updated_at and published_at < entry.updated_at <= now else None,
        is_noindex=entry.is_noindex or feed.is_noindex,
    )


def _captioned(usable: Sequence[Picture], text: _Text) -> list[Picture]:
    """Without captions that say what the text does: they would say it twice, and beside a wall."""
    return [
        replace(picture, caption="")
        if len(picture.caption) > SHORT_CAPTION
        and any(_is_excerpt(picture.caption, said) for said in (text.body_text, text.summary))
        else picture
        for picture in usable
    ]


def _without_credit(cleaned: _Cleaned) -> tuple[_Cleaned, str]:
    """Without the line beneath the text that says who took its picture, and that line."""
    content, credit = pictures.without_credit(cleaned.content)
    summary, other = pictures.without_credit(cleaned.summary)
    if not (credit or other):
        return cleaned, ""
    return replace(cleaned, content=list(content), summary=list(summary)), credit or other


class _Kept(NamedTuple):
    """What we may keep of a text."""

    standfirst: str = ""
    opening_html: str = ""
    body_html: str = ""
    word_count: int = 0


def _kept(text: _Text, blocks: Sequence[str], permission: str) -> _Kept:
    """`blocks` are those of the text, perhaps without a first picture."""
    if permission in {"open", "full"}:
        return _whole(text, blocks, text.summary)
    if permission == "teaser":
        short = shortened(teaser(text.summary or text.body_text, TEASER_WORDS), MAX_STANDFIRST)
        return _Kept(short, paragraph(short))
    return _Kept()


def _whole(text: _Text, blocks: Sequence[str], standfirst: str) -> _Kept:
    """The standfirst must not say what the text beneath it says again."""
    total, standfirst = word_count(text.body_text), shortened(standfirst, MAX_STANDFIRST)
    first = blocks[0] if blocks else ""
    if word_count(standfirst) * 4 > total * 3:
        standfirst = ""  # It would give a walled text away.
    elif standfirst and first.startswith("<p>") and text_of_clean(first) == standfirst:
        blocks = blocks[1:]
    elif _is_excerpt(standfirst, text.body_text):
        standfirst = ""
    count = total if blocks is text.blocks else word_count(text_of_blocks(blocks))
    return _Kept(standfirst, opening_of(blocks, OPENING_WORDS, count), "".join(blocks), total)


def with_text(draft: ArticleDraft, blocks: Sequence[str]) -> ArticleDraft:
    """The draft with another text, cut as that of an entry is where we may keep the whole. The blocks are clean."""
    blocks = without_edges(blocks)
    text = _Text(blocks, text_of_blocks(blocks), "")
    return replace(draft, **_whole(text, blocks, draft.standfirst)._asdict())


def _is_excerpt(standfirst: str, text: str) -> bool:
    beginning = standfirst.rstrip("….[] ")[:80]
    return text.startswith(beginning) or (len(beginning) > 60 and beginning in text[:4000])


def _text(cleaned: _Cleaned) -> _Text:
    """The body is the longer of content and summary: publishers use the two names for either.

    Where they are about as long they say the same, and the content says it with paragraphs, links and pictures.
    """
    content, summary = cleaned.content, cleaned.summary
    content_text, summary_text = (without_boilerplate(text_of_blocks(blocks)) for blocks in (content, summary))
    if not content_text or len(summary_text) * 10 > len(content_text) * 11:
        return _Text(summary or content, summary_text, "")
    return _Text(content, content_text, summary_text)


def _headline(entry: ParsedEntry, text: _Text, published_at: datetime) -> str:
    headline = plain_text(entry.title_html)
    if is_blank(headline):
        headline = teaser(text.summary or text.body_text, HEADLINE_WORDS)
    if is_blank(headline):
        headline = f"Untitled, {published_at:%-d %B %Y}"
    return shortened(headline, MAX_HEADLINE)


@lru_cache(maxsize=256)  # a paper has few of them
def _author(author: str) -> str:
    """Names only, with commas between them: many feeds put an address first, and nobody asked for their mail here."""
    words = [word for word in plain_text(author).split(" ") if "@" not in word and "://" not in word]
    names = (_name(name) for name in NAMES_END.split(_without_byline(" ".join(words).strip("<>, "))))
    kept = dict.fromkeys(name for name in names if not is_blank(name) and name.casefold() not in NO_NAMES)
    return shortened(", ".join(kept), MAX_AUTHOR)


def _without_byline(text: str) -> str:
    found = BYLINE.match(text)
    return text[found.end() :] if found else text


def _name(written: str) -> str:
    """One of them, without the brackets that an address left behind."""
    name = written.strip("<> ")
    is_bracketed = name.startswith("(") and name.endswith(")")
    return name.strip("() ") if is_bracketed or name.count("(") != name.count(")") else name


def _categories(categories: Collection[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, map(_category, categories))))[:MAX_CATEGORIES]


@lru_cache(maxsize=256)  # a paper has few of them
def _category(category: str) -> str:
    """Plain; "" for what nobody can read as one."""
    name = plain_text(category)
    return "" if is_blank(name) or len(name) > MAX_CATEGORY or "://" in name else name


def _sensible(date: datetime | None, now: datetime) -> datetime | None:
    """Never ahead of the clock; None for what cannot be a date of news."""
    return min(date, now) if date is not None and OLDEST <= date <= now + CLOCK_ERROR else None
