"""What can be wrong with a document: its entities, its characters, its size. Files for the small ones stand in
tests/data/feeds; the big ones are made here. Times are of the processor, so that a busy machine fails nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from articles.ingest.document import mend
from articles.ingest.parse import parse_feed
from articles.ingest.shapes import Failed, ParsedFeed
from articles.ingest.split import first_of
from tests.articles.ingest.answers import FEED_URL, NOW, answer, digested
from tests.publishers import item, rss

XML = '<?xml version="1.0"?>'
JSON_FEED = '{{"version": "https://jsonfeed.org/version/1.1", "title": "T", "items": [{}]}}'
PLAIN = "<rss version='2.0'><channel><title>T</title><item><guid>1</guid><title>{}</title></item></channel></rss>"


@contextmanager
def processor_seconds(most: float) -> Iterator[None]:
    start = time.process_time()
    yield
    assert time.process_time() - start < most


def parsed(body: str | bytes, content_type: str = "application/xml") -> ParsedFeed | Failed:
    return parse_feed(answer(body, {"content-type": content_type}))


def titles_of(body: str | bytes, content_type: str = "application/xml") -> list[str]:
    update = digested(body, {"content-type": content_type})
    assert not update.surprises
    return [draft.headline for draft in update.drafts]


def known_from(update) -> dict[str, str]:
    return {draft.entry_id: draft.content_hash for draft in update.drafts}


# XML ---------------------------------------------------------------------------------------------

LAUGHS = "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(9))
DECLARATIONS = {
    "billion laughs": f'<!DOCTYPE rss [<!ENTITY l0 "ha">{LAUGHS}]>',
    "behind a comment": f'<!-- <rss --><!DOCTYPE rss [<!ENTITY l0 "ha">{LAUGHS}]>',
    "behind an instruction": f'<?x <rss ?><!DOCTYPE rss [<!ENTITY l0 "ha">{LAUGHS}]>',
    "quadratic": f'<!DOCTYPE rss [<!ENTITY l9 "{"ha" * 50_000}">]>',
    "under expat's limit": f'<!DOCTYPE rss [<!ENTITY l9 "{"ha" * 500}">]>',
    "a loop": '<!DOCTYPE rss [<!ENTITY l9 "&a;"><!ENTITY a "&l9;">]>',
    "default attributes": f'<!DOCTYPE rss [<!ATTLIST item x CDATA "{"y" * 100_000}">]>',
    "parameter entity": '<!DOCTYPE rss [<!ENTITY % p SYSTEM "{external}"> %p;]>',
    "external entity": '<!DOCTYPE rss [<!ENTITY l9 SYSTEM "{external}">]>',
    "an empty subset": "<!DOCTYPE rss []>",
    "in capitals of another kind": '<!DOCTYPE rss PUBLIC "]>" "[" [<!ENTITY l9 "x">]>',
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
@pytest.mark.parametrize("declaration", DECLARATIONS.values(), ids=DECLARATIONS)
def test_a_document_that_declares_entities_is_refused_f30_f31(declaration, encoding, canary, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("hunter2")
    for external in (secret.as_uri(), f"http://127.0.0.1:{canary.port}/x.dtd"):
        body = declaration.replace("{external}", external) + PLAIN.format("&l9;" * 1000)
        with processor_seconds(1):
            feed = parsed(body.encode(encoding))
        assert isinstance(feed, Failed)
        assert "entities" in feed.reason


@pytest.mark.parametrize(
    "around",
    [
        '<!DOCTYPE rss SYSTEM "{external}">{feed}',
        '<!DOCTYPE rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" "{external}">{feed}',
        '<?xml-stylesheet type="text/xsl" href="{external}"?>{feed}',
        '<x xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="{external}"/>{feed}</x>',
    ],
)
def test_nothing_outside_a_document_is_read_f26_f31(around, canary, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("<item><title>hunter2</title></item>")
    for external in (secret.as_uri(), f"http://127.0.0.1:{canary.port}/x"):
        body = around.replace("{external}", external).replace("{feed}", PLAIN.format("Ships"))
        assert titles_of(XML + body) == ["Ships"]


def test_a_body_that_is_an_address_or_a_path_is_not_opened_f32(canary, tmp_path):
    feed = tmp_path / "feed.xml"
    feed.write_text(PLAIN.format("hunter2"))
    for body in (str(feed), feed.as_uri(), f"http://127.0.0.1:{canary.port}/feed.xml"):
        assert isinstance(parsed(body), Failed)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" \r\n\t ",
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\6\0\0\0\x1f\x15\xc4\x89",
        bytes(range(256)) * 40,
        b"<!doctype html><title>Not here</title><p>Moved.",
        b"<html><head><link rel='alternate' type='application/rss+xml' href='/feed'></head></html>",
        b'{"error": "rate limited"}',
        b'["version", "https://jsonfeed.org/version/1"]',
        b"%PDF-1.7",
        b"Service unavailable",
        b"<?xml version='1.0'?><urlset><url><loc>https://paper.example/</loc></url></urlset>",
        b"<?xml version='1.0'?><opml version='2.0'><body><outline text='x'/></body></opml>",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    ],
)
def test_what_is_no_feed_is_a_failure_with_a_sentence_f33(body):
    feed = parsed(body)
    assert isinstance(feed, Failed)
    assert feed.reason.endswith(".")


# Characters --------------------------------------------------------------------------------------

WORDS = {
    "utf-8": "Füße – ships “home” 😀",
    "utf-16": "Füße 😀 日本",
    "utf-16-le": "Füße 😀",
    "utf-16-be": "Füße 😀",
    "utf-32": "Füße 😀",
    "utf-32-le": "Füße 😀",
    "utf-32-be": "Füße 😀",
    "iso-8859-1": "Füße à Genève",
    "iso-8859-2": "Łódź i Gdańsk",
    "iso-8859-15": "Cœur à 5 €",
    "windows-1251": "Корабли вернулись",
    "windows-1252": "Cœur – “home” 5 €",
    "koi8-r": "Корабли вернулись",
    "shift_jis": "船が港に戻る",
    "euc-jp": "船が港に戻る",
    "iso-2022-jp": "船が港に戻る",
    "gb18030": "船只返回港口",
    "gb2312": "船只返回港口",
    "big5": "船隻返回港口",
    "euc-kr": "배가 돌아왔다",
}


@pytest.mark.parametrize("place", ["declaration", "header", "both"])
@pytest.mark.parametrize("encoding", WORDS)
def test_a_feed_has_the_right_characters_in_any_encoding_f34(encoding, place):
    declared = f'<?xml version="1.0" encoding="{encoding}"?>' if place != "header" else XML
    body = (declared + PLAIN.format(WORDS[encoding])).encode(encoding)
    content_type = "text/xml" if place == "declaration" else f'text/xml; charset="{encoding.upper()}"'
    assert titles_of(body, content_type) == [WORDS[encoding]]


@pytest.mark.parametrize(
    ("in_header", "declared", "written"),
    [
        ("iso-8859-1", "utf-8", "utf-8"),  # what many servers say of every file
        ("utf-8", "iso-8859-1", "iso-8859-1"),
        ("us-ascii", "windows-1252", "windows-1252"),
        ("utf-8", "utf-16", "utf-8"),
        ("utf-16", "utf-8", "utf-8"),
        ("", "", "windows-1252"),
        ("nonsense", "utf-8", "utf-8"),
        ("utf-8", "nonsense", "utf-8"),
    ],
)
def test_a_header_that_contradicts_the_document_costs_no_characters_f34(in_header, declared, written):
    declaration = f'<?xml version="1.0" encoding="{declared}"?>' if declared else XML
    body = (declaration + PLAIN.format("Füße à Genève")).encode(written)
    assert titles_of(body, f"text/xml; charset={in_header}" if in_header else "") == ["Füße à Genève"]


@pytest.mark.parametrize(
    ("name", "codec", "words"),
    [
        ("Shift_JIS", "cp932", "会社①は㈱の記事です"),
        ("x-sjis", "cp932", "日本の記事です"),
        ("windows-31j", "cp932", "日本の記事です"),
        ("x-euc-jp", "euc-jp", "日本の記事です"),
        ("euc-kr", "cp949", "똠방각하 뉴스"),
        ("big5", "big5hkscs", "新聞嘅中國"),
        ("x-gbk", "gbk", "新闻中国"),
        ("win-1251", "cp1251", "Новости дня"),
        ("windows1251", "cp1251", "Новости дня"),
        ("iso-8859-8-i", "iso-8859-8", "חדשות היום"),
        ("x-mac-roman", "mac-roman", "Füße à Genève"),
    ],
)
def test_a_set_is_known_by_the_names_that_browsers_know_f34(name, codec, words):
    body = (f'<?xml version="1.0" encoding="{name}"?>' + PLAIN.format(words)).encode(codec)
    assert titles_of(body) == [words]


@pytest.mark.parametrize("name", ["gb2312", "shift_jis", "iso-2022-jp", "euc-kr", "iso-8859-1", "koi8-r", "utf-16"])
@pytest.mark.parametrize("place", ["header", "declaration"])
def test_utf_8_is_read_as_such_whatever_it_is_called_f34(name, place):
    declared = f'<?xml version="1.0" encoding="{name if place == "declaration" else "utf-8"}"?>'
    body = (declared + PLAIN.format("日本の記事 – naïve")).encode()
    assert titles_of(body, f"text/xml; charset={name}" if place == "header" else "text/xml") == ["日本の記事 – naïve"]


@pytest.mark.parametrize(
    ("codec", "words", "bad"),
    [
        ("shift_jis", "日本の記事です", b"\x81\x30"),
        ("gbk", "新闻中国联通", b"\xff"),
        ("euc-kr", "한국 뉴스입니다", b"\xff"),
        ("windows-1251", "Новости дня", b"\x98"),
        ("utf-8", "Füße à Genève", b"\xe2\x82"),
    ],
)
@pytest.mark.parametrize("in_header", ["", "iso-8859-1"])
def test_a_bad_byte_garbles_no_word_beside_it_in_any_set_f36(codec, words, bad, in_header):
    if in_header and codec != "utf-8":
        in_header = codec
    declared = f'<?xml version="1.0" encoding="{codec}"?>'
    body = (declared + rss(item(1, title=words, text=words * 9), item(2, title="a@b"))).replace("utf-8", codec)
    raw = body.encode(codec).replace(b"a@b", b"a" + bad + b" b")
    assert titles_of(raw, f"text/xml; charset={in_header}" if in_header else "text/xml")[0] == words


PYTHON_S_OWN = ["rot13", "hex", "base64", "zlib", "bz2", "uu", "quopri", "idna", "punycode", "unicode_escape"]


@pytest.mark.parametrize(
    "codec", [*PYTHON_S_OWN, "raw_unicode_escape", "undefined", "mbcs", "utf-7", "x-unknown", "../a"]
)
@pytest.mark.parametrize("place", ["header", "declaration"])
def test_a_codec_that_is_no_character_set_is_not_used_f35(codec, place):
    declaration = f'<?xml version="1.0" encoding="{codec}"?>' if place == "declaration" else XML
    body = (declaration + PLAIN.format("+ADw-script+AD4- \\u003cscript\\u003e")).encode()
    headline = titles_of(body, f"text/xml; charset={codec}" if place == "header" else "text/xml")
    assert headline == ["+ADw-script+AD4- \\u003cscript\\u003e"]


@pytest.mark.parametrize("encoding", ["cp037", "cp500", "cp1140"])
def test_ebcdic_is_no_feed_and_does_no_harm_f35(encoding):
    body = (f'<?xml version="1.0" encoding="{encoding}"?>' + PLAIN.format("<script>")).encode(encoding)
    assert isinstance(parsed(body), Failed)
    assert isinstance(parsed(body, "text/html"), Failed)


@pytest.mark.parametrize("between", ["", " ", "\n", "<!-- a -->"])
def test_letters_by_name_stay_beside_a_document_type_f31(between):
    """RSS 0.91 takes such names from its document type, which nobody fetches."""
    head = f'{XML}{between}<!DOCTYPE rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" "http://my.netscape.com/rss-0.91.dtd">'
    assert titles_of(head + PLAIN.format("Caf&eacute; &mdash; na&iuml;ve")) == ["Café — naïve"]


@pytest.mark.parametrize(
    "link", ["{}", "\n  {}\n", "<![CDATA[{}]]>", "<![CDATA[ {} ]]>"], ids=["bare", "on a line", "quoted", "with blanks"]
)
def test_no_parameter_of_an_address_becomes_a_sign_f36(link):
    """In a document that is not well-formed, as the address alone may make it."""
    address = "https://paper.example/?id=1&lang=en&copy=2&section=3"
    text = f'<![CDATA[See <a href="{address}">the same page</a>.]]>'
    draft, _ = digested(rss(item(1, title="A & B", link=link.format(address), text=text), item(2))).drafts
    assert draft.canonical_url == address
    assert f'href="{address.replace("&", "&amp;")}"' in draft.body_html


@pytest.mark.parametrize(
    "place",
    [
        "<gml:pos>1</gml:pos>",
        "<georss:where><gml:LinearRing><gml:posList>1 x 3</gml:posList></gml:LinearRing></georss:where>",
        "<georss:where><gml:Point srsName='EPSG:x'><gml:pos>1 2</gml:pos></gml:Point></georss:where>",
    ],
)
def test_a_place_that_is_none_costs_no_entry_f36(place):
    spaces = 'xmlns:georss="http://www.georss.org/georss" xmlns:gml="http://www.opengis.net/gml"'
    body = rss(item(1, extra=place), item(2)).replace("<rss ", f"<rss {spaces} ")
    assert titles_of(body) == ["Headline 1", "Headline 2"]


def test_the_newest_of_a_long_json_feed_count_wherever_they_stand_f40():
    items = [
        f'{{"id": "{n}", "title": "T{n}", "date_published": "{2010 + n // 100}-01-01T00:00:00Z"}}' for n in range(1500)
    ]
    found = titles_of(JSON_FEED.format(", ".join(items)))
    assert (len(found), found[-1]) == (200, "T1499")


@pytest.mark.parametrize("behind", ["\n<!-- made by a plugin -->", "\n\nWarning: something", "{}"])
def test_what_stands_behind_a_json_feed_costs_nothing_f36(behind):
    assert titles_of(JSON_FEED.format('{"id": "1", "title": "T"}') + behind) == ["T"]


def test_an_entry_of_a_json_feed_leads_where_its_id_does_f50():
    """As the standard advises: https://www.jsonfeed.org/version/1.1/."""
    (draft,) = digested(JSON_FEED.format('{"id": "https://paper.example/a", "title": "T"}')).drafts
    assert (draft.entry_id, draft.canonical_url) == ("https://paper.example/a", "https://paper.example/a")


