"""Rows that are forgotten go few at a time: no lock is held for long, and what was begun need not be begun again."""

from __future__ import annotations

from django.db.models import QuerySet

BATCH = 1000
MOST = 500_000  # of one run: the next one goes on


def forget(rows: QuerySet, batch: int = BATCH, most: int = MOST) -> int:
    """Delete `rows` in their order, each batch in a transaction of its own; how many went. Safe to run twice.

    Their order should be that of the index which finds them. Nothing may hang on them.
    """
    count = 0
    while count < most:
        keys = list(rows.values_list("pk", flat=True)[: min(batch, most - count)])
        count += rows.model._default_manager.filter(pk__in=keys).delete()[0]
        if len(keys) < batch:
            break
    return count
