"""python -m bench [--only P6,P7] [--feeds 500] [--quiet-feeds 10000] [--rounds 5]"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, is_dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from bench.contest import ROOT, SQLITE
from bench.ingest import Sizes, measure_news, measure_quiet
from bench.live import FEEDS, measure_live
from bench.press import Press
from bench.publishers import Publishers, serving
from bench.results import Line, table
from bench.stories import SIZES, measure_stories

NUMBERS = ("P6", "P7", "P8", "P11", "S1", "S2")
UNASKED = ("P6", "P7", "P8", "P11")  # stories are another trade: --only S1,S2
PACKAGES = ("django", "aiohttp", "feedparser", "nh3", "psycopg", "reader")


def main(arguments: Sequence[str]) -> int:
    options = parsed(arguments)
    began = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        if options.template:
            shutil.copy(options.template, folder / SQLITE)
        with serving(folder, options.server) as publishers:
            lines, raw = measure(publishers, options)
            facts = machine(publishers)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    seconds = time.monotonic() - began
    print(f"\n{table(lines)}\n")
    print(", ".join(f"{name} {value}" for name, value in facts.items() if name != "packages"))
    print(f"{seconds:.0f} s in all; every round in {options.json}")
    options.json.parent.mkdir(parents=True, exist_ok=True)
    result = {
        "machine": facts,
        "options": {name: str(value) for name, value in vars(options).items()},
        "seconds": round(seconds, 1),
        "lines": [asdict(line) for line in lines],
        "rounds": {name: [asdict(one) if is_dataclass(one) else one for one in taken] for name, taken in raw.items()},
    }
    options.json.write_text(json.dumps(result, indent=1, default=str))
    return 0


def parsed(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench", description="What ingest costs, and whether goals are met."
    )
    parser.add_argument("--only", type=numbers, default=UNASKED, help="of " + ",".join(NUMBERS))
    parser.add_argument("--feeds", type=int, default=40, help="for P6 and P7; the goals speak of 500")
    parser.add_argument("--quiet-feeds", type=int, default=2000, help="for P8; the goals speak of 10000")
    parser.add_argument("--live", type=int, nargs="+", default=SIZES, help="live articles, for S1 and S2")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--server", choices=("nginx", "own"), default="", help="nginx where it is installed")
    parser.add_argument("--template", type=Path, help="a SQLite file with our tables, which spares migrating one")
    parser.add_argument("--json", type=Path, default=ROOT / "var" / "bench.json")
    return parser.parse_args(arguments)


def numbers(text: str) -> tuple[str, ...]:
    wanted = tuple(part.strip().upper() for part in text.split(","))
    if unknown := set(wanted) - set(NUMBERS):
        raise argparse.ArgumentTypeError(f"{', '.join(sorted(unknown))}: there are {', '.join(NUMBERS)}")
    return wanted


def measure(publishers: Publishers, options: argparse.Namespace) -> tuple[list[Line], dict]:
    press = Press(max(options.feeds, FEEDS), datetime.now(UTC), seed=options.seed)
    sizes = Sizes(options.feeds, options.quiet_feeds, options.rounds)
    for number in (0, 1):
        publishers.write(press, number)
    lines: list[Line] = []
    raw: dict = {}
    steps = (
        (("P6", "P7"), lambda: measure_news(publishers, press, sizes)),
        (("P8",), lambda: measure_quiet(publishers, sizes)),
        (("P11",), lambda: measure_live(publishers, press, options.rounds)),
        (("S1", "S2"), lambda: measure_stories(options.live)),
    )
    for step, work in steps:
        if set(step) & set(options.only):
            print(f"{' and '.join(step)} …", file=sys.stderr, flush=True)
            found, turns = work()
            lines += [line for line in found if line.number in options.only]
            raw |= turns
    return lines, raw


def machine(publishers: Publishers) -> dict[str, object]:
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "database": "PostgreSQL" if os.environ.get("DATABASE_URL", "").startswith("postgres") else "SQLite",
        "server": publishers.server,
        "packages": {name: version(name) for name in PACKAGES if find_spec(name)},
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
