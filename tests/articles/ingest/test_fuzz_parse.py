"""Whatever publishers send, the answer is a feed or a failure: no exception, and no long time."""

from __future__ import annotations

import time
from datetime import datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from articles.ingest.canonical import MAX_LENGTH, absolute, canonical_url
from articles.ingest.dates import read_date
from articles.ingest.discovery import feeds_in, likely_feed_urls
from articles.ingest.identity import MAX_ENTRY_ID, content_hash_of, entry_id_of
from articles.ingest.parse import parse_feed
from articles.ingest.restrictions import restrictions_in
from articles.ingest.shapes import MAX_ENTRIES, Failed, Fetched, ParsedFeed
from tests.articles.ingest.answers import FEED_URL
from tests.publishers import FEEDS

SECONDS = 3.0  # of the processor, for documents of a few kilobytes
FILES = [path.read_bytes() for path in sorted(FEEDS.iterdir()) if path.is_file()]
TOKENS = [
    *(
        b"<",
        b">",
        b"&",
        b'"',
        b"'",
        b"\0",
        b"\xff\xfe",
        b"\xef\xbb\xbf",
        b"]]>",
        b"<![CDATA[",
        b"<!--",
        b"-->",
        b"<?xml ",
    ),
    *(
        b"<!DOCTYPE x [",
        b"<!ENTITY a 'b'>",
        b"&a;",
        b"&#xD800;",
        b"&#0;",
        b"&#99999999999;",
        b"&#x",
        b"<item>",
        b"</item>",
    ),
    *(
        b"<entry>",
        b"</channel>",
        b"<rss>",
        b"<feed xmlns='http://www.w3.org/2005/Atom'>",
        b"</feed>",
        b"<title>",
        b"</title>",
    ),
    *(b"<link rel='alternate' href='http://[::1'/>", b" xml:base='http://[' ", b" xml:base='../' ", b" xml:lang='x' "),
    *(
        b"<pubDate>99:99</pubDate>",
        b"<dc:date>0000-00-00</dc:date>",
        b"<ttl>-1</ttl>",
        b"<guid>",
        b"</guid>",
        b"<author>@",
    ),
    *(b"<media:content url='//[' width='9e9'/>", b"<enclosure/>", b"<category term=''/>", b"<content type='base64'>"),
    *(b"<rsl:prohibits type='usage'>all", b"<itunes:block>yes", b"<meta name='robots' content='none'>", b"\r", b"\x85"),
    *(
        b'{"version": "https://jsonfeed.org/version/1", "items": [',
        b'{"id": null}',
        b"[",
        b"{",
        b"null",
        b"1e999",
        b"\\ud800",
    ),
    *(sign.encode() for sign in ("\u202e", "\u2028", "é", "😀")),
]
ADDRESS_PIECES = [
    *("https://", "http:", "//", "/", "..", "%", "%2e", "%zz", "@", ":", "[::1]", "[", "]", "\\", "?", "&", "=", "#"),
    *("amp", "/amp/", ".amp", ".html", "www.google.com/amp/s/", "cdn.ampproject.org/c/s/", "utm_source=rss", "xn--"),
    *("paper.example", "bücher.example", "m.", "amp=1", "ref=paper.example", "😀", "\u202e", "\ud800", " ", "\n"),
    "a" * 300,
]
PAGE_PIECES = [
    *("<link ", "rel=alternate ", "type=application/rss+xml ", "href='/f' ", "href=", ">", "<base href='//[' >", "<"),
    *("title='x' ", "\0", "\ud800", "<!--", "-->", "<script>", "</script>", "&#0;", "&amp;", "<svg>", "<?xml ?>", "é"),
]
DATE_PIECES = [
    *(
        "2025",
        "31",
        "2",
        "0",
        "99",
        "/",
        "-",
        ".",
        " ",
        ":",
        "12:30",
        "PM",
        "Mar",
        "déc",
        "오후",
        "년",
        "+0200",
        "-99:99",
    ),
    *("GMT", "EST", "T", "Z", "1748851200", "st", "٣"),
]
CHARSETS = [
    "",
    "utf-8",
    "utf-16",
    "utf-32",
    "latin-1",
    "rot13",
    "idna",
    "undefined",
    "utf-7",
    "x",
    "cp037",
    "\xff",
    "é",
]
FUZZ = settings(
    derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck), max_examples=120
)


