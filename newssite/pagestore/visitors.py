"""Whose request may be answered from the store, under which key, and what of it a new answer may be made of."""

from __future__ import annotations

import re
from collections.abc import Iterable
from io import BytesIO
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.conf import settings

from newssite.caching import own_cookies
from newssite.pagestore.routes import kept_query

Environ = dict[str, Any]

SAFE_METHODS = frozenset({"GET", "HEAD"})
# name=value; name=value. Anything else Django may read in its own way, so Django reads it.
COOKIES = re.compile(
    r"[\w!#$%&'*+.^`|~-]+=[^\x00-\x20\";,\\\x7f-\xff]*(?:; ?[\w!#$%&'*+.^`|~-]+=[^\x00-\x20\";,\\\x7f-\xff]*)*",
    re.ASCII,
)
# What a new answer may be made of. The address of who asks is for the log and for limits: no page shows it, and the
# answer that a limit gives is never kept.
KEPT_NAMES = frozenset(
    {"SCRIPT_NAME", "SERVER_NAME", "SERVER_PORT", "SERVER_PROTOCOL", "REMOTE_ADDR", "HTTP_X_FORWARDED_FOR"}
)


class Key(NamedTuple):
    """What a page depends on. `query` as routes.kept_query gives it."""

    is_secure: bool
    host: str
    path: str
    query: str


class Visitors:
    """The settings that decide, read once: they are asked at every request."""

    def __init__(self) -> None:
        self.own_cookies = own_cookies()
        self.hosts = exact_hosts(settings.ALLOWED_HOSTS)
        self.ports = {"", "80", "443", str(urlsplit(settings.SITE_URL).port or "")}
        proxy: tuple[str, str] = settings.SECURE_PROXY_SSL_HEADER or ("", "")
        self.proxy_header, self.proxy_value = proxy
        self.needs_https = settings.SECURE_SSL_REDIRECT

    def asks(self, environ: Environ) -> bool:
        """Is this a plain question of somebody who has no cookie of ours? Whatever is odd goes to Django."""
        return (
            environ["REQUEST_METHOD"] in SAFE_METHODS
            and (not environ.get("HTTP_COOKIE") or self.has_no_own_cookie(environ["HTTP_COOKIE"]))
            and "HTTP_AUTHORIZATION" not in environ
            and environ.get("CONTENT_LENGTH", "") in {"", "0"}
            and "HTTP_TRANSFER_ENCODING" not in environ
            and not environ.get("SCRIPT_NAME")
        )

    def has_no_own_cookie(self, header: str) -> bool:
        """Fails closed: the name of a cookie of ours anywhere in the header, however it is written, is one too many."""
        return not any(name in header for name in self.own_cookies) and COOKIES.fullmatch(header) is not None

    def raw_key(self, environ: Environ) -> Key:
        """Of the bytes that came; where they are in their plain form it is the key itself."""
        # Not Key(...), which costs a third of a microsecond more.
        host, query = environ.get("HTTP_HOST", ""), environ.get("QUERY_STRING", "")
        return tuple.__new__(Key, (self.is_secure(environ), host, environ["PATH_INFO"], query))

    def key(self, raw: Key, server_port: str) -> Key | None:
        """None for what is not kept: foreign hosts, an address that Django would send on to https, other pages."""
        host = raw.host.lower()
        if not self.knows(host, server_port) or (self.needs_https and not raw.is_secure):
            return None
        query = kept_query(raw.path, raw.query)
        return None if query is None else Key(raw.is_secure, host, raw.path, query)

    def knows(self, host: str, server_port: str) -> bool:
        """Only names that stand in ALLOWED_HOSTS letter by letter: of "*" anybody could make any number of copies."""
        name, _, port = host.rpartition(":") if not host.endswith("]") else (host, "", "")
        return (name or port) in self.hosts and (port if name else "") in {*self.ports, server_port}

    def is_secure(self, environ: Environ) -> bool:
        """As request.is_secure(), without a request."""
        if self.proxy_header and self.proxy_header in environ:
            return str(environ[self.proxy_header]).split(",", 1)[0].strip() == self.proxy_value
        return bool(environ["wsgi.url_scheme"] == "https")

    def bare(self, key: Key, environ: Environ) -> Environ:
        """A request for the page and nothing else: no cookie, no header, no parameter but those of the key."""
        kept = {name: environ[name] for name in environ if name in KEPT_NAMES or name.startswith("wsgi.")}
        if self.proxy_header:
            kept[self.proxy_header] = self.proxy_value if key.is_secure else "http"
        return {
            **kept,
            "REQUEST_METHOD": "GET",
            "HTTP_HOST": key.host,
            "PATH_INFO": key.path,
            "QUERY_STRING": key.query,
            "wsgi.input": BytesIO(),
        }


def exact_hosts(allowed: Iterable[str]) -> frozenset[str]:
    return frozenset(host.lower() for host in allowed if host and not host.startswith((".", "*")))
