"""What feedparser makes of an ordinary feed, in a fifth of its time. Pure.

feedparser's own handlers decide what each element means. This replaces what stands around them and costs the most: the
way from the parser to the handlers, and the store of what they find (its dictionaries translate every key). It reads
documents whose elements mend() would leave as they are and that expat, which feedparser uses too, finds well-formed.
Whatever is out of the ordinary is left to feedparser itself: a document type, markup that is not escaped, base64.

The document is a stranger's: expat is told of no file and no address, nothing here calls itself, and depth, names,
attributes, terms and namespaces are bounded, and so is what names a person.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from typing import Any, NamedTuple
from xml.parsers import expat

import feedparser
from feedparser.api import StrictFeedParser
from feedparser.html import _cp1252
from feedparser.urls import make_safe_absolute_uri
from feedparser.util import FeedParserDict

from articles.ingest.dates import usual_date
from articles.ingest.document import (
    MAX_ATTRIBUTES,
    MAX_NAME,
    MAX_PERSON,
    MAX_TERMS,
    PERSON_NAMES,
    REFERENCE,
    RENAMED,
    TERM_NAMES,
    mend,
)

MAX_DEPTH, MAX_NAMESPACES = 50, 100
DECLARATION, OUR_DECLARATION = re.compile(r"<\?xml[^>]*?>"), "<?xml version='1.0' encoding='utf-8'?>"
FIRST_TAG = re.compile(r"<\w", re.ASCII)
AMPERSAND_OF_QUERY = re.compile(r"&([A-Za-z0-9_]+);")  # what an & of a link may have become
# Names for which feedparser's dictionaries have others.
STORED = {name: to if isinstance(to, str) else to[0] for name, to in FeedParserDict.keymap.items()}
LISTED = {"category", "tags", "itunes_keywords"}  # their handlers keep them
CONTROL = re.compile("[\x80-\x9f]")
ESCAPED = {"text/plain", "text/html"}
TERMS, PERSONS = set(TERM_NAMES.split("|")), set(PERSON_NAMES.split("|"))

# It tries every kind of date in turn: this one, which is asked first, reads the commonest in a third of the time.
feedparser.registerDateHandler(usual_date)

Raw = dict[str, Any]  # one of feedparser's dictionaries
Handler = Callable[..., object]


class _UnusualError(Exception):
    """Something that is left to feedparser."""


def read_quickly(text: str, base_url: str) -> Any:
    """feedparser's result: .feed, .entries and .version. None where feedparser has to be asked.

    base_url is what feedparser is told to be the content-location, "" for none.
    """
    if not _is_ordinary(text):
        return None
    parser = expat.ParserCreate("utf-8", " ")
    parser.namespace_prefixes = True
    parser.buffer_text = True
    parser.buffer_size = 1 << 16
    parser.StartDoctypeDeclHandler = _refuse
    reader = _Reader(base_url)
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.data
    parser.StartNamespaceDeclHandler = reader.startPrefixMapping
    try:
        reader.set_base("")
        parser.Parse(_declared(text).encode(), True)
    except Exception:  # Not well-formed, unusual, or one of the dozen kinds that feedparser raises on hostile text.
        return None
    if not reader.version:
        return None
    return FeedParserDict(feed=reader.feeddata, entries=reader.entries, version=reader.version)


def _declared(text: str) -> str:
    """As feedparser has it: whatever the declaration says, the text is UTF-8 and XML 1.0 by now."""
    match = DECLARATION.match(text)
    return OUR_DECLARATION + (text[match.end() :] if match else f"\n{text}")


def _refuse(*_: object) -> None:
    raise _UnusualError


def _is_ordinary(text: str) -> bool:
    """Whether feedparser would be given this very text, without more than the text."""
    first = FIRST_TAG.search(text)  # until where feedparser replaces document types, be they in a comment
    if first is None or not text.startswith("<"):
        return False
    head = text[: first.start()]
    if "<!DOCTYPE" in head or "<!ENTITY" in head:
        return False
    if "&#" in text:
        # Each reference once, with nothing between two that could make them one.
        references = " ".join(f"&#{'x' if six else ''}{six or ten};" for six, ten in set(REFERENCE.findall(text)))
        return mend(references) == references
    return True


class _Name(NamedTuple):
    """What is to be done with the elements of one name."""

    tag: str  # feedparser's: a prefix of its own, lower case
    key: str  # under which it stores what it does not know
    start: Handler | None
    end: Handler | None
    ends_text_input: bool
    ends_image: bool
    term: str  # by which terms of its kind are counted, "" where they need not be
    is_person: bool


class _Reader(StrictFeedParser):  # type: ignore[misc]  # feedparser has no types
    """One document on its way through feedparser's handlers (its _start_… and _end_…)."""

    baseuri: str

    def __init__(self, base_url: str) -> None:
        super().__init__(base_url, None, "utf-8")
        self.decls: dict[str, str] = {}
        self.names: dict[str, _Name] = {}  # by expat's names: address, local name and prefix
        self.attribute_names: dict[str, tuple[str, str]] = {}
        self.depths: dict[str, int] = {}  # at which depth the entry's values stood
        self.scopes: list[tuple[str | None, str]] = []  # language and base of each open element
        self.terms: dict[str, int] = {}  # of the entry: how many of each kind

    def start(self, name: str, written: dict[str, str]) -> None:
        tag, key, start, _, ends_text_input, ends_image, term, _ = self.names.get(name) or self._learn(name)
        if self.incontent or self.depth > MAX_DEPTH:
            raise _UnusualError
        if term:
            self.terms[term] = count = self.terms.get(term, 0) + 1
            if count > MAX_TERMS:
                raise _UnusualError
        self.depth += 1
        attributes: Raw = {}
        if written or self.decls:
            attributes = self._attributes(written)
            self._set_scope(tag, attributes)
        self.scopes.append((self.lang, self.baseuri))
        if ends_text_input:
            self.intextinput = 0
        if ends_image:
            self.inimage = 0
        if start:
            start(self, attributes)
            return
        if attributes:
            self._get_context()[STORED.get(key, key)] = attributes
        else:
            self.elementstack.append([key, 1, []])

    def end(self, name: str) -> None:
        _, key, _, end, _, _, _, is_person = self.names.get(name) or self._learn(name)
        if is_person and self.elementstack and sum(map(len, self.elementstack[-1][2])) > MAX_PERSON:
            raise _UnusualError
        if end:
            end(self)
        else:
            self.pop(key)
        scopes = self.scopes
        scopes.pop()
        if scopes:
            self.lang, base = scopes[-1]
            self.baseuri = base or self.baseuri
        self.depth -= 1

    def _set_scope(self, tag: str, attributes: Raw) -> None:
        if "xml:lang" in attributes or "lang" in attributes:
            language = attributes.get("xml:lang", attributes.get("lang"))
            if language and tag in {"feed", "rss"}:
                self.feeddata["language"] = language.replace("_", "-")
            self.lang = language or None
        if "xml:base" in attributes or "base" in attributes:
            self.set_base(attributes.get("xml:base", attributes.get("base")) or "")

    def set_base(self, written: str) -> None:
        """What addresses start from. feedparser joins it to itself at every element: it has to stay the same."""
        if not (written or self.baseuri):
            return
        base = make_safe_absolute_uri(self.baseuri, written or self.baseuri) or self.baseuri
        if not self.baseuri or make_safe_absolute_uri(base, base) != base or (not written and base != self.baseuri):
            raise _UnusualError
        self.baseuri = base

    def data(self, text: str) -> None:
        if self.elementstack:
            self.elementstack[-1][2].append(text)

    def track_namespace(self, prefix: str | None, uri: str) -> None:
        super().track_namespace(prefix, uri)
        if len(self.namespaces_in_use) > MAX_NAMESPACES:
            raise _UnusualError
        self.names.clear()

    def _learn(self, name: str) -> _Name:
        prefix = self._prefix(name.partition(" ")[0] if " " in name else "")
        known = self.names[name] = _name(name, prefix, self.namespacemap.get(prefix, prefix))
        return known

    def _prefix(self, uri: str) -> str:
        """feedparser's own where it knows the namespace, else the document's first."""
        if "backend.userland.com/rss" in uri.lower():
            uri = "http://backend.userland.com/rss"
        prefix: str = self._matchnamespaces.get(uri.lower(), "") if uri else ""
        if uri and not prefix:
            prefix = next((prefix for prefix, used in self.namespaces_in_use.items() if prefix and used == uri), "")
        return prefix.lower()

    def _attributes(self, written: dict[str, str]) -> Raw:
        """By local name and by name with prefix, as feedparser has them; rel and type in lower case."""
        if len(written) > MAX_ATTRIBUTES:
            raise _UnusualError
        found: Raw = self.decls
        self.decls = {}
        are_mixed = False
        for name, value in written.items():
            key, full = self.attribute_names.get(name) or self._learn_attribute(name)
            found[key] = value
            are_mixed = are_mixed or key != full
        if are_mixed:
            found.update({self.attribute_names[name][1]: value for name, value in written.items()})
        if "rel" in found:
            found["rel"] = found["rel"].lower()
        if "type" in found:
            found["type"] = found["type"].lower()
        return found

    def _learn_attribute(self, name: str) -> tuple[str, str]:
        uri, local, prefix = name.split() if " " in name else ("", name, "")
        space = self._matchnamespaces.get(uri.lower()) if uri else ""
        names = (f"{space}:{local}" if space else local).lower(), (f"{prefix}:{local}" if prefix else local).lower()
        self.attribute_names[name] = names
        return names

    def _start_item(self, attributes: Raw) -> None:
        super()._start_item(attributes)
        self.entries[-1] = {**self.entries[-1]}  # a dictionary of Python's, which is four times faster
        self.depths, self.terms = {}, {}

    _start_entry = _start_item

    def _start_media_caption(self, attributes: Raw) -> None:
        self.elementstack.append(["media_caption", 1, []])  # whatever its attributes

    def _end_media_caption(self) -> None:
        self.pop("media_caption")

    def resolve_uri(self, uri: str) -> str:
        return super().resolve_uri(uri) if self.baseuri or ":///" in uri else uri

    def push_content(self, tag: str, attributes: Raw, default_type: str, expecting_text: int) -> None:
        kind = self.map_content_type(attributes.get("type", default_type))
        if kind not in ESCAPED or attributes.get("mode") == "base64":
            raise _UnusualError
        self.incontent += 1
        if self.lang:
            self.lang = self.lang.replace("_", "-")
        self.contentparams = {"type": kind, "language": self.lang, "base": self.baseuri}
        self.elementstack.append([tag, expecting_text, []])

    def pop(self, element: str, strip_whitespace: int = 1) -> str | None:
        """The element's text, stored where feedparser stores it; None where another element's is due."""
        stack = self.elementstack
        if not stack or stack[-1][0] != element:
            return None
        _, expecting_text, pieces = stack.pop()
        text = "".join(pieces)
        if strip_whitespace:
            text = text.strip()
        if not expecting_text:
            return text
        if text and element in self.can_be_relative_uri and (element != "id" or self.guidislink):
            text = self.resolve_uri(text)
        if self.contentparams and ("<" in text or "&" in text):
            self._guess_type(text)
        if not text.isascii():
            text = _recoded(text)
        if element in LISTED or (element == "title" and -1 < self.title_depth <= self.depth):
            return text
        if self.inentry and not self.insource:
            return self._store_in_entry(element, text)
        if self.infeed or self.insource:
            return self._store_in_feed(element, text)
        return text

    def _guess_type(self, text: str) -> None:
        is_told = self.version.startswith("atom") or self.contentparams["type"] != "text/plain"
        if not is_told and self.looks_like_html(text):
            self.contentparams["type"] = "text/html"

    def _store_in_entry(self, element: str, text: str) -> str:
        entry = self.entries[-1]
        if element == "content":
            entry.setdefault("content", []).append({**self.contentparams, "value": text})
        elif element == "link":
            if not self.inimage:
                entry["link"] = text = _with_its_query(text.replace("&amp;", "&"))
                if text:
                    entry["links"][-1]["href"] = text
        else:
            element = "summary" if element == "description" else element
            if self.depth <= self.depths.get(element, self.depth):
                self.depths[element] = self.depth
                entry[STORED.get(element, element)] = text
            if self.incontent:
                entry[f"{element}_detail"] = {**self.contentparams, "value": text}
        return text

    def _store_in_feed(self, element: str, text: str) -> str:
        context = self._get_context()
        element = "subtitle" if element == "description" else element
        context[STORED.get(element, element)] = text
        if element == "link":
            context["link"] = context["links"][-1]["href"] = text = _with_its_query(text)
        elif self.incontent:
            context[f"{element}_detail"] = {**self.contentparams, "value": text}
        return text


