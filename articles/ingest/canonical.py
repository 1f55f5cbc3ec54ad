"""One article, one link: links as publishers mean them, without what their marketing adds. Pure."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote, urljoin, urlsplit, urlunsplit

import idna

MAX_LENGTH = 1000
DEFAULT_PORTS = {"http": 80, "https": 443}
TRACKING = re.compile(
    r"utm_\w*|at_(?:medium|campaign|custom\d|link\w*|ptr\w*|bbc\w*|format)|ns_\w+|mc_[ce]id|_hs(?:enc|mi)|wt_z?mc|"
    r"(?:fb|g|d|y|tw|tt)clid|msclkid|g[bw]raid|igshid|cmp(?:id)?|ocid|icid|ito|xtor|s_cid|smid|soc_src|soc_trk|"
    r"traffic_source|maca|__twitter_impression|_ga|guccounter",
    re.IGNORECASE,
)
# Parameters that are part of the address at some publishers, and tracking where they say "rss".
TRACKING_IF_RSS = re.compile(r"(?:source|src|partner|ref|from|emc|feed\w*|rss|cid)=[\w-]*rss[\w-]*", re.IGNORECASE)
AMP_PARAMETER = re.compile(r"(?:amp(?:=1|=true)?|output(?:type)?=amp)", re.IGNORECASE)
AMP_PATH = re.compile(r"/amp/?$")
# The same path on the other host is the same article; for other mobile hosts nobody can tell.
SAME_PAPER = {
    "amp.theguardian.com": "www.theguardian.com",
    "m.youtube.com": "www.youtube.com",
    "mobile.nytimes.com": "www.nytimes.com",
}
WIKIPEDIA_MOBILE = re.compile(r"([a-z-]+)\.m\.wikipedia\.org")
UNRESERVED = re.compile(r"%(?:2[dDeE]|3[0-9]|4[1-9a-fA-F]|5[0-9aAfF]|6[1-9a-fA-F]|7[0-9aAeE])")
LOWER_ESCAPE = re.compile(r"%[0-9a-fA-F]{2}")
LOOSE_PERCENT = re.compile(r"%(?![0-9a-fA-F]{2})")
IN_PATH, IN_QUERY = "/:@!$&'()*+,;=~%", "/:@!$&'()*+,;=~?%"


def absolute(url: str, base_url: str) -> str:
    """Where a link leads that stands on the page base_url; "" for what cannot be joined."""
    try:
        return urljoin(base_url, url)
    except ValueError:
        return ""


def canonical_url(url: str) -> str | None:
    """The address that two links to one article share. None for what is no absolute http(s) address."""
    url = url.strip()
    if not url or len(url) > 4 * MAX_LENGTH or "\\" in url or not url.isprintable():
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    host = _host(parts.hostname or "")
    if parts.scheme.lower() not in DEFAULT_PORTS or not host or "@" in parts.netloc:
        return None
    scheme = parts.scheme.lower()
    address = host if port in {None, DEFAULT_PORTS[scheme]} else f"{host}:{port}"
    whole = urlunsplit((scheme, address, _path(parts.path), _query(parts.query), ""))
    return whole if len(whole) <= MAX_LENGTH else None


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
    if not re.fullmatch(r"[a-z0-9._-]+", host):
        return ""
    mobile = WIKIPEDIA_MOBILE.fullmatch(host)
    return f"{mobile[1]}.wikipedia.org" if mobile else SAME_PAPER.get(host, host)


def _path(path: str) -> str:
    path = _escaped(path or "/", IN_PATH)
    return AMP_PATH.sub("/" if path.endswith("/") else "", path) or "/"


def _query(query: str) -> str:
    kept = [
        parameter
        for parameter in query.split("&")
        if parameter
        and not TRACKING.fullmatch(unquote(parameter.partition("=")[0]))
        and not TRACKING_IF_RSS.fullmatch(parameter)
        and not AMP_PARAMETER.fullmatch(parameter)
    ]
    return _escaped("&".join(kept), IN_QUERY)


def _escaped(text: str, safe: str) -> str:
    """Escapes in one spelling: capitals, and only where needed."""
    text = UNRESERVED.sub(lambda match: unquote(match[0]), LOOSE_PERCENT.sub("%25", text))
    return LOWER_ESCAPE.sub(lambda match: match[0].upper(), quote(text, safe=safe))
