"""A page with holes, and how they are filled for one reader."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from articles.quick import deflate
from articles.quick.dialects import Row
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


class Run:
    """Texts and marks between two private holes. Compressed once for the many readers who marked nothing in it."""

    def __init__(self, parts: Sequence[bytes | Mark]) -> None:
        # As it is for whoever marked nothing, and where which article's words stand.
        self._texts = [part if isinstance(part, bytes) else BYTES[part.kind][False] for part in parts]
        self._read: dict[int, list[tuple[int, bytes]]] = {}
        self._saved: dict[int, list[tuple[int, bytes]]] = {}
        for place, part in enumerate(parts):
            if isinstance(part, Mark):
                marked = self._read if part.kind is Kind.IS_READ else self._saved
                marked.setdefault(part.article_id, []).append((place, BYTES[part.kind][True]))
        self.has_marks = bool(self._read or self._saved)
        self.plain = b"".join(self._texts)
        self.packed = deflate.smallest(self.plain)

    def filled(self, marks: Marks) -> tuple[bytes, bytes]:
        """Plain, and packed."""
        read, saved = self._read.keys() & marks.read_ids, self._saved.keys() & marks.saved_ids
        if not read and not saved:
            return self.plain, self.packed
        texts = self._texts.copy()
        for words in (*map(self._read.__getitem__, read), *map(self._saved.__getitem__, saved)):
            for place, text in words:
                texts[place] = text
        plain = b"".join(texts)
        return plain, deflate.quickest(plain)


@dataclass(eq=False)
class Shell:
    """`version` as the look-up gave it before the page was made; `ids` are of all articles that it names."""

    headers: Headers
    told: Told
    version: Row
    made_at: datetime
    parts: Sequence[Run | Kind]
    ids: frozenset[int]
    visible_count: int  # of them, while it was made
    is_being_renewed: bool = False
    byte_count: int = field(init=False)

    def __post_init__(self) -> None:
        runs = [(place, part) for place, part in enumerate(self.parts) if isinstance(part, Run)]
        self._holes = [(place, part) for place, part in enumerate(self.parts) if isinstance(part, Kind)]
        self._marked = [(place, run) for place, run in runs if run.has_marks]
        self._plain = [part.plain if isinstance(part, Run) else b"" for part in self.parts]
        self._packed = [part.packed if isinstance(part, Run) else b"" for part in self.parts]
        # Texts are held three times: in parts, joined, and packed.
        texts = sum(2 * len(run.plain) + len(run.packed) for _, run in runs)
        self.byte_count = texts + sum(len(one) for one in self.version if isinstance(one, str)) + 8192

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
