"""Plain text: what a headline, a standfirst and a teaser are made of. Pure."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

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
BLOCK_ENDS = {
    *("br", "/p", "/h2", "/h3", "/li", "/dt", "/dd", "/td", "/th", "/tr", "/caption", "/figcaption", "/pre"),
    "/blockquote",
}
TAG = re.compile(r"<[^<>]*>")
MAX_LENGTH = 400_000
LONG_BLOCK = 4_000
MOST_KEPT = 512  # texts of blocks
MAX_DEPTH = 200  # browsers nest 512 deep; what goes deeper costs quadratic time
NESTING = re.compile(
    r"<(/?)(?!(?:p|li|td|tr|th|br|hr|img|input|source|wbr|option|dd|dt|col|embed|area|link|meta|param|track|path|use"
    r"|circle|rect|line|poly\w+|ellipse|stop)\b)[a-z]",
    re.I,
)
# What text processors leave: hundreds of elements that are nobody's, most of them in comments.
LEFTOVERS = re.compile(r"<!--(?:-?>|.*?(?:--!?>|\Z))|<[a-z]+:[^<>]*+(?<=/)>", re.I | re.S)

# A word is what stands between blanks; two signs of Chinese or Japanese, or five of Thai, Lao or Khmer, count as one.
WORD = re.compile(
    "[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]{1,2}|[\u0e00-\u0eff\u1780-\u17ff]{1,5}"
    "|[^\\s…\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u0e00-\u0eff\u1780-\u17ff]+"
)
WITHOUT_BLANKS = re.compile("[\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
ASCII = bytes(range(128))
SENTENCE_END = re.compile("(?:[.!?…؟۔।]+[\"'”’»)\\]]*(?=\\s|$))|[。！？]+[」』”’）]*")
ELLIPSIS = "…"
# What publishing systems append to every excerpt.
BOILERPLATE = re.compile(
    r"\s*(?:The post .{1,300}? appeared first on .{1,120}|The post [^\Wa-z].{0,300}? first appeared on .{1,120}"
    r"|Continue reading(?:\W*| (?:(?:on|at|in) )?[^\Wa-z].{0,200}| (?:here|this|the|our)\b.{0,200})|Read more\W*)$"
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
    if not _is_deep(markup):
        return markup
    markup = LEFTOVERS.sub("", markup)
    return TAG.sub(" ", markup) if _is_deep(markup) else markup


def _is_deep(markup: str) -> bool:
    if markup.count("<") < MAX_DEPTH:
        return False
    depth = 0
    for match in NESTING.finditer(markup):
        depth = max(0, depth - 1) if match[1] else depth + 1
        if depth > MAX_DEPTH:
            return True
    return False


def text_of_clean(markup: str) -> str:
    """Visible text of HTML that clean_html made: many times cheaper than plain_text."""
    if (text := _kept_texts.get(markup)) is None:
        text = _text_of(markup)
        if len(markup) < LONG_BLOCK:
            if len(_kept_texts) > MOST_KEPT:
                _kept_texts.clear()
            _kept_texts[markup] = text
    return text


def text_of_blocks(blocks: Sequence[str]) -> str:
    """Visible text of blocks of such HTML."""
    return " ".join(filter(None, map(text_of_clean, blocks)))


# A paragraph is asked for again: by the rules for boilerplate, the teaser, the opening.
_kept_texts: dict[str, str] = {}


def _text_of(markup: str) -> str:
    text = markup.removeprefix("<p>").removesuffix("</p>")
    if "<" in text or "&" in text:
        text = _without_markup(text)
    # Single blanks between the words. What can be printed has no other blanks, as hardly any paragraph has.
    return text.strip() if text.isprintable() and "  " not in text else " ".join(text.split())


def _without_markup(markup: str) -> str:
    """The words, with a blank where a block ends. Cuts: patterns take three times as long."""
    first, *others = markup.split("<")
    pieces = [first]
    for piece in others:
        tag, end, text = piece.partition(">")
        pieces.append(f" {text}" if tag in BLOCK_ENDS else text if end else f"<{piece}")
    return html.unescape("".join(pieces))


def one_line(text: str) -> str:
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()  # as most captions
    return PILED_MARKS.sub(r"\1", SPACE.sub(" ", UNWANTED.sub("", text))).strip()


def without_boilerplate(text: str) -> str:
    """An excerpt as its author wrote it: no "The post … appeared first on …", no "[...]"."""
    end = text[-600:]
    if any(sign in end for sign in BOILERPLATE_SIGNS):
        text = BOILERPLATE.sub("", text)
    return CUT_MARK.sub(ELLIPSIS, text) if text.endswith(("...", "]")) else text


def is_blank(text: str) -> bool:
    """Whether nothing of it can be seen."""
    return VISIBLE.search(text) is None


def word_count(text: str) -> int:
    """Of text on one line, without blanks at its ends (as text_of_clean and plain_text give it)."""
    if _has_blanks(text):
        return text.count(" ") + 1 if text else 0
    return len(WORD.findall(text))


def _has_blanks(text: str) -> bool:
    """Whether blanks part all its words. Signs of ASCII are put aside first, for a third of the time."""
    return text.isascii() or not WITHOUT_BLANKS.search(text.encode("utf-8", "ignore").translate(None, ASCII).decode())


def shortened(text: str, characters: int) -> str:
    """At most so many characters, cut between words where it has to be cut."""
    if len(text) <= characters:
        return text
    cut = text[: characters - 1]
    place = cut.rfind(" ")
    return (cut[:place] if place > characters // 2 else cut).rstrip(" ,;:–—-") + ELLIPSIS


def teaser(text: str, words: int = 60) -> str:
    """The beginning of a plain text: at most so many words, to the end of a sentence where one ends in time."""
    cut = _first_words(text, words)
    if not cut or len(cut) == len(text):
        return cut
    sentences = [match.end() for match in SENTENCE_END.finditer(cut) if match.end() * 2 > len(cut)]
    return cut[: sentences[-1]] if sentences else cut.rstrip(" ,;:–—-") + ELLIPSIS


def _first_words(text: str, words: int) -> str:
    """The text to the end of its word with that number; the whole where it has no more words than that."""
    first = text.split(" ", max(words, 0))
    rest = first[words:]
    cut = " ".join(first[:words])
    # Where nothing but single blanks parts the words they need not be looked for one by one.
    has_more, is_plain = rest and rest[0][:1].isalpha(), cut.isprintable() and "" not in first and ELLIPSIS not in cut
    if has_more and is_plain and _has_blanks(cut):
        return cut
    ends = [match.end() for _, match in zip(range(words + 1), WORD.finditer(text), strict=False)]
    if len(ends) <= words:
        return text
    return text[: ends[words - 1]] if words > 0 else ""
