"""One article, one link: links as publishers mean them, without what their marketing adds. Pure."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import SplitResult, quote, unquote, urljoin, urlsplit, urlunsplit

import idna

MAX_LENGTH = 1000
# Persian writes a sign that nobody sees within words, and so within addresses; copied ones bring others at their ends.
UNSEEN = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
DIRECTIONS = re.compile("[\u202a-\u202e\u2066-\u2069]")
WITHOUT_UNSEEN = str.maketrans("", "", UNSEEN)
DEFAULT_PORTS = {"http": 80, "https": 443}
TRACKING = re.compile(
    r"utm_\w*|at_(?:medium|campaign|custom\d|link\w*|ptr\w*|bbc\w*|format)|ns_\w+|mc_[ce]id|_hs(?:enc|mi)|wt[_.]z?mc|"
    r"(?:fb|g|d|y|tw|tt)clid|msclkid|g[bw]raid|igshi?d?|cmp(?:id)?|ocid|icid|ito|xtor|s_cid|smid|soc_src|soc_trk|"
    r"traffic_source|maca|__twitter_impression|_ga|_gl|guccounter|guce_referrer(?:_sig)?|(?:mtm|pk|piwik|matomo)_\w+|"
    r"mkt_tok|vero_id|oly_(?:anon|enc)_id|_openstat|srsltid|yptr|ncid|ref_src|sr_share|intcid",
    re.IGNORECASE,
)
# Parameters that are part of the address at some publishers, and tracking where they say "rss".
TRACKING_IF_RSS = re.compile(r"(?:source|src|partner|ref|from|emc|feed\w*|rss|cid)=[\w-]*rss[\w-]*", re.IGNORECASE)
# Forms for fast mobile pages (AMP). A cache of them names the publisher's address in its own:
# https://developers.google.com/amp/cache/overview#amp-cache-url-format (c or v: a page; s: over https).
AMP_PARAMETER = re.compile(
    r"_?amp(?:=(?:1|true|yes|html)?)?|output(?:type)?=amp|(?:view|mode)=amp|amp_(?:js_v|gsa|ct|kit|lite)(?:=.*)?|usqp=.*",
    re.IGNORECASE,
)
AMP_PATH = re.compile(r"/amp/?$|\.amp(?=(?:\.html?)?$)")
BBC, BBC_AMP_PATH = re.compile(r"(?:www\.)?bbc\.(?:com|co\.uk)"), re.compile(r"(?<=^/news/)amp/(?=[\w-]+-\d+$)")
AMP_CACHE = re.compile(r"(?:[\w-]{1,63}\.)?cdn\.ampproject\.org")
AMP_CACHE_PATH = re.compile(r"/(?:c|v|wp)/(s/)?(?=[^/]+\.[^/]+)", re.IGNORECASE)
AMP_VIEWER = re.compile(r"(?:www\.)?google\.(?:com|[a-z]{2}|com?\.[a-z]{2})")
AMP_VIEWER_PATH = re.compile(r"/amp/(s/)?(?=[^/]+\.[^/]+)", re.IGNORECASE)
# The same path on the other host is the same article; for other mobile hosts nobody can tell.
SAME_PAPER = {
    "amp.dw.com": "www.dw.com",
    "amp.france24.com": "www.france24.com",
    "amp.rfi.fr": "www.rfi.fr",
    "amp.scmp.com": "www.scmp.com",
    "amp.smh.com.au": "www.smh.com.au",
    "amp.theage.com.au": "www.theage.com.au",
    "amp.theguardian.com": "www.theguardian.com",
    "m.dw.com": "www.dw.com",
    "m.facebook.com": "www.facebook.com",
    "m.faz.net": "www.faz.net",
    "m.scmp.com": "www.scmp.com",
    "m.spiegel.de": "www.spiegel.de",
    "m.youtube.com": "www.youtube.com",
    "mobile.nytimes.com": "www.nytimes.com",
    "mobile.twitter.com": "twitter.com",
}
WIKIPEDIA_MOBILE = re.compile(r"([a-z-]+)\.m\.wikipedia\.org")
# Sites that a script draws name their articles behind the "#"; everything else there is a place on one page.
ROUTE = re.compile(r"!?/.|!\w")
UNRESERVED = re.compile(r"%(?:2[dDeE]|3[0-9]|4[1-9a-fA-F]|5[0-9aAfF]|6[1-9a-fA-F]|7[0-9aAeE])")
LOWER_ESCAPE = re.compile(r"%[0-9a-fA-F]{2}")
LOOSE_PERCENT = re.compile(r"%(?![0-9a-fA-F]{2})")
# What urljoin would leave as it is: without parameters, a fragment, dots or signs that are out of the ordinary.
PLAINLY_ABSOLUTE = re.compile(
    r"https?://[a-z0-9.-]+(?::\d+)?/[\w.~!$&'()*+,=:@%/-]*(?:\?[\w.~!$&'()*+,;=:@%/?-]+)?", re.ASCII
)
PLAIN = re.compile(r"[\w./=&-]*", re.ASCII)  # nothing to be escaped, and no escape
IN_PATH, IN_QUERY = "/:@!$&'()*+,;=~%", "/:@!$&'()*+,;=~?%"


def absolute(url: str, base_url: str) -> str:
    """Where a link leads that stands on the page base_url; "" for what cannot be joined."""
    if PLAINLY_ABSOLUTE.fullmatch(url) and PLAINLY_ABSOLUTE.fullmatch(base_url):
        return url
    try:
        return urljoin(base_url, url)
    except ValueError:
        return ""


def is_printable_address(url: str) -> bool:
    """Whether nothing stands in it that could be taken for the end of it, or for another order of its signs."""
    return url.isprintable() or url.translate(WITHOUT_UNSEEN).isprintable()


# The link of an entry is asked for to tell whether it has changed, and again where it has.
@lru_cache(maxsize=256)
def canonical_url(url: str) -> str | None:
    """The address that two links to one article share. None for what is no absolute http(s) address."""
    url = url.strip()
    if not url.isprintable():
        url = DIRECTIONS.sub("", url).strip(UNSEEN)
    if not url or len(url) > 4 * MAX_LENGTH or "\\" in url or not is_printable_address(url):
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    scheme, host = parts.scheme.lower(), _host(parts.hostname or "")
    if scheme not in DEFAULT_PORTS or not host or "@" in parts.netloc:
        return None
    if inner := _unfolded(host, parts):
        return canonical_url(inner)
    address = host if port in {None, DEFAULT_PORTS[scheme]} else f"{host}:{port}"
    fragment = _escaped(parts.fragment, IN_QUERY) if ROUTE.match(parts.fragment) else ""
    whole = urlunsplit((scheme, address, _path(parts.path, host), _query(parts.query, host), fragment))
    return whole if len(whole) <= MAX_LENGTH else None


def _unfolded(host: str, parts: SplitResult) -> str:
    """The publisher's address that stands in the address of a copy of an AMP page; "" in any other."""
    found = None
    if AMP_CACHE.fullmatch(host):
        found = AMP_CACHE_PATH.match(parts.path)
    elif AMP_VIEWER.fullmatch(host):
        found = AMP_VIEWER_PATH.match(parts.path)
    if found is None:
        return ""
    return urlunsplit(("https" if found[1] else "http", "", "//" + parts.path[found.end() :], parts.query, ""))