@lru_cache(maxsize=512)  # the same few in nearly every feed
def _name(name: str, prefix: str, mapped: str) -> _Name:
    """`name` is expat's, `prefix` feedparser's for its namespace, `mapped` what the document has made of that."""
    parts = name.split()
    if len(parts) > 3 or len(name) > MAX_NAME:
        raise _UnusualError
    local, written_prefix = (name, "") if len(parts) == 1 else (parts[1], "".join(parts[2:]))
    if (written_prefix, local) == ("media", "description"):
        local = "caption"  # as xml_feed.py has it
    lowered = local.lower()
    if lowered in {"svg", "math"} or ":" in local:
        raise _UnusualError
    suffix = "left-out" if lowered in RENAMED else lowered
    tag, key = f"{prefix}:{suffix}" if prefix else suffix, f"{mapped}_{suffix}" if mapped else suffix
    return _Name(
        tag,
        key,
        getattr(_Reader, f"_start_{key}", None),
        getattr(_Reader, f"_end_{key}", None),
        not mapped and tag not in {"title", "link", "description", "name"},
        not mapped and tag not in {"title", "link", "description", "url", "href", "width", "height"},
        lowered if lowered in TERMS else "",
        lowered in PERSONS,
    )


def _with_its_query(link: str) -> str:
    return AMPERSAND_OF_QUERY.sub(r"&\1", link) if "&" in link else link


def _recoded(text: str) -> str:
    """UTF-8 that somebody took for Latin-1, and the controls that Windows puts letters in."""
    with suppress(UnicodeError):
        text = text.encode("iso-8859-1").decode()
    return text.translate(_cp1252) if CONTROL.search(text) else text
