"""What a visit on the quick road leaves behind: as in Django's own views, and only where it is not there yet."""

from __future__ import annotations

from datetime import datetime

from django.db import connection

from accounts.idle import is_noted, note_seen
from articles.pages.showings import store_showing
from articles.quick.holes import Told
from articles.quick.lookup import Facts, Marks
from articles.reading import store_reading
from billing.entitlement import Access


def note_visit(session_key: str, told: Told, facts: Facts, marks: Marks, access: Access, now: datetime) -> None:
    """`told` by the view that made the page, `marks` and `facts` of the moment."""
    is_reading = told.reading_of is not None and told.reading_of not in marks.read_ids
    is_showing = bool(told.licensed_ids) and not facts.is_shown and (access.is_granted or told.is_shown_to_all)
    if not (is_reading or is_showing) and is_noted(session_key, now):
        return
    try:
        note_seen(session_key, now)
        if is_reading:
            store_reading(told.reading_of, facts.user.pk, now)
        if is_showing:
            store_showing(facts.user.pk, told.showing, told.licensed_ids, now)
    finally:
        # Outside of a request nobody else gives it back to the pool.
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
