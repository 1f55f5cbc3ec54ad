"""Every file of tests/data/feeds says what it shows and what to expect; this runs them all.

An expectation is `path op value`: op is = (equal), ~ (contains), !~ (does not contain); value is written in Python.
The path `failed` is the reason of a refusal, `count` the number of articles, `*` every piece of HTML in them.
"""

from __future__ import annotations

import ast
import codecs
import re
from pathlib import Path

import pytest

from articles.ingest.shapes import FeedUpdate
from tests.articles.ingest.answers import digested
from tests.publishers import FEEDS

EXPECTATION = re.compile(r"Expect: (\S+) (=|~|!~) (.+)$", re.MULTILINE)
DECLARED = re.compile(rb'encoding="([\w-]+)"')
SUPERSETS = {"gb2312": "gb18030", "utf-7": "utf-8", "unicode_escape": "utf-8"}
FILES = sorted(path for path in FEEDS.iterdir() if path.is_file())


def written(path: Path) -> str:
    """The file as its author wrote it, by its mark, its declaration, or as UTF-8."""
    raw = path.read_bytes()
    for mark, encoding in (
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF8, "utf-8"),
    ):
        if raw.startswith(mark):
            return raw.decode(encoding)
    declared = DECLARED.search(raw[:60])
    encoding = declared[1].decode() if declared else "cp1252" if path.stem == "latin_1" else "utf-8"
    return raw.decode(SUPERSETS.get(encoding, encoding), "replace")


def expectations(path: Path) -> list[tuple[str, str, object]]:
    found = EXPECTATION.findall(written(path))
    values = (value.removesuffix(" -->").removesuffix('",') for _, _, value in found)
    return [
        (where, how, None if value == "null" else ast.literal_eval(value))
        for (where, how, _), value in zip(found, values, strict=True)
    ]


def found_at(update: FeedUpdate, where: str) -> object:
    if where == "failed":
        return update.reason
    if where == "count":
        return len(update.drafts)
    if where in {"outcome", "hub_url", "self_url", "refusal"}:
        return getattr(update, where)
    if where == "*":
        return "\n".join(f"{draft.opening_html}{draft.body_html}{draft.picture}" for draft in update.drafts)
    number, *names = where.split(".")
    value: object = update.drafts[int(number)]
    for name in names:
        value = getattr(value, name)
    if isinstance(value, tuple):
        return list(value)
    return str(value) if where.endswith("_at") else value


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_feed_becomes_what_its_file_expects(path):
    update = digested(path.read_bytes(), {})
    expected = expectations(path)
    assert expected, f"{path.name} does not say what to expect"
    for where, how, value in expected:
        found = found_at(update, where)
        match how:
            case "=":
                assert found == value, where
            case "~":
                assert value in found, where
            case "!~":
                assert value not in found, where
