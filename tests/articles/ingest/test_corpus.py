"""Feeds of real sites, where they are at hand: nothing of them is part of the project."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from articles.ingest.clean import blocks_of
from articles.ingest.digest import digest
from tests.articles.ingest.answers import NOW, answer, state

FOLDER = Path(os.environ.get("FEED_CORPUS") or Path(__file__).parents[4] / "shared" / "feeds" / "corpus")
INDEX = FOLDER / "index.json"
MOST = 200  # entries of one document
ONE_PAGE, EMPTY, TWICE = (
    "every entry leads to one page, and bears no id: one article, which the newest describes",
    "ten items stand around others and hold nothing: they are one entry without a word",
    "the document repeats entries, with their ids",
)
EXCEPTIONS = {  # how many articles fewer than entries, and why
    "fastfeedparser__al_monitor.com_rss__72fea1.xml": (9, TWICE),
    "feedhq__aldaily-06-27.xml": (3, ONE_PAGE),
    "feedhq__aldaily-06-30.xml": (9, ONE_PAGE),
    "feeder__rss_nixos.xml": (98, ONE_PAGE),
    "node-feedparser__illegally-nested.xml": (9, EMPTY),
}

pytestmark = pytest.mark.skipif(not INDEX.is_file(), reason="no folder of real feeds: set FEED_CORPUS to one")


def cases() -> list[dict]:
    return json.loads(INDEX.read_text())["files"] if INDEX.is_file() else []


@pytest.mark.parametrize("case", cases(), ids=lambda case: case["file"])
def test_a_real_feed_yields_its_entries_and_is_known_the_second_time(case):
    body = (FOLDER / case["file"]).read_bytes()
    expected = min(case["entries_feedparser"] or case["entries_json"] or 0, MOST)
    first = digest(state(), answer(body, {}), NOW)
    assert first.entry_count == expected
    assert first.surprises == ()
    assert len(first.drafts) == expected - EXCEPTIONS.get(case["file"], (0, ""))[0]
    for draft in first.drafts:
        assert draft.headline
        assert draft.published_at <= NOW
        assert "".join(blocks_of(draft.body_html)) == draft.body_html
    known = {draft.entry_id: draft.content_hash for draft in first.drafts}
    again = digest(state(known=known), answer(body + b"\n", {}), NOW)
    assert (again.drafts, again.entry_count) == ((), first.entry_count)
