"""Where a quick way spares a slow one, both come to the same. The same examples every time."""

from __future__ import annotations

import html
import re
import sys
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from urllib.parse import quote, unquote, urljoin, urlsplit

import pytest
from feedparser.datetimes.rfc822 import _parse_date_rfc822
from feedparser.datetimes.w3dtf import _parse_date_w3dtf
from hypothesis import given, settings
from hypothesis import strategies as st

from articles.ingest.addresses import Refused, checked_url, refusal
from articles.ingest.boilerplate import is_boilerplate
from articles.ingest.canonical import IN_PATH, IN_QUERY, PLAINLY_ABSOLUTE, _escaped, absolute
from articles.ingest.clean import (
    TAG,
    VOID,
    _allowed_elements,
    _policy,
    _Row,
    _sanitized,
    _without_edge_breaks,
    clean_blocks,
    is_picture_url,
    start_tags,
)
from articles.ingest.dates import usual_date
from articles.ingest.language import COMMON_WORDS, _has_common_words
from articles.ingest.pictures import SIZE_IN_NAME, is_same
from articles.ingest.prose import (
    ELLIPSIS,
    UNWANTED,
    WORD,
    plain_text,
    teaser,
    text_of_blocks,
    text_of_clean,
)
from articles.ingest.prose import _first_words as first_words
from articles.ingest.restrictions import restricts
from articles.ingest.shapes import Picture
from articles.ingest.xml_feed import MEDIA_DESCRIPTION
from tests.articles.ingest.test_fuzz_clean import markup, quick

BASE = "https://paper.example/world/1.html"


def words(text: str) -> list[str]:
    return text.split()


inline = st.lists(
    st.sampled_from(
        [
            *(
                "word",
                " ",
                "\n",
                "<br>",
                "&amp;",
                "é",
                "<em>",
                "</em>",
                "<b>x</b>",
                "<code>c</code>",
                "<img src='/p.png'>",
            ),
            *(
                "<a href='/x'>link</a>",
                "<a href='https://h.example/'> </a>",
                "<a>bare</a>",
                "<a href='https://h.example/'>",
            ),
        ]
    ),
    max_size=5,
).map("".join)
plain_elements = st.lists(
    st.builds(
        "<{0}>{1}</{0}>{2}".format,
        st.sampled_from(words("p h2 h3 li dt dd td th figcaption div blockquote ul figure table tr pre em a")),
        inline | st.builds("<{0}>{1}</{0}>".format, st.sampled_from(["p", "li", "h2", "figcaption", "td"]), inline),
        inline,
    ),
    max_size=4,
).map("".join)


def part_by_part(elements: str) -> list[str]:
    row, place = _Row(()), 0
    for match in TAG.finditer(elements):
        row.pieces.append(elements[place : match.start()])
        place = match.end()
        if match[2] in VOID:
            row.void(match[2], match[3])
        elif match[1]:
            row.close(match[2])
        else:
            row.open(match[2], match[3])
    row.pieces.append(elements[place:])
    row.end_block()
    return row.blocks


@settings(quick, max_examples=150)
@given(plain_elements | markup)
def test_an_element_of_words_and_links_is_taken_whole_as_it_would_be_part_by_part(html):
    elements = _allowed_elements(html, BASE)
    row = _Row(())
    row.walk(elements)
    assert row.blocks == part_by_part(elements)


def written_out(block: str) -> str:
    """The text of clean HTML by patterns, one sign after the other."""
    for name in words("p h2 h3 li dt dd td th tr caption figcaption pre blockquote"):
        block = block.replace(f"</{name}>", " ")
    block = block.replace("<br>", " ")
    return " ".join(html.unescape(re.sub(r"<[^<>]*>", "", block)).split())


@settings(quick, max_examples=150)
@given(plain_elements | markup)
def test_a_text_is_what_patterns_make_of_the_blocks_together_and_alone(written):
    blocks = clean_blocks(written, BASE)
    expected = [written_out(block) for block in blocks]
    assert text_of_blocks(blocks) == " ".join(filter(None, expected))
    assert [text_of_clean(f"{block}<em></em>") for block in blocks] == expected
    assert [text_of_clean(block) for block in blocks] == expected


@pytest.mark.parametrize("name", words("p h2 h3 li dt dd td th tr caption figcaption pre blockquote"))
def test_what_follows_a_block_within_a_block_is_a_word_of_its_own(name):
    block = f"<blockquote><{name}>One</{name}>two<br>three</blockquote>"
    assert text_of_clean(block) == written_out(block) == "One two three"


