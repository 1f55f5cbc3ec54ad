"""A page with holes, and how they are filled for one reader."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from articles.quick import deflate
from articles.quick.holes import WORDS, Kind, Told, split
from articles.quick.lookup import Marks

PRIVATE = {Kind.BANNER, Kind.ACCOUNT, Kind.TOKEN}
# A text as long as this is compressed by itself, so that a reader's marks beside it do not touch it.
LONG = 4096
TOKEN_FIELD = re.compile(rb'name="csrfmiddlewaretoken" value="([A-Za-z0-9]{64})"')
ARTICLE_LINK = re.compile(rb'href="/article/([1-9][0-9]{0,17})/')
BYTES = {kind: (off.encode(), on.encode()) for kind, (off, on) in WORDS.items()}
Headers = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Mark:
    """A hole whose words depend on whether the reader saved or opened one article."""

    kind: Kind
    article_id: int

    def words(self, marks: Marks) -> bytes:
        ids = marks.read_ids if self.kind is Kind.IS_READ else marks.saved_ids
        return BYTES[self.kind][self.article_id in ids]


class Run:
    """Texts and marks between two private holes. Compressed once for the many readers who marked nothing in it."""

    def __init__(self, parts: Sequence[bytes | Mark]) -> None:
        self.parts = parts
        self.ids = frozenset(part.article_id for part in parts if isinstance(part, Mark))
        self.plain = self._plain(Marks())
        self.packed = deflate.smallest(self.plain)

    def _plain(self, marks: Marks) -> bytes:
        return b"".join(part if isinstance(part, bytes) else part.words(marks) for part in self.parts)

    def filled(self, marks: Marks) -> tuple[bytes, bytes]:
        """Plain, and packed."""
        if self.ids.isdisjoint(marks.saved_ids) and self.ids.isdisjoint(marks.read_ids):
            return self.plain, self.packed
        plain = self._plain(marks)
        return plain, deflate.quickest(plain)


@dataclass(eq=False)
class Shell:
    """`version` as the look-up gave it before the page was made; `ids` are of all articles that it names."""

    headers: Headers
    told: Told
    version: str
    made_at: datetime
    parts: Sequence[Run | Kind]
    ids: frozenset[int]
    visible_count: int  # of them, while it was made
    is_being_renewed: bool = False
    byte_count: int = field(init=False)

    def __post_init__(self) -> None:
        runs = [(place, part) for place, part in enumerate(self.parts) if isinstance(part, Run)]
        self._holes = [(place, part) for place, part in enumerate(self.parts) if isinstance(part, Kind)]
        self._marked = [(place, run) for place, run in runs if run.ids]
        self._plain = [part.plain if isinstance(part, Run) else b"" for part in self.parts]
        self._packed = [part.packed if isinstance(part, Run) else b"" for part in self.parts]
        # Texts are held three times: in parts, joined, and packed.
        self.byte_count = sum(2 * len(run.plain) + len(run.packed) for _, run in runs) + 8192

    def filled(self, private: Mapping[str, bytes], marks: Marks) -> tuple[bytes, list[bytes]]:
        """The plain page, and its pieces compressed."""
        plain, packed = self._plain.copy(), self._packed.copy()
        blocks = {kind: deflate.stored(words) for kind, words in private.items()}
        for place, kind in self._holes:
            plain[place], packed[place] = private[kind], blocks[kind]
        if marks.saved_ids or marks.read_ids:
            for place, run in self._marked:
                plain[place], packed[place] = run.filled(marks)
        return b"".join(plain), packed


def parts_of(body: bytes) -> list[Run | Kind]:
    """A page as Django made it while holes were left. The forms' token becomes one too: 64 random letters."""
    parts: list[Run | Kind] = []
    texts: list[bytes | Mark] = []

    def close() -> None:
        if texts:
            parts.append(Run(tuple(texts)))
            texts.clear()

    for piece in _pieces(body, {match[1] for match in TOKEN_FIELD.finditer(body)}):
        if isinstance(piece, Kind):
            close()
            parts.append(piece)
        elif isinstance(piece, bytes) and len(piece) >= LONG:
            close()
            parts.append(Run((piece,)))
        elif piece:
            texts.append(piece)
    close()
    return parts


def _pieces(body: bytes, tokens: set[bytes]) -> list[bytes | Mark | Kind]:
    pieces: list[bytes | Mark | Kind] = []
    texts = split(body)
    for place in range(0, len(texts), 3):
        pieces += _without(tokens, texts[place])
        if place + 1 < len(texts):
            kind, number = Kind(texts[place + 1].decode()), texts[place + 2]
            pieces.append(kind if kind in PRIVATE else Mark(kind, int(number)))
    return pieces


def _without(tokens: set[bytes], text: bytes) -> list[bytes | Kind]:
    if not tokens:
        return [text]
    texts = re.split(b"|".join(map(re.escape, tokens)), text)
    return [part for one in texts for part in (Kind.TOKEN, one)][1:]


def ids_of(body: bytes) -> frozenset[int]:
    """Of every article that the page names."""
    return frozenset(int(match[1]) for match in ARTICLE_LINK.finditer(body))
