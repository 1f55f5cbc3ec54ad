"""The feeds that a web page advertises. Pure.

By <link rel="alternate" type="…">, as https://www.rssboard.org/rss-autodiscovery says and as browsers and readers take
it. A page is a stranger's text: whatever stands in it, the answer is a list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from lxml import etree, html

from articles.ingest.canonical import absolute

KINDS = {
    "application/rss+xml": "rss",
    "application/atom+xml": "atom",
    "application/feed+json": "json",
    "application/rdf+xml": "rss",
    # What the first version of JSON Feed asked for; other documents say so too, hence the address has to agree.
    "application/json": "json",
}
JSON_FEED = re.compile(r"feed", re.IGNORECASE)
# What readers write beneath articles is no news: WordPress advertises it beside the site's own feed.
COMMENTS = re.compile(r"\bcomments?\b|\bkommentar|\bcommentaires\b|\bcomentarios\b|\bcommenti\b|\breacties\b", re.I)
COMMENTS_URL = re.compile(r"/comments?/|/comments?\.|[?&/=]comments?(?:feed|=|-|$)", re.IGNORECASE)
LIKELY_PATHS = ("feed/", "rss.xml", "feed.xml", "atom.xml", "rss/", "index.xml", "feed.json")
MAX_PAGE, MAX_URL, MAX_TITLE, MAX_FOUND = 2_000_000, 1000, 200, 20


@dataclass(frozen=True, slots=True)
class FoundFeed:
    url: str  # absolute, http or https
    title: str  # plain, "" where the page names none
    kind: str  # rss | atom | json


def feeds_in(page_html: str, page_url: str) -> list[FoundFeed]:
    """At most MAX_FOUND feeds in the page's order, those of comments last; [] where there are none. Never raises."""
    found: dict[str, FoundFeed] = {}
    base_url = page_url
    for element in _elements(page_html[:MAX_PAGE]):
        if element.tag == "base" and base_url == page_url:
            base_url = absolute(_attribute(element.attrib, "href"), page_url) or page_url
        elif element.tag == "link" and (feed := _advertised(element.attrib, base_url)):
            found.setdefault(feed.url, feed)
    found.pop(page_url, None)  # the page itself is none
    return sorted(found.values(), key=_is_of_comments)[:MAX_FOUND]


def likely_feed_urls(site_url: str) -> list[str]:
    """Where many sites have a feed that they do not advertise, the likeliest first; [] for what is no web address."""
    site = absolute("/", site_url)
    return [site + path for path in LIKELY_PATHS] if _is_web_address(site) else []


def _elements(markup: str) -> Iterator[html.HtmlElement]:
    """<base> and <link> in the page's order; not what scripts, comments and <noscript> quote."""
    parser = html.HTMLParser(remove_comments=True, remove_pis=True, encoding="utf-8")
    try:
        # Bytes: lxml takes no text that declares an encoding, nor lone surrogates.
        tree = html.document_fromstring(markup.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return
    yield from tree.iter("base", "link")


def _advertised(attributes: Mapping[str, str], base_url: str) -> FoundFeed | None:
    kind = _attribute(attributes, "type").partition(";")[0].strip().lower()
    if "alternate" not in _attribute(attributes, "rel").lower().split() or kind not in KINDS:
        return None
    written = _attribute(attributes, "href")
    url = absolute(written, base_url) if written else ""
    if not _is_web_address(url) or (kind == "application/json" and not JSON_FEED.search(url)):
        return None
    return FoundFeed(url.partition("#")[0], " ".join(_attribute(attributes, "title").split())[:MAX_TITLE], KINDS[kind])


def _attribute(attributes: Mapping[str, str], name: str) -> str:
    return (attributes.get(name) or "").strip()


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and url.isprintable() and len(url) <= MAX_URL


def _is_of_comments(feed: FoundFeed) -> bool:
    return bool(COMMENTS.search(feed.title) or COMMENTS_URL.search(feed.url))
