"""Celery on a clock that jumps: `celery -A tests.faults.skewed …`. The file named by CLOCK holds the seconds ahead."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import time_machine

from newssite.celery import app

__all__ = ["app"]

LOOK_SECONDS = 0.2

traveller = time_machine.travel(time.time(), tick=True).start()


def follow() -> None:
    """As somebody sets the machine's clock: the hour jumps, what is measured from start to end does not."""
    ahead = None
    while True:
        wanted = float(Path(os.environ["CLOCK"]).read_text() or 0)
        if wanted != ahead:
            ahead = wanted
            traveller.move_to(time_machine.escape_hatch.time.time() + ahead, tick=True)
            time.time()  # it begins to tick with the first look at it
        time.sleep(LOOK_SECONDS)


def begin() -> None:
    threading.Thread(target=follow, daemon=True).start()


begin()
os.register_at_fork(after_in_child=begin)