SPOILT = {
    "NUL": b"a\0b",
    "controls": b"a\x01\x08\x0b\x0c\x1fb",
    "invalid UTF-8": b"a\xff\xfeb",
    "overlong UTF-8": b"a\xc0\xbcscript\xc0\xbeb",
    "a surrogate in UTF-8": b"a\xed\xa0\x80b",
    "beyond Unicode": b"a\xf7\xbf\xbf\xbfb",
    "cut off": b"a\xe2\x82",
    "noncharacters": "a\ufffe\uffff\U0001fffeb".encode(),
    "references": b"a&#0;&#xD800;&#xDFFF;&#xFFFE;&#x110000;&#99999999999;b",
    "escaped references": b"a&amp;#0;&amp;#xD800;&amp;#xFFFF;b",
    "twice escaped references": b"a&amp;amp;#0;&amp;amp;#xD800;b",
    "a reference without an end": b"a&#xD800 &#12 &# & b",
    "C1 controls": "a\x80\x85\x9fb".encode(),
}


@pytest.mark.parametrize("spoilt", SPOILT.values(), ids=SPOILT)
def test_an_entry_with_what_xml_forbids_leaves_its_neighbours_alone_f36(spoilt):
    first, last = item(1), item(3, title="Füße")
    body = rss(first, item(2, title="TITLE", text="<![CDATA[<p>BODY</p>]]>"), last).encode()
    body = body.replace(b"TITLE", spoilt).replace(b"BODY", b"x" + spoilt)
    update = digested(body)
    assert [update.drafts[0].headline, update.drafts[-1].headline] == ["Headline 1", "Füße"]
    assert len(update.drafts) == 3
    shown = "".join(f"{draft.headline}{draft.body_html}{draft.entry_id}" for draft in update.drafts)
    assert shown.encode()  # no surrogates
    assert not any((ord(sign) < 32 and sign != "\n") or ord(sign) in {0xFFFE, 0xFFFF} for sign in shown)


