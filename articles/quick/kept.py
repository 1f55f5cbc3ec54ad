"""Shells in this process's memory, the one that was asked for longest ago goes first."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import NamedTuple

from articles.pages.wall import Wall
from articles.quick.lookup import Facts
from articles.quick.question import Question
from articles.quick.shell import Shell


class Place(NamedTuple):
    """A page for all readers who see the same of it. Of what changes in it, Shell.version knows."""

    path: str
    host: str
    is_secure: str
    zone: str
    theme: str
    size: str
    followed: str
    wall: Wall | None  # None for all who may read licensed text, and on the front page: a wall has its own sentence

    @classmethod
    def of(cls, question: Question, facts: Facts, wall: Wall | None) -> Place:
        return cls(
            question.path,
            question.host,
            question.is_secure,
            facts.user.time_zone,
            question.theme,
            question.size,
            facts.followed,
            wall if question.article_id is not None else None,
        )


class Kept:
    """Safe for threads. A page has one shell for all readers who see the same; a newer one takes its place."""

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes, self.byte_count = most_bytes, 0
        self._shells: OrderedDict[Place, Shell] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Place) -> Shell | None:
        with self._lock:
            shell = self._shells.get(key)
            if shell is not None:
                self._shells.move_to_end(key)
            return shell

    def put(self, key: Place, shell: Shell) -> None:
        with self._lock:
            last = self._shells.pop(key, None)
            self.byte_count += shell.byte_count - (last.byte_count if last else 0)
            self._shells[key] = shell
            while self.byte_count > self.most_bytes:
                _, oldest = self._shells.popitem(last=False)
                self.byte_count -= oldest.byte_count

    def __len__(self) -> int:
        return len(self._shells)
