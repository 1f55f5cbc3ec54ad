"""What is read quickly is what feedparser reads: every value that it finds, not only those that we use."""

from __future__ import annotations

import io
import os
import re
from dataclasses import replace
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any
from xml.parsers import expat

import feedparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from articles.ingest.document import ENTRIES, declares_entities, decode, mend
from articles.ingest.parse import WEB_PAGE
from articles.ingest.quick_xml import PERSONS, TERMS, read_quickly
from articles.ingest.split import split
from articles.ingest.xml_feed import MEDIA_DESCRIPTION, read_xml
from bench.press import KINDS, Press
from tests.publishers import FEEDS

SHARED = Path(__file__).parents[4] / "shared" / "feeds"
CORPUS = Path(os.environ.get("FEED_CORPUS") or SHARED / "corpus")
EXPECTATIONS = CORPUS.parent / "expect" / "files"
URL = "https://paper.example/feed.xml"
DECLARATION = re.compile(r"<\?xml[^>]*\?>")
NAMESPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:dcterms="http://purl.org/dc/terms/" xmlns:media="http://search.yahoo.com/mrss/" '
    'xmlns:atom="http://www.w3.org/2005/Atom" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/" '
    'xmlns:itunes="http://www.itunes.com/DTDs/PodCast-1.0.dtd" xmlns:slash="http://purl.org/rss/1.0/modules/slash/" '
    'xmlns:georss="http://www.georss.org/georss" xmlns:own="https://paper.example/ns"'
)
HUNDRED_ATTRIBUTES = " ".join(f"a{number}='1'" for number in range(100))


def base_url(text: str) -> str:
    return URL if "xml:base" in text else ""


def slowly(text: str) -> Any:
    """What feedparser says, asked as xml_feed.py asks it."""
    return feedparser.parse(
        io.BytesIO(mend(MEDIA_DESCRIPTION.sub(r"media:caption\1>", text)).encode("utf-8", "replace")),
        response_headers={"content-type": "application/xml; charset=utf-8", "content-location": base_url(text)},
        sanitize_html=False,
        resolve_relative_uris=False,
    )


def is_same(text: str) -> bool:
    """Whether it was read quickly; it has to be as feedparser reads it, if at all."""
    quick = read_quickly(text, base_url(text))
    if quick is None:
        return False
    slow = slowly(text)
    assert quick.entries == slow.entries
    assert quick.feed == slow.feed
    assert quick.version == slow.version
    return True


def halves(text: str) -> list[str]:
    """The documents that are left when every other entry is known."""
    parts = split(text)
    numbers = range(len(parts.entries)) if parts else ()
    return [parts.only(numbers[first::2]) for first in (0, 1)] if parts else []


def rss(items: str = "", channel: str = "", root: str = 'version="2.0"') -> str:
    return f"<rss {root} {NAMESPACES}><channel><title>The Paper</title>{channel}{items}</channel></rss>"


def item(content: str) -> str:
    return rss(f"<item><title>One</title>{content}</item>")


def atom(content: str) -> str:
    return f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en_GB" {NAMESPACES}><entry>{content}</entry></feed>'


def is_xml(text: str) -> bool:
    try:
        expat.ParserCreate("utf-8").Parse(DECLARATION.sub("", text, count=1).encode("utf-8", "replace"), True)
    except expat.ExpatError:
        return False
    return True


