"""What the stages hand to each other. Frozen, without Django."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from articles.ingest.shapes import ArticleDraft


@dataclass(frozen=True, slots=True)
class WantedPage:
    """A claimed page, with what is needed to judge and read it."""

    article_id: int
    source_id: int
    url: str  # the article's link, or where that has led
    host: str  # of url, with its port where it names one
    claimed_until: datetime  # nothing is written for a page whose claim has another end
    homepage: str
    feed_urls: tuple[str, ...]
    headline: str
    standfirst: str
    image_url: str  # of the picture above the article, "" where it has none
    boilerplate: tuple[str, ...] = ()  # paragraphs that begin so are not the article's
    hop_count: int = 0


@dataclass(frozen=True, slots=True)
class Robots:
    """A server's answer to /robots.txt."""

    text: str
    status: int | None  # None where there was no answer


@dataclass(frozen=True, slots=True)
class HostTurn:
    """What to visit at one server that is ours for now."""

    host: str
    pages: tuple[WantedPage, ...]
    robots: Robots | None  # None: to be asked first


# What comes back from a turn, one after the other ------------------------------------------------


@dataclass(frozen=True, slots=True)
class RobotsRead:
    host: str
    robots: Robots
    retry_after: str | None = None  # as the server wrote it, "" where it did not say; None: it did not turn us away


@dataclass(frozen=True, slots=True)
class PageRead:
    """A page of HTML. Header names are lower case."""

    page: WantedPage
    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class PageMoved:
    """It is at another server of the publisher's, whose turn it is first."""

    page: WantedPage


@dataclass(frozen=True, slots=True)
class PageFailed:
    page: WantedPage
    reason: str  # one sentence
    is_final: bool  # trying again would change nothing
    retry_after: str | None = None  # as in RobotsRead


@dataclass(frozen=True, slots=True)
class PageLeft:
    """Not asked for: the time is up, or the server turns us away. None the worse."""

    page: WantedPage


@dataclass(frozen=True, slots=True)
class HostDone:
    """The turn is over; nobody of ours comes again before the pause is."""

    host: str
    pause_seconds: float


Event = RobotsRead | PageRead | PageMoved | PageFailed | PageLeft | HostDone


# What the child is asked and answers -------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PageQuestion:
    url: str
    headers: Mapping[str, str]
    body: bytes
    headline: str
    standfirst: str
    image_url: str
    boilerplate: tuple[str, ...]
    user_agent: str
    allowed: tuple[str, ...]  # "host:port" pairs that pictures may come from although private


@dataclass(frozen=True, slots=True)
class PageAnswer:
    """`text` is None where nothing is to be taken, and `reason` says why in one sentence.

    Of the draft the text and the pictures count; the rest of it is blank.
    """

    text: ArticleDraft | None
    reason: str = ""
    is_noindex: bool = False
