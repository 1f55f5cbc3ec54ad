"""The measuring itself: the made-up press, the counting, and one smallest run. No number is judged here."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, connection
from django.utils import timezone

from articles.ingest.parse import parse_feed
from articles.ingest.shapes import Fetched
from articles.models import Article, Entry, Source
from articles.pages.cards import article_url
from bench import contest, growth, ingest, nginx, results
from bench.__main__ import main
from bench.archive import Archive
from bench.contestants.pages import asked, kept
from bench.load import Load, ask_from_here, read_wrk
from bench.measure import resident_mb, tree_cpu_seconds
from bench.press import KINDS, Press
from bench.processes import running
from bench.publishers import free_port, serving, url_of
from bench.shapes import Turn
from bench.shelves import fill

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


WRK = """Running 2s test @ http://127.0.0.1:8000/
  1 threads and 16 connections
  Latency Distribution
     50%  614.00us
     75%    0.95ms
  27488 requests in 2.04s, 505.12MB read
Requests/sec:  13474.51
"""


def test_a_report_of_wrk_is_read():
    assert read_wrk(WRK) == Load(27488, 2.04, 0.614)
    assert read_wrk(WRK).rate == pytest.approx(13474.5, rel=0.001)


@pytest.mark.parametrize("trouble", ["Non-2xx or 3xx responses: 3", "Socket errors: connect 0, read 7, write 0"])
def test_pages_that_were_refused_are_no_measure(trouble):
    with pytest.raises(SystemExit, match="did not come"):
        read_wrk(f"{WRK}  {trouble}\n")


def serve_status(status: str) -> Iterator[int]:
    """A server of one answer, over connections that stay; its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def talk(one: socket.socket) -> None:
            with suppress(OSError):
                while one.recv(4096):
                    one.sendall(f"HTTP/1.1 {status}\r\ncontent-length: 2\r\n\r\nok".encode())

        def accept() -> None:
            with suppress(OSError):
                while True:
                    threading.Thread(target=talk, args=(listener.accept()[0],), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield listener.getsockname()[1]


def test_without_wrk_every_answer_is_counted():
    with contextmanager(serve_status)("200 OK") as port:
        load = ask_from_here(f"http://127.0.0.1:{port}/", {"Accept-Encoding": "gzip"}, 3, 0.1)
    assert load.requests >= 3
    assert load.seconds >= 0.1
    assert load.p50_ms > 0


def test_without_wrk_an_answer_that_is_no_page_ends_the_run():
    with contextmanager(serve_status)("503 Away") as port, pytest.raises(SystemExit, match="503"):
        ask_from_here(f"http://127.0.0.1:{port}/", {}, 1, 0.1)


@pytest.mark.parametrize(("rates", "is_met"), [((8.1, 8.2, 1.0), True), ((7.9, 7.8, 99.0), False)])
def test_a_share_is_judged_by_the_median_of_the_rounds(rates, is_met):
    assert results.share_of("P1", "front", "requests/s", rates, (10, 10, 10), 0.8).is_met is is_met


@pytest.mark.parametrize(("costs", "is_met"), [((39, 41, 38), True), ((41, 42, 1), False)])
def test_a_cost_is_judged_by_the_median_of_the_rounds(costs, is_met):
    assert results.times("P1", "front", "CPU µs", costs, (10, 10, 10), 4).is_met is is_met


def grown(**large: float) -> dict[str, list[float]]:
    """What a run found at two sizes; a search that takes 40 ms at the large one, and what `large` says."""
    jobs = [*growth.LIMITS, "search a", "search b"]
    small = {f"10000 {job}": [10.0, 11.0] for job in jobs}
    found = {f"1000000 {job}": [large.get(job.replace(" ", "_"), 10.5), 90.0] for job in jobs[:-2]}
    return small | found | {"1000000 search a": [8.0], "1000000 search b": [40.0]}


def test_growth_compares_the_best_rounds_of_the_largest_and_the_smallest_archive():
    lines = growth.lines_of(grown(related=24.0, front=11.2), (10_000, 1_000_000))
    missed = {line.what: line.ratio for line in lines if not line.is_met}
    assert missed == {"front, p50": pytest.approx(1.12), "any of 2 searches, p50": None}
    assert "slowest: b; 1M" in results.table(lines)


def test_an_archive_is_the_same_for_the_same_seed_and_grows_at_its_old_end():
    small, same, other = Archive(60, NOW), Archive(60, NOW), Archive(60, NOW, seed=2)
    assert list(small.articles()) == list(same.articles()) != list(other.articles())
    large = Archive(600, NOW)
    assert large.published_at(600) == small.published_at(60) == NOW
    assert large.published_at(600 - 59) == small.published_at(1) > large.published_at(1)
    assert sum("fifthword" in str(row[4]) for row in large.articles()) == 600 / 5


@pytest.mark.django_db
def test_a_filled_archive_is_a_site_with_a_front_page_and_takes_in_more(visitor):
    fill(Archive(120, timezone.now(), body_words=45))
    assert Article.objects.count() == Entry.objects.count() == 120
    assert visitor.get("/").text.count("<article") > 20
    source = Source.objects.get(slug="title-7")
    new = Article.objects.create(source=source, headline="New", section="world", published_at=NOW, first_seen_at=NOW)
    assert new.pk == 121


@pytest.fixture
def open_connection() -> Iterator[None]:
    """A request of its own would close the connection, and with it the test's transaction."""
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    yield
    request_started.connect(close_old_connections)
    request_finished.connect(close_old_connections)


@pytest.mark.django_db
@pytest.mark.usefixtures("open_connection")
def test_a_page_made_in_this_process_is_the_site_s_and_nothing_kept_survives():
    fill(Archive(120, timezone.now(), body_words=45))
    page = asked(get_wsgi_application(), "testserver", "/")
    assert b"<h1" in page
    assert article_url.cache_info().currsize
    for forget in kept():
        forget()
    assert not article_url.cache_info().currsize
    with pytest.raises(SystemExit, match="404"):
        asked(get_wsgi_application(), "testserver", "/nowhere/")


def test_nginx_is_measured_as_it_is_shipped(tmp_path):
    nginx.shipped(tmp_path, 8101, 8102)
    text = (tmp_path / "shipped.conf").read_text()
    for directive in (
        "proxy_cache_path",
        "proxy_cache_lock on",
        "proxy_cache_use_stale",
        "limit_req zone",
        "log_format",
    ):
        assert directive in text
    assert re.findall(r"listen .*", text) == ["listen 127.0.0.1:8101;"]
    assert "server 127.0.0.1:8102" in text
    assert not re.findall(r"/etc/nginx/newssite/(?:site|proxy)|/var/|/srv/|ssl_certificate", text)
    if nginx.binary():
        subprocess.run([*nginx.command(tmp_path / "shipped.conf"), "-t"], check=True, capture_output=True)


def test_a_server_is_ended_and_its_processor_time_counted(tmp_path):
    port = free_port()
    busy = "import time\nwhile time.process_time() < .2: pass\n"
    listen = f"import socket; s = socket.create_server(('127.0.0.1', {port}))\nwhile True: s.accept()"
    command = [sys.executable, "-c", f"{busy}{listen}"]
    with running("busy", command, port, tmp_path / "log") as server:
        assert 0.15 < server.cpu_seconds() < 3
        assert resident_mb(server.pid) > 3
        assert Path(f"/proc/{server.pid}").exists()
    assert not Path(f"/proc/{server.pid}").exists()


def test_numbers_that_nobody_measures_are_refused(capsys):
    with pytest.raises(SystemExit):
        main(["--only", "P1,P13"])
    assert "P13" in capsys.readouterr().err
