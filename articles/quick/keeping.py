"""Whether an answer of Django's may be kept as a shell for other readers. Whatever is not expected says no."""

from __future__ import annotations

from django.conf import settings
from django.utils.html import escape

from accounts.models import User
from articles.pages.wall import Wall
from articles.quick.answers import Answer, Headers
from articles.quick.holes import Told
from billing.entitlement import Access

PRIVATE = "private, no-store"
# Made anew for each answer; the server names itself and the time.
OWN_HEADERS = {"content-length", "set-cookie", "vary", "x-request-id"}
EXPECTED = {
    *OWN_HEADERS,
    *("content-type", "cache-control", "content-security-policy", "strict-transport-security"),
    *("x-frame-options", "x-content-type-options", "referrer-policy", "cross-origin-opener-policy"),
    *("permissions-policy", "cross-origin-resource-policy"),
}


def may_be_kept(
    answer: Answer, told: Told | None, user: User, access: Access, wall: Wall | None, token: str, session_key: str
) -> bool:
    """`access` and `wall` as the look-up decided: a page that Django made by another decision is that reader's only."""
    return (
        told is not None
        and told.reader_id == user.pk
        and (told.access in {None, Access.FREE} or (told.access, told.wall) == (access, wall))
        and _is_plain(answer, token)
        and not _names(answer.body, user, session_key)
    )


def _is_plain(answer: Answer, token: str) -> bool:
    own_cookie = f"{settings.CSRF_COOKIE_NAME}={token};"
    return (
        answer.status.startswith("200 ")
        and answer.value("content-type").startswith("text/html")
        and answer.value("cache-control") == PRIVATE
        and {part.strip().lower() for part in answer.value("vary").split(",")} <= {"cookie"}
        and {name.lower() for name, _ in answer.headers} <= EXPECTED
        and all(cookie.strip().startswith(own_cookie) for cookie in answer.values("set-cookie"))
        and "'nonce-" not in answer.value("content-security-policy")
    )


def _names(body: bytes, user: User, session_key: str) -> bool:
    """A second look at what should be in holes only: who it was made for stands nowhere else."""
    secrets = (escape(user.email), session_key)
    return any(secret.encode() in body for secret in secrets)


def kept_headers(headers: Headers) -> Headers:
    return [(name, value) for name, value in headers if name.lower() not in OWN_HEADERS]