def test_no_form_feed_comes_out_of_a_text_that_is_escaped_twice_f36():
    draft = digested(rss(item(1, text="&lt;p&gt;a&amp;#12;b&amp;#xC;c&lt;/p&gt;"))).drafts[0]
    assert draft.body_html == "<p>a b c</p>"


@pytest.mark.parametrize("reference", ["&#xD800", "&#55296 ", "&#1;", "&#x1F", "&#xFFFE;", "&#x110000;"])
def test_a_reference_to_no_character_becomes_the_sign_for_that_f36(reference):
    assert mend(f"<a>{reference}</a>").replace(" ", "") == "<a>\ufffd</a>"


@pytest.mark.parametrize(
    ("written", "headline"),
    [
        ("&#x202E;txt.exe", "txt.exe"),
        ("\u2067עברית\u2069 and English", "עברית and English"),
        ("Z" + "\u0335" * 300 + "algo", "Z" + "\u0335" * 4 + "algo"),
        ("\u200b\u2060\ufeff", "What happened in case 1."),
        ("&lt;/script&gt;&lt;script&gt;alert(1)", "What happened in case 1."),
        ("&amp;lt;/script&amp;gt; in a title", "</script> in a title"),
        ("＜script＞", "＜script＞"),
        ("one\u2028two", "one two"),
        ("👩‍🚀 السفن", "👩‍🚀 السفن"),
    ],
)
def test_titles_keep_their_words_and_lose_their_tricks_f37_f38(written, headline):
    assert digested(rss(item(1, title=written))).drafts[0].headline == headline


