"""A publisher's bytes to text that a feed parser can be trusted with. Pure."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping, Sequence

# Codecs of Python that are no character sets, or that can be made to work for minutes.
NO_CHARACTER_SETS = {"idna", "punycode", "raw-unicode-escape", "unicode-escape", "undefined", "utf-7"}
# Sets that are named where one with more signs is meant, as browsers have it: https://encoding.spec.whatwg.org/#names
SUPERSETS = {
    **{"gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs", "shift-jis": "cp932", "euc-kr": "cp949"},
    **{"iso8859-1": "cp1252", "ascii": "cp1252", "iso8859-9": "cp1254"},
}
# Names that Python does not know: x-sjis, x-gbk, win-1251, windows1252, iso-8859-8-i, windows-31j.
MADE_UP = re.compile(r"x-(?=\w)|(?<=^iso-8859-[68])-[ie]$", re.I)
WINDOWS = re.compile(r"(?:x-)?(?:win(?:dows)?|cp)[-_]?(?=\d{3,4}$)", re.I)
SEVEN_BITS = re.compile("iso2022|hz$")  # what is written in them fits UTF-8's pattern as well
DECLARED_CHARSET = re.compile(rb"""<\?xml[^>]{0,200}?\sencoding\s*=\s*["']([\w.:-]{1,40})["']""")
HEADER_CHARSET = re.compile(r""";\s*charset\s*=\s*["']?([\w.:-]{1,40})""", re.IGNORECASE)
WIDE = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
WIDE_NAMES = ("utf-16", "utf-32")

NO_SIGN = "\ufffd"  # stands for each byte that fits nothing
NOT_ASCII = re.compile("[^\x00-\x7f]")
UNWANTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
REFERENCE = re.compile(r"&#(?:x([0-9a-f]+)|([0-9]+));?", re.IGNORECASE)
SURROGATE_PAIR = re.compile(
    r"&#(x0*d[89ab][0-9a-f]{2}|0*5[56][0-9]{3});&#(x0*d[c-f][0-9a-f]{2}|0*5[67][0-9]{3});", re.I
)
FIRST_TAG = re.compile(r"<\w")
MARKUP = re.compile(r"<!--|<!\[CDATA\[|<\?|<!ENTITY|<!ATTLIST|<!DOCTYPE")
ENDS = {"<!--": "-->", "<![CDATA[": "]]>", "<?": "?>"}
DECLARES = re.compile("<!(?:ENTITY|ATTLIST|DOCTYPE)")
DOCTYPE_WITH_SUBSET = re.compile(r"""<!DOCTYPE(?:[^\["'<>]|"[^"]*"|'[^']*')*\[""")
# Python's own SAX reader looks for each attribute among all: 50,000 on one element cost 40 seconds.
MAX_ATTRIBUTES = 99
TOO_MANY_ATTRIBUTES = re.compile(
    rf"""<([\w:.-]++)(?:\s++[\w:.-]++\s*+=\s*+(?:"[^"]*+"|'[^']*+')){{{MAX_ATTRIBUTES + 1},}}"""
)
ENTRIES = {"item", "entry"}
# A place that is no number (gml:pos) makes feedparser raise, and costs its entry; nobody here asks for places. Under
# "links" and what follows it keeps what it has read elsewhere: a publisher's own element of that name takes its place.
RENAMED = {
    *("keywords", "tags", "pos", "poslist", "links", "authors", "contributors", "title_detail", "summary_detail"),
    *("description_detail", "author_detail", "publisher_detail"),
}
TERM_NAMES = "|".join(
    ("category|subject|enclosure|content|thumbnail|link|author|creator|contributor|credit", *sorted(ENTRIES | RENAMED))
)
TERMS = re.compile(rf"<(/?)((?:[\w.-]+:)?)({TERM_NAMES})(?=[\s/>])", re.I)
MAX_NAME, MAX_PERSON = 400, 1000  # characters
# In an address nobody escapes: feedparser reads the sign of a name into "&lang=en", "&copy=2", "&sect=3".
WEB_ADDRESS = re.compile(r"""<!\[CDATA\[(?:[^\]]++|\](?!\]>))*+|https?://[^<>"'\s]*+""")
RAW_AMPERSAND = re.compile(r"&(?=[A-Za-z_][\w.-]*+=)")
LONG_NAME = re.compile(rf"<(/?)[^\s<>/]{{{MAX_NAME},}}+")  # 12 million characters of one took two gigabytes
# feedparser looks for an address in whatever names a person, in a time that grows with the square of its length.
PERSON_NAMES = "author|creator|contributor|name|owner|publisher|managingeditor|webmaster|email"
LONG_PERSON = re.compile(
    rf"(<(?:[\w.-]{{1,40}}+:)?+(?=[acempnow])(?:{PERSON_NAMES})"
    rf"(?:\s[^<>]{{0,200}})?>\s{{0,99}}(?:<!\[CDATA\[)?[^<\]]{{{MAX_PERSON}}})[^<\]]++",
    re.IGNORECASE,
)
MAX_TERMS = 60


class DeclaresEntities(Exception):
    """A document is not given to a parser: see declares_entities."""


def decode(body: bytes, headers: Mapping[str, str]) -> str:
    """The document's characters, by what is said about them and by what they are; never raises."""
    return _decoded(body, headers.get("content-type", "")).lstrip("\ufeff \t\r\n")


def _decoded(body: bytes, content_type: str) -> str:
    for mark, encoding in WIDE:
        if body.startswith(mark):
            return body.decode(encoding, "replace")
    body = body.lstrip()
    in_header, declared = HEADER_CHARSET.search(content_type), DECLARED_CHARSET.match(body[:400])
    said = (in_header[1] if in_header else "", declared[1].decode("ascii") if declared else "")
    # What begins with signs of one byte each is not of two, though systems that wrote it in memory say so.
    names = [name for name in map(_charset, said) if name and (b"\0" in body[:4] or not name.startswith(WIDE_NAMES))]
    # UTF-8 is recognised by its pattern: where it fits, a claim of another set is a mistake.
    is_of_seven_bits = any(map(SEVEN_BITS.match, names)) and body.isascii()
    if not is_of_seven_bits and (text := _utf_8(body, names)) is not None:
        return text
    for name in names:
        try:
            return body.decode(SUPERSETS.get(name, name))
        except UnicodeDecodeError:
            continue
    return _damaged(body, names)


def _charset(name: str) -> str:
    """Python's name for it; "" for what is no character set."""
    for written in (name, "cp932" if name.lower() == "windows-31j" else WINDOWS.sub("cp", name), MADE_UP.sub("", name)):
        try:
            found = codecs.lookup(written).name.replace("_", "-")
            b"x".decode(written, "ignore")  # rot13 and its like can be looked up, but make no text of bytes
        except (LookupError, ValueError):
            continue
        return "" if found in NO_CHARACTER_SETS else found
    return ""


def _utf_8(body: bytes, said: Sequence[str]) -> str | None:
    """One bad byte must not garble a whole feed: UTF-8 where most of it is. None where it is something else.

    Several bytes that fit UTF-8's pattern hardly come about by chance, least of all where UTF-8 is declared.
    """
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = body.decode("utf-8-sig", "replace")
    bad = text.count(NO_SIGN)
    good = len(NOT_ASCII.findall(text)) - bad
    is_said = all(name.startswith("utf-8") for name in said)
    return text if bad <= good * (0.25 if not is_said else 8 if said else 2) else None


def _damaged(body: bytes, said: Sequence[str]) -> str:
    """In a set that was named and that most of it fits, else in what Western Europe used before UTF-8."""
    for name in said:
        text = "" if name.startswith("utf-8") else body.decode(SUPERSETS.get(name, name), "replace")
        if text and text.count(NO_SIGN) * 4 <= len(NOT_ASCII.findall(text)):
            return text
    return body.decode("cp1252", "replace")


def declares_entities(text: str) -> bool:
    """Whether a document type declares entities or default attributes: both multiply a small document at will."""
    if not DECLARES.search(text):
        return False
    first = FIRST_TAG.search(text)
    if "<!ENTITY" in text[: first.start() if first else None]:
        return True  # Even in a comment: feedparser looks no closer.
    place = 0
    while match := MARKUP.search(text, place):
        if match[0] in {"<!ENTITY", "<!ATTLIST"} or DOCTYPE_WITH_SUBSET.match(text, match.start()):
            return True
        end = ENDS.get(match[0])
        place = text.find(end, match.end()) if end else match.end()
        if place < 0:
            return False
    return False


def mend(text: str) -> str:
    """Without what XML forbids and parsers stumble over; emoji written as two surrogates become one character."""
    text = with_allowed_signs(text)
    if RAW_AMPERSAND.search(text):
        text = WEB_ADDRESS.sub(_with_whole_query, text)
    text = LONG_PERSON.sub(r"\1", LONG_NAME.sub(r"<\1left-out", text))
    return _without_excess(TOO_MANY_ATTRIBUTES.sub(r"<\1", text))


def _with_whole_query(match: re.Match[str]) -> str:
    """A CDATA section stays as it is: nothing has to be escaped in it."""
    return match[0] if match[0].startswith("<") else RAW_AMPERSAND.sub("&amp;", match[0])


def with_allowed_signs(text: str) -> str:
    """Nothing that XML forbids, written or referred to. HTML allows it, but not those who make trees of it."""
    text = UNWANTED.sub("", text)
    return REFERENCE.sub(_allowed_reference, SURROGATE_PAIR.sub(_pair, text)) if "&#" in text else text


def _allowed_reference(match: re.Match[str]) -> str:
    """The reference, or U+FFFD for one to a control, a surrogate, a noncharacter or beyond Unicode."""
    digits, base = (match[1], 16) if match[1] else (match[2], 10)
    number = int(digits, base) if len(digits) < 12 else 0
    is_control = number < 32 and number not in {9, 10, 13}
    is_wrong = is_control or 0xD800 <= number < 0xE000 or number in {0xFFFE, 0xFFFF} or number > 0x10FFFF
    return "\ufffd" if is_wrong else match[0]


def _pair(match: re.Match[str]) -> str:
    high, low = (int(half[1:], 16) if half[0] in "xX" else int(half) for half in (match[1], match[2]))
    if not 0xD800 <= high < 0xDC00 <= low < 0xE000:
        return match[0]
    return chr(0x10000 + ((high - 0xD800) << 10) + low - 0xDC00)


def _without_excess(text: str) -> str:
    """Rename what exceeds MAX_TERMS of a kind in one entry, and every one of RENAMED.

    feedparser compares each new term with all earlier ones: 40,000 on one entry cost 19 seconds.
    """
    seen: dict[str, int] = {}
    return TERMS.sub(lambda match: _counted(match, seen), text)


def _counted(match: re.Match[str], seen: dict[str, int]) -> str:
    slash, prefix, name = match[1], match[2], match[3].lower()
    if name in ENTRIES:
        seen.clear()
        return match[0]
    if not slash:
        seen[name] = seen.get(name, 0) + 1
    is_excess = seen.get(name, 0) > MAX_TERMS or name in RENAMED
    return f"<{slash}{prefix}left-out" if is_excess else match[0]
