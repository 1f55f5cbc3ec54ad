"""The one HTML policy. What leaves here may be shown as it is: no other code judges a publisher's markup. Pure.

nh3 parses as a browser does and keeps what the allow-list names; one walk over its result then drops what an
allow-list cannot tell (tracking pixels, inner addresses, empty links) and leaves a flat row of blocks. What is changed
before nh3 is changed for the text's sake (lazy pictures, captions by class): safety does not rest on it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import urlsplit

import nh3

from articles.ingest.addresses import refusal
from articles.ingest.canonical import is_printable_address
from articles.ingest.layout_tables import without_layout
from articles.ingest.lazy_images import waits, with_real_addresses
from articles.ingest.notations import with_plain_notations
from articles.ingest.prose import ELLIPSIS, UNWANTED, VISIBLE, flat, is_blank, teaser, text_of_clean, word_count
from articles.ingest.shortcodes import without_shortcodes

BLOCKS = {"p", "h2", "h3", "blockquote", "ul", "ol", "dl", "figure", "table", "pre", "hr"}
TABLE_PARTS = {"caption", "thead", "tbody", "tfoot", "tr", "th", "td"}
PARTS = TABLE_PARTS | {"li", "dt", "dd", "figcaption"}  # of blocks: bare ones lose their tags
LINES = {"p", "h2", "h3", "figcaption"}
TAGS = BLOCKS | PARTS | {"a", "em", "strong", "s", "img", "br", "code", "sup", "sub"}
VOID = {"br", "hr", "img"}
ATTRIBUTES = {
    "a": {"href"},
    "img": {"src", "alt", "width", "height", "style", "hidden"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
    "ol": {"start"},
}
PLAIN = bytes([*range(32, 127), *b"\n"])
WITH_CONTENT = {
    *("script", "style", "noscript", "iframe", "object", "embed", "applet", "template", "svg", "math", "title", "head"),
    *("form", "textarea", "select", "button", "video", "audio", "canvas", "map", "noembed", "noframes", "frameset"),
}
# In XHTML these may be empty; HTML knows no such thing, and would take what follows for their content.
EMPTY = re.compile(
    rf"""<({"|".join((WITH_CONTENT - {"svg", "math"}) | {"a", "em", "i", "strong", "b"})})"""
    r"""(?=[\s/])((?:[^<>"']++|"[^"<]*+"|'[^'<]*+')*+)>""",
    re.I,
)
RELATIVE = re.compile(r'(?:href|src)(?!="https?://)')
NOT_FROM_ROOT = re.compile(r'(?:href|src)(?!="(?:https?:/)?/)')
ROOT = re.compile(r"https?://[a-z0-9.-]+(?::\d+)?/")
LINK_REL = "noopener nofollow ugc"

RENAMED = {
    "b": "strong",
    **dict.fromkeys(("i", "cite", "dfn"), "em"),
    **dict.fromkeys(("tt", "kbd", "samp"), "code"),
    **dict.fromkeys(("del", "strike"), "s"),
    "h1": "h2",
    **dict.fromkeys(("h4", "h5", "h6"), "h3"),
    **dict.fromkeys(("div", "section", "article", "main", "header"), "p"),
    **dict.fromkeys(("footer", "aside", "nav", "center", "address"), "p"),
    **dict.fromkeys(("details", "summary", "hgroup", "fieldset", "legend"), "p"),
}
RENAMED_TAG = rf"</?(?:{'|'.join(RENAMED)})(?=[\s/>])"
NEW_STARTS = {f"<{slash}{name}": f"<{slash}{new}" for name, new in RENAMED.items() for slash in ("", "/")}
# Looking for either case takes three times as long, and hardly anybody writes capitals.
RENAMED_SMALL, RENAMED_ANY, CAPITAL_TAG = re.compile(RENAMED_TAG), re.compile(RENAMED_TAG, re.I), re.compile("</?[A-Z]")
START_TAG = re.compile(r"""<\w[^>=]*+(?:=\s*+(?:"[^"]*+"|'[^']*+')?+[^>=]*+)*+""")
PARAGRAPH_BREAK = re.compile(r"<br\s*/?>(?:\s|&nbsp;|\xa0)*<br\s*/?>(?:\s|&nbsp;|\xa0|<br\s*/?>)*", re.I)
# Where no element says where a paragraph ends, a blank line does.
STRUCTURE = re.compile(
    r"<(?:p|div|[bh]r|[uod]l|li|d[td]|table|t[rdh]|blockquote|figure|pre|section|article|main|header|footer|aside|nav"
    r"|center|address|h[1-6])\b",
    re.I,
)
BLANK_LINES = re.compile(r"\r?\n[^\S\n]*+\n\s*+")
QUOTATION = re.compile(r"<(/?)q(?=[\s>])[^<>]*>", re.I)
# Publishing systems that know no <figcaption> name the class of a paragraph after it, or of a cell.
CAPTION = re.compile(
    r"""<(?P<tag>p|dd|td)\s(?:[^<>"']|"[^"<]*"|'[^'<]*'){0,9}?\bclass\s?=\s?["'](?:[\w -]* )?"""
    r"""(?:wp-caption-(?:text|dd)|(?:image-|img-|photo-|media-)?caption|(?P<cell>tr-caption))"""
    r"""(?: [^"'<>]*)?["'][^<>]*>"""
    r"""(?P<text>(?:[^<]++|<(?!/?(?:p|dd|td|div|img)\b))*+)</(?P=tag)\s*>""",
    re.I,
)
# The name of who took the picture stands in an element of its own, with no blank before it.
CREDIT = re.compile(r"(?<=[^\s>])(<(?:span|small|cite|em|i)\b)", re.I)
FIGCAPTION_TEXT = re.compile(r"<figcaption\b[^<>]*>(?:[^<]++|<(?!/?figcaption\b))*+(?=</figcaption)", re.I)
TAG = re.compile(r"<(/?)([a-z0-9]+)([^>]*)>")
# An element that holds nothing but words and links, as most do, in one piece; else a tag; else what is bare.
PIECE = re.compile(
    r"<(p|h2|h3|li|dt|dd|td|th|figcaption)>((?:[^<]++|</?(?:em|strong|s|code|sup|sub|a)>|<a [^>]*>|<br>)*+)</\1>"
    rf"|{TAG.pattern}|([^<]++|<)"
)
LINK = re.compile(r"<a(?: ([^>]*))?>((?:[^<]++|<(?!/a>))*+)</a>")
ATTRIBUTE = re.compile(r'([a-z]+)="([^"]*)"')
HIDING_STYLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*(?:0(?:\.0\d*)?|\.0\d*)(?![.\d])"
    r"|(?<![\w-])(?:max-)?(?:width|height)\s*:\s*(?:[0-2](?:\.\d+)?|\.\d+)(?:p[xt])?\s*(?:!|;|$)"
    r"|(?:left|top|right|text-indent)\s*:\s*-\d{3,}"
    r"|transform\s*:\s*scale\(\s*0(?:\.0\d*)?\s*[,)]|clip\s*:\s*rect\((?:\s*[01](?:px)?[\s,]+){3}",
    re.I,
)
# A box that is not shown and holds no word: its picture counts readers as well.
HIDDEN_BOX = re.compile(
    r"<(div|span|p|td|center)(?=\s[^<>]*?(?:(?:display\s*:\s*none|visibility\s*:\s*hidden)"
    r"|(?<=\s)hidden(?=\s*(?:[=>]|[a-z-]+=))))[^<>]*+>(?:\s++|<(?!/?\1\b)[^<>]*+>)*+</\1\s*>",
    re.I,
)
PIXELS = re.compile(r"\s*(\d{1,4})(?:\.\d*)?(?![\d.%])", re.ASCII)
VISIBLE_IN_TAGS = re.compile(f">[^<]*?(?=[^<]){VISIBLE.pattern}")
EMPTY_PARAGRAPH = re.compile(r"<(p|h2|h3|li|dt|dd)>(?:\s|<br>)*</\1>")
# Whether there is anything for the one above and the two below: most texts have none of the three.
LOOSE = re.compile(r"<(?:(?:p|h2|h3|li|dt|dd)>(?:\s|<br>|</)|/p>(?:(?<=\s</p>)|(?<=<br></p>)))")
BLANK_START, BLANK_END = re.compile(r"<p>(?:\s|<br>)"), re.compile(r"</p>(?:(?<=\s</p>)|(?<=<br></p>))")
BARE_EDGES = re.compile(r"^(?:\s|<br>)+|(?:\s|<br>){1,20}$")
FIGCAPTION = re.compile(r"<figcaption>.*?</figcaption>", re.S)
QUOTED = re.compile(r"<(?:table|pre|blockquote)>")
LEAST_WORDS = 5  # of a figure without a picture that is a box of text, and not what an embedded film left behind
ONLY_PICTURE = re.compile(r"<p>\s*((?:<a [^>]*>)?<img [^>]*>(?:</a>)?)\s*</p>")
MAX_SPAN = 50  # columns or rows

# Pictures that count readers and show nothing, whatever size they claim.
COUNTER = re.compile(
    r"https?://(?:feeds\.feedburner\.com/~|feedads\.|pixel\.|stats\.wordpress\.com/|\w+\.doubleclick\."
    r"|(?:www\.)?google-analytics\.com/|s?b\.scorecardresearch\.com/|(?:www\.)?facebook\.com/tr\b|[\w.]+\.quantserve\.com/"
    r"|counter\.|track(?:er|ing)?\.|beacon\.|[\w.]*googleadservices\.com/|[\w.]+\.googlesyndication\.com/)",
    re.I,
)
COUNTER_NAME = re.compile(
    r"(?:^|/)(?:(?:[\w.-]*[_.-])?(?:count(?:er)?|hit|pixel|beacon|track(?:er|ing)?|spacer|blank|transparent|clear|cleardot"
    r"|1x1|1px)(?:[_.-](?:1x1|gif|pixel))*\.(?:gif|png)|1x1[\w.-]*\.gif|pixel|beacon)$",
    re.I,
)
# Letters that are drawn: their text is the letter.
EMOJI = re.compile(
    r"https?://(?:s\.w\.org/images/core/emoji/|[\w.-]*twimg\.com/emoji/|twemoji\.maxcdn\.com/|[\w.-]+/wp-includes/images/smilies/"
    r"|fonts\.gstatic\.com/s/e/notoemoji/|[\w.-]*fbcdn\.net/images/emoji\.php/)",
    re.I,
)
LONGEST_EMOJI = 16  # characters: some flags take so many
# Where a link leads to pass the article on; its picture is that service's sign.
SHARING = re.compile(
    r'href="https?://(?:www\.|m\.)?(?:(?:twitter|x)\.com/(?:home|share|intent)\b|facebook\.com/(?:share|dialog/)'
    r"|plus\.google\.com/share|linkedin\.com/(?:share|cws)|reddit\.com/submit|[\w.]*pinterest\.com/pin/create"
    r"|tumblr\.com/(?:share|widgets/share)|wa\.me/|api\.whatsapp\.com/send|t(?:elegram)?\.me/share|digg\.com/submit"
    r"|del(?:icio\.us|icious\.com)/(?:post|save)|stumbleupon\.com/submit|add(?:toany|this)\.com/|bsky\.app/intent)",
    re.I,
)
COUNTER_ENDS = (".gif", ".png", "pixel", "beacon")  # of all that COUNTER_NAME finds

MAX_MARKUP = 400_000  # characters that are parsed
MAX_LENGTH = 200_000  # characters that are kept


def clean_html(markup: str, base_url: str = "", allowed: Collection[str] = ()) -> str:
    """Safe HTML as a row of blocks, at most MAX_LENGTH characters. Never raises.

    Relative links start from base_url. `allowed` are "host:port" pairs that pictures may come from although private.
    """
    return "".join(clean_blocks(markup, base_url, allowed))


def clean_blocks(markup: str, base_url: str = "", allowed: Collection[str] = ()) -> list[str]:
    """As clean_html, the blocks one by one."""
    if not markup:
        return []
    row = _Row(allowed, base_url.partition("#")[0].rstrip("/"))
    words = markup[:MAX_MARKUP].removeprefix("<p>").removesuffix("</p>")
    if "<" not in words and words.isprintable() and not any(sign in words for sign in ">&["):
        row.keep(f"<p>{words.strip()}</p>")  # as nh3 would leave it
    else:
        row.walk(_allowed_elements(markup, base_url))
    is_short = sum(map(len, row.blocks)) <= MAX_LENGTH
    return row.blocks if is_short else list(_within(row.blocks, MAX_LENGTH))


def _allowed_elements(markup: str, base_url: str) -> str:
    """What nh3 keeps, balanced, without empty paragraphs and blanks at the edges of others."""
    # nh3 takes no lone surrogates.
    markup, tags = _prepared(flat(markup[:MAX_MARKUP].encode("utf-8", "ignore").decode()))
    renamed = RENAMED_ANY if CAPITAL_TAG.search(markup) else RENAMED_SMALL
    markup = renamed.sub(lambda match: NEW_STARTS[match[0].lower()], markup)
    markup = _sanitized(PARAGRAPH_BREAK.sub("</p><p>", markup), tags, base_url)
    if not _is_printable(markup):  # Nothing unwanted is; the pattern takes longer.
        markup = UNWANTED.sub("", markup)
    markup = markup.replace("&nbsp;", "\xa0")
    if LOOSE.search(markup):
        markup = _without_edge_breaks(EMPTY_PARAGRAPH.sub(_border, markup))
    return without_layout(markup)


def _border(match: re.Match[str]) -> str:
    """An empty paragraph is what a box leaves that ends behind another: what stands around it are two texts."""
    return "<p></p>" if match[1] == "p" else ""


def _is_printable(markup: str) -> bool:
    """Whether nothing but printable signs and ends of lines stands in it: of most texts few need to be looked at."""
    return markup.encode().translate(None, PLAIN).decode().isprintable()


def _without_edge_breaks(markup: str) -> str:
    """No blanks and breaks at the beginning or end of a paragraph. Cuts and strips: a pattern tries at every blank."""
    if not BLANK_START.search(markup) and not BLANK_END.search(markup):
        return markup  # as most
    opened = markup.split("<p>")
    markup = "<p>".join([opened[0], *map(_without_first_breaks, opened[1:])])
    *closed, rest = markup.split("</p>")
    return "</p>".join([*map(_without_last_breaks, closed), rest])


def _without_first_breaks(text: str) -> str:
    while (text := text.lstrip()).startswith("<br>"):
        text = text.removeprefix("<br>")
    return text


def _without_last_breaks(text: str) -> str:
    while (text := text.rstrip()).endswith("<br>"):
        text = text.removesuffix("<br>")
    return text


def _prepared(markup: str) -> tuple[str, str]:
    """What publishers mean, in elements that the policy knows; and the start tags, a seventh of what is to be read."""
    if "[" in markup:
        markup = without_shortcodes(markup)
    if "\n" in markup and not STRUCTURE.search(markup):
        markup = BLANK_LINES.sub("</p><p>", markup.strip())
    if "/>" in markup:
        markup = EMPTY.sub(_with_end, markup)
    tags = start_tags(markup)
    lowered = tags.lower()
    if waits(lowered):
        markup = with_real_addresses(markup)
        lowered = start_tags(markup).lower()
    if "caption" in tags:
        if lowered.count("caption") > lowered.count("figcaption"):
            markup = CAPTION.sub(_as_caption, markup)
        markup = FIGCAPTION_TEXT.sub(_with_parted_credit, markup)
    if "<img" in tags and ("none" in tags or "hidden" in tags):
        markup = HIDDEN_BOX.sub("", markup)
    markup = with_plain_notations(markup)
    if "<q" in tags:
        markup = QUOTATION.sub(lambda match: "”" if match[1] else "“", markup)
    return markup, lowered


def start_tags(markup: str) -> str:
    return "".join(START_TAG.findall(markup))


def _with_end(match: re.Match[str]) -> str:
    """A stroke that ends an address without quotes is a part of it."""
    name, attributes = match.groups()
    is_empty = attributes.endswith("/") and attributes[-2:-1] in {"", " ", "\t", "\n", '"', "'"}
    return f"<{name}{attributes[:-1]}></{name}>" if is_empty else match[0]


def _as_caption(match: re.Match[str]) -> str:
    """A cell stays one: outside of any, a browser would put the caption before the table. Some are those of figures."""
    caption = f"<figcaption>{match['text']}</figcaption>"
    if match["tag"].lower() != "td":
        return caption
    return f"<td>{caption}</td>" if match["cell"] else match[0]


def _with_parted_credit(match: re.Match[str]) -> str:
    start, end, text = match[0].partition(">")
    return start + end + (CREDIT.sub(r" \1", text) if "<" in text else text)


def _sanitized(markup: str, tags: str, base_url: str) -> str:
    try:
        # A form feed, which no XML may hold, is a blank of HTML's.
        return _policy(_needed_base(tags, base_url)).clean(markup).replace("\f", " ")
    except ValueError:  # nh3 is stricter about addresses than anybody else.
        return _policy("").clean(markup)


def _needed_base(tags: str, base_url: str) -> str:
    """Where every address is absolute, none; where others begin with a stroke, the site's root; else base_url.

    It spares making a policy for each entry, which takes half as long as cleaning one.
    """
    if not RELATIVE.search(tags):
        return ""
    root = ROOT.match(base_url)
    return root[0] if root and not NOT_FROM_ROOT.search(tags) else base_url


@lru_cache(maxsize=32)
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


def opening(markup: str, words: int = 90) -> str:
    """What everybody may read of a walled text, given and taken as HTML of clean_html: see opening_of."""
    return opening_of(blocks_of(markup), words, word_count(text_of_clean(markup)))


def opening_of(blocks: Iterable[str], words: int, total: int) -> str:
    """Whole paragraphs, never more than `words` or a quarter of the `total` words of a text.

    Where the first paragraph is longer than that, its beginning.
    """
    limit = min(words, total // 4)
    taken: list[str] = []
    for block in blocks:
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
                text = text_of_clean(block)
                cut = paragraph(text[: MAX_LENGTH // 2])
                # Escaped a sign may take five.
                yield cut if len(cut) <= MAX_LENGTH else paragraph(text[: MAX_LENGTH // 6])
            return
        yield block


@dataclass(slots=True)
class _Row:
    """One walk over nh3's balanced output, to a row of blocks with nothing bare between them."""

    allowed: Collection[str]
    page_url: str = ""  # without the last stroke
    blocks: list[str] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)  # of the block or the bare run being read
    ends: list[str] = field(default_factory=list)  # how each open element will be closed; "" where it was left out
    starts: list[int] = field(default_factory=list)  # where in `pieces` each of them began
    seen: set[str] = field(default_factory=set)  # pictures so far: a lazy one and its spare are one
    is_bare: bool = True
    is_line: bool = True  # nothing but words and pictures may stand in it

    def walk(self, markup: str) -> None:
        for plain, text, slash, name, attributes, bare in PIECE.findall(markup):
            if plain:
                self.plain(plain, text)
            elif bare:
                if self.pieces or self.ends or not bare.isspace():
                    self.pieces.append(bare)
            elif name in VOID:
                self.void(name, attributes)
            elif slash:
                self.close(name)
            else:
                self.open(name, attributes)
        self.end_block()

    def plain(self, name: str, text: str) -> None:
        """An element of PIECE: what open() and close() would make of its parts, many times faster."""
        if name == "p" and not text:
            if self.ends:
                self.pieces.append(" ")
            elif self.pieces:
                self.end_block()
            return
        self.break_out(name)
        if "<a" in text:
            text = LINK.sub(self.link, text)
            if name == "p" and not self.ends:
                text = _without_last_breaks(_without_first_breaks(text))  # A link at the edge may be gone now.
        whole = f"<{name}>{text}</{name}>"
        if self.ends or name not in LINES:
            self.pieces.append(f" {text} " if self.is_line else whole)
            return
        if self.pieces:
            self.end_block()
        if name == "figcaption":
            self.caption(whole)
        elif _begins_plainly(text):
            self.blocks.append(whole)
        else:
            self.keep(whole)

    def link(self, match: re.Match[str]) -> str:
        start = self.start_tag("a", match[1] or "")
        return f"{start}{match[2]}</a>" if start and _is_seen(match[2]) else match[2]

    def void(self, name: str, attributes: str) -> None:
        if name == "hr" and not self.ends:
            self.end_block()
            self.blocks.append("<hr>")
        elif name == "img":
            self.pieces.append(self.image(attributes))
        elif name == "br":
            self.pieces.append("<br>")

    def break_out(self, name: str) -> None:
        """A block in the midst of emphasis, as whole texts are where they were copied, ends it; not so a link."""
        if self.ends and self.is_bare and (name in BLOCKS or name == "figcaption") and "</a>" not in self.ends:
            self.pieces += reversed(self.ends)
            self.starts.clear()
            self.ends.clear()

    def open(self, name: str, attributes: str) -> None:
        self.break_out(name)
        begins_block = not self.ends and (name in BLOCKS or name == "figcaption")
        if begins_block:
            self.end_block()
            self.is_bare, self.is_line = False, name in LINES
        # What is a block in itself, or a part of one, cannot stand in a paragraph or in a bare run that becomes one.
        is_misplaced = self.is_line and not begins_block and (name in BLOCKS or name in PARTS)
        start = " " if is_misplaced else self.start_tag(name, attributes)
        self.starts.append(len(self.pieces))
        self.pieces.append(start)
        self.ends.append("" if is_misplaced or not start else f"</{name}>")

    def start_tag(self, name: str, attributes: str) -> str:
        """As it will stand; "" for a link that leads nowhere."""
        if name == "a":
            link = self.href(attributes)
            return f'<a href="{link}" rel="{LINK_REL}">' if link else ""
        if not attributes:
            return f"<{name}>"
        numbers = [(key, _pixels(value)) for key, value in ATTRIBUTE.findall(attributes)]
        most = 9999 if name == "ol" else MAX_SPAN
        kept = [f' {key}="{number}"' for key, number in numbers if number and number <= most]
        return f"<{name}{''.join(kept)}>"

    def close(self, name: str) -> None:
        if not self.ends:  # What was broken out of.
            return
        start, end = self.starts.pop(), self.ends.pop()
        if name == "a" and end and not _is_seen("".join(self.pieces[start + 1 :])):
            self.pieces[start] = end = ""  # A link that nobody can see or name.
        elif name == "a" and SHARING.search(self.pieces[start]) and not _is_named("".join(self.pieces[start + 1 :])):
            self.pieces[start:], end = [""], ""
        self.pieces.append(end or ("" if name == "a" else " "))
        if not self.ends and not self.is_bare:
            self.end_block()

    def end_block(self) -> None:
        block, is_bare = "".join(self.pieces).strip(), self.is_bare
        self.pieces.clear()
        self.is_bare = self.is_line = True
        if not block:
            return
        if is_bare:
            block = f"<p>{BARE_EDGES.sub('', block)}</p>"
        elif block.startswith("<p>"):
            block = _without_edge_breaks(block)  # What stood at the edge may be gone now.
        if block.startswith("<figcaption>"):
            self.caption(block)
        elif block.startswith("<figure>") and _is_box(block):
            box = _Row(self.allowed, self.page_url, seen=self.seen)
            box.walk(block.removeprefix("<figure>").removesuffix("</figure>"))
            self.blocks += box.blocks
        else:
            self.keep(block)

    def keep(self, block: str) -> None:
        if _holds_something(block):
            self.blocks.append(block)

    def caption(self, block: str) -> None:
        """One outside of any figure: with the picture before it, it makes one."""
        inside = block.removeprefix("<figcaption>").removesuffix("</figcaption>").strip()
        if not _is_seen(inside):
            return
        picture = ONLY_PICTURE.fullmatch(self.blocks[-1]) if self.blocks else None
        if picture:
            self.blocks[-1] = f"<figure>{picture[1]}<figcaption>{inside}</figcaption></figure>"
        else:
            self.blocks.append(f"<p>{inside}</p>")

    def href(self, attributes: str) -> str:
        """The link, escaped as it stands; "" where it leads nowhere a reader should be sent."""
        link = attributes.partition('href="')[2].partition('"')[0]  # nh3 leaves a link no other attribute
        netloc = link.partition("//")[2].partition("/")[0]
        is_web = link[:8].lower().startswith(("http://", "https://"))
        is_good = is_web and netloc and "@" not in netloc and "\\" not in link
        return link if is_good and is_printable_address(link) else ""

    def image(self, attributes: str) -> str:
        found = dict(ATTRIBUTE.findall(attributes))
        width, height = _pixels(found.get("width", "")), _pixels(found.get("height", ""))
        if (width is not None and width <= 2) or (height is not None and height <= 2) or "hidden" in found:
            return ""
        if "style" in found and HIDING_STYLE.search(html.unescape(found["style"])):
            return ""
        url = html.unescape(found.get("src", ""))
        if EMOJI.match(url):
            letter = html.unescape(found.get("alt", ""))
            return html.escape(letter) if len(letter) <= LONGEST_EMOJI else ""
        if url in self.seen or not is_picture_url(url, self.allowed):
            return ""
        if url.partition("#")[0].rstrip("/") == self.page_url:
            return ""  # What src="" leads to.
        self.seen.add(url)
        size = f' width="{width}" height="{height}"' if width and height else ""
        alt = html.escape(html.unescape(found.get("alt", ""))[:300])
        source = html.escape(url)
        return f'<img src="{source}" alt="{alt}"{size} loading="lazy" referrerpolicy="no-referrer">'


def _begins_plainly(text: str) -> bool:
    """With a letter or a number that anybody sees, as most of what is written does."""
    return text[:1].isalnum() and text[:1].isascii()


def _is_seen(markup: str) -> bool:
    return "<img " in markup or _is_named(markup)


def _is_named(markup: str) -> bool:
    """Whether there are words, not only pictures."""
    return _begins_plainly(markup) or not is_blank(html.unescape(TAG.sub("", markup)))


def _is_box(figure: str) -> bool:
    """Whether it holds a text of its own, as some publishers set facts apart, and nothing that a figure is for."""
    if "<img " in figure or QUOTED.search(figure):
        return False
    return word_count(text_of_clean(FIGCAPTION.sub("", figure))) >= LEAST_WORDS


def _holds_something(block: str) -> bool:
    if "<img" in block or (block.startswith("<p>") and block[3] != "<" and VISIBLE.match(block, 3)):
        return True
    is_lost_caption = block.startswith("<figure>") and not QUOTED.search(block)
    return not is_lost_caption and VISIBLE_IN_TAGS.search(block) is not None


def _pixels(value: str) -> int | None:
    """As browsers read it: whole ones, whatever unit stands behind; None for a share of what is around it."""
    found = PIXELS.match(value)
    return int(found[1]) if found else None


def is_picture_url(url: str, allowed: Collection[str] = ()) -> bool:
    """Whether a reader's browser may be sent there for a picture."""
    if not 0 < len(url) <= 1000 or COUNTER.match(url):
        return False
    path = url.partition("#")[0].partition("?")[0]
    if path.lower().endswith(COUNTER_ENDS) and COUNTER_NAME.search(path):
        return False
    return not refusal(url, allowed)
