"""What a request asks for, where it is one for the quick road. Anything unusual in it is None: Django answers."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, NamedTuple

from django.conf import settings
from django.http import parse_cookie

from articles.quick.tokens import new_secret

FRONT = "/"
ARTICLE = re.compile(r"/article/([1-9][0-9]{0,17})/[-a-z0-9_]+/", re.ASCII)
TOKEN = re.compile(r"[a-zA-Z0-9]{32}", re.ASCII)
SESSION = re.compile(r"[a-z0-9]{32}", re.ASCII)
THEMES, SIZES = {"", "light", "dark"}, {"", "s", "l", "xl"}
# A browser that loads a page in case somebody will look at it, a part of a page, a stranger's credentials.
UNUSUAL = frozenset(
    {
        "HTTP_SEC_PURPOSE",
        "HTTP_PURPOSE",
        "HTTP_X_MOZ",
        "HTTP_RANGE",
        "HTTP_AUTHORIZATION",
        "HTTP_TRANSFER_ENCODING",
    }
)


class Cookies(NamedTuple):
    session_key: str
    token: str  # "" where the browser has none
    theme: str
    size: str


class Question(NamedTuple):
    path: str
    article_id: int | None  # None: the front page
    host: str
    is_secure: str  # as the server and the proxy before it say; part of the key, never read
    session_key: str
    token: str  # the secret of the csrf cookie; a new one where the browser has none
    is_new_token: bool
    theme: str
    size: str


def question_of(environ: dict[str, Any]) -> Question | None:
    path = environ.get("PATH_INFO", "")
    article = None if path == FRONT else ARTICLE.fullmatch(path)
    if article is None and path != FRONT:
        return None
    if not _is_plain(environ):
        return None
    cookies = _cookies(environ["HTTP_COOKIE"], settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME)
    if cookies is None:
        return None
    return Question(
        path=path,
        article_id=int(article[1]) if article else None,
        host=environ.get("HTTP_HOST", ""),
        is_secure=f"{environ.get('wsgi.url_scheme')} {environ.get('HTTP_X_FORWARDED_PROTO')}",
        session_key=cookies.session_key,
        token=cookies.token or new_secret(),
        is_new_token=not cookies.token,
        theme=cookies.theme,
        size=cookies.size,
    )


# A browser sends the same header with every page.
@lru_cache(maxsize=4096)
def _cookies(header: str, session_name: str, csrf_name: str) -> Cookies | None:
    cookies = parse_cookie(header)
    session_key, token = cookies.get(session_name, ""), cookies.get(csrf_name, "")
    theme, size = cookies.get("theme", ""), cookies.get("size", "")
    if not SESSION.fullmatch(session_key) or (token and not TOKEN.fullmatch(token)):
        return None
    if theme not in THEMES or size not in SIZES or "messages" in cookies:
        return None
    return Cookies(session_key, token, theme, size)


def with_token(environ: dict[str, Any], question: Question) -> dict[str, Any]:
    """The request as Django should see it: with the new token as if the browser had sent it."""
    if not question.is_new_token:
        return environ
    return environ | {"HTTP_COOKIE": f"{environ['HTTP_COOKIE']}; {settings.CSRF_COOKIE_NAME}={question.token}"}


def _is_plain(environ: dict[str, Any]) -> bool:
    return (
        environ["REQUEST_METHOD"] == "GET"
        and not environ.get("QUERY_STRING")
        and not environ.get("SCRIPT_NAME")
        and environ.get("CONTENT_LENGTH", "") in {"", "0"}
        and UNUSUAL.isdisjoint(environ)
    )
