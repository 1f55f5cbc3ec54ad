"""What the stages hand to each other. Frozen, without Django."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from operator import attrgetter

MAX_ENTRIES = 200  # of one feed at one time


class Sent:
    """What goes to the child and comes back: pickled as a call with its values, which takes a third of the time."""

    __slots__ = ()

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        return type(self), _values_of(self.__match_args__)(self)  # type: ignore[attr-defined]  # a dataclass has them


@cache
def _values_of(names: tuple[str, ...]) -> Callable[[object], tuple[object, ...]]:
    return attrgetter(*names)


@dataclass(frozen=True, slots=True)
class FeedState(Sent):
    """What ingest needs to know about a feed before fetching it."""

    feed_id: int
    url: str
    source_id: int
    permission: str  # headline | teaser | open | full
    section: str
    language: str  # BCP 47, the source's
    etag: str = ""
    last_modified: str = ""
    body_hash: str = ""
    failure_count: int = 0
    last_new_at: datetime | None = None
    known: Mapping[str, str] = field(default_factory=dict)  # entry id -> content hash
    boilerplate: tuple[str, ...] = ()  # paragraphs that begin so are not the article's
    host: str = ""  # of url, with its port where it names one
    lease: str = ""  # of this claim: nothing is written for a feed that another worker has claimed since
    is_pushed: bool = False  # a hub has promised to push what is new
    moved_to: str = ""  # where permanent redirects led the last time
    moved_count: int = 0  # how often in a row
    ttl_minutes: int | None = None  # how long the document that was read last calls itself fresh


@dataclass(frozen=True, slots=True)
class Fetched(Sent):
    """A 200 with its whole decoded body. Header names are lower case."""

    url: str  # after redirects
    status: int
    headers: Mapping[str, str]
    body: bytes
    wire_bytes: int
    seconds: float
    moved_to: str = ""  # where permanent redirects alone led
    body_hash: str = ""  # "" where it was not made yet


@dataclass(frozen=True, slots=True)
class NotModified:
    headers: Mapping[str, str]
    seconds: float
    status: int = 304
    moved_to: str = ""


@dataclass(frozen=True, slots=True)
class Failed:
    """An expected failure; reason is one sentence that a person understands and that betrays no inner address."""

    reason: str
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    is_gone: bool = False  # 410: stop polling


@dataclass(frozen=True, slots=True)
class Postponed:
    """Not asked: the host wants nobody of ours before `pause` (a Retry-After) is over."""

    retry_after: str


Response = Fetched | NotModified | Failed


@dataclass(frozen=True, slots=True)
class Picture(Sent):
    url: str
    width: int | None = None
    height: int | None = None
    alt: str = ""
    caption: str = ""


@dataclass(frozen=True, slots=True)
class ParsedEntry:
    """One entry as the publisher wrote it: HTML fields raw, nothing cleaned yet."""

    entry_id: str
    link: str  # perhaps relative
    title_html: str
    summary_html: str
    content_html: str
    author: str
    categories: tuple[str, ...]
    published_at: datetime | None
    updated_at: datetime | None
    pictures: tuple[Picture, ...]
    language: str = ""  # where it differs from the feed's
    base_url: str = ""  # what relative links start from, where the publisher declares it; perhaps relative itself
    mark: str = ""  # of the entry as it stands in the document; "" where that could not be told
    is_noindex: bool = False  # the publisher asks search engines not to list it
    is_blocked: bool = False  # it is not to be shown by others: nothing but headline and link


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    title: str
    language: str
    ttl_minutes: int | None
    entries: tuple[ParsedEntry, ...]  # the newest, without those whose mark is known
    entry_count: int = 0  # with those
    known_marks: frozenset[str] = frozenset()  # of those
    skipped: int = 0  # entries that could not be read
    is_whole: bool = True  # False: the document breaks off
    hub_url: str = ""  # absolute; that pushes what is new, "" where none is named
    self_url: str = ""  # absolute; what the feed calls itself, "" where it does not
    refusal: str = ""  # what the publisher forbids in the document, in one sentence
    is_blocked: bool = False  # it is not to be shown by others: nothing but headlines and links
    is_noindex: bool = False  # search engines are not to list what it names


@dataclass(frozen=True, slots=True)
class ArticleDraft(Sent):
    """One entry, clean and cut to the source's permission: ready to be stored."""

    entry_id: str
    content_hash: str
    canonical_url: str | None
    headline: str
    standfirst: str
    opening_html: str
    body_html: str  # "" where we may not keep it or there is none
    author: str
    language: str
    categories: tuple[str, ...]
    word_count: int
    picture: Picture | None
    thumbnail: Picture | None
    published_at: datetime
    updated_at: datetime | None
    is_noindex: bool = False  # the publisher asks search engines not to list it


@dataclass(frozen=True, slots=True)
class FeedUpdate(Sent):
    """Everything that one fetch changes, for one transaction."""

    feed_id: int
    outcome: str  # new | unchanged | not_modified | failed | gone
    next_fetch_at: datetime
    failure_count: int
    status: int | None = None
    reason: str = ""
    etag: str = ""
    last_modified: str = ""
    body_hash: str = ""
    entry_count: int = 0
    drafts: tuple[ArticleDraft, ...] = ()  # new and changed entries only
    permission: str = ""  # what the drafts were cut to
    surprises: tuple[str, ...] = ()  # entries that a bug of ours has lost, for the log
    hub_url: str = ""  # that pushes what is new, "" where none is named
    self_url: str = ""  # what the feed calls itself, the hub's topic
    refusal: str = ""  # what the publisher forbids in the document, in one sentence
    ttl_minutes: int | None = None  # how long it calls itself fresh
    seconds: float = 0.0
    wire_bytes: int = 0