# Size --------------------------------------------------------------------------------------------


def test_of_fifty_thousand_entries_the_newest_two_hundred_are_kept_f40():
    many = (f"<item><guid>{number}</guid><title>Entry {number}</title></item>" for number in range(50_000))
    with processor_seconds(8):
        update = digested(rss(*many))
    assert (update.entry_count, len(update.drafts)) == (200, 200)


def test_old_entries_under_new_names_do_not_become_the_day_s_news_f40():
    body = rss(*(item(number, guid=f"renamed-{number}", text="Old. " * 50) for number in range(200)))
    update = digested(body)
    assert len(update.drafts) == 200
    assert max(draft.published_at for draft in update.drafts) < NOW - timedelta(days=20)


LONG = {
    "title": item(2, title="t" * 1_000_000),
    "guid": item(2, guid="g" * 1_000_000),
    "link": item(2, link="https://paper.example/" + "l" * 1_000_000),
    "content": item(2, text="word " * 400_000),
    "markup": item(2, text=f"<![CDATA[{'<p>word</p>' * 90_000}]]>"),
    "author": item(2, extra=f"<author>{'a' * 1_000_000}</author>"),
    "category": item(2, extra=f"<category>{'c' * 1_000_000}</category>"),
    "date": item(2, extra=f"<dc:date>{'2 ' * 500_000}</dc:date>"),
}


