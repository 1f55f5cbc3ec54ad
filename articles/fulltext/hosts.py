"""Which servers are a title's own. Pure.

A page is fetched from there only: a feed may link anywhere, and the agreement is with this publisher. Of the homepage's
host everything below it counts ("news.paper.example" for "www.paper.example"); of a feed's host only itself, because
many feeds live at services that serve others beside it. "www." makes no difference, and neither does a port.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit


def belongs(url: str, homepage: str, feed_urls: Iterable[str]) -> bool:
    host, home = bare_host(url), bare_host(homepage)
    if not host:
        return False
    is_below = "." in home and host.endswith(f".{home}")
    return is_below or host in {home, *map(bare_host, feed_urls)}


def bare_host(url: str) -> str:
    """The name without "www." and port; "" for what is no web address."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return ""
    return host.rstrip(".").removeprefix("www.") if parts.scheme in {"http", "https"} else ""
