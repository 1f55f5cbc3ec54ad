"""The browsers a reader is signed in with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef

from accounts.browsers import browser_name
from accounts.models import User
from billing.batches import forget

A_DAY = timedelta(days=1)  # a line of a session that is just being made is left alone


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


def forget_ended(now: datetime) -> int:
    """Sessions that nobody can go on with, and their lines on account pages; how many rows went."""
    ended = forget(Session.objects.filter(expire_date__lt=now).order_by("expire_date"))
    is_alive = Exists(Session.objects.filter(session_key=OuterRef("session_key")))
    # Each batch looks past those that are alive, so there are few of them.
    lines = UserSession.objects.filter(~is_alive, created_at__lt=now - A_DAY).order_by("pk")
    return ended + forget(lines, batch=20_000)


def end_all_sessions(user: User) -> None:
    """Every browser is signed out with its next request, this one too."""
    for row in UserSession.objects.filter(user=user):
        row.end()