@settings(quick, max_examples=100)
@given(plain_elements | markup)
def test_the_text_of_blocks_is_that_of_the_whole(html):
    blocks = clean_blocks(html, BASE)
    whole = text_of_clean("".join(blocks))
    assert text_of_blocks(blocks).replace(" ", "") == whole.replace(" ", "")
    assert [text_of_clean(block) for block in blocks] == [text_of_clean(f"<h2></h2>{block}") for block in blocks]


addresses = st.one_of(
    st.sampled_from(["/a", "//h.example/a", "/../a b", "/\\h.example", "https://h.example", "http://h.example/?a#b"]),
    st.sampled_from(["a", "", "#a", "?a", " /a", "https:a", "http:/a", "HTTP://h.example", "javascript:a", "&#47;a"]),
    st.text(alphabet="/:.?#a&;\\ \t", max_size=6),
)
linking = st.lists(
    st.builds(
        "{}{}{}{}".format,
        st.sampled_from(
            ['<a href="', "<a HREF='", "<a href=", '<img src="', '<img srcset="', '<a data-href="', "href "]
        ),
        addresses,
        st.sampled_from(['">', "'>", ">", '" title="src">']),
        st.just("x"),
    ),
    max_size=3,
).map("".join)


@settings(quick, max_examples=150)
@given(linking)
def test_links_lead_where_they_lead_from_the_whole_address_of_the_page(html):
    tags = start_tags(html).lower()
    for base_url in (BASE, "https://paper.example:8443/a/b?c", "https://paper.example?x=/a", "https://paper.example"):
        assert _sanitized(html, tags, base_url) == _policy(base_url).clean(html).replace("\f", " ")


def refusal_of_checking(url: str) -> str:
    try:
        checked_url(url)
    except Refused as error:
        return str(error)
    return ""


hosts = st.sampled_from(
    words(
        """
        paper.example a.b.example -a.example a-.example xn--bcher-kva.example paper.example. localhost a.local a.e
        b.localdomain 127.0.0.1 2130706433 0x7f.1 1.2.3 a..example a_b.example PAPER.example a@b.example [::1]
        a.internal
        """
    )
) | st.text(alphabet="ab1.-_:@%[]", max_size=12)


@settings(quick, max_examples=150)
@given(
    st.sampled_from(["http://", "https://", "HTTP://", "ftp://", "//", "http:/"]),
    hosts,
    st.sampled_from(["", ":80", ":0", ":x"]),
    st.sampled_from(
        ["/", "", "/a?b=c", "/%zz", "/a@b:c", "?x", "#x", "/a b", "/é", "/\\", "/[", "/\n", "/" + "a" * 2000]
    ),
)
def test_an_address_is_refused_as_the_guard_refuses_it(scheme, host, port, path):
    url = scheme + host + port + path
    assert refusal(url) == refusal_of_checking(url)


@settings(quick, max_examples=150)
@given(
    st.sampled_from(
        ["https://paper.example/a/b", "http://paper.example", "https://paper.example/a;b?c#d", "", "x:[", "a"]
    ),
    st.builds(
        "{}{}{}".format,
        st.sampled_from(["https://h.example/", "http://h.example/", "https://H.example/", "//h.example/", "/", ""]),
        st.text(alphabet="ab/.;?#=&% @:\té", max_size=8),
        st.sampled_from(["", "?", "#", ";", "?a=b", "/../c"]),
    ),
)
def test_an_absolute_link_is_left_as_joining_leaves_it(base_url, url):
    if PLAINLY_ABSOLUTE.fullmatch(url) and PLAINLY_ABSOLUTE.fullmatch(base_url):
        assert absolute(url, base_url) == urljoin(base_url, url)


@settings(quick, max_examples=100)
@given(st.text(alphabet="ab  <>&;'\"/.\t\nÄ\x7f", max_size=20))
def test_a_plain_name_reads_as_it_does_in_markup(name):
    assert plain_text(name) == plain_text(f"{name}<i></i>") or "<" in name or "&" in name