@pytest.mark.parametrize("long", LONG.values(), ids=LONG)
def test_a_value_of_a_million_characters_is_cut_and_the_neighbours_stay_f41(long):
    with processor_seconds(4):
        update = digested(rss(item(1), long, item(3)))
    assert [draft.entry_id for draft in update.drafts][::2] == ["id-1", "id-3"]
    draft = update.drafts[1]
    sizes = {len(draft.entry_id): 400, len(draft.headline): 500, len(draft.canonical_url or ""): 1000}
    sizes |= {len(draft.body_html): 210_000, len(draft.author): 200, max(map(len, draft.categories), default=0): 60}
    assert all(size <= most for size, most in sizes.items())


MANY = {
    "categories": "".join(f"<category>c{number}</category>" for number in range(15_000)),
    "subjects": "".join(f"<dc:subject>c{number}</dc:subject>" for number in range(4_000)),
    "keywords": f"<media:keywords>{','.join(map(str, range(50_000)))}</media:keywords>",
    "enclosures": "".join(
        f"<enclosure url='https://p.example/{number}.jpg' type='image/jpeg'/>" for number in range(4_000)
    ),
    "pictures": "<media:content url='https://p.example/a.jpg' medium='image'/>" * 4_000,
    "links": "".join(f"<link>https://p.example/{number}</link>" for number in range(4_000)),
    "authors": "".join(f"<dc:creator>a{number}</dc:creator>" for number in range(4_000)),
    "dates": "<dc:date>2025-06-02T08:00:00Z</dc:date>" * 4_000,
    "attributes": "<x " + " ".join(f"a{number}='1'" for number in range(50_000)) + "/>",
    "attributes without quotes": "<x " + " ".join(f"a{number}=1" for number in range(4_000)) + "/>",
    "namespaces": "<x " + " ".join(f"xmlns:a{number}='u{number}'" for number in range(4_000)) + "/>",
    "elements in each other": "<a>" * 4_000 + "</a>" * 4_000,
    "HTML elements in each other": f"<content:encoded><![CDATA[{'<div>' * 50_000}]]></content:encoded>",
    "spans in each other": f"<content:encoded><![CDATA[{'<b><i>' * 4_000}]]></content:encoded>",
}


