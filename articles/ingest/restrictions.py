"""What publishers forbid inside their feeds. Pure.

Four vocabularies, as they are met; prefixes are not looked up, for the names are told apart by their content:

- RSL 1.0 (https://rslstandard.org/rsl, RSS module in section 4.7): <rsl:content> with <rsl:license> in an <item>, some
  write it into the <channel>. `permits` and `prohibits` of type "usage" name all, search (an index, links and short
  excerpts) and ai-…; of type "user" commercial and others. Where a type is permitted at all, only what is listed is
  (3.5); what is both permitted and prohibited is not licensed (3.6). Several licences are a choice (3.4).
- <itunes:block> and <googleplay:block> "yes": not to be listed by directories; <podcast:block> without an id: not to be
  shown by others (https://podcasting2.org/docs/podcast-namespace/tags/block).
- <access:restriction relationship="deny"> (Bloglines, Feed Access Control 1.0): not to be passed on in public.
- <meta name="robots" content="noindex"> of XHTML, in the channel or in an item. "noindex, follow" is about the document
  and not about what it names.

Uses by machines that learn (ai-…) are none of ours, and so are terms of payment: an agreement covers those.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

SIGN = re.compile(r"<(?:[\w.-]++:(?:(?:prohibits|permits|block|restriction)\b|meta\s)|meta\s)")
QUOTED = re.compile(r"<!--.*?(?:-->|\Z)|<!\[CDATA\[(.*?)(?:\]\]>|\Z)", re.S)
ELEMENT = re.compile(
    r"<([\w.-]{1,40}:)?(license|permits|prohibits|block|restriction|meta)\b((?:[^<>\"']++|\"[^\"<]*+\"|'[^'<]*+'){0,40}+)>"
    r"\s*+([^<]{0,300})"
)
ATTRIBUTE = re.compile(r"""([\w:.-]{1,40})\s{0,9}=\s{0,9}(?:"([^"]{0,200})"|'([^']{0,200})')""")
# Of RSL's users we are one of these; "display" is in no version so far, and could mean nothing else.
OURSELVES, SHOWING, SEARCH = "commercial", {"all", "display"}, {"all", "search"}


@dataclass(frozen=True, slots=True)
class Restrictions:
    is_noindex: bool = False  # search engines are not to list it
    is_blocked: bool = False  # it is not to be shown by others: nothing but headlines and links
    refusal: str = ""  # one sentence about the feed, where there is any

    @property
    def mark(self) -> str:
        """Differs where the restrictions do; "" where there are none."""
        return f"{'n' if self.is_noindex else ''}{'b' if self.is_blocked else ''}"


NONE = Restrictions()


def restricts(text: str) -> bool:
    """Whether anything of this module's kind may stand in it. Cheap: most feeds know none of it."""
    return SIGN.search(text) is not None


def restrictions_in(text: str) -> Restrictions:
    """What the markup forbids of itself, without the markup that its comments and CDATA sections quote."""
    if not restricts(text):
        return NONE
    licences: list[_Licence] = []
    found: list[Restrictions] = []
    for prefix, name, attributes, content in ELEMENT.findall(_without_quoted(text)):
        given = {key.lower(): (one or other).strip() for key, one, other in ATTRIBUTE.findall(attributes)}
        if name == "license":
            licences.append(_Licence())
        elif name in {"permits", "prohibits"} and prefix:
            licences = licences or [_Licence()]
            licences[-1].add(name, given.get("type", ""), content)
        else:
            found.append(_said(prefix.rstrip(":").lower(), name, given, content.strip().lower()))
    return strictest([*found, _licensed([one for one in licences if not one.is_silent])])


def strictest(all_found: Iterable[Restrictions]) -> Restrictions:
    """All of them together, with the first sentence: terms that differ come to the most restrictive (RSL 4.9)."""
    found = [one for one in all_found if one != NONE]
    if not found:
        return NONE
    return Restrictions(
        any(one.is_noindex for one in found),
        any(one.is_blocked for one in found),
        next((one.refusal for one in sorted(found, key=lambda one: not one.is_blocked) if one.refusal), ""),
    )


class _Licence:
    """The terms of one <rsl:license>: tokens by type."""

    def __init__(self) -> None:
        self.permitted: dict[str, set[str]] = {}
        self.prohibited: dict[str, set[str]] = {}

    def add(self, name: str, kind: str, content: str) -> None:
        # Versions before 1.0 separated with commas.
        terms = self.permitted if name == "permits" else self.prohibited
        terms.setdefault(kind, set()).update(content.lower().replace(",", " ").split())

    @property
    def is_silent(self) -> bool:
        return not self.permitted and not self.prohibited

    @property
    def allows_showing(self) -> bool:
        return self.allows_us and not self.prohibited.get("usage", set()) & SHOWING

    @property
    def allows_search(self) -> bool:
        permitted = self.permitted.get("usage")
        is_listed = permitted is None or bool(permitted & SEARCH)
        return self.allows_us and is_listed and not self.prohibited.get("usage", set()) & SEARCH

    @property
    def allows_us(self) -> bool:
        permitted = self.permitted.get("user")
        return OURSELVES not in self.prohibited.get("user", set()) and (permitted is None or OURSELVES in permitted)


def _licensed(licences: list[_Licence]) -> Restrictions:
    """Whoever uses the feed may choose among its licences."""
    if not licences:
        return NONE
    is_blocked = not any(one.allows_showing for one in licences)
    is_noindex = not any(one.allows_search for one in licences)
    refusal = ""
    if is_blocked:
        refusal = "The licence in the feed (RSL) prohibits that others show its text."
    elif is_noindex:
        refusal = "The licence in the feed (RSL) prohibits search."
    return Restrictions(is_noindex or is_blocked, is_blocked, refusal)


def _said(prefix: str, name: str, given: dict[str, str], content: str) -> Restrictions:
    match name:
        case "block" if content == "yes" and prefix == "podcast" and not given.get("id"):
            return Restrictions(True, True, "The feed asks that nobody else show it (podcast:block).")
        case "block" if content == "yes" and prefix in {"itunes", "googleplay"}:
            return Restrictions(True, False, f"The feed asks not to be listed by directories ({prefix}:block).")
        case "restriction" if prefix == "access" and given.get("relationship", "").lower() == "deny":
            return Restrictions(True, True, "The feed asks not to be passed on (access:restriction).")
        case "meta" if given.get("name", "").lower() == "robots" and _is_noindex(given.get("content", "")):
            return Restrictions(True, False, "The feed asks search engines not to list what it names (noindex).")
    return NONE


def _is_noindex(content: str) -> bool:
    marks = {mark.strip() for mark in content.lower().split(",")}
    return "none" in marks or ("noindex" in marks and "follow" not in marks)


def _without_quoted(text: str) -> str:
    """In one pass: in a comment no CDATA section begins, and in a CDATA section no comment.

    The words of a CDATA section stay: some systems write every text so, a "yes" too.
    """
    return QUOTED.sub(lambda match: (match[1] or "").replace("<", "&lt;"), text)