@pytest.mark.parametrize(
    "line",
    [
        *(
            "All rights reserved.",
            "AFP - Tous droits réservés",
            "Alle Rechte vorbehalten",
            "TODOS LOS DERECHOS RESERVADOS",
        ),
        *(
            "Todos os direitos reservados",
            "Tutti i diritti riservati.",
            "Riproduzione riservata ©",
            "Alle rechten voorbehouden",
        ),
    ],
)
def test_a_line_that_reserves_all_rights_is_none_of_an_author_s(line):
    assert is_boilerplate(line)
    assert not is_boilerplate(f"{line} And the ships came home")


@pytest.mark.parametrize(
    ("url", "is_shown"),
    [
        ("https://cdn.example/pixel.gif?x=1", False),
        ("https://cdn.example/a/PIXEL.GIF#top", False),
        ("https://cdn.example/beacon", False),
        ("https://cdn.example/1x1.png", False),
        ("https://cdn.example/a.jpg?file=pixel.gif", True),
        ("https://cdn.example/harbour.gif", True),
    ],
)
def test_a_counter_is_told_by_the_end_of_its_path(url, is_shown):
    assert is_picture_url(url) is is_shown


@settings(quick, max_examples=200)
@given(
    st.sampled_from(["{}", "<p>{}</p>", "<p>{}", "{}</p>", "<p> {} </p>"]),
    st.text(alphabet="ab \"'“é.\n\t\xa0\u200b\u3164\ufeff\u202e\ufffd😀[]()/=-", max_size=12),
)
def test_words_without_markup_are_kept_as_the_whole_policy_keeps_them(frame, words):
    written = frame.format(words)
    row = _Row(())
    row.walk(_allowed_elements(written, BASE))
    assert clean_blocks(written, BASE) == row.blocks


def test_no_sign_that_is_unwanted_counts_as_printable():
    everything = "".join(map(chr, range(sys.maxunicode + 1)))
    assert not [sign for sign in UNWANTED.findall(everything) if sign.isprintable()]


@settings(quick, max_examples=100)
@given(
    st.lists(st.sampled_from(["<p>", "</p>", "<br>", " ", "\n", "\xa0", "a", "<em>", "</em>"]), max_size=9).map("".join)
)
def test_edges_of_paragraphs_are_bare_whether_or_not_another_has_blanks(elements):
    with_blanks = _without_edge_breaks(f"<p> x <br></p>{elements}")
    assert with_blanks == f"<p>x</p>{_without_edge_breaks(elements)}"


def words_one_by_one(text: str, words: int) -> str:
    ends = [match.end() for match in WORD.finditer(text)]
    if len(ends) <= words:
        return text
    return text[: ends[words - 1]] if words > 0 else ""


@settings(quick, max_examples=200)
@given(
    st.lists(
        st.sampled_from(["a", "b.", "…", "日本語", "ภาษาไทย", "“", "c…d", "-", "한국", " ", "\n", "\u200b"]), max_size=9
    ),
    st.sampled_from([" ", "  ", ""]),
    st.integers(-1, 6),
)
def test_the_first_words_are_those_that_are_counted_one_by_one(pieces, blank, count):
    text = blank.join(pieces)
    assert first_words(text, count) == words_one_by_one(text, count)
    assert first_words(plain_text(text), count) == words_one_by_one(plain_text(text), count)


def test_a_teaser_of_a_long_text_ends_with_the_word_that_was_asked_for():
    assert teaser("One two three " * 40, 5) == f"One two three One two{ELLIPSIS}"


@settings(quick, max_examples=200)
@given(
    st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29)),
    st.integers(-840, 840),
    st.sampled_from(["{:%Y-%m-%dT%H:%M:%S}Z", "{:%Y-%m-%dT%H:%M:%S}.25+00:00"]),
)
def test_a_usual_date_is_the_moment_that_feedparser_reads(moment, minutes, form):
    zoned = moment.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=minutes)))
    rfc_822 = format_datetime(zoned)
    assert usual_date(zoned.isoformat()) == _parse_date_w3dtf(zoned.isoformat())
    assert usual_date(rfc_822) == usual_date(rfc_822.partition(", ")[2]) == _parse_date_rfc822(rfc_822)
    assert usual_date(form.format(moment)) == _parse_date_w3dtf(form.format(moment))
    in_greenwich = format_datetime(moment.replace(tzinfo=UTC), usegmt=True)
    assert usual_date(in_greenwich) == _parse_date_rfc822(in_greenwich)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "soon",
        "2026-11-20",
        "Fri, 20 Nov 26 10:00:00 GMT",
        "Fri, 20 Nov 2026 10:00:00 EST",
        "20. Nov 2026 10:00:00 GMT",
    ],
)
def test_another_kind_of_date_is_left_to_feedparser(written):
    assert usual_date(written) is None


