"""The stand-in as a process of its own, for the demo edition and for browsers."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

from tests.stripe_api.deliveries import keep_delivering
from tests.stripe_api.demo import seed_demo
from tests.stripe_api.stand_in import StandIn


def main() -> int:
    options = read_options()
    is_new = options.store is None or not options.store.exists()
    stand_in = StandIn(datetime.now(UTC), options.secret, is_clock_real=True, store_path=options.store)
    try:
        stand_in.start(options.port)
    except OSError:
        print(f"Port {options.port} is taken.", file=sys.stderr)
        return 1
    if options.demo and is_new:
        seed_demo(stand_in)
    if not (stand_in.is_checked or options.demo):
        print("The stand-in for Stripe serves unchecked: Stripe's OpenAPI document is not installed.")
    if options.webhook:
        keep_delivering(stand_in, options.webhook)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    threading.Event().wait()
    return 0


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.stripe_api", description=__doc__)
    parser.add_argument("--port", type=int, default=8002)
    parser.add_argument("--webhook", default="", help="where events are delivered")
    parser.add_argument("--secret", default="whsec_stand_in")
    parser.add_argument("--store", type=Path, help="a file that keeps everything between two runs")
    parser.add_argument("--demo", action="store_true", help="begin with the people of the demo edition")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
