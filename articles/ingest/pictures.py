"""Which of an entry's pictures stands above the article and which on a card. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from html import unescape

from articles.ingest.canonical import absolute
from articles.ingest.clean import is_picture_url
from articles.ingest.prose import one_line, text_of_clean
from articles.ingest.shapes import Picture

WIDEST = 2000
NARROWEST_THUMBNAIL = 300
LIKELY_WIDTH = 400  # of one that says nothing of it, beside which small ones for lists say theirs
IMAGE = re.compile(r"<img [^>]*>")
ATTRIBUTE = re.compile(r'([a-z]+)="([^"]*)"')
CAPTION = re.compile(r"<figcaption>((?:[^<]++|<(?!/figcaption>))*+)</figcaption>")
CREDIT = re.compile(r"\(((?:image|photo|picture|foto|bild)(?: credits?)?\s?: ?[^()]+)\)", re.I)
LONGEST_CREDIT = 300  # characters of HTML
PICTURE_NAME = re.compile(r"\.(?:jpe?g|png|gif|webp|avif)$", re.I)
# Parameters that ask for another size of the same picture.
SIZING = re.compile(
    r"(?:w|h|q|wid|hei|width|height|quality|qlt|size|s|fit|crop|resize|dpr|auto|fm|fmt|format|strip|scale)=.*", re.I
)
# "-1024x683" before the ending is how the most common publishing system names its sizes.
SIZE_IN_NAME = re.compile(r"-\d{2,4}x\d{2,4}(?=\.\w+$)")


def usable(pictures: Sequence[Picture], base_url: str, allowed: Collection[str] = ()) -> list[Picture]:
    """Those that a browser may load, with absolute addresses, each once."""
    found: dict[str, Picture] = {}
    for picture in pictures:
        url = absolute(picture.url, base_url)
        is_pixel = any(size is not None and size <= 2 for size in (picture.width, picture.height))
        is_page = url.partition("#")[0] == base_url  # what an empty address leads to
        if not (is_pixel or is_page) and is_picture_url(url, allowed):
            found.setdefault(url, picture if picture.url == url else replace(picture, url=url))
    return list(found.values())


def lead_of(pictures: Sequence[Picture], blocks: Iterable[str]) -> Picture | None:
    """The widest that is no wider than a screen, else the first in the text, whose blocks are given.

    One that does not say how wide it is stands behind the wide ones and before those for lists.
    """
    best = max(
        (picture for picture in pictures if (picture.width or 0) <= WIDEST),
        key=lambda picture: picture.width or LIKELY_WIDTH,
        default=pictures[0] if pictures else None,
    )
    in_text = picture_in(blocks)
    if best is None or in_text is None or not is_same(best, in_text):
        return best or in_text
    return replace(best, alt=best.alt or in_text.alt, caption=best.caption or in_text.caption)


def thumbnail_of(pictures: Sequence[Picture], lead: Picture | None) -> Picture | None:
    """The smallest that is wide enough for a card, else the lead picture."""
    fitting = [picture for picture in pictures if (picture.width or 0) >= NARROWEST_THUMBNAIL]
    return min(fitting, key=lambda picture: picture.width or 0, default=lead)


def picture_in(blocks: Iterable[str]) -> Picture | None:
    """The first picture of blocks that clean_html made, with its caption."""
    return next((_picture_of(block) for block in blocks if "<img " in block), None)


# Asked for to choose the lead picture, and again to leave it out of the text.
@lru_cache(maxsize=64)
def _picture_of(block: str) -> Picture | None:
    match = IMAGE.search(block)
    if match is None:
        return None
    found = {name: unescape(value) for name, value in ATTRIBUTE.findall(match[0])}
    caption = CAPTION.search(block) if block.startswith("<figure>") else None
    return Picture(
        url=found["src"],
        width=int(found["width"]) if "width" in found else None,
        height=int(found["height"]) if "height" in found else None,
        alt=one_line(found.get("alt", ""))[:300],
        caption=text_of_clean(caption[1])[:400] if caption else "",
    )


def without_leading(blocks: Sequence[str], lead: Picture | None) -> Sequence[str]:
    """Without the first block where that is the lead picture and nothing else."""
    found = picture_in(blocks[:1])
    if lead is None or found is None or not is_same(found, lead) or blocks[0].count("<img ") > 1:
        return blocks
    return blocks if text_of_clean(CAPTION.sub("", blocks[0])) else blocks[1:]


def without_credit(blocks: Sequence[str]) -> tuple[Sequence[str], str]:
    """Without a last paragraph that only says who took the picture, and what it says, "" where there is none."""
    text = text_of_clean(blocks[-1]) if len(blocks) > 1 and len(blocks[-1]) < LONGEST_CREDIT else ""
    found = CREDIT.fullmatch(text)
    return (blocks[:-1], found[1]) if found else (blocks, "")


def is_same(one: Picture, other: Picture) -> bool:
    """Two sizes of one picture count as the same."""
    return one.url == other.url or _name(one.url) == _name(other.url)


def _name(url: str) -> tuple[str, str, tuple[str, ...]]:
    """Host and path of a web address; where the path names no picture, what else tells which one is meant."""
    address, _, query = url.partition("#")[0].partition("?")
    host, stroke, path = address.partition("//")[2].partition("/")
    is_named = not query or PICTURE_NAME.search(path)
    telling = () if is_named else tuple(part for part in re.split("[&;]", query) if not SIZING.fullmatch(part))
    return host.lower(), SIZE_IN_NAME.sub("", stroke + path), telling
