"""The clock of the machine is set back while beat runs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from newssite.beat import SteadyScheduler
from newssite.celery import app


@pytest.fixture
def beat(tmp_path):
    """Its turns send nothing, they are counted; the beat table has one task, each minute."""
    sent: list[datetime] = []

    class Counting(SteadyScheduler):
        def apply_entry(self, entry, producer=None) -> None:
            sent.append(datetime.now(UTC))

    scheduler = Counting(app, schedule_filename=str(tmp_path / "beat"), lazy=True)
    scheduler.setup_schedule()
    for name in list(scheduler.schedule):
        if name != "every minute":
            del scheduler.schedule[name]
    scheduler.add(name="every minute", task="articles.tasks.refresh_feeds", schedule=60)
    scheduler.sent = sent
    yield scheduler
    scheduler.close()


def minutes(beat, clock, count: int) -> int:
    """Two turns a minute; how often something was sent."""
    before = len(beat.sent)
    for _ in range(2 * count):
        clock.shift(timedelta(seconds=31))
        while beat.tick() == 0:
            pass
    return len(beat.sent) - before


@pytest.mark.parametrize("hours", [0, -1, 1])
def test_work_goes_on_after_the_clock_was_set_back_or_ahead_o07(beat, hours):
    with time_machine.travel(datetime(2030, 6, 1, 12, tzinfo=UTC), tick=False) as clock:
        minutes(beat, clock, 5)
        clock.shift(timedelta(hours=hours))
        assert 9 <= minutes(beat, clock, 10) <= 12
