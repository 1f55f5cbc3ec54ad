"""The browsers a reader is signed in with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from allauth.usersessions.models import UserSession

from accounts.browsers import browser_name
from accounts.models import User


@dataclass(frozen=True, slots=True)
class SignedIn:
    name: str  # "Firefox on Linux"
    since: datetime
    is_here: bool


def sessions_of(user: User, session_key: str | None) -> list[SignedIn]:
    """Newest first, this browser at the head. Sessions that have ended meanwhile are forgotten."""
    rows = sorted(UserSession.objects.purge_and_list(user), key=lambda row: row.created_at, reverse=True)
    found = [SignedIn(browser_name(row.user_agent), row.created_at, row.session_key == session_key) for row in rows]
    return sorted(found, key=lambda one: not one.is_here)


def end_all_sessions(user: User) -> None:
    """Every browser is signed out with its next request, this one too."""
    for row in UserSession.objects.filter(user=user):
        row.end()
