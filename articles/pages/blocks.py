"""The sections of a front page in HTML, for the reason that drawing.py gives: there are ten of them on it.

section_rows()  rows of one or two blocks: section_block()
section_block() a section in its layout: section_head(), stories()
card_row()      some cards side by side: stories()
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from django.urls import reverse
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString

from articles.pages.cards import Card
from articles.pages.drawing import stories, story
from articles.pages.news import SectionBlock


def section_rows(rows: Iterable[Sequence[SectionBlock]], *, can_save: bool = False) -> SafeString:
    return SafeString("".join(_row(row, can_save) for row in rows))


def _row(row: Sequence[SectionBlock], can_save: bool) -> str:
    drawn = "".join(section_block(block, can_save) for block in row)
    return f'<div class="pair">\n{drawn}</div>\n' if len(row) > 1 else drawn


def section_block(block: SectionBlock, can_save: bool) -> str:
    head = section_head(block.name, id=block.slug, url=reverse("section", args=[block.slug]), more=block.more)
    return f'<section class="sec" aria-labelledby="{block.slug}">\n{head}\n{_laid_out(block, can_save)}</section>\n'


def section_head(title: str, *, id: str, url: str = "", more: str = "", note: str = "") -> SafeString:
    """With a link, or a note, or neither."""
    beside = ""
    if url:
        beside = f'<p><a href="{conditional_escape(url)}">{conditional_escape(more)}</a></p>'
    elif note:
        beside = f"<p>{conditional_escape(note)}</p>"
    return SafeString(f'<header class="sec-h"><h2 id="{id}">{conditional_escape(title)}</h2>{beside}</header>')


def card_row(cards: Sequence[Card], *, lift: bool = False, **options: Any) -> SafeString:
    """Up to four side by side, as stories() draws them. Two or three fill the row, two with pictures beside the text.

    A column with nothing in it looks like a mistake.
    """
    columns = {2: "c2", 3: "c3"}.get(len(cards), "c4")
    variant = "story--wide" if len(cards) == 2 else ""
    return _div(f"cols {columns}{' lift' if lift else ''}", stories(cards, heading="h3", variant=variant, **options))


def _laid_out(block: SectionBlock, can_save: bool) -> str:
    lead = partial(story, block.lead, heading="h3", is_large=True, can_save=can_save)
    cards = partial(stories, heading="h3", can_save=can_save)
    match block.layout:
        case "clusters":
            return _div("cols c3 lift", cards(block.clusters, size="h3")) + _below_clusters(block, can_save)
        case "split":
            return _div("cols c12", lead(size="h2") + _div("stack list", cards(block.rest, in_list=True)))
        case "feature":
            below = _div("cols c3 follow", cards(block.rest, dek_or_picture=True))
            return lead(size="h1", thin=True, variant="story--wide") + below
        case "half":
            below = _div("stack list follow", cards(block.rest, in_list=True))
            return lead(size="h3", variant="story--wide story--row") + below
        case "columns":
            return _div("cols c4", cards(block.cards, dek_or_picture=True, in_list=block.is_opinion))
        case _ if block.is_opinion:
            return _div("cols c2" if len(block.cards) == 2 else "cols c3", cards(block.cards, in_list=True))
        case _ if len(block.cards) == 1:
            return lead(size="h3", variant="story--wide")
        case _:
            return card_row(block.cards, lift=True, can_save=can_save)


def _below_clusters(block: SectionBlock, can_save: bool) -> str:
    rest = block.after_clusters
    columns = "c4" if len(rest) > 3 else "c3"
    drawn = stories(rest, heading="h3", in_list=True, can_save=can_save)
    return _div(f"cols {columns} list follow", drawn) if rest else ""


def _div(classes: str, drawn: str) -> SafeString:
    return SafeString(f'<div class="{classes}">\n{drawn}</div>\n')
