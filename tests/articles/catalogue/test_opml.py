from __future__ import annotations

import pytest

from articles.catalogue.opml import build_opml, read_opml
from articles.catalogue.rows import FeedRow, SourceRow

ROWS = [
    SourceRow(
        name="Harbour & “Ledger” <daily>",
        slug="harbour-ledger",
        homepage="https://ledger.example/?a=1&b=2",
        feeds=(
            FeedRow("https://ledger.example/a.xml", "world"),
            FeedRow("https://ledger.example/b.xml?x=1&y=2", "sport"),
        ),
        description="A paper of record.",
        country="GB",
        language="en-GB",
        permission="open",
        licence="CC-BY-4.0",
        licence_url="https://creativecommons.org/licenses/by/4.0/",
        licence_stated_at="https://ledger.example/about",
        weight=1.5,
    ),
    SourceRow("المرفأ", "al-marfa", "https://marfa.example/", (FeedRow("https://marfa.example/rss"),), language="ar"),
]


def opml(body: str) -> bytes:
    return f'<?xml version="1.0"?><opml version="1.0"><head/><body>{body}</body></opml>'.encode()


def test_what_is_written_is_read_back_as_it_was():
    assert read_opml(build_opml(ROWS, "Sources")).good == ROWS
    assert read_opml(build_opml(ROWS, "Sources")).bad == []


def test_other_programs_find_ordinary_outlines():
    document = build_opml(ROWS, "Sources of A & B").decode()
    assert '<opml xmlns:source="urn:newssite:catalogue" version="2.0">' in document
    assert "<title>Sources of A &amp; B</title>" in document
    assert '<outline type="rss" text="المرفأ" xmlUrl="https://marfa.example/rss" category="top" />' in document


def test_files_of_other_programs_are_read_with_their_folders():
    rows = read_opml(
        opml(
            '<outline text="Science"><outline type="rss" text="Orbit" xmlUrl="https://orbit.example/rss" '
            'htmlUrl="https://orbit.example/"/>'
            '<outline text="Deep"><outline text="Clearwater" xmlUrl="https://clear.example/rss"/></outline></outline>'
            '<outline text="Two" xmlUrl="https://orbit.example/2" htmlUrl="https://orbit.example/" category="world"/>'
            '<outline xmlUrl="https://plain.example/rss"/>'
        )
    )
    assert rows.bad == []
    assert [(row.name, row.slug, row.homepage) for row in rows.good] == [
        ("Orbit", "orbit", "https://orbit.example/"),
        ("Clearwater", "clearwater", "https://clear.example/"),
        ("plain.example", "plain-example", "https://plain.example/"),
    ]
    assert [feed.section for row in rows.good for feed in row.feeds] == ["science", "world", "science", "top"]
    assert {row.permission for row in rows.good} == {""}


def test_a_bad_outline_is_named_and_the_others_stand():
    rows = read_opml(
        opml('<outline text="Bad" xmlUrl="javascript:x"/><outline text="Good" xmlUrl="https://a.example/"/>')
    )
    assert [row.name for row in rows.good] == ["Good"]
    assert [row.name for row in rows.bad] == ["Bad"]


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (b'<!DOCTYPE opml [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><opml><body/></opml>', "entities"),
        (b'<!DOCTYPE opml [<!ENTITY x SYSTEM "file:///etc/passwd">]><opml><body/></opml>', "entities"),
        (b'<!DOCTYPE opml [<!ATTLIST outline a CDATA "x">]><opml><body/></opml>', "entities"),
        ('<!DOCTYPE opml [<!ENTITY a "aa">]><opml><body/></opml>'.encode("utf-16"), "entities"),
        (b"<rss/>", "not an OPML file"),
        (b"<opml><body>", "not well-formed"),
        (b"", "not well-formed"),
        (opml('<outline text="x">' * 5000 + "</outline>" * 5000), "nested too deep"),
    ],
)
def test_what_is_dangerous_or_no_opml_is_refused_f26_f30(document, reason):
    with pytest.raises(ValueError, match=reason):
        read_opml(document)
