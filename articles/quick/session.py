"""Is this a living session, and of whom? By Django's own signatures; what is not plainly right is nobody's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.utils.crypto import constant_time_compare

from accounts.models import User
from billing.plans import PAID_FOR

# What a session holds that changes nothing on a page. Messages that wait do, and so may what comes tomorrow.
KNOWN = {
    *(SESSION_KEY, BACKEND_SESSION_KEY, HASH_SESSION_KEY, "_session_expiry", PAID_FOR),
    # How the reader signed in or up, as allauth remembers it.
    *("account_authentication_methods", "account_authentication_methods_user", "account_verified_email"),
}


def reader_id_of(session_data: str) -> int | None:
    """The number of the user whose session this is; None where its signature is not ours, or it holds more."""
    return _reader_id(_decoded(session_data))


def belongs_to(session_data: str, user: User) -> bool:
    """Whether the session is this user's, and begun with the password of today."""
    session = _decoded(session_data)
    if _reader_id(session) != user.pk:
        return False
    seen = session.get(HASH_SESSION_KEY)
    # A hash made with an earlier key of the site is renewed by Django's own view.
    return bool(seen) and constant_time_compare(seen, user.get_session_auth_hash())


def _reader_id(session: Mapping[str, Any]) -> int | None:
    if not session or not session.keys() <= KNOWN:
        return None
    if session.get(BACKEND_SESSION_KEY) not in settings.AUTHENTICATION_BACKENDS:
        return None
    raw = session.get(SESSION_KEY)
    return int(raw) if isinstance(raw, str) and raw.isascii() and raw.isdigit() else None


def _decoded(session_data: str) -> Mapping[str, Any]:
    session: Mapping[str, Any] = SessionStore().decode(session_data)
    return session