@lru_cache(maxsize=256)
def _host(host: str) -> str:
    """Lower-case, in ASCII; "" where it cannot be a host."""
    host = host.removesuffix(".").lower()
    if ":" in host:
        return f"[{host}]"
    if not host.isascii():
        try:
            host = idna.encode(host, uts46=True).decode()
        except idna.IDNAError:
            return ""
    if not re.fullmatch(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*", host):
        return ""
    mobile = WIKIPEDIA_MOBILE.fullmatch(host)
    return f"{mobile[1]}.wikipedia.org" if mobile else SAME_PAPER.get(host, host)


def _path(path: str, host: str) -> str:
    path = _escaped(path or "/", IN_PATH)
    if BBC.fullmatch(host):
        path = BBC_AMP_PATH.sub("", path)
    while (shorter := AMP_PATH.sub("/" if path.endswith("/") else "", path) or "/") != path:
        path = shorter
    return path


def _query(query: str, host: str) -> str:
    if not query:
        return ""
    kept = [
        parameter
        for parameter in query.replace("&amp;", "&").split("&")  # as a link has it that was escaped twice
        if parameter
        and not TRACKING.fullmatch(unquote(parameter.partition("=")[0]))
        and not TRACKING_IF_RSS.fullmatch(parameter)
        and not AMP_PARAMETER.fullmatch(parameter)
        and not _names_itself(parameter, host)
    ]
    return _escaped("&".join(kept), IN_QUERY)


def _names_itself(parameter: str, host: str) -> bool:
    """Newsletters of some systems add the site that a reader comes from; where it is the site itself it is no more."""
    return parameter.lower() == f"ref={host.removeprefix('www.')}" or parameter.lower() == f"ref={host}"


def _escaped(text: str, safe: str) -> str:
    """Escapes in one spelling: capitals, and only where needed."""
    if PLAIN.fullmatch(text):
        return text  # as most paths are
    text = UNRESERVED.sub(lambda match: unquote(match[0]), LOOSE_PERCENT.sub("%25", text))
    return LOWER_ESCAPE.sub(lambda match: match[0].upper(), quote(text, safe=safe))
