"""What watches the site is away: `python -m tests.faults.watching`."""

from __future__ import annotations

import sys
import time

from tests.faults.database import is_whole
from tests.faults.newsroom import free_port, wait_until
from tests.faults.readers import Readers, ask
from tests.faults.scene import TAIL, furnish, scene
from tests.faults.verdict import Verdict, play

# Of loopback, and nothing answers there: connecting takes as long as the system lets it.
SILENT = "127.255.255.254:9"


def run(verdict: Verdict) -> None:
    refused = f"127.0.0.1:{free_port()}"
    with scene(SENTRY_DSN=f"http://key@{refused}/1", METRICS_ADDRESS=SILENT) as stage:
        furnish(stage, 1)
        room = stage.room
        room.start_web()
        room.stop_postgres()
        broken = [ask(room.web_port, stage.looks[-1].path, stage.looks[-1].cookie) for _ in range(3)]
        room.start_postgres()
        wait_until(lambda: all(is_whole(room.web_port, look) for look in stage.looks))
        with Readers(room.web_port, stage.looks, [TAIL]) as readers:
            time.sleep(4)
        statuses = [answer.status for answer in broken]
        seen = f"errors that Sentry is to hear of: {statuses}; then readers: {readers.told()}"
        verdict.see("O17", "Sentry away, nobody asks for metrics", seen, not readers.faults and readers.slowest < 5)


if __name__ == "__main__":
    sys.exit(play(run))
