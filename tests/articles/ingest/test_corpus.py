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

pytestmark = pytest.mark.skipif(not INDEX.is_file(), reason="no folder of real feeds: set FEED_CORPUS to one")


def cases() -> list[dict]:
    return json.loads(INDEX.read_text())["files"] if INDEX.is_file() else []


@pytest.mark.parametrize("case", cases(), ids=lambda case: case["file"])
def test_a_real_feed_yields_its_entries_and_is_known_the_second_time(case):
    body = (FOLDER / case["file"]).read_bytes()
    expected = min(case["entries_feedparser"] or case["entries_json"] or 0, 200)
    first = digest(state(), answer(body, {}), NOW)
    assert first.entry_count == expected
    assert bool(first.drafts) == bool(expected)
    for draft in first.drafts:
        assert draft.headline
        assert "".join(blocks_of(draft.body_html)) == draft.body_html
    known = {draft.entry_id: draft.content_hash for draft in first.drafts}
    assert digest(state(known=known), answer(body + b"\n", {}), NOW).drafts == ()