@pytest.mark.parametrize("written", ["2026-02-30T10:00:00Z", "Fri, 31 Nov 2026 10:00:00 GMT", "2026-11-20T25:00:00Z"])
def test_a_day_that_there_is_not_is_no_usual_date(written):
    with pytest.raises(ValueError, match=r"range|must be in"):
        usual_date(written)


@settings(quick, max_examples=100)
@given(st.text(alphabet="aZ0_-./=&%4fé ~", max_size=10), st.sampled_from([IN_PATH, IN_QUERY]))
def test_a_path_without_escapes_is_escaped_as_every_other(text, safe):
    lone = re.sub(r"%(?![0-9a-fA-F]{2})", "%25", text)
    known = re.sub(
        r"%(?:2[dDeE]|3[0-9]|4[1-9a-fA-F]|5[0-9aAfF]|6[1-9a-fA-F]|7[0-9aAeE])", lambda m: unquote(m[0]), lone
    )
    assert _escaped(text, safe) == re.sub(r"%[0-9a-fA-F]{2}", lambda m: m[0].upper(), quote(known, safe=safe))


@settings(quick, max_examples=100)
@given(
    st.lists(
        st.builds(
            "https://{}{}{}".format,
            st.sampled_from(["h.example", "H.example", "h.example:80"]),
            st.sampled_from(["", "/", "/a.jpg", "/a-300x200.jpg", "/b/a-300x200.jpg", "/a//b.jpg", "/a;b.jpg"]),
            st.sampled_from(["", "?w=1", "?/x", "#/a", "#?a", "?a#b"]),
        ),
        min_size=2,
        max_size=2,
    )
)
def test_two_pictures_are_the_same_by_host_and_path_and_where_the_path_names_none_by_what_else_tells_them(urls):
    names = [
        (
            parts.netloc.lower(),
            SIZE_IN_NAME.sub("", parts.path),
            "" if parts.path.endswith(".jpg") else parts.query.replace("w=1", ""),
        )
        for parts in map(urlsplit, urls)
    ]
    assert is_same(*map(Picture, urls)) is (names[0] == names[1])


@settings(quick, max_examples=200)
@given(
    st.lists(
        st.sampled_from([*words("< </ <x: media:description media:descriptions media: /> > x='1'"), " ", "\n"]),
        max_size=9,
    ).map("".join)
)
def test_the_words_about_a_picture_are_found_by_their_name_as_among_all_tags(text):
    by_tags = re.sub(r"<(/?)media:description(?:\s[^<>]*?)?(/?)>", r"<\1media:caption\2>", text)
    assert MEDIA_DESCRIPTION.sub(r"media:caption\1>", text) == by_tags


@pytest.mark.parametrize("between", ["", "\n", " ", "\xa0", "&nbsp;"])
@pytest.mark.parametrize("sign", ["\u202e", "&#x202e;", "\x9f", "&#xfeff;"])
def test_an_unwanted_sign_is_found_whatever_blanks_stand_beside_it(sign, between):
    assert not UNWANTED.search("".join(clean_blocks(f"<p>One{sign}</p>{between}<p>Two</p>", BASE)))


@pytest.mark.parametrize(
    ("sample", "are_enough"),
    [
        ("the ships of paper and ink", True),
        ("(the) ships, of: «and»", True),
        ("the ships of paper", False),
        ("the, the, the", False),
    ],
)
def test_common_words_count_with_signs_beside_them_and_each_once(sample, are_enough):
    assert _has_common_words(sample, COMMON_WORDS["en"]) is are_enough


@pytest.mark.parametrize(
    ("text", "is_sign"),
    [
        ("<meta name='robots'>", True),
        ("<xhtml:meta name='robots'>", True),
        ("<itunes:block>yes", True),
        ("<rsl:permits>", True),
        ("<rsl:prohibits>", True),
        ("<access:restriction>", True),
        ("<block>", False),
        ("<metal>", False),
        ("<x:blocked>", False),
        ("meta robots", False),
    ],
)
def test_what_may_restrict_is_told_by_its_name(text, is_sign):
    assert restricts(f"<p>{text}</p>") is is_sign
