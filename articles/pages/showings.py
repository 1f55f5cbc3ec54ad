"""Which licensed articles a reader saw on which page, noted once in a quarter of an hour: one row, not one a card.

Only for readers who could have opened them: whoever stands before the wall has not passed anything by.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime

from django.db import DatabaseError, transaction

from accounts.models import User
from articles.models import Article, Permission, Showing
from articles.reading import access_to

logger = logging.getLogger(__name__)


def quarter_of(at: datetime) -> datetime:
    """When the quarter of an hour began."""
    return at.replace(minute=at.minute // 15 * 15, second=0, microsecond=0)


def note_showing(user: User | None, page: str, articles: Iterable[Article], now: datetime) -> None:
    """One query; in the first visit of a quarter the row too. `articles` come with their sources."""
    if user is None or user.is_staff:  # their readings do not count either
        return
    licensed = licensed_of(articles)
    if not licensed or not access_to(licensed[0], user, now).is_granted:
        return
    quarter_at = quarter_of(now)
    if Showing.objects.filter(user=user, page=page, quarter_at=quarter_at).exists():
        return
    store_showing(user.pk, page, [one.pk for one in licensed], now)


def licensed_of(articles: Iterable[Article]) -> list[Article]:
    """Those whose readings count."""
    return [one for one in articles if one.has_body and one.source.permission == Permission.FULL]


def store_showing(user_id: int, page: str, article_ids: Iterable[int], now: datetime) -> None:
    """Once a quarter: what is there already stays as it is."""
    row = Showing(user_id=user_id, page=page, quarter_at=quarter_of(now), article_ids=sorted(set(article_ids)))
    try:
        with transaction.atomic():
            Showing.objects.bulk_create([row], ignore_conflicts=True)
    except DatabaseError:
        # A busy database must not keep the news from anybody.
        logger.exception("showing not noted page=%s", page)