@pytest.mark.parametrize("many", MANY.values(), ids=MANY)
def test_excess_in_one_entry_is_read_in_seconds_and_the_neighbours_stay_f42_f43(many):
    with processor_seconds(3):
        update = digested(rss(item(1), item(2, extra=many), item(3)))
    assert [draft.entry_id for draft in update.drafts] == ["id-1", "id-2", "id-3"]
    assert len(update.drafts[1].categories) <= 20


@pytest.mark.parametrize(
    "long",
    [
        "<" + "y" * 100_000 + ">",
        "</" + "y" * 100_000 + ">",
        f"<author>{'a' * 100_000}</author>",
        f"<dc:creator><![CDATA[{'a' * 100_000}]]></dc:creator>",
        f"<atom:name lang='x'>{'a' * 100_000}</atom:name>",
        "<x " + "a='1' " * 20_000 + "/>",
    ],
)
def test_an_element_without_measure_is_shortened_before_it_is_parsed_f41_f43(long):
    assert len(mend(long)) < 1_200
    assert mend(mend(long)) == mend(long)


@pytest.mark.parametrize("entry", ["<item>", "<item/>", "<a:entry x='y'>"])
def test_of_entries_that_cannot_be_told_apart_a_thousand_are_parsed_f40(entry):
    assert first_of("<rss>" + entry * 5_000, 1_000) == "<rss>" + entry * 1_000
    assert first_of("<rss>" + entry * 1_000, 1_000) == "<rss>" + entry * 1_000


OPENINGS = {
    "a name": "<" + "y" * 2_000_000,
    "elements": "<a>" * 6_000,
    "items": "<item><title>x</title>" * 30_000,
    "empty items": "<item/>" * 6_000,
    "signs": "<" * 50_000,
    "ampersands": "&" * 40_000,
    "comments": "<!--" * 40_000,
    "CDATA sections": "<![CDATA[" * 40_000,
    "instructions": "<?x " * 40_000,
    "declarations": "<!DOCTYPE " * 40_000,
    "quotes": '<x a="' * 6_000,
    "licences": "<rsl:prohibits " * 10_000,
    "marks": "<meta name='robots' " * 10_000,
    "an attribute": f'<x a="{"y" * 2_000_000}"/>',
    "references": "<x>" + "&#65;" * 50_000 + "</x>",
    "unknown references": "<x>" + "&nothing;" * 40_000 + "</x>",
}


@pytest.mark.parametrize("opening", OPENINGS.values(), ids=OPENINGS)
def test_what_opens_without_end_takes_seconds_f43_f44(opening):
    with processor_seconds(4):
        found = parsed(rss(item(1)).removesuffix("</channel></rss>") + opening)
    assert isinstance(found, Failed) or found.entry_count >= 1


@pytest.mark.parametrize(
    "body",
    [
        '{"version": "https://jsonfeed.org/version/1", "items": ' + "[" * 200_000,
        '{"version": "https://jsonfeed.org/version/1", "items": ' + '{"a":' * 200_000,
        '{"version": "https://jsonfeed.org/version/1", "items": [{"id": ' + "9" * 100_000 + "}]}",
        '{"version": "https://jsonfeed.org/version/1", "items": [' + ",".join(['{"id": "1"}'] * 100_000) + "]}",
        '{"version": "https://jsonfeed.org/version/1", "items": [{"tags": [' + ",".join(['"x"'] * 100_000) + "]}]}",
        '{"version": "https://jsonfeed.org/version/1", "items": [{"id": 1e999999, "title": "\\ud800"}]}',
    ],
)
def test_a_json_feed_without_measure_takes_no_time_f40_f42_f43(body):
    with processor_seconds(2):
        feed = parsed(body, "application/feed+json")
    assert isinstance(feed, Failed) or feed.entry_count <= 200


