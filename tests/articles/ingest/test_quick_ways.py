"""Where a quick way spares a slow one, both come to the same. The same examples every time."""

from __future__ import annotations

from urllib.parse import urljoin

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from articles.ingest.addresses import Refused, checked_url, refusal
from articles.ingest.boilerplate import is_boilerplate
from articles.ingest.canonical import PLAINLY_ABSOLUTE, absolute
from articles.ingest.clean import (
    TAG,
    VOID,
    _allowed_elements,
    _policy,
    _Row,
    _sanitized,
    clean_blocks,
    is_picture_url,
)
from articles.ingest.prose import plain_text, text_of_blocks, text_of_clean
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
    for base_url in (BASE, "https://paper.example:8443/a/b?c", "https://paper.example?x=/a", "https://paper.example"):
        assert _sanitized(html, base_url) == _policy(base_url).clean(html).replace("\f", " ")


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
