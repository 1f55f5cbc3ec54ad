"""python -m bench [--only P1,P9] [--archive 10000 1000000] [--feeds 500] [--quiet-feeds 10000] [--rounds 5]"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Sequence
from contextlib import ExitStack
from dataclasses import asdict, is_dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from bench import growth
from bench.beginning import measure_beginning
from bench.contest import ROOT, SQLITE
from bench.first_view import measure_first_view
from bench.fronts import measure_fronts
from bench.growth import measure_growth
from bench.house import House, house
from bench.ingest import Sizes, measure_news, measure_quiet
from bench.live import FEEDS, measure_live
from bench.load import generator
from bench.press import Press
from bench.publishers import Publishers, serving
from bench.results import Line, table
from bench.serving import measure_members, measure_visitors
from bench.stories import SIZES, measure_stories

UNASKED = tuple(f"P{number}" for number in range(1, 13))
NUMBERS = (*UNASKED, "S1", "S2")  # stories are another trade: --only S1,S2
PACKAGES = ("django", "granian", "aiohttp", "feedparser", "nh3", "psycopg", "reader", "playwright")

Measured = tuple[list[Line], dict]
Step = tuple[Collection[str], Callable[[], Measured]]


def main(arguments: Sequence[str]) -> int:
    options = parsed(arguments)
    began = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    facts = machine()
    try:
        if options.template:
            shutil.copy(options.template, folder / SQLITE)
        lines, raw = measure(folder, options, facts)
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
        prog="python -m bench", description="What the site costs, and whether goals are met."
    )
    parser.add_argument("--only", type=numbers, default=UNASKED, help="of " + ",".join(NUMBERS))
    parser.add_argument("--seconds", type=float, default=2, help="of one page's load, for P1, P2, P4 and P5")
    parser.add_argument("--articles", type=int, default=10_000, help="behind the pages of P1 to P5, P10 and P12")
    parser.add_argument(
        *("--archive",), type=int, nargs="+", default=growth.SIZES, help="for P9; the goals speak of 10000 and 1000000"
    )
    parser.add_argument("--feeds", type=int, default=160, help="for P6 and P7; the goals speak of 500")
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


def measure(folder: Path, options: argparse.Namespace, facts: dict[str, object]) -> Measured:
    """What is asked for; the house and the press are there as long as somebody measures on them."""
    lines: list[Line] = []
    raw: dict = {}

    def take(steps: Sequence[Step]) -> None:
        for step, work in steps:
            if set(step) & set(options.only):
                print(f"{' and '.join(step)} …", file=sys.stderr, flush=True)
                found, turns = work()
                lines.extend(line for line in found if line.number in options.only)
                raw.update(turns)

    with ExitStack() as stack:
        if steps := wanted(options, lambda: stack.enter_context(house(folder, options.articles)), on_house(options)):
            take(steps)
    take([(("P9",), lambda: measure_growth(folder, options.archive, options.rounds))])
    with ExitStack() as stack:
        made: list[Publishers] = []

        def press() -> Publishers:
            made.append(stack.enter_context(serving(folder, options.server)))
            return made[0]

        take(wanted(options, press, on_press(options)))
        if made:
            facts["server"] = made[0].server
    take([(("S1", "S2"), lambda: measure_stories(options.live))])
    lines.sort(key=lambda line: NUMBERS.index(line.number))
    return lines, raw


def wanted(
    options: argparse.Namespace, begin: Callable[[], object], make: dict[tuple[str, ...], Callable[..., Measured]]
) -> list[Step]:
    """The steps that are asked for, on what `begin` begins; it begins nothing where none is."""
    asked = {step: work for step, work in make.items() if set(step) & set(options.only)}
    if not asked:
        return []
    place = begin()
    return [(step, lambda work=work: work(place)) for step, work in asked.items()]  # type: ignore[misc]


def on_house(options: argparse.Namespace) -> dict[tuple[str, ...], Callable[[House], Measured]]:
    rounds, seconds = options.rounds, options.seconds
    return {
        ("P1", "P2"): lambda place: measure_visitors(place, seconds, rounds),
        ("P3",): lambda place: measure_fronts(place, rounds),
        ("P4", "P5"): lambda place: measure_members(place, seconds, rounds, options.only),
        ("P10",): lambda place: measure_beginning(place, rounds),
        ("P12",): measure_first_view,
    }


def on_press(options: argparse.Namespace) -> dict[tuple[str, ...], Callable[[Publishers], Measured]]:
    press = Press(max(options.feeds, FEEDS), datetime.now(UTC), seed=options.seed)
    sizes = Sizes(options.feeds, options.quiet_feeds, options.rounds)

    def printed(publishers: Publishers) -> Publishers:
        for number in (0, 1):
            if not (publishers.folder / str(number)).exists():
                publishers.write(press, number)
        return publishers

    return {
        ("P6", "P7"): lambda publishers: measure_news(printed(publishers), press, sizes),
        ("P8",): lambda publishers: measure_quiet(printed(publishers), sizes),
        ("P11",): lambda publishers: measure_live(printed(publishers), press, options.rounds),
    }


def machine() -> dict[str, object]:
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "database": "PostgreSQL" if os.environ.get("DATABASE_URL", "").startswith("postgres") else "SQLite",
        "load by": generator(),
        "packages": {name: version(name) for name in PACKAGES if find_spec(name)},
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
