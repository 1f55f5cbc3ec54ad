"""Pictures inside clean HTML: which it names, and the same text with our own in their place. Pure.

Takes what ingest/clean.py made: a row of blocks, tags in lower case, attributes in double quotes and escaped.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from itertools import islice

from articles.pictures.shapes import Kept

MOST_IN_TEXT = 20
SIZES = html.escape("(width < 40rem) 100vw, 40rem")

IMAGE = re.compile(r"<img [^>]*>")
ATTRIBUTE = re.compile(r'([a-z]+)="([^"]*)"')
FIGURE = re.compile(r"<figure>(?:(?!</?figure>).)*+</figure>", re.S)
# What a figure may hold beside a picture and its caption.
OTHERS = re.compile(r"<(?:img|table|pre|blockquote|ul|ol)\b")
EMPTIED = re.compile(r"<(p|li|ul|ol|h2|h3|a|em|strong|blockquote|figure)(?: [^>]*)?>(?:\s|<br>)*+</\1>")
# Up to two paragraphs, then a picture: in a figure of its own, alone in a paragraph, or before the words of one.
BEGINNING = re.compile(
    r"((?:<p>(?:[^<]++|<(?!/p>|img ))*+</p>){0,2}+)"
    r"(?:<figure>(?:(?!</?figure>|<img ).)*+(<img [^>]*+>)(?:(?!</?figure>|<(?:img|p|table|pre|blockquote)\b).)*+"
    r"</figure>"
    r"|<p>\s*+(?:<a [^>]*+>(<img [^>]*+>)</a>|(<img [^>]*+>))(?:\s|<br>)*+(</p>)?)",
    re.S,
)
MOST_NESTED = 8  # passes over a text; deeper ones keep an empty element, which shows nothing


def urls_in(markup: str, most: int = MOST_IN_TEXT) -> list[str]:
    """Addresses of the pictures in their order, each once."""
    if "<img " not in markup:
        return []
    sources = (_attributes(match[0]).get("src", "") for match in IMAGE.finditer(markup))
    return list(islice(dict.fromkeys(source for source in sources if source), most))


def with_own_pictures(markup: str, ready: Mapping[str, Kept]) -> str:
    """Each picture with its address of ours; those that are not `ready` are left out, caption and all."""
    if "<img " not in markup:
        return markup
    shown = IMAGE.sub(lambda match: _own_tag(_attributes(match[0]), ready), markup)
    return _without_remains(shown)


def without_pictures(markup: str) -> str:
    return with_own_pictures(markup, {})


def without_first(markup: str, url: str) -> str:
    """Without this picture where the text begins with it, or has it beneath one or two paragraphs."""
    found = BEGINNING.match(markup)
    if found is None or _attributes(found[2] or found[3] or found[4]).get("src") != url:
        return markup
    is_alone = found[2] or found[5]
    return f"{found[1]}{'' if is_alone else '<p>'}{markup[found.end() :]}"


def _attributes(tag: str) -> dict[str, str]:
    return {name: html.unescape(value) for name, value in ATTRIBUTE.findall(tag)}


def _own_tag(attributes: Mapping[str, str], ready: Mapping[str, Kept]) -> str:
    own = ready.get(attributes.get("src", ""))
    if own is None:
        return ""
    choice = f' srcset="{own.srcset}" sizes="{SIZES}"' if own.srcset else ""
    alt = html.escape(attributes.get("alt", ""))
    return (
        f'<img src="{own.src}"{choice} width="{own.width}" height="{own.height}" alt="{alt}" '
        'loading="lazy" decoding="async">'
    )


def _without_remains(markup: str) -> str:
    """Without figures that have lost their picture, and without the elements that this leaves empty."""
    markup = FIGURE.sub(lambda match: match[0] if OTHERS.search(match[0]) else "", markup)
    for _ in range(MOST_NESTED):
        markup, count = EMPTIED.subn("", markup)
        if not count:
            break
    return markup
