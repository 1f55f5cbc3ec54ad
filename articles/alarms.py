"""Alarms: operators are told once when something begins and once when it is over, however many workers look."""

from __future__ import annotations

import logging
from datetime import datetime

from django.conf import settings

from articles.models import Alarm
from billing.post import Words, our_sender, send

logger = logging.getLogger(__name__)


def raise_alarm(name: str, letter: Words, now: datetime) -> bool:
    """Whether this call was the first to raise it."""
    Alarm.objects.get_or_create(name=name)
    raised = Alarm.objects.filter(name=name, raised_at=None).update(raised_at=now, cleared_at=None)
    if raised and not tell(letter):
        # Nobody was told: the next look tries again.
        Alarm.objects.filter(name=name, raised_at=now).update(raised_at=None)
    return bool(raised)


def end_alarm(name: str, raised_at: datetime, letter: Words, now: datetime) -> bool:
    """Whether this call was the one that ended it; `raised_at` is when it was raised, as the caller knows it."""
    ended = Alarm.objects.filter(name=name, raised_at=raised_at).update(raised_at=None, cleared_at=now)
    if ended and not tell(letter):
        Alarm.objects.filter(name=name, raised_at=None, cleared_at=now).update(raised_at=raised_at, cleared_at=None)
    return bool(ended)


def raised_since(name: str) -> datetime | None:
    return Alarm.objects.filter(name=name).values_list("raised_at", flat=True).first()


def tell(letter: Words) -> bool:
    """Whether at least one operator was told; where the site sends no mail, the log has to do."""
    if not settings.MAIL_IS_CONFIGURED:
        return True
    told = [mail(address, letter) for address in settings.OPERATOR_EMAILS]
    return any(told) or not told


def mail(address: str, letter: Words) -> bool:
    try:
        send(address, letter, our_sender())
    except OSError:
        logger.exception("alarm not mailed")
        return False
    return True
