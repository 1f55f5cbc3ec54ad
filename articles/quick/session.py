"""Is this a living session, and of whom? By Django's own signatures; what is not plainly right is nobody's."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.utils.crypto import constant_time_compare

from accounts.models import User

# What a session holds that changes nothing on a page. Messages that wait do, and so may what comes tomorrow.
KNOWN = {
    *(SESSION_KEY, BACKEND_SESSION_KEY, HASH_SESSION_KEY, "_session_expiry"),
    # How the reader signed in or up, as allauth remembers it.
    *("account_authentication_methods", "account_authentication_methods_user", "account_verified_email"),
}


def reader_id_of(session_data: str) -> int | None:
    """The number of the user whose session this is; None where its signature is not ours, or it holds more."""
    session = _session(session_data)
    if not session or not session.keys() <= KNOWN:
        return None
    if session.get(BACKEND_SESSION_KEY) not in settings.AUTHENTICATION_BACKENDS:
        return None
    raw = session.get(SESSION_KEY)
    return int(raw) if isinstance(raw, str) and raw.isascii() and raw.isdigit() else None


def belongs_to(session_data: str, user: User) -> bool:
    """Whether the session is this user's, and begun with the password of today."""
    if reader_id_of(session_data) != user.pk:
        return False
    seen = _session(session_data).get(HASH_SESSION_KEY)
    # A hash made with an earlier key of the site is renewed by Django's own view.
    return bool(seen) and constant_time_compare(seen, user.get_session_auth_hash())


def _session(session_data: str) -> Mapping[str, Any]:
    return _decoded(session_data, settings.SECRET_KEY, tuple(settings.SECRET_KEY_FALLBACKS))


@lru_cache(maxsize=4096)
def _decoded(session_data: str, key: str, fallbacks: tuple[str, ...]) -> Mapping[str, Any]:
    """Kept by all that it depends on: the same bytes always say the same."""
    session: Mapping[str, Any] = SessionStore().decode(session_data)
    return session
