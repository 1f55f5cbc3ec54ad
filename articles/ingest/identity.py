"""What tells one entry from another, and an entry from its earlier self. Pure."""

from __future__ import annotations

from hashlib import blake2b, sha256

from xxhash import xxh3_128_hexdigest

from articles.ingest.canonical import canonical_url
from articles.ingest.shapes import ParsedEntry

MAX_ENTRY_ID = 400
MARK_LENGTH = 32


def entry_id_of(guid: str, link: str, title: str, text: str) -> str:
    """Stays the same when the feed is read again; at most MAX_ENTRY_ID characters."""
    chosen = guid or link or _sha256(f"{title}\n{text}")
    return chosen if len(chosen) <= MAX_ENTRY_ID else _sha256(chosen)


def _sha256(text: str) -> str:
    return "sha256:" + sha256(text.encode("utf-8", "replace")).hexdigest()


def mark_of(raw_entry: str) -> str:
    """32 characters that change when anything at all in the written entry does.

    No cryptography: who made two entries of one mark would keep nothing from us but a change of his own.
    """
    return xxh3_128_hexdigest(raw_entry.encode("utf-8", "replace"))


def content_hash_of(entry: ParsedEntry) -> str:
    """64 characters: the entry's mark, then 32 that change when something changes that we would show.

    Tracking parameters, counters of comments and a later "updated" are no change.
    """
    shown = (
        canonical_url(entry.link) or entry.link,
        entry.title_html,
        entry.summary_html,
        entry.content_html,
        entry.author,
        entry.language,
        str(entry.published_at),
        *entry.categories,
        *(picture.url for picture in entry.pictures),
        # What is forbidden now, or again allowed, changes what is shown.
        *(["noindex"] if entry.is_noindex else []),
        *(["blocked"] if entry.is_blocked else []),
    )
    content = blake2b("\0".join(shown).encode("utf-8", "replace"), digest_size=MARK_LENGTH // 2)
    return entry.mark.rjust(MARK_LENGTH, "0") + content.hexdigest()


def is_same_content(content_hash: str, other: str) -> bool:
    return content_hash[MARK_LENGTH:] == other[MARK_LENGTH:]


def mark_in(content_hash: str) -> str:
    return content_hash[:MARK_LENGTH]