def documents(folder: Path) -> list[str]:
    """The texts of these files that come as far as the reader, of each folder within as well."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    texts = (decode(path.read_bytes(), {}) for path in files)
    return [text for text in texts if text[:1] == "<" and not declares_entities(text) and not WEB_PAGE.match(text)]


@pytest.mark.parametrize("path", sorted(FEEDS.glob("*.xml")), ids=lambda path: path.name)
def test_a_feed_of_a_file_is_as_feedparser_reads_it(path):
    text = decode(path.read_bytes(), {})
    for document in (text, *halves(text)):
        is_same(document)


@pytest.mark.parametrize("number", range(0, 100, 3))
def test_a_generated_feed_is_as_feedparser_reads_it_whoever_is_known(number):
    text = Press(1, datetime(2025, 7, 1, tzinfo=UTC), entry_count=4).feed(number).decode()
    is_broken = KINDS[number * 37 % 100] == "broken"
    assert [is_same(document) for document in (text, *halves(text))] == [not is_broken] * 3


@pytest.mark.skipif(not CORPUS.is_dir(), reason="no folder of real feeds: set FEED_CORPUS to one")
def test_four_of_five_real_feeds_are_read_quickly_and_all_as_feedparser_reads_them():
    texts = [text for text in documents(CORPUS) if is_xml(text)]
    are_quick = [is_same(text) for text in texts]
    print(f"{sum(are_quick)} of {len(texts)} well-formed feeds are read quickly")
    assert sum(are_quick) >= 0.8 * len(texts)


@pytest.mark.skipif(not EXPECTATIONS.is_dir(), reason="no folder of dialects beside the one of real feeds")
def test_every_dialect_is_as_feedparser_reads_it():
    assert sum(map(is_same, documents(EXPECTATIONS))) > 500


@pytest.mark.parametrize(
    "text",
    [
        rss(),
        rss("<item/>"),
        item("<title>Two</title><media:title>Three</media:title>"),
        item("<source url='https://wire.example/'>Wire</source><media:title>After a source</media:title>"),
        rss("<item><media:title>Before</media:title><title>Title</title></item>"),
        rss("<item><media:content><media:title>Deep</media:title></media:content><title>Title</title></item>"),
        item("<description>One</description><description>Two</description>"),
        item("<description>One</description><media:description>Caption</media:description>"),
        item("<content:encoded>Text</content:encoded><description>Short</description>"),
        item("<itunes:summary>a</itunes:summary><description>b</description><itunes:subtitle>c</itunes:subtitle>"),
        item("<description>&lt;p&gt;a &amp;amp; b&lt;/p&gt;</description>"),
        rss("<item><title>&lt;b&gt;Bold&lt;/b&gt; &amp;amp; more</title></item>"),
        rss("<item><title>1 &lt; 2 &amp; 3</title></item>"),
        item("<link>  https://paper.example/?a=1&amp;b=2&amp;copy;  </link>"),
        item("<link>https://paper.example/?a=1&amp;amp;b=2</link><description>CafÃ© Ж \x85 naïve</description>"),
        item("<link/><guid>https:////paper.example/1</guid>"),
        item("<guid isPermaLink='false'>https:////paper.example/1</guid>"),
        item("<guid>https://paper.example/1</guid><link>https://paper.example/2</link>"),
        item("<author>a@paper.example (Ada Abery)</author><dc:creator>Bruno</dc:creator>"),
        item("<dc:creator>Ada</dc:creator><dc:creator/><author><name>Clara</name><email>c@x.example</email></author>"),
        item("<category domain='x'>A</category><category/><category>A</category><dc:subject>B</dc:subject>"),
        item("<media:keywords>a, b</media:keywords><itunes:keywords>c</itunes:keywords><keywords>d</keywords>"),
        item("<description><![CDATA[<link>a</link><DC:Author>b</DC:Author>]]></description><link>/a</link>"),
        item("<media:group><media:content url='a.jpg' width='1'/><media:thumbnail url='b.jpg'/></media:group>"),
        item("<media:thumbnail>https://paper.example/a.png</media:thumbnail><media:thumbnail url=''/>"),
        item("<enclosure url='a.mp3' type='AUDIO/mpeg' length='1'/><enclosure uri='b.jpg'/><enclosure/>"),
        item("<pubDate>yesterday</pubDate><dc:date>2025-07-01</dc:date><dcterms:created>2025</dcterms:created>"),
        item("<date>2025-07-01</date><issued>x</issued><url>u</url><modified>2025-07-01T00:00:00Z</modified>"),
        item("<image><url>https://paper.example/a.png</url><title>Logo</title></image><title>Two</title>"),
        item("<own:thing a='1'>text</own:thing><own:thing>more</own:thing><slash:comments>3</slash:comments>"),
        item("<own:wrap><title>Deep</title><link>https://paper.example/deep</link></own:wrap>"),
        item("<title_detail>x</title_detail><georss:point>1 2</georss:point><dc:language>de</dc:language>"),
        item("<own:a own:url='1' url='2' own:type='X' TYPE='Y'/><enclosure url='1' own:url='2'/>"),
        rss(channel="<image><url>a.png</url><title>Logo</title><link>https://paper.example/</link></image>"),
        rss(channel="<image><own:x/><title>Logo</title></image>"),
        rss(channel="<image><name/><title>Not the logo's</title></image>"),
        rss(channel="<textInput><url/><title>Not the field's</title></textInput>"),
        rss(channel="<textInput><title>Search</title><name>q</name><link>s</link></textInput><title>Two</title>"),
        rss(channel="<ttl>60</ttl><sy:updatePeriod>daily</sy:updatePeriod><language>en-us</language><tag/>"),
        rss(channel="<atom:link rel='SELF' href='f'/><atom:link rel='hub' href='h'/><itunes:image href='i.png'/>"),
        rss(
            channel="<managingEditor>a@x.example</managingEditor><itunes:owner><itunes:name>A</itunes:name></itunes:owner>"
        ),
        rss(
            "<item><title>after</title></item>",
            channel="<description>a</description><itunes:summary>b</itunes:summary>",
        ),
        rss(root="version='0.91'", items="<item><title>a &amp;amp; b</title></item>"),
        rss(root="version='2.0' xml:lang='de_AT'", items="<item xml:lang=''><title lang='fr_CA'>x</title></item>"),
        "<rss xmlns:m='http://search.yahoo.com/mrss'><channel><item><m:title>x</m:title></item></channel></rss>",
        "<rss xmlns:media='https://x.example/'><channel><item><media:title>x</media:title></item></channel></rss>",
        "<rss xmlns:dc='http://search.yahoo.com/mrss/'><channel><item><dc:title>x</dc:title></item></channel></rss>",
        "<rss xmlns='http://backend.userland.com/rss2'><channel><item><title>x</title></item></channel></rss>",
        "<rss><channel><title xmlns='https://x.example/'>x</title><x:y xmlns:x='a'/><x:y xmlns:x='b'/></channel></rss>",
        "<?xml version='1.1' encoding='koi8-r' standalone='no'?><rss><channel><title>Ж \x85</title></channel></rss>",
        "<?xml-stylesheet href='x'?><!-- <a> --><rss><channel><title>x</title></channel></rss>",
        "<rss xmlns:xlink='http://www.w3.org/1999/xlink'><channel><item><x xlink:href='a'/></item></channel></rss>",
        atom(
            "<title type='html'>&lt;b&gt;x&lt;/b&gt;</title><id>1</id><link href='a'/><summary>a &amp;amp; b</summary>"
        ),
        atom(
            "<id>1</id><title>x</title><link rel='enclosure' href='a.jpg' type='image/jpeg'/><link rel='via' href='v'/>"
        ),
        atom(
            "<title/><source><title>Wire</title><id>2</id><link href='w'/></source><updated>2025-07-01T1:2:3Z</updated>"
        ),
        atom("<title>x</title><content type='html' src='a'>&lt;p&gt;</content><content>long</content><content/>"),
        atom(
            "<title>a</title><author><name>A</name></author><author><name/></author><contributor><name>B</name></contributor>"
        ),
        rss("<item xml:base='https://x.example/a/'><link>b</link><guid>c</guid><enclosure url='d'/></item><item/>"),
        rss("<item xml:base='../a/'><link xml:base='b/'>c</link><link/><guid/><comments/></item>"),
        rss("<item xml:base='javascript:x'><link>c</link><x xml:base=''/></item>"),
        atom("<link href=''/><link href='c'/><content type='html' xml:base='b'>&lt;a href='d'&gt;&lt;/a&gt;</content>"),
        atom("<category term='a' label='A'/><category term='a' label='A'/><category scheme='s'>t</category>"),
    ],
)
def test_a_peculiar_but_well_formed_feed_is_read_quickly_and_as_feedparser_reads_it(text):
    assert is_same(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "<html><title>x</title></html>",
        rss("<item>"),
        rss("<item><title>Fish & chips</title></item>"),
        rss("<item><title>one&nbsp;two</title></item>"),
        rss("<item><title>\x08</title></item>"),
        rss("<item><title>\ud83d</title></item>"),
        rss("<item><title><![CDATA[&#x1f;&#xd83d;&#xde00;]]></title></item>"),
        f"<!DOCTYPE rss>{rss()}",
        f'<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "https://x.example/rss.dtd">{rss()}',
        f"<!-- <é> <!DOCTYPE rss> -->{rss()}",
        f"<?xml version='1.0'?><?xml version='1.0'?>{rss()}",
        rss("<item><description><p>Not escaped</p></description></item>"),
        rss("<item base='https://x.example/'><link>a</link></item>"),
        atom("<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>x</div></content>"),
        atom("<content type='image/png'>iVBORw0KGgo=</content>"),
        atom("<content mode='base64'>eA==</content>"),
        item("<category>a</category>" * 61),
        *(item(f"<{name}>a</{name}>" * 61) for name in sorted(TERMS - ENTRIES)),
        *(item(f"<own:{name.upper()}>a</own:{name.upper()}>" * 61) for name in sorted(TERMS - ENTRIES)),
        *(item(f"<{name}>{'a' * 1001}</{name}>") for name in sorted(PERSONS)),
        item(f"<dc:creator><![CDATA[{'a' * 600}]]> <![CDATA[{'a' * 600}]]></dc:creator>"),
        item(f"<{'y' * 401}/>"),
        item(f"<own:x {HUNDRED_ATTRIBUTES}/>"),
        item("<x>" * 60 + "</x>" * 60),
        rss("".join(f"<x xmlns:a{n}='https://x.example/{n}'/>" for n in range(101))),
        item("<svg xmlns='http://www.w3.org/2000/svg'><title>x</title></svg>"),
    ],
)
def test_what_is_out_of_the_ordinary_is_left_to_feedparser(text):
    assert read_quickly(text, base_url(text)) is None


@pytest.mark.parametrize(
    "quoted",
    [
        "<keywords>a</keywords>",
        "a</x:tags>",
        "<link>a</link>" * 61,
        f"<.x {HUNDRED_ATTRIBUTES}>",
        f"</{'y' * 500}>",
        f"<author>{'a' * 2000}</author>",
        "<media:description>a</media:description>",
    ],
)
def test_what_is_quoted_stays_as_it_is(quoted):
    (entry,) = read_quickly(item(f"<description><![CDATA[{quoted}]]></description>"), "").entries
    assert entry["summary"] == quoted


@pytest.mark.parametrize("reference", ["&bomb;", "%bomb;"])
def test_an_entity_or_a_file_that_a_document_names_is_never_read_o03(reference, tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    declared = f'<!DOCTYPE rss [<!ENTITY bomb SYSTEM "{secret.as_uri()}">]>'
    assert read_quickly(declared + rss(f"<item><title>{reference}</title></item>"), "") is None


def words(text: str) -> list[str]:
    return text.split()


TEXTS = st.lists(
    st.sampled_from(
        [
            *words("Fish &amp; &lt; &lt;b&gt; &lt;/b&gt; &amp;amp; &amp;nbsp; &#8217; &#x9; <![CDATA[<p>One</p>]]>"),
            *words("<![CDATA[&]]> <![CDATA[]]> é Ã© 😀 ]]&gt; a,b &#160; https://paper.example/a?b=1&amp;c=2"),
            *words("a@paper.example (Ada) <!--quiet--> <?pi?> ..."),
            *(" ", "\n\t", "\x85"),
        ]
    ),
    max_size=4,
).map("".join)
DATES = st.sampled_from(
    [
        *("Tue, 01 Jul 2025 12:00:00 GMT", "Tue, 1 Jul 25 12:00 +0200", "2025-07-01 12:00:00", "1 July 2025"),
        *words(
            "2025-07-01T12:00:00+02:00 2025-07-01T12:00:00Z 2025-07-01 01.07.2025 soon 2025-13-45T99:00:00Z 17513712"
        ),
    ]
)
ATTRIBUTES = st.lists(
    st.sampled_from(
        words(
            """
            url='https://paper.example/a.jpg' href='/a' type='html' type='text/plain' type='IMAGE/png' rel='self'
            rel='enclosure' rel='via' medium='image' xml:base='/a/b' xml:base='https://wire.example/c/'
            width='10' term='t' label='L' scheme='s' xml:lang='de' lang='fr_FR'
            isPermaLink='false' isPermaLink='true' length='9' own:url='o' text='News' uri='u'
            """
        )
    ),
    max_size=3,
    unique_by=lambda written: written.partition("=")[0],
).map(" ".join)
PLAIN = words(
    """
    title link description guid author category pubDate comments source enclosure dc:creator dc:date dc:subject dc:title
    dc:description dc:publisher content:encoded media:content media:thumbnail media:title media:description
    media:credit media:keywords media:category media:rating atom:link atom:updated atom:author atom:summary
    itunes:author itunes:image itunes:summary itunes:subtitle itunes:keywords itunes:category itunes:block
    slash:comments own:x image id summary content published updated created rights generator ttl language url name email
    width subtitle sy:updatePeriod sy:updateFrequency managingEditor webMaster lastBuildDate copyright dcterms:created
    dcterms:modified
    """
)
DATED = words("pubDate dc:date published updated atom:published dcterms:issued lastBuildDate created")
NESTING = words("media:group media:content image source author contributor own:wrap itunes:owner textInput")


def element(names: list[str], contents: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds("<{0} {1}>{2}</{0}>".format, st.sampled_from(names), ATTRIBUTES, contents)


LEAVES = st.one_of(element(PLAIN, TEXTS), element(DATED, DATES))
PIECES = st.lists(
    st.one_of(LEAVES, LEAVES, element(NESTING, st.lists(LEAVES, max_size=3).map("".join)), TEXTS), max_size=7
)
ROOTS = {
    "rss": "<rss version='2.0' {0}><channel>{1}{2}</channel></rss>",
    "atom": "<feed xmlns='http://www.w3.org/2005/Atom' {0}>{1}{2}</feed>",
    "rdf": "<r:RDF xmlns:r='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/' {0}>"
    "<channel>{1}</channel>{2}</r:RDF>",
}


@given(st.sampled_from(sorted(ROOTS)), PIECES, st.lists(PIECES, max_size=3))
@settings(max_examples=100, deadline=None)
def test_any_feed_is_as_feedparser_reads_it(kind, head, entries):
    name = "entry" if kind == "atom" else "item"
    written = "".join(f"<{name}>{''.join(pieces)}</{name}>" for pieces in entries)
    text = ROOTS[kind].format(NAMESPACES, "".join(head), written)
    for document in (text, *halves(text)):
        is_same(document)


@pytest.mark.parametrize("number", [0, 1, 2, 3])
def test_the_whole_reader_gives_the_same_feed_for_a_document_that_is_left_to_feedparser(number):
    """A document type is nothing that feedparser takes notice of."""
    text = Press(1, datetime(2025, 7, 1, tzinfo=UTC), entry_count=6).feed(number).decode()
    unusual = DECLARATION.sub(lambda match: f"{match[0]}<!DOCTYPE feed>", text, count=1)
    assert read_quickly(text, "")
    assert not read_quickly(unusual, "")
    feed = read_xml(text, URL, ())
    assert feed == read_xml(unusual, URL, ())
    known = [entry.mark for entry in feed.entries][::2]
    assert read_xml(text, URL, known) == read_xml(unusual, URL, known)
    assert len(read_xml(text, URL, known).entries) == 3


@pytest.mark.parametrize("attributes", ["", " a='1'"])
@pytest.mark.parametrize(
    "name", ["links", "authors", "tags", "content", "media_content", "title_detail", "summary_detail"]
)
def test_an_element_named_as_what_feedparser_keeps_costs_neither_its_entry_nor_the_feed(name, attributes):
    written = f"<{name}{attributes}>text</{name}>"
    entry = "<title>One</title><author>Ada</author><category>Sport</category><description>Words</description>"
    for text in (rss(f"<item>{entry}{written}</item>"), rss(f"<item>{entry}</item>", channel=written)):
        (one,) = read_xml(text, URL, ()).entries
        assert (one.title_html, one.author, one.categories) == ("One", "Ada", ("Sport",))
    assert read_xml(atom(f"{entry}{written}"), URL, ()).entries
    assert read_xml(atom(entry).replace("<entry>", f"{written}<entry>"), URL, ()).entries


@pytest.mark.parametrize("attributes", ["", " a='1'"])
@pytest.mark.parametrize(
    "name",
    [
        *("links", "authors", "contributors", "title_detail", "summary_detail", "description_detail"),
        *("author_detail", "publisher_detail"),
    ],
)
def test_such_an_element_changes_nothing_wherever_it_stands(name, attributes):
    written = f"<{name}{attributes}>text</{name}>"
    persons = "<author><name>Ada</name></author><contributor><name>B</name></contributor>"
    entry = f"<title>One</title><link href='/a'>/a</link>{persons}<dc:publisher>C (c@c.example)</dc:publisher>"
    for document, tag in ((rss(f"<item>{entry}</item>", channel=persons), "item"), (atom(entry), "entry")):
        (plain,) = read_xml(document, URL, ()).entries
        assert (plain.title_html, plain.link, plain.author) == ("One", "/a", "Ada")
        start, end = f"<{tag}>", f"</{tag}>"
        for place, changed in ((start, start + written), (end, written + end), (start, written + start)):
            (one,) = read_xml(document.replace(place, changed), URL, ()).entries
            assert replace(one, mark=plain.mark) == plain


@pytest.mark.parametrize("text", ["Fish & chips", '"quoted"', "<b>bold</b>", "​"])
def test_a_title_is_read_as_it_was_escaped(text):
    assert read_quickly(rss(f"<item><title>{escape(text)}</title></item>"), "").entries[0]["title"] == text
