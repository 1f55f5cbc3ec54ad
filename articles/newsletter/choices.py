"""Which letters a reader asks for: on the account page, and by the link in every letter."""

from __future__ import annotations

import zoneinfo
from datetime import datetime
from enum import Enum

from django.conf import settings
from django.db import transaction

from accounts.models import User
from articles.models import LetterChoice
from articles.newsletter.when import HOURS


class Refusal(Enum):
    """Why nothing was changed, in words for the reader."""

    NO_MAIL = "This site cannot send mail, so the briefing stays a page."
    UNPROVEN = "Confirm your address first: open the link in the mail that we sent, then switch the letters on."


@transaction.atomic
def choose_letters(user: User, *, morning: bool, evening: bool, zone: str, now: datetime) -> Refusal | None:
    """Keep the choice; it begins with the next edition. `zone` is the browser's, for who has not chosen one.

    Switching on again also ends a stop after letters that came back. Switching off is never refused.
    """
    if morning or evening:
        if not settings.MAIL_IS_CONFIGURED:
            return Refusal.NO_MAIL
        if not user.has_verified_address:
            return Refusal.UNPROVEN
    kept = {"morning": morning, "evening": evening, "asked_at": now}
    fresh = {"failed_count": 0, "stopped_at": None, "stopped_by": ""}
    LetterChoice.objects.update_or_create(user=user, defaults={**kept, **fresh})
    if not user.time_zone and zone in zoneinfo.available_timezones():
        user.time_zone = zone
        user.save(update_fields=["time_zone"])
    return None


def stop_letters(user_id: int) -> None:
    """By the link in a letter. Safe to repeat, and for an account that is gone."""
    LetterChoice.objects.filter(user=user_id).update(morning=False, evening=False)


def choice_of(user: User) -> LetterChoice | None:
    return LetterChoice.objects.filter(user=user).first()


def said(user: User) -> str:
    """What was chosen, in a sentence."""
    choice = choice_of(user)
    parts = [part for part in HOURS if choice and getattr(choice, part)]
    if not parts:
        return "No briefing comes by mail."
    hours = " and ".join(f"at {HOURS[part]:%H:%M}" for part in parts)
    return f"The briefing comes by mail each {' and '.join(parts)}, {hours} in {user.zone.key}."