@st.composite
def documents(draw: st.DrawFn) -> bytes:
    """One of our files, cut, flipped and with pieces put in."""
    body = bytearray(draw(st.sampled_from(FILES)))
    for _ in range(draw(st.integers(0, 6))):
        place = draw(st.integers(0, len(body)))
        match draw(st.sampled_from(["cut", "drop", "flip", "insert", "repeat", "another"])):
            case "cut":
                del body[place:]
            case "drop":
                del body[place : place + draw(st.integers(1, 200))]
            case "flip" if place < len(body):
                body[place] ^= 1 << draw(st.integers(0, 7))
            case "insert":
                body[place:place] = draw(st.sampled_from(TOKENS))
            case "repeat":
                body[place:place] = draw(st.sampled_from(TOKENS)) * draw(st.integers(2, 300))
            case "another":
                body[place:place] = draw(st.sampled_from(FILES))[: draw(st.integers(0, 2000))]
    return bytes(body)


@st.composite
def headers(draw: st.DrawFn) -> dict[str, str]:
    kind = draw(st.sampled_from(["", "text/xml", "application/json", "text/html", ";;;", draw(st.text(max_size=20))]))
    return {"content-type": f"{kind}; charset={draw(st.sampled_from(CHARSETS))}"}


words = st.text(max_size=60)
addresses = st.one_of(
    words,
    st.builds("{}://{}/{}?{}#{}".format, st.sampled_from(["http", "https", "ftp", "HTTP"]), words, words, words, words),
    st.lists(st.sampled_from(ADDRESS_PIECES), max_size=12).map("".join),
)


@FUZZ
@given(documents(), headers())
def test_no_document_raises_or_takes_long_f36_f43_f44(body, header):
    start = time.process_time()
    feed = parse_feed(Fetched(FEED_URL, 200, header, body, len(body), 0.1))
    assert time.process_time() - start < SECONDS
    assert isinstance(feed, Failed | ParsedFeed)
    if isinstance(feed, Failed):
        assert feed.reason
        return
    assert len(feed.entries) <= MAX_ENTRIES
    for entry in feed.entries:
        assert 0 < len(entry.entry_id) <= MAX_ENTRY_ID
        assert len(content_hash_of(entry)) == 64
        # What is stored and sent is text that can be encoded.
        f"{entry.entry_id}{entry.link}{entry.title_html}{entry.summary_html}{entry.content_html}{entry.author}".encode()
        assert all(
            moment is None or moment.utcoffset() is not None for moment in (entry.published_at, entry.updated_at)
        )


@FUZZ
@given(documents(), headers())
def test_a_document_read_again_has_the_same_entries_f50(body, header):
    response = Fetched(FEED_URL, 200, header, body, len(body), 0.1)
    first, again = parse_feed(response), parse_feed(response)
    assert first == again
    if isinstance(first, ParsedFeed):
        marks = {entry.mark for entry in first.entries if entry.mark}
        unseen = parse_feed(response, marks)
        assert isinstance(unseen, ParsedFeed)
        assert {entry.mark for entry in unseen.entries if entry.mark}.isdisjoint(unseen.known_marks)


@settings(FUZZ, max_examples=1200)
@given(addresses)
def test_no_address_raises_and_a_canonical_one_stays_as_it_is_f22_f65(url):
    canonical = canonical_url(url)
    absolute(url, FEED_URL)
    if canonical is not None:
        assert canonical_url(canonical) == canonical
        assert canonical.startswith(("http://", "https://"))
        assert canonical.isascii()
        assert len(canonical) <= MAX_LENGTH


@settings(FUZZ, max_examples=120)
@given(words, words, words, st.text(max_size=1000))
def test_every_entry_has_a_key_f50(guid, link, title, text):
    key = entry_id_of(guid, link, title, text)
    assert 0 < len(key) <= MAX_ENTRY_ID
    assert key == entry_id_of(guid, link, title, text)


@settings(FUZZ, max_examples=120)
@given(st.lists(st.sampled_from(PAGE_PIECES), max_size=40).map("".join), addresses)
def test_no_page_raises_and_what_it_advertises_is_of_the_web_f23(page, url):
    found = feeds_in(page, url)
    assert len(found) <= 20
    assert all(feed.url.startswith(("http://", "https://")) for feed in found)
    likely_feed_urls(url)


@settings(FUZZ, max_examples=100)
@given(st.one_of(words, st.lists(st.sampled_from(DATE_PIECES), max_size=12).map("".join)))
def test_no_date_raises_f44_f55(written):
    read = read_date(written)
    assert read is None or isinstance(read, datetime)


@settings(FUZZ, max_examples=100)
@given(st.lists(st.sampled_from(TOKENS), max_size=30).map(lambda pieces: b"".join(pieces).decode("utf-8", "replace")))
def test_no_markup_raises_where_licences_are_looked_for(text):
    found = restrictions_in(text)
    assert bool(found.refusal) == (found.is_blocked or found.is_noindex)
