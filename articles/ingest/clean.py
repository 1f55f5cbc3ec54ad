"""The one HTML policy. What leaves here may be shown as it is: no other code judges a publisher's markup. Pure.

nh3 parses as a browser does and keeps what the allow-list names; one walk over its result then drops what an
allow-list cannot tell (tracking pixels, inner addresses) and leaves a flat row of blocks.
"""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import nh3

from articles.ingest.addresses import refusal
from articles.ingest.prose import ELLIPSIS, UNWANTED, VISIBLE, flat, is_blank, teaser, text_of_clean, word_count

BLOCKS = {"p", "h2", "h3", "blockquote", "ul", "ol", "figure", "table", "pre", "hr"}
TABLE_PARTS = {"caption", "thead", "tbody", "tfoot", "tr", "th", "td"}
TAGS = BLOCKS | TABLE_PARTS | {"li", "a", "em", "strong", "img", "figcaption", "br", "code", "sup", "sub"}
VOID = {"br", "hr", "img"}
ATTRIBUTES = {"a": {"href"}, "img": {"src", "alt", "width", "height", "style", "hidden"}}
WITH_CONTENT = {
    *("script", "style", "noscript", "iframe", "object", "embed", "applet", "template", "svg", "math", "title", "head"),
    *("form", "textarea", "select", "button", "video", "audio", "canvas", "map", "noembed", "noframes", "frameset"),
}
LINK_REL = "noopener nofollow ugc"

RENAMED = {
    "b": "strong",
    **dict.fromkeys(("i", "cite", "dfn"), "em"),
    **dict.fromkeys(("tt", "kbd", "samp"), "code"),
    "h1": "h2",
    **dict.fromkeys(("h4", "h5", "h6"), "h3"),
    **dict.fromkeys(
        ("div", "section", "article", "main", "header", "footer", "aside", "nav", "center", "address", "dd", "dt"), "p"
    ),
}
RENAMED_TAG = re.compile(rf"<(/?)({'|'.join(RENAMED)})(?=[\s/>])", re.I)
PARAGRAPH_BREAK = re.compile(r"<br\s*/?>(?:\s|&nbsp;|\xa0)*<br\s*/?>(?:\s|&nbsp;|\xa0|<br\s*/?>)*", re.I)
TAG = re.compile(r"<(/?)([a-z0-9]+)([^>]*)>")
ATTRIBUTE = re.compile(r'([a-z]+)="([^"]*)"')
HIDING_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0(?![.\d])", re.I)
EMPTY_PARAGRAPH = re.compile(r"<(p|h2|h3|li)>(?:\s|<br>)*</\1>")
EDGE_BREAKS = re.compile(r"(?<=<p>)(?:\s|<br>)+|(?:\s|<br>){1,20}(?=</p>)")
BARE_EDGES = re.compile(r"^(?:\s|<br>)+|(?:\s|<br>){1,20}$")
QUOTED = re.compile(r"<(?:table|pre|blockquote)>")

# Pictures that count readers and show nothing, whatever size they claim.
COUNTER = re.compile(
    r"https?://(?:feeds\.feedburner\.com/~|feedads\.|pixel\.|stats\.wordpress\.com/|\w+\.doubleclick\.)", re.I
)

MAX_MARKUP = 400_000  # characters that are parsed
MAX_LENGTH = 200_000  # characters that are kept


def clean_html(markup: str, base_url: str = "", allowed: Collection[str] = ()) -> str:
    """Safe HTML as a row of blocks, at most MAX_LENGTH characters. Never raises.

    Relative links start from base_url. `allowed` are "host:port" pairs that pictures may come from although private.
    """
    # nh3 takes no lone surrogates.
    markup = flat(markup[:MAX_MARKUP].encode("utf-8", "ignore").decode())
    markup = RENAMED_TAG.sub(lambda match: f"<{match[1]}{RENAMED[match[2].lower()]}", markup)
    markup = _sanitized(PARAGRAPH_BREAK.sub("</p><p>", markup), base_url)
    row = _Row(allowed)
    markup = UNWANTED.sub("", markup.replace("&nbsp;", "\xa0"))
    row.walk(EDGE_BREAKS.sub("", EMPTY_PARAGRAPH.sub("", markup)))
    return "".join(_within(row.blocks, MAX_LENGTH))


def _sanitized(markup: str, base_url: str) -> str:
    try:
        return _policy(base_url).clean(markup)
    except ValueError:  # nh3 is stricter about addresses than anybody else.
        return _policy("").clean(markup)


def _policy(base_url: str) -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=TAGS,
        clean_content_tags=WITH_CONTENT,
        attributes=ATTRIBUTES,
        url_schemes={"http", "https"},
        url_relative=("rewrite_with_base", base_url) if _is_web_url(base_url) else "deny",
        link_rel=None,
    )


def blocks_of(markup: str) -> Iterator[str]:
    """The blocks of HTML that clean_html made."""
    depth = start = 0
    for match in TAG.finditer(markup):
        if depth == 0:
            start = match.start()
        if match[2] not in VOID:
            depth += -1 if match[1] else 1
        if depth == 0:
            yield markup[start : match.end()]