# Identity ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "entry",
    [
        "<item><title>Only a title</title></item>",
        "<item><description>Only a text</description></item>",
        "<item><link>https://paper.example/only-link</link></item>",
        "<item><title>No guid</title><link>https://paper.example/1</link></item>",
        "<item><guid/><title>Empty guid</title></item>",
        "<item/>",
        "<item></item>",
    ],
)
def test_an_entry_that_says_little_keeps_its_key_and_is_no_news_the_second_time_f50(entry):
    first = digested(rss(entry))
    assert len(first.drafts) == 1
    assert first.drafts[0].headline
    again = digested(rss(entry) + "\n", known=known_from(first))
    assert (again.drafts, again.entry_count) == ((), 1)


@pytest.mark.parametrize(
    "written",
    [
        "&lt;![CDATA[{}]]&gt;",
        "<![CDATA[<![CDATA[{}]]]]><![CDATA[>]]>",
        "<![CDATA[<![CDATA[{}]]>",
    ],
    ids=["escaped", "within another", "within another and cut"],
)
def test_a_section_that_is_quoted_twice_is_neither_shown_nor_taken_for_a_comment(written):
    text = "The <b>whole</b> text."
    raw = written.format(text if "<![CDATA[" in written else text.replace("<", "&lt;").replace(">", "&gt;"))
    (draft,) = digested(rss(item(1, title=written.format("A headline"), text=raw))).drafts
    assert draft.headline == "A headline"
    assert draft.body_html == "<p>The <strong>whole</strong> text.</p>"


def test_a_guid_that_changes_leads_to_the_same_address_f53():
    links = [f"https://paper.example/1?utm_source=feed&utm_id={poll}" for poll in range(2)]
    drafts = [digested(rss(item(1, guid=f"poll-{poll}", link=link))).drafts[0] for poll, link in enumerate(links)]
    assert len({draft.entry_id for draft in drafts}) == 2
    assert {draft.canonical_url for draft in drafts} == {"https://paper.example/1"}


@pytest.mark.parametrize(
    "date",
    [
        "Thu, 01 Jan 2099 00:00:00 GMT",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "Sun, 06 Oct 1901 00:00:00 GMT",
        "0000-00-00T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "99999-01-01T00:00:00Z",
        "Mon, 30 Feb 2025 25:61:61 +9999",
        "1e400",
        "-1",
        "99999999999999999999",
        "the day before",
        "2025-06-02T08:00:00+99:99",
        "٢٠٢٥-٠٦-٠٢",
    ],
)
def test_a_date_is_never_ahead_of_now_nor_before_the_web_f55(date):
    body = rss(f"<item><guid>1</guid><title>x</title><pubDate>{date}</pubDate><dc:modified>{date}</dc:modified></item>")
    draft = digested(body).drafts[0]
    assert NOW - timedelta(days=36 * 366) < draft.published_at <= NOW
    assert draft.updated_at is None or draft.updated_at <= NOW


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2025-W23-1", "2025-06-02T00:00"),
        ("2025-W23-1T10:00:00Z", "2025-06-02T10:00"),
        ("2025-06-02T10:00:00+01", "2025-06-02T09:00"),
        ("2025-06-02T10", "2025-06-02T10:00"),
        ("20250602T100000Z", "2025-06-02T10:00"),
        ("20250602100000", "2025-06-02T10:00"),
        ("Mon, 02 Jun 2025 24:00:00 GMT", "2025-06-03T00:00"),
        ("Mon, 02 Jun 2025 10:00:00 GMT+2", "2025-06-02T08:00"),
        ("Monday, 02-Jun-25 10:00:00 GMT", "2025-06-02T10:00"),
        ("1748858400.25", "2025-06-02T10:00"),
        ("1748858400000000", "2025-06-02T10:00"),
        ("1720123456000000", "2024-07-04T20:04"),
        ("2 juin 2025 à 10h05", "2025-06-02T10:05"),
        ("2025年6月2日 10時05分", "2025-06-02T01:05"),
        ("2 يونيو 2025 10:00", "2025-06-02T10:00"),
        ("2 มิถุนายน 2568 10:00", "2025-06-02T10:00"),
        ("2 Ιουνίου 2025 10:00", "2025-06-02T10:00"),
        ("2. kesäkuuta 2025", "2025-06-02T00:00"),
        ("13 marraskuuta 2024", "2024-11-13T00:00"),
    ],
)
def test_a_date_is_read_as_people_write_it_f55(written, moment):
    body = rss(f"<item><guid>1</guid><title>x</title><pubDate>{written}</pubDate></item>")
    assert digested(body).drafts[0].published_at.isoformat()[:16] == moment


