from __future__ import annotations

import json

import pytest

from articles.catalogue.rows import read_json, slug_of

GOOD = {
    "name": "Le Journal",
    "homepage": "https://journal.example/",
    "country": "fr",
    "language": "fr",
    "permission": "teaser",
    "feeds": [{"url": "https://journal.example/rss", "section": "world"}],
}


def read(*rows: object):
    return read_json(json.dumps(rows).encode())


def test_a_row_becomes_a_source_with_its_feeds():
    row = read(GOOD).good[0]
    assert (row.slug, row.country, row.feeds[0].section) == ("le-journal", "FR", "world")


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"name": ""}, "it has no name"),
        ({"name": "新聞"}, "the slug '' is not made of small letters, digits and hyphens"),
        ({"homepage": "journal.example"}, "homepage is not a web address"),
        ({"feeds": []}, "it has no feeds"),
        ({"feeds": "x"}, "it has no feeds"),
        ({"feeds": [{"url": "ftp://journal.example/"}]}, "'ftp://journal.example/' is not the address of a feed"),
        ({"feeds": [{"url": "https://j.example/", "section": "gossip"}]}, "the section 'gossip' of https://j.example/"),
        ({"permission": "all"}, "the permission 'all' is not one of headline, teaser, open, full"),
        ({"permission": "open"}, "an open source names its licence"),
        ({"country": "France"}, "the country 'FRANCE' is not two letters"),
        ({"language": "französisch"}, "the language 'französisch' is not a language tag"),
        ({"weight": "much"}, "weight is not a number"),
        ({"name": 5}, "name is not a line of text"),
        ({"name": "Two\nlines"}, "name is not a line of text"),
        ({"name": "x" * 200}, "name is longer than 120 characters"),
    ],
)
def test_a_bad_row_is_named_and_the_others_stand(fault, reason):
    rows = read({**GOOD, "name": "Good"}, {**GOOD, "slug": "", **fault})
    assert [row.name for row in rows.good] == ["Good"]
    assert reason in rows.bad[0].reason
    assert rows.bad[0].name


def test_rows_that_are_no_objects_or_come_twice_are_named():
    rows = read(GOOD, 5, GOOD, None)
    assert len(rows.good) == 1
    assert [(row.name, row.reason) for row in rows.bad] == [
        ("row 2", "not an object"),
        ("Le Journal", "the slug 'le-journal' is taken by an earlier row"),
        ("row 4", "not an object"),
    ]


@pytest.mark.parametrize("document", [b"{}", b"5", b"[", b"\xff", b"null"])
def test_what_is_no_list_is_refused(document):
    with pytest.raises(ValueError, match=r"."):
        read_json(document)


def test_a_slug_is_made_of_the_name():
    assert slug_of("El País — América") == "el-pais-america"
    assert slug_of("新聞") == ""
