"""Plain text: what a headline, a standfirst and a teaser are made of. Pure."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from functools import lru_cache

import nh3

# Controls, direction overrides, noncharacters, lone surrogates: they break pages, feeds and mail, or lie about order.
UNWANTED = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff]"
)
SPACE = re.compile(r"\s+")
PILED_MARKS = re.compile(
    "([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u20d0-\u20ff]{4})[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u20d0-\u20ff]+"
)
VISIBLE = re.compile(
    "[^\\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028\u2029\u2060-\u2064\u2800\u3164\ufe00-\ufe0f\uffa0]"
)

WITH_CONTENT = {
    "script",
    "style",
    "noscript",
    "iframe",
    "object",
    "template",
    "svg",
    "math",
    "title",
    "textarea",
    "select",
}
BLOCK_EDGE = re.compile(
    r"<(?=/?(?:p|div|br|li|ul|ol|h\d|t[rdh]|table|blockquote|section|article|figure|figcaption|dd|dt|hr)\b)", re.I
)
BLOCK_ENDS = (
    "<br>",
    "</p>",
    "</h2>",
    "</h3>",
    "</li>",
    "</dt>",
    "</dd>",
    "</td>",
    "</th>",
    "</tr>",
    "</caption>",
    "</figcaption>",
    "</pre>",
    "</blockquote>",
)
TAG = re.compile(r"<[^<>]*>")
MAX_LENGTH = 400_000
LONG_BLOCK = 4_000
MAX_DEPTH = 200  # browsers nest 512 deep; what goes deeper costs quadratic time
NESTING = re.compile(
    r"<(/?)(?!(?:p|li|td|tr|th|br|hr|img|input|source|wbr|option|dd|dt|col|embed|area|link|meta|param|track|path|use"
    r"|circle|rect|line|poly\w+|ellipse|stop)\b)[a-z]",
    re.I,
)

# A word is what stands between blanks; two signs of Chinese or Japanese, or five of Thai, Lao or Khmer, count as one.
WORD = re.compile(
    "[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]{1,2}|[\u0e00-\u0eff\u1780-\u17ff]{1,5}"
    "|[^\\s…\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u0e00-\u0eff\u1780-\u17ff]+"
)
WITHOUT_BLANKS = re.compile("[\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
SENTENCE_END = re.compile("(?:[.!?…؟۔।]+[\"'”’»)\\]]*(?=\\s|$))|[。！？]+[」』”’）]*")
ELLIPSIS = "…"
# What publishing systems append to every excerpt.
BOILERPLATE = re.compile(
    r"\s*(?:The post .{1,300}? (?:appeared first|first appeared) on .{1,120}|Continue reading\b.{0,200}|Read more\W*)$"
)
BOILERPLATE_SIGNS = ("appeared", "Continue reading", "Read more")
CUT_MARK = re.compile(r"\s*(?:\[\s*(?:…|\.{3})\s*\]|\.{3})$")


def plain_text(markup: str) -> str:
    """Visible text of any HTML: no tags, entities decoded, on one line. Raises nothing; the length is bounded."""
    if markup.isascii() and markup.isprintable() and not any(sign in markup for sign in ("<", "&", "  ")):
        return markup[:MAX_LENGTH].strip()  # as most names and titles
    markup = flat(UNWANTED.sub("", markup[:MAX_LENGTH]))
    if "<" in markup:
        markup = nh3.clean(BLOCK_EDGE.sub(" <", markup), tags=set(), clean_content_tags=WITH_CONTENT)
    return one_line(html.unescape(markup))


def flat(markup: str) -> str:
    """The same HTML; without any tag where elements are nested deeper than a person would."""
    if markup.count("<") < MAX_DEPTH:
        return markup
    depth = 0
    for match in NESTING.finditer(markup):
        depth = max(0, depth - 1) if match[1] else depth + 1
        if depth > MAX_DEPTH:
            return TAG.sub(" ", markup)
    return markup


def text_of_clean(markup: str) -> str:
    """Visible text of HTML that clean_html made: many times cheaper than plain_text."""
    return _text_of_block(markup) if len(markup) < LONG_BLOCK else _text_of(markup)


# A paragraph is asked for again: by the rules for boilerplate, the teaser, the opening.
@lru_cache(maxsize=512)
def _text_of_block(markup: str) -> str:
    return _text_of(markup)


def text_of_blocks(blocks: Iterable[str]) -> str:
    """Visible text of blocks of such HTML."""
    return " ".join(filter(None, map(text_of_clean, blocks)))


def _text_of(markup: str) -> str:
    inner = markup.removeprefix("<p>").removesuffix("</p>")
    if "<" not in inner:  # as in most paragraphs
        return " ".join(html.unescape(inner).split())
    for end in BLOCK_ENDS:
        markup = markup.replace(end, " ")
    return " ".join(html.unescape(TAG.sub("", markup)).split())


def one_line(text: str) -> str:
    return PILED_MARKS.sub(r"\1", SPACE.sub(" ", UNWANTED.sub("", text))).strip()


def without_boilerplate(text: str) -> str:
    """An excerpt as its author wrote it: no "The post … appeared first on …", no "[...]"."""
    if any(sign in text[-600:] for sign in BOILERPLATE_SIGNS):
        text = BOILERPLATE.sub("", text)
    return CUT_MARK.sub(ELLIPSIS, text) if text.endswith(("...", "]")) else text


def is_blank(text: str) -> bool:
    """Whether nothing of it can be seen."""
    return VISIBLE.search(text) is None


def word_count(text: str) -> int:
    if text.isascii() or not WITHOUT_BLANKS.search(text):
        return len(text.split())
    return len(WORD.findall(text))


def shortened(text: str, characters: int) -> str:
    """At most so many characters, cut between words where it has to be cut."""
    if len(text) <= characters:
        return text
    cut = text[: characters - 1]
    place = cut.rfind(" ")
    return (cut[:place] if place > characters // 2 else cut).rstrip(" ,;:–—-") + ELLIPSIS


def teaser(text: str, words: int = 60) -> str:
    """The beginning of a plain text: at most so many words, to the end of a sentence where one ends in time."""
    ends = [match.end() for _, match in zip(range(words + 1), WORD.finditer(text), strict=False)]
    if len(ends) <= words:
        return text
    if words < 1:
        return ""
    cut = text[: ends[words - 1]]
    sentences = [match.end() for match in SENTENCE_END.finditer(cut) if match.end() * 2 > len(cut)]
    return cut[: sentences[-1]] if sentences else cut.rstrip(" ,;:–—-") + ELLIPSIS