def test_a_leap_second_is_a_date_f55():
    body = rss("<item><guid>1</guid><title>x</title><pubDate>Tue, 31 Dec 2024 23:59:60 GMT</pubDate></item>")
    assert digested(body).drafts[0].published_at.year in {2024, 2025}


@pytest.mark.parametrize("title", ["admin", "../../etc/passwd", "???", "..", "статья", "/", "?q=1#x", "😀"])
def test_a_headline_is_never_part_of_an_identity_f56(title):
    draft = digested(rss(item(1, title=title))).drafts[0]
    assert (draft.entry_id, draft.canonical_url) == ("id-1", "https://paper.example/1")


@pytest.mark.parametrize(
    ("channel", "minutes"),
    [
        ("<ttl>-5</ttl>", None),
        ("<ttl>0</ttl>", None),
        ("<ttl>nonsense</ttl>", None),
        ("<ttl>99999999999999999999</ttl>", None),
        ("<ttl>999999999</ttl>", 525_600),
        ("<ttl>30</ttl>", 30),
        (
            '<u:updatePeriod xmlns:u="http://purl.org/rss/1.0/modules/syndication/">daily</u:updatePeriod>'
            '<u:updateFrequency xmlns:u="http://purl.org/rss/1.0/modules/syndication/">1000000000000</u:updateFrequency>',
            1440,
        ),
    ],
)
def test_what_a_feed_says_of_its_pace_stays_within_bounds_f57(channel, minutes):
    assert parsed(rss(item(1), channel=channel)).ttl_minutes == minutes


# What is forbidden -------------------------------------------------------------------------------

LICENCE = '<l:license xmlns:l="https://rslstandard.org/rsl"><l:prohibits type="usage">{}</l:prohibits></l:license>'


def test_a_licence_that_comes_and_goes_is_noticed_on_entries_that_are_known():
    free, bound = rss(item(1)), rss(item(1), channel=LICENCE.format("all"))
    first = digested(free)
    then = digested(bound, known=known_from(first))
    assert [(draft.body_html, draft.is_noindex) for draft in then.drafts] == [("", True)]
    assert digested(bound + "\n", known=known_from(then)).drafts == ()
    again = digested(free, known=known_from(then))
    assert [(draft.body_html != "", draft.is_noindex) for draft in again.drafts] == [(True, False)]


def test_a_licence_that_becomes_stricter_takes_the_text_away():
    first = digested(rss(item(1, extra=LICENCE.format("search"))))
    then = digested(rss(item(1, extra=LICENCE.format("all"))), known=known_from(first))
    assert [draft.body_html != "" for draft in (*first.drafts, *then.drafts)] == [True, False]


def test_a_damaged_head_does_not_make_a_failure_of_a_feed_whose_entries_are_known():
    body = PLAIN.format("Ships").removeprefix("<")
    first = digested(body)
    assert len(first.drafts) == 1
    again = digested(body + "\n", known=known_from(first))
    assert (again.outcome, again.drafts) == ("unchanged", ())


def test_what_entries_forbid_is_told_while_nothing_of_them_is_new():
    body = rss(item(1, extra=LICENCE.format("search")), item(2))
    first = digested(body)
    again = digested(body + "\n", known=known_from(first))
    assert again.drafts == ()
    assert again.refusal == first.refusal != ""


def test_bases_are_honoured_where_the_document_is_ill_formed_too_f66():
    entry = '<entry xml:base="june/"><id>1</id><title>Fish &chips</title><link href="ships"/></entry>'
    feed = parsed(f'<feed xmlns="http://www.w3.org/2005/Atom" xml:base="/2025/"><title>T</title>{entry}</feed>')
    assert feed.entries[0].link == FEED_URL.replace("feed.xml", "2025/june/ships")


def test_links_of_a_feed_are_absolute_and_of_the_web():
    links = '<a:link xmlns:a="http://www.w3.org/2005/Atom" rel="{}" href="{}"/>'
    feed = parsed(rss(item(1), channel=links.format("hub", "/hub") + links.format("self", "javascript:alert(1)")))
    assert (feed.hub_url, feed.self_url) == (FEED_URL.replace("feed.xml", "hub"), "")
