"""A feed's text cut at its entries, so that entries seen before need not be parsed again. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

ENTRY_OPEN = re.compile(r"<((?:[A-Za-z_][\w.-]*:)?(?:item|entry))(?=[\s>])")
ANY_ENTRY = re.compile(r"<(?:[A-Za-z_][\w.-]*:)?(?:item|entry)(?=[\s/>])")
ANY_END = re.compile(r"</(?:[A-Za-z_][\w.-]*:)?(?:item|entry)\s*>")
TITLE_END = re.compile(r"</(?:[\w.-]+:)?title\s*>")
NAME_END = re.compile(r"</(?:[\w.-]+:)?(?:link|guid|id)\s*>|<(?:[\w.-]+:)?link\s[^<>]*>")
WITHIN_NAME = re.compile(r"<(?:[\w.-]+:)?(?:title|link|guid|id)\b[^<>]*(?:>[^<]*)?$")
ROOT = re.compile(r"(?:\s++|<\?.*?\?>|<!--.*?-->|<![A-Za-z][^>\[]*+>)*+<([A-Za-z_][\w.:-]*)", re.S)
# Patterns without a choice: they find, and count, a word in half the time that str.count takes.
PAIRS = ((re.compile(r"<!\[CDATA\["), re.compile(r"\]\]>")), (re.compile("<!--"), re.compile("-->")))


@dataclass(frozen=True, slots=True)
class SplitFeed:
    """The document is head + entries[0] + gaps[0] + entries[1] + gaps[1] + … : gaps[-1] is its tail."""

    head: str
    entries: tuple[str, ...]
    gaps: tuple[str, ...]
    opening: re.Pattern[str]  # of an entry

    def only(self, numbers: Iterable[int]) -> str:
        """A document with these entries alone; everything around them stays."""
        wanted = set(numbers)
        pieces = [self.head]
        for number, (entry, gap) in enumerate(zip(self.entries, self.gaps, strict=True)):
            if number in wanted:
                pieces.append(entry)
            if gap.strip():
                pieces.append(gap)
        return "".join(pieces)

    def is_certain(self, settled: Collection[int] = ()) -> bool:
        """Whether no entry stands in another, and nothing that quotes begins in one piece and ends in the next.

        `settled` are entries of which that is known: looking at all of a document costs more than parsing one entry.
        """
        entries = [entry for number, entry in enumerate(self.entries) if number not in settled]
        pieces = (self.head, *filter(str.strip, self.gaps), *entries)
        text = "\0".join(pieces)
        return all(_are_whole(pieces, *pair) for pair in PAIRS if pair[0].search(text)) and not any(
            self.opening.search(entry, 1) for entry in entries
        )


def split(text: str) -> SplitFeed | None:
    """Cut at what looks like entries, which is_certain() tells; None where nothing does, or the last does not end."""
    first = ENTRY_OPEN.search(text)
    if first is None:
        return None
    name = first[1]
    opening, closing = re.compile(f"<{re.escape(name)}(?=[\\s>])"), re.compile(f"</{re.escape(name)}>")
    entries, gaps, start = [], [], first.start()
    while True:
        closed = closing.search(text, start)
        if closed is None:
            return None
        end = closed.end()
        following = opening.search(text, end)
        stop = following.start() if following else len(text)
        entries.append(text[start:end])
        gaps.append(text[end:stop])
        if following is None:
            return SplitFeed(text[: first.start()], tuple(entries), tuple(gaps), opening)
        start = stop


def has_end(text: str) -> bool:
    """Whether the document's first element is closed: where a program or a connection broke off it is not."""
    root = ROOT.match(text)
    return root is None or text.rfind(f"</{root[1]}") >= 0  # from the end, where it mostly stands


def whole_entries_of(text: str) -> str:
    """Of a document that breaks off: without an entry that it breaks off in before it is known which one it is.

    That would be an article of its own: a part of a headline, a link that leads nowhere.
    """
    last = max((match.start() for match in ENTRY_OPEN.finditer(text)), default=0)
    if not last or ANY_END.search(text, last):
        return text
    half = text[last:]
    is_known = TITLE_END.search(half) and NAME_END.search(half) and not WITHIN_NAME.search(half[-2000:])
    return text if is_known else text[:last]


def first_of(text: str, count: int) -> str:
    """Of a document whose entries cannot be told apart: what stands before one more than `count` of them begins."""
    following = next(islice(ANY_ENTRY.finditer(text), count, None), None)
    return text[: following.start()] if following else text


def _are_whole(pieces: Sequence[str], start: re.Pattern[str], end: re.Pattern[str]) -> bool:
    """No comment and no CDATA section begins in one of them and ends in another."""
    return all(len(start.findall(piece)) == len(end.findall(piece)) for piece in pieces)
