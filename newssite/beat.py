"""Celery's beat, for clocks that are set back: it begins anew then, and does not wait until they have caught up."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

from celery.beat import PersistentScheduler

logger = logging.getLogger(__name__)

SLACK = timedelta(seconds=2)  # clocks are put right by so much all the time


class SteadyScheduler(PersistentScheduler):
    def tick(self, *args: object, **kwargs: object) -> float:
        """Before each turn: what has run in the future, by the clock of now, has run now."""
        now = datetime.now(UTC)
        if any(entry.last_run_at > now + SLACK for entry in self.schedule.values()):
            logger.warning("the clock was set back: every interval begins anew")
            for entry in self.schedule.values():
                entry.last_run_at = now
            self._heap = None  # it holds times of the old clock
        return super().tick(*args, **kwargs)
