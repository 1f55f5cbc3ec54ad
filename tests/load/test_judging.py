"""The judge of the load: a run with one walled word in a visitor's page has failed."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.faults.verdict import Verdict
from tests.load.__main__ import judge_pages
from tests.load.crowd import Tally, crowd
from tests.load.house import MARK, tail_of
from tests.load.judging import LEAK, LOST, Look, fault_in


@pytest.mark.parametrize(
    ("look", "status", "text", "fault"),
    [
        (Look("/article/1/"), 200, "The opening.", ""),
        (Look("/article/1/"), 200, f"The opening. {tail_of(1)}", LEAK),
        (Look("/article/1/"), 500, f"The opening. {tail_of(1)}", LEAK),
        (Look("/"), 200, f"A teaser that says: {tail_of(7)}", LEAK),
        (Look("/article/1/", "session=a", tail_of(1)), 200, f"The opening. {tail_of(1)}", ""),
        (Look("/article/1/", "session=a", tail_of(1)), 200, "The opening.", LOST),
        (Look("/article/1/", "session=a", tail_of(1)), 503, "", "status 503"),
        (Look("/"), 0, "", "no answer"),
    ],
)
def test_an_answer_is_right_or_wrong_l01(look, status, text, fault):
    assert fault_in(look, status, text, [MARK]) == fault


class Page(BaseHTTPRequestHandler):
    text = ""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.text.encode())

    def log_message(self, *args: object) -> None:
        """Nobody reads it."""


@pytest.fixture
def site() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(("text", "code"), [("The opening.", 0), (f"The opening. {tail_of(3)}", 1)])
def test_one_leak_anywhere_fails_the_whole_run_l01(site, monkeypatch, text, code):
    monkeypatch.setattr(Page, "text", text)
    tally, verdict = Tally(), Verdict()
    port = site.server_address[1]
    asyncio.run(crowd(port, ["", ""], lambda cookie, place: Look("/", cookie), [MARK], 0.3, tally, think=0.05))
    judge_pages(verdict, "a crowd of two", tally)
    assert tally.count > 1
    assert verdict.code == code
