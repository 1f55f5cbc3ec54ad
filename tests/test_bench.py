"""The measuring itself: the made-up press, the counting, and one smallest run. No number is judged here."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import connection

from articles.ingest.parse import parse_feed
from articles.ingest.shapes import Fetched
from bench import contest, ingest, results
from bench.__main__ import main
from bench.measure import tree_cpu_seconds
from bench.press import KINDS, Press
from bench.publishers import serving, url_of
from bench.shapes import Turn

ROOT = Path(__file__).parent.parent
NOW = datetime(2025, 6, 2, 12, tzinfo=UTC)
PRESS = Press(feed_count=100, now=NOW, entry_count=5)


def parsed(document: bytes):
    return parse_feed(Fetched("http://127.0.0.1/feed", 200, {}, document, len(document), 0.0))


def kind_of(number: int) -> str:
    return KINDS[number * 37 % 100]


@pytest.mark.parametrize("kind", ["rss", "atom", "rdf", "broken"])
def test_every_dialect_of_the_press_can_be_read(kind):
    number = next(number for number in range(100) if kind_of(number) == kind)
    feed = parsed(PRESS.feed(number))
    assert [entry.link.partition("?")[0] for entry in feed.entries] == [PRESS.story(number, n).link for n in range(5)]
    assert all(len(entry.content_html) > 500 for entry in feed.entries)


def test_a_hundred_feeds_have_the_share_of_dialects_that_the_goals_speak_of():
    kinds = [kind_of(number) for number in range(100)]
    assert {kind: kinds.count(kind) for kind in kinds} == {"rss": 70, "atom": 25, "rdf": 3, "broken": 2}


def test_a_feed_has_the_size_that_the_goals_speak_of():
    sizes = [len(Press(100, NOW).feed(number)) for number in range(0, 100, 9)]
    assert 160_000 < sum(sizes) / len(sizes) < 190_000


def test_the_same_seed_writes_the_same_words_and_another_seed_others():
    assert PRESS.feed(7) == Press(100, NOW, 5).feed(7) != Press(100, NOW, 5, seed=2).feed(7)


def test_a_new_version_has_one_new_entry_on_top_and_is_newer():
    old, new = (parsed(PRESS.feed(3, version)).entries for version in (0, 1))
    assert new[0].published_at > old[0].published_at
    assert [entry.entry_id for entry in new[1:]] == [entry.entry_id for entry in old[:-1]]


def test_processor_time_of_a_child_that_still_lives_is_counted():
    before = tree_cpu_seconds()
    busy = subprocess.Popen(
        [sys.executable, "-c", "import time\nwhile time.process_time() < .3: pass\nprint(flush=True); time.sleep(60)"],
        stdout=subprocess.PIPE,
    )
    busy.stdout.readline()
    used = tree_cpu_seconds() - before
    busy.kill()
    busy.communicate()
    assert 0.25 < used < 2


def turns(*seconds: float) -> list[Turn]:
    return [Turn(1, one, one, 50.0, database_cpu_seconds=1.0) for one in seconds]


def test_the_median_round_counts_and_the_database_with_it():
    line = results.at_most("P6", "first", turns(1, 99, 2), turns(5, 5, 5), 0.5)
    assert (line.ours, line.floor, line.ratio, line.is_met) == (3, 6, 0.5, True)


@pytest.mark.parametrize(("seconds", "is_met"), [(1.9, True), (2.1, False)])
def test_less_than_a_peer_is_a_multiple_of_ours(seconds, is_met):
    assert results.times_less("P7", "news", turns(seconds - 1), turns(29), 15).is_met is is_met


def test_what_was_not_measured_is_neither_met_nor_missed():
    line = results.below("P11", "push", "s", None, 10)
    assert line.is_met is None
    assert "–" in results.table([line])


def test_a_contestant_that_broke_off_ends_the_run_and_tells_why(tmp_path):
    (tmp_path / "log").write_text("no such table")
    ended = subprocess.Popen(["true"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with pytest.raises(SystemExit, match="no such table"):
        contest.Contestant(ended, tmp_path / "log", {"DATABASE_URL": "sqlite:///x"})
    ended.communicate()


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "sqlite", reason="the tables are copied from a test's own database in memory")
def test_a_smallest_run_ingests_twice_and_writes_what_it_found(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(ingest, "PEERS", ())  # Reading with a peer is no affair of ours, and takes its time.
    monkeypatch.delenv("DATABASE_URL", raising=False)
    (tmp_path / "tables").write_bytes(connection.connection.serialize())
    options = ["--only", "P6", "--feeds", "2", "--rounds", "1", "--server", "own"]
    main([*options, "--template", str(tmp_path / "tables"), "--json", str(tmp_path / "found.json")])
    found = json.loads((tmp_path / "found.json").read_text())
    assert {name: [turn["count"] for turn in taken] for name, taken in found["rounds"].items()} == {
        **{"floor first": [80], "floor news": [2]},
        **{"ours first": [80], "ours news": [2]},
    }
    (line,) = found["lines"]
    assert line["ours"] > 0 < line["floor"]
    assert line["ratio"] == pytest.approx(line["ours"] / line["floor"])
    assert "first ingest of 2 feeds x 40, beside the floor" in capsys.readouterr().out


def test_a_bare_loop_over_tls_trusts_our_certificate_and_is_answered_that_nothing_is_new(tmp_path):
    with serving(tmp_path, "own") as publishers:
        publishers.write(Press(1, NOW, entry_count=1), 0)
        publishers.show(0)
        urls = [url_of(number, publishers.tls_port, "https", "quiet/") for number in range(10)]
        with contest.contestant("bare", publishers, urls, publishers.quiet_validators()) as bare:
            turn = bare.take_turn()
    assert turn.count == 10
    assert turn.cpu_seconds > 0
    assert turn.peak_mb > 10


def test_the_packages_of_the_bench_are_pinned_exactly():
    lines = [line.split("#")[0].strip() for line in (ROOT / "requirements-bench.txt").read_text().splitlines()]
    assert [line for line in lines if line and not line.startswith("-r") and "==" not in line] == []
