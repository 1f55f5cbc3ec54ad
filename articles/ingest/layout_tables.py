"""Tables that letters are laid out with, and pictures with their captions: one cell a row, with paragraphs in it. Pure.

What comes in is balanced and of the HTML policy's elements.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

PART = re.compile(r"<(/?)(table|caption|thead|tbody|tfoot|tr|th|td)\b[^>]*>")
BLOCK = re.compile(r"<(?:p|h2|h3|[uod]l|figure|blockquote|pre|img|hr|br)\b")
BORDER = "<p></p>"  # ends what stands bare before it


@dataclass(slots=True)
class _Table:
    cells: int = 0  # of the row at hand
    is_layout: bool = True
    holds_blocks: bool = False


def without_layout(markup: str) -> str:
    """The same text, in which such a table has become what stands in it. Tables of figures stay."""
    if "<table>" not in markup:
        return markup
    verdicts = iter(_verdicts(markup))
    opened: list[bool] = []

    def rewrite(match: re.Match[str]) -> str:
        if match[2] == "table" and not match[1]:
            opened.append(next(verdicts))
        is_layout = opened[-1] if opened else False
        if match[2] == "table" and match[1] and opened:
            opened.pop()
        return BORDER if is_layout else match[0]

    return PART.sub(rewrite, markup)


def _verdicts(markup: str) -> list[bool]:
    """Of each table, in the order in which they begin, whether it is one of layout."""
    found: list[_Table] = []
    opened: list[_Table] = []
    place = 0
    for match in PART.finditer(markup):
        is_end, name = match[1], match[2]
        if opened and not opened[-1].holds_blocks:
            opened[-1].holds_blocks = BLOCK.search(markup, place, match.start()) is not None
        place = match.end()
        if name == "table" and not is_end:
            if opened:
                opened[-1].holds_blocks = True
            opened.append(_Table())
            found.append(opened[-1])
        elif not opened or (is_end and name != "table"):
            continue
        elif name == "table":
            opened.pop()
        elif name == "tr":
            opened[-1].cells = 0
        elif name in {"th", "caption"}:
            opened[-1].is_layout = False
        elif name == "td":
            opened[-1].cells += 1
            opened[-1].is_layout = opened[-1].is_layout and opened[-1].cells == 1
    return [table.is_layout and table.holds_blocks for table in found]
