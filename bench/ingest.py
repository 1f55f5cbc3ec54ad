"""P6, P7 and P8: what ingest costs. Contestants in turn, each round with fresh databases."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from importlib.util import find_spec

from bench.contest import contestant
from bench.press import Press
from bench.publishers import Publishers, url_of
from bench.results import Line, at_most, below, times_less
from bench.shapes import Turn

FLOOR_SHARE = 0.5
TIMES_BELOW_PEER_FIRST = 2.4
TIMES_BELOW_PEER_NEWS = 15
TIMES_THE_BARE_LOOP = 1.5
QUIET_COUNT = 10_000  # what the goal of time speaks of
QUIET_SECONDS = 12
QUIET_MB = 120

PEERS = ("peer",) if find_spec("reader") else ()

Turns = dict[str, list[Turn]]  # contestant and turn -> one for each round


@dataclass(frozen=True, slots=True)
class Sizes:
    feeds: int
    quiet_feeds: int
    rounds: int


def measure_news(publishers: Publishers, press: Press, sizes: Sizes) -> tuple[list[Line], Turns]:
    """P6, a first ingest, and P7, one new entry in every feed. Versions 0 and 1 of the press are written."""
    urls = [url_of(number, publishers.port) for number in range(sizes.feeds)]
    turns: Turns = {}
    for _ in range(sizes.rounds):
        for name in ("floor", *PEERS, "ours"):
            publishers.show(0)
            with contestant(name, publishers, urls) as one:
                turns.setdefault(f"{name} first", []).append(one.take_turn())
                publishers.show(1)
                turns.setdefault(f"{name} news", []).append(one.take_turn())
    for name in ("floor", "ours"):
        require(turns[f"{name} first"], sizes.feeds * press.entry_count, name)
        require(turns[f"{name} news"], sizes.feeds, name)
    first = f"first ingest of {sizes.feeds} feeds x {press.entry_count}"
    news = f"one new entry in each of {sizes.feeds} feeds"
    ours_first, ours_news = turns["ours first"], turns["ours news"]
    lines = [at_most("P6", f"{first}, beside the floor", ours_first, turns["floor first"], FLOOR_SHARE)]
    for peer in PEERS:
        lines += [
            times_less("P6", f"{first}, beside reader", ours_first, turns[f"{peer} first"], TIMES_BELOW_PEER_FIRST),
            times_less("P7", f"{news}, beside reader", ours_news, turns[f"{peer} news"], TIMES_BELOW_PEER_NEWS),
        ]
    return lines, turns


def measure_quiet(publishers: Publishers, sizes: Sizes) -> tuple[list[Line], Turns]:
    """P8: feeds that have not changed, over plain HTTP and over TLS; a new connection for each."""
    publishers.show(0)
    validators = publishers.quiet_validators()
    turns: Turns = {}
    for scheme, port in (("http", publishers.port), ("https", publishers.tls_port)):
        urls = [url_of(number, port, scheme, "quiet/") for number in range(sizes.quiet_feeds)]
        with ExitStack() as stack:
            both = {
                name: stack.enter_context(contestant(name, publishers, urls, validators)) for name in ("bare", "ours")
            }
            for _ in range(sizes.rounds):
                for name, one in both.items():
                    turns.setdefault(f"{name} {scheme}", []).append(one.take_turn())
    for name, taken in turns.items():
        require(taken, sizes.quiet_feeds, name)
    lines = [
        at_most(
            "P8",
            f"{sizes.quiet_feeds} unchanged feeds over {scheme}, beside a bare loop",
            turns[f"ours {scheme}"],
            turns[f"bare {scheme}"],
            TIMES_THE_BARE_LOOP,
        )
        for scheme in ("http", "https")
    ]
    # The best round: the neighbours on a machine make wall time longer, never shorter.
    seconds = min(turn.wall_seconds for turn in turns["ours https"]) * QUIET_COUNT / sizes.quiet_feeds
    note = "best round" if sizes.quiet_feeds == QUIET_COUNT else f"best round, reckoned from {sizes.quiet_feeds}"
    peak = max(turn.peak_mb + turn.children_peak_mb for turn in turns["ours https"])
    return [
        *lines,
        below("P8", f"wall time of {QUIET_COUNT} over https, new connections", "s", seconds, QUIET_SECONDS, note),
        below("P8", "memory at its height", "MB", peak, QUIET_MB),
    ], turns


def require(turns: list[Turn], count: int, name: str) -> None:
    """A time for work that was not done is no number."""
    wrong = [turn.count for turn in turns if turn.count != count]
    if wrong:
        raise SystemExit(f"{name} brought {wrong[0]} where there were {count}: nothing is measured by that.")
