"""Answers in the memory of this process, bounded in bytes; and whose turn it is to make one."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event, Lock

from newssite.pagestore.answers import Page
from newssite.pagestore.counts import COUNTS
from newssite.pagestore.visitors import Key

# A page larger than this part of the shelf would push out too many others.
LARGEST_PART = 8
# Room that is made in one go, so that not every new page has to look for the oldest.
KEPT_AFTER_CLEARING = 0.875
# What anybody can ask for in any number (searches, addresses that lead nowhere) has its own, small part of the memory.
ENDLESS_PART = 8


class Shelf:
    """Pages by key. Reading takes no lock: one look into a dict, and a note of when."""

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes, self.byte_count = most_bytes, 0
        self._pages: dict[Key, Page] = {}
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._pages)

    def __iter__(self) -> Iterator[Page]:
        return iter(list(self._pages.values()))

    def get(self, key: Key, now: float) -> Page | None:
        page = self._pages.get(key)
        if page is not None:
            page.used_at = now
        return page

    def put(self, key: Key, page: Page, now: float) -> None:
        """In place of the one before; the longest unused give way."""
        page.used_at = now
        with self._lock:
            self._drop(key)
            if page.byte_count * LARGEST_PART > self.most_bytes:
                return
            self._pages[key] = page
            self.byte_count += page.byte_count
            if self.byte_count > self.most_bytes:
                self._clear()

    def drop(self, key: Key) -> None:
        with self._lock:
            self._drop(key)

    def _clear(self) -> None:
        for key, _ in sorted(self._pages.items(), key=lambda item: item[1].used_at):
            if self.byte_count <= self.most_bytes * KEPT_AFTER_CLEARING:
                return
            self._drop(key)

    def _drop(self, key: Key) -> None:
        page = self._pages.pop(key, None)
        if page is not None:
            self.byte_count -= page.byte_count


class Store:
    """Two shelves: what somebody asks for in passing never pushes out a page of the site itself."""

    def __init__(self, most_bytes: int) -> None:
        self.pages, self.endless = Shelf(most_bytes - most_bytes // ENDLESS_PART), Shelf(most_bytes // ENDLESS_PART)

    def get(self, key: Key, now: float) -> Page | None:
        return self.pages.get(key, now) or self.endless.get(key, now)

    def put(self, key: Key, page: Page, now: float) -> None:
        """A page that was there and is not any more changes the shelf."""
        here, there = (self.pages, self.endless) if is_countable(key, page) else (self.endless, self.pages)
        there.drop(key)
        here.put(key, page, now)
        self._count()

    def drop(self, key: Key) -> None:
        for shelf in (self.pages, self.endless):
            shelf.drop(key)
        self._count()

    def _count(self) -> None:
        COUNTS.bytes = self.pages.byte_count + self.endless.byte_count
        COUNTS.pages = len(self.pages) + len(self.endless)


def is_countable(key: Key, page: Page) -> bool:
    """One of the site's own addresses, of which there are as many as articles, titles and sections."""
    return not key.query and page.status.startswith("200")


class Turns:
    """One thread of this process makes a page; the others may wait for it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._taken: dict[Key, Event] = {}

    def take(self, key: Key) -> bool:
        with self._lock:
            if key in self._taken:
                return False
            self._taken[key] = Event()
            return True

    def give_back(self, key: Key) -> None:
        with self._lock:
            done = self._taken.pop(key)
        done.set()

    def wait(self, key: Key, seconds: float) -> None:
        with self._lock:
            done = self._taken.get(key)
        if done is not None:
            done.wait(seconds)
