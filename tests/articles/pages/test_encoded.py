"""Codings of a page and their marks."""

from __future__ import annotations

import gzip

import brotli
import pytest

from articles.pages.encoded import coding_for, encode, etag_of, gzipped, is_known

PAGE = b"<p>All the news of the day.</p>" * 100
HTML = "text/html; charset=utf-8"


def test_every_coding_holds_the_same_page():
    page = encode(PAGE, HTML)
    assert brotli.decompress(page.body("br")) == gzip.decompress(page.body("gzip")) == page.body("identity") == PAGE
    assert [page.length(coding) == len(page.body(coding)) for coding in ("br", "gzip", "identity")] == [True] * 3
    assert page.byte_count < len(PAGE) / 10


@pytest.mark.parametrize(("body", "kind"), [(b"short", HTML), (PAGE, "image/webp"), (b"", HTML)])
def test_what_does_not_profit_stays_as_it_is(body, kind):
    page = encode(body, kind)
    assert (dict(page.bodies), page.plain()) == ({"identity": body}, body)


@pytest.mark.parametrize(
    ("header", "coding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("GZIP", "gzip"),
        ("br;q=0.1, gzip;q=1.0", "gzip"),
        ("br;q=0, *", "gzip"),
        ("*", "br"),
        ("*;q=0, br", "br"),
        ("gzip;q=0", "identity"),
        ("", "identity"),
        ("identity, deflate", "identity"),
        ("br;q=nan, gzip;q=2", "identity"),
        ("br;level=9", "identity"),
        (", ,;", "identity"),
    ],
)
def test_a_browser_gets_a_coding_that_it_takes(header, coding):
    assert coding_for(header) == coding


@pytest.mark.parametrize(
    ("header", "known"),
    [
        ('"a"', True),
        ('W/"a"', True),
        ('"b", "a"', True),
        ("*", True),
        ('"b"', False),
        ("a", False),
        ("", False),
        ('"ab"', False),
        ('"x\\"a"', False),
    ],
)
def test_a_mark_is_compared_whole(header, known):
    assert is_known(header, '"a"') is known


def test_other_bytes_have_another_mark_and_the_same_bytes_the_same():
    assert etag_of(gzipped(PAGE)) == etag_of(gzipped(PAGE)) != etag_of(PAGE)
