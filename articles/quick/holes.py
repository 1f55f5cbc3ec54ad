"""Holes: places in a page where what belongs to one reader stands; the rest is for all readers alike.

While a page is made to be kept, the template tags of these places leave a mark and the view tells what it decided.
Without that they write what they always wrote.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum

from django.utils.safestring import SafeString, mark_safe

from articles.pages.wall import Wall
from billing.entitlement import Access


class Kind(StrEnum):
    """What stands in a hole. The last three are about one article, whose number stands behind them."""

    BANNER = "b"
    ACCOUNT = "a"
    TOKEN = "t"  # noqa: S105  for forms
    IS_READ = "r"
    IS_SAVED = "s"
    SAVED_WORD = "w"


@dataclass(frozen=True, slots=True)
class Told:
    """What a view says of the page that it made: for whom, by which decision, and what is to be noted of a visit."""

    reader_id: int
    access: Access | None = None  # None where nothing on the page depends on it
    wall: Wall | None = None
    reading_of: int | None = None  # the article that is opened by it, where that counts
    showing: str = ""  # the page under which showings are noted
    licensed_ids: tuple[int, ...] = ()
    is_shown_to_all: bool = False  # a showing counts whoever the reader is


class Making:
    """One page in the making."""

    def __init__(self) -> None:
        self.told: Told | None = None


# What stands in the holes that depend on one article: while it does not hold, and while it does.
WORDS = {
    Kind.IS_READ: (SafeString(), SafeString('<span class="vh read" lang="en" dir="ltr"> You have read this.</span>')),
    Kind.IS_SAVED: (SafeString("false"), SafeString("true")),
    Kind.SAVED_WORD: (SafeString("Save"), SafeString("Saved")),
}
# Nobody else's text can hold it: feeds lose their control characters, and the number is a secret of this process.
_SIGN = secrets.token_hex(8)
_HOLE = re.compile(f"\x02{_SIGN}([a-z])([0-9]*)\x03".encode())
_making: ContextVar[Making | None] = ContextVar("making", default=None)


@contextmanager
def leaving_holes() -> Iterator[Making]:
    making = Making()
    token = _making.set(making)
    try:
        yield making
    finally:
        _making.reset(token)


def is_leaving_holes() -> bool:
    return _making.get() is not None


def hole(kind: Kind, article_id: int | None = None) -> SafeString:
    return mark_safe(f"\x02{_SIGN}{kind}{article_id or ''}\x03")


def written(kind: Kind, article_id: int, is_on: bool) -> SafeString:
    return hole(kind, article_id) if is_leaving_holes() else WORDS[kind][is_on]


def tell(told: Told) -> None:
    """For views: once a page, after the decision. Nothing happens where no page is made to be kept."""
    making = _making.get()
    if making is not None:
        making.told = told


def has_holes(body: bytes) -> bool:
    return _SIGN.encode() in body


def split(body: bytes) -> list[bytes]:
    """Text, kind, article's number (or nothing), text, kind, ...: the texts are every third from the first on."""
    return _HOLE.split(body)
