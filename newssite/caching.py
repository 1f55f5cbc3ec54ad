"""Who may keep a page: decided once, here, from the cookies that came with the request and those the answer sets.

visitor            public for a minute: the same bytes for everybody (newssite/pagestore keeps them)
theme or size only private, asked for again: no reader's page, but not everybody's either
signed in          private, not stored: after signing out nothing of it is left behind
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

PUBLIC = "public, max-age=60, stale-while-revalidate=30"
PUBLIC_ERROR = "public, max-age=30"
OWN_LOOK = "private, no-cache"
PRIVATE = "private, no-store"

APPEARANCE_COOKIES = ("theme", "size")
MESSAGES_COOKIE = "messages"


def cache_headers(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Outermost, so that nothing adds a cookie after it has looked."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if is_static_file(request, response) or is_picture(request, response):
            return response
        if must_stay_private(request, response):
            response["Cache-Control"] = PRIVATE
        elif not response.has_header("Cache-Control"):
            response["Cache-Control"] = policy(request, response)
        if ends_session(response):
            response["Clear-Site-Data"] = '"cache", "storage"'  # what the service worker keeps is storage
        patch_vary_headers(response, ["Cookie"])
        return response

    return middleware


def policy(request: HttpRequest, response: HttpResponse) -> str:
    """The header of an answer whose view named none."""
    if is_signed_in(request) or request.method not in {"GET", "HEAD"}:
        return PRIVATE
    if response.status_code in {404, 410}:
        return OWN_LOOK if carries_own_cookie(request) else PUBLIC_ERROR
    if response.status_code != 200:
        return PRIVATE
    return OWN_LOOK if carries_own_cookie(request) else PUBLIC


def must_stay_private(request: HttpRequest, response: HttpResponse) -> bool:
    """Whatever the view says: a cookie is one person's, and so is a page made for somebody signed in."""
    is_page = response.get("Content-Type", "").startswith("text/html")
    return bool(response.cookies) or (is_signed_in(request) and is_page)


def is_static_file(request: HttpRequest, response: HttpResponse) -> bool:
    """WhiteNoise has set what its files need, and they vary on no cookie."""
    return request.path.startswith(settings.STATIC_URL) and response.has_header("Cache-Control")


def is_picture(request: HttpRequest, response: HttpResponse) -> bool:
    """The view (articles/pages/picture.py) looks at no cookie: the same bytes for everybody, for ever."""
    return request.path.startswith(settings.PICTURE_URL) and response.has_header("Cache-Control")


def is_signed_in(request: HttpRequest) -> bool:
    """By the cookie alone, so that an expired session counts too; reads no session."""
    return settings.SESSION_COOKIE_NAME in request.COOKIES


def carries_own_cookie(request: HttpRequest) -> bool:
    return any(name in request.COOKIES for name in own_cookies())


def own_cookies() -> tuple[str, ...]:
    """The names of every cookie that this site sets; who sends one of them is answered by Django."""
    form_cookies = (settings.CSRF_COOKIE_NAME, settings.TYPED_ADDRESS_COOKIE_NAME)
    return (settings.SESSION_COOKIE_NAME, *form_cookies, MESSAGES_COOKIE, *APPEARANCE_COOKIES)


def ends_session(response: HttpResponse) -> bool:
    """Django takes the cookie of a session away by setting it to end at once."""
    cookie = response.cookies.get(settings.SESSION_COOKIE_NAME)
    return cookie is not None and cookie["max-age"] == 0
