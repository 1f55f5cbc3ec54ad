"""What changed between two wordings, word by word. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from html import unescape

MOST_WORDS = 400  # compared: the cost grows with the square, and what follows is shown as it is
BLOCK_END = re.compile(r"</(?:p|h[1-6]|li|blockquote|figcaption|pre|tr|div)>|<br\s*/?>", re.I)
TAG = re.compile(r"<[^>]*>")
WORD = re.compile(r"\S+|\n")
NO_WORD = re.compile(r"[\W_]+")
SHORTEST_RUN = 30


@dataclass(frozen=True, slots=True)
class Piece:
    """Words that are in both ("same"), that went ("gone") or that came ("new")."""

    kind: str
    text: str


def words_of(html: str) -> str:
    """Clean HTML as plain text, a line for each block."""
    lines = (" ".join(unescape(TAG.sub("", block)).split()) for block in BLOCK_END.split(html))
    return "\n".join(line for line in lines if line)


def without(walled: str, text: str, shown: str) -> str:
    """`text` with a "…" for whatever stands in `walled` and not in `shown`, so that no wall can be walked round.

    All three are plain text. A run of fewer than SHORTEST_RUN letters may stand in both by chance, and stays.
    """
    secrets = _runs(_flat(walled)) - _runs(_flat(shown))
    words = [(match, _flat(match[0])) for match in WORD.finditer(text)]
    letters = " ".join(flat for _, flat in words)
    hidden = bytearray(len(letters) + 1)
    for start in range(len(letters) - SHORTEST_RUN + 1):
        if letters[start : start + SHORTEST_RUN] in secrets:
            hidden[start : start + SHORTEST_RUN] = b"\1" * SHORTEST_RUN
    kept, at = [], 0
    for match, flat in words:
        is_hidden = any(hidden[at : at + len(flat)])
        at += len(flat) + 1
        if not is_hidden:
            kept.append(match[0])
        elif kept[-1:] != ["…"]:
            kept.append("…")
    return _joined(kept)


def _runs(letters: str) -> set[str]:
    return {letters[start : start + SHORTEST_RUN] for start in range(len(letters) - SHORTEST_RUN + 1)}


def _flat(text: str) -> str:
    """Small letters, one blank between words: quotes and dashes differ from one wording to the next."""
    return NO_WORD.sub(" ", text.casefold()).strip()


def compare(old: str, new: str) -> tuple[Piece, ...]:
    """The pieces in reading order; all of `old` is in those that are not "new", all of `new` in those not "gone"."""
    before, after = _tokens(old), _tokens(new)
    pieces: list[Piece] = []
    matcher = SequenceMatcher(None, before[:MOST_WORDS], after[:MOST_WORDS], autojunk=False)
    for kind, start, end, new_start, new_end in matcher.get_opcodes():
        if kind == "equal":
            pieces.append(Piece("same", _joined(before[start:end])))
            continue
        pieces += _pieces("gone", before[start:end]) + _pieces("new", after[new_start:new_end])
    rest, new_rest = before[MOST_WORDS:], after[MOST_WORDS:]
    if rest == new_rest:
        return (*pieces, *_pieces("same", rest))
    return (*pieces, *_pieces("gone", rest), *_pieces("new", new_rest))


def is_changed(pieces: tuple[Piece, ...]) -> bool:
    return any(piece.kind != "same" for piece in pieces)


def _tokens(text: str) -> list[str]:
    return WORD.findall(text)


def _pieces(kind: str, tokens: list[str]) -> list[Piece]:
    return [Piece(kind, _joined(tokens))] if tokens else []


def _joined(tokens: list[str]) -> str:
    return re.sub(r" ?\n ?", "\n", " ".join(tokens))