def opening(markup: str, words: int = 90, total: int | None = None) -> str:
    """What everybody may read of a walled text: whole paragraphs, never more than `words` or a quarter of it.

    Where the first paragraph is longer than that, its beginning. Takes and gives HTML of clean_html; `total` spares
    counting its words.
    """
    limit = min(words, (word_count(text_of_clean(markup)) if total is None else total) // 4)
    taken: list[str] = []
    for block in blocks_of(markup):
        if not block.startswith("<p>"):
            if taken:
                break
            continue
        text = text_of_clean(block)
        count = word_count(text)
        if count > limit:
            return "".join(taken) or paragraph(teaser(text, limit))
        if count:
            taken.append(block)
            limit -= count
    return "".join(taken)


def paragraph(text: str) -> str:
    """Plain text as one paragraph; "" gives ""."""
    return f"<p>{html.escape(text, quote=False)}</p>" if text.strip(ELLIPSIS) else ""


def _is_web_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and "\\" not in url


def _within(blocks: list[str], length: int) -> Iterator[str]:
    """Whole blocks up to a length; a first block that is longer alone is kept as far as it goes, as plain text."""
    for number, block in enumerate(blocks):
        length -= len(block)
        if length < 0:
            if number == 0:
                yield paragraph(text_of_clean(block)[: MAX_LENGTH // 2])
            return
        yield block


@dataclass(slots=True)
class _Row:
    """One walk over nh3's balanced output, to a row of blocks with nothing bare between them."""

    allowed: Collection[str]
    blocks: list[str] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)  # of the block or the bare run being read
    ends: list[str] = field(default_factory=list)  # how each open element will be closed; "" where it was left out
    is_bare: bool = True

    def walk(self, markup: str) -> None:
        place = 0
        for match in TAG.finditer(markup):
            self.pieces.append(markup[place : match.start()])
            place = match.end()
            if match[2] in VOID:
                self.void(match[2], match[3])
            elif match[1]:
                self.close(match[2])
            else:
                self.open(match[2], match[3])
        self.pieces.append(markup[place:])
        self.end_block()

    def void(self, name: str, attributes: str) -> None:
        if name == "hr" and not self.ends:
            self.end_block()
            self.blocks.append("<hr>")
        elif name == "img":
            self.pieces.append(self.image(attributes))
        elif name == "br":
            self.pieces.append("<br>")

    def open(self, name: str, attributes: str) -> None:
        if name in BLOCKS and not self.ends:
            self.end_block()
            self.is_bare = False
        # What is a block in itself cannot stand in the paragraph that a bare run becomes.
        is_misplaced = self.is_bare and (name in BLOCKS or name == "figcaption")
        if is_misplaced or (name == "a" and not self.href(attributes)):
            self.pieces.append(" " if is_misplaced else "")
            self.ends.append("")
            return
        self.pieces.append(f'<a href="{self.href(attributes)}" rel="{LINK_REL}">' if name == "a" else f"<{name}>")
        self.ends.append(f"</{name}>")

    def close(self, name: str) -> None:
        self.pieces.append(self.ends.pop() or ("" if name == "a" else " "))
        if not self.ends and not self.is_bare:
            self.end_block()

    def end_block(self) -> None:
        block = "".join(self.pieces).strip()
        if self.is_bare and block:
            block = f"<p>{BARE_EDGES.sub('', block)}</p>"
        if _holds_something(block):
            self.blocks.append(block)
        self.pieces.clear()
        self.is_bare = True

    def href(self, attributes: str) -> str:
        """The link, escaped as it stands; "" where it leads nowhere a reader should be sent."""
        link = dict(ATTRIBUTE.findall(attributes)).get("href", "")
        netloc = link.partition("//")[2].partition("/")[0]
        is_good = link.lower().startswith(("http://", "https://")) and netloc and "@" not in netloc and "\\" not in link
        return link if is_good and link.isprintable() else ""

    def image(self, attributes: str) -> str:
        found = {name: html.unescape(value) for name, value in ATTRIBUTE.findall(attributes)}
        width, height = (_pixels(found.get(name, "")) for name in ("width", "height"))
        is_seen = "hidden" not in found and not HIDING_STYLE.search(found.get("style", ""))
        is_pixel = any(size is not None and size <= 2 for size in (width, height))
        if not is_seen or is_pixel or not is_picture_url(found.get("src", ""), self.allowed):
            return ""
        size = f' width="{width}" height="{height}"' if width and height else ""
        alt = html.escape(found.get("alt", "")[:300])
        source = html.escape(found["src"])
        return f'<img src="{source}" alt="{alt}"{size} loading="lazy" referrerpolicy="no-referrer">'


def _holds_something(block: str) -> bool:
    if "<img" in block or (block.startswith("<p>") and block[3] != "<" and VISIBLE.match(block, 3)):
        return True
    is_lost_caption = block.startswith("<figure>") and not QUOTED.search(block)
    return not is_lost_caption and not is_blank(TAG.sub("", block))


def _pixels(value: str) -> int | None:
    digits = value.strip().removesuffix("px")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 5 else None


def is_picture_url(url: str, allowed: Collection[str] = ()) -> bool:
    """Whether a reader's browser may be sent there for a picture."""
    return 0 < len(url) <= 1000 and not COUNTER.match(url) and not refusal(url, allowed)
