from __future__ import annotations

import time

import pytest

from articles.ingest.clean import MAX_LENGTH, blocks_of, clean_html, opening
from articles.ingest.prose import text_of_clean, word_count

BASE = "https://paper.example/world/1.html"


@pytest.mark.parametrize(
    ("markup", "clean"),
    [
        ("plain & simple", "<p>plain &amp; simple</p>"),
        ("one<br><br>two<br/>&nbsp;<br/>three", "<p>one</p><p>two</p><p>three</p>"),
        ("<div>a<div>b<p>c</p></div>d</div>", "<p>a</p><p>b</p><p>c</p><p>d</p>"),
        ("<h1>A</h1>b<h5>C</h5>", "<h2>A</h2><p>b</p><h3>C</h3>"),
        ("<p><b>b</b> <i>i</i> <tt>t</tt> <u>u</u></p>", "<p><strong>b</strong> <em>i</em> <code>t</code> u</p>"),
        ("<p>&nbsp;</p><p><br></p><p>text<br></p>", "<p>text</p>"),
        ("<ul><li>a<li>b<li></ul>", "<ul><li>a</li><li>b</li></ul>"),
        ("<blockquote>a<p>b</blockquote>", "<blockquote>a<p>b</p></blockquote>"),
        ("<table><tr><td>1", "<table><tbody><tr><td>1</td></tr></tbody></table>"),
        ("<pre>  a\n  b</pre><hr>", "<pre>  a\n  b</pre><hr>"),
        ("<a href='/x'><p>block in a link</p></a>", "<p>{} block in a link </a></p>"),
        ("a<script>x</script><style>y</style><!-- z -->b", "<p>ab</p>"),
        ("a &lt;script&gt; b", "<p>a &lt;script&gt; b</p>"),
        ("<p>unclosed <b>bold", "<p>unclosed <strong>bold</strong></p>"),
        ("", ""),
    ],
)
def test_any_markup_becomes_a_row_of_clean_blocks(markup, clean):
    link = '<a href="https://paper.example/x" rel="noopener nofollow ugc">'
    found = clean_html(markup, BASE)
    assert found == clean.replace("{}", link)
    assert "".join(blocks_of(found)) == found
    assert clean_html(found, BASE) == found


def test_relative_links_start_from_the_article_f66():
    assert 'href="https://paper.example/world/2.html"' in clean_html('<a href="2.html">x</a>', BASE)
    assert clean_html('<a href="2.html">x</a><img src="/p.png">', "") == "<p>x</p>"
    assert clean_html('<a href="2.html">x</a>', "javascript:alert(1)") == "<p>x</p>"


def test_a_picture_is_lazy_and_sends_no_referrer():
    found = clean_html('<img src="/p.png" alt="A &quot;map&quot;" width="640px" height="480" srcset="x 2x">', BASE)
    assert found == (
        '<p><img src="https://paper.example/p.png" alt="A &quot;map&quot;" width="640" height="480" '
        'loading="lazy" referrerpolicy="no-referrer"></p>'
    )


def test_an_allowed_private_host_may_give_pictures():
    markup = '<img src="http://127.0.0.1:8001/p.webp">'
    assert clean_html(markup) == ""
    assert "http://127.0.0.1:8001/p.webp" in clean_html(markup, allowed={"127.0.0.1:8001"})


HOSTILE = {
    "nested div": "<div>" * 50_000 + "text" + "</div>" * 30_000,
    "nested quotations": "<blockquote>" * 30_000 + "text",
    "nested lists": "<ul><li>" * 25_000 + "text",
    "nested tables": "<table><tr><td>" * 25_000 + "text",
    "nested emphasis": "<b><i>" * 25_000 + "text",
    "strip_tags killer": "text" + "<a" * 5_000_000,
    "truncate killer": "text" + "<![" * 3_000_000,
    "a word of 10 MB": "text" + "x" * 10_000_000,
    "40,000 attributes": "<p " + " ".join(f"a{number}=1" for number in range(40_000)) + ">text",
    "100,000 links": "text" + "".join(f'<a href="/{number}">x</a>' for number in range(100_000)),
    "breaks": "text" + "<br> " * 100_000,
    "signs": "text" + "&" * 600_000,
    "blanks": "text" + " " * 600_000,
    "controls": "te\0\ud800xt\udfff\ufffe",
    "unclosed script": "text<script>" * 10,
    "unclosed comment": "text<!--" + "-" * 500_000,
}


@pytest.mark.parametrize("markup", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_markup_neither_hangs_nor_raises_f41_f43_f44(markup):
    started = time.process_time()
    found = clean_html(markup, BASE)
    assert time.process_time() - started < 3
    assert text_of_clean(found).startswith("text")
    assert "".join(blocks_of(found)) == found
    assert len(text_of_clean(found)) <= MAX_LENGTH


def test_a_text_that_is_too_long_is_cut_between_blocks():
    found = clean_html("".join(f"<p>{'word ' * 100}{number}</p>" for number in range(1000)))
    assert MAX_LENGTH - 1000 < len(found) <= MAX_LENGTH
    assert found.endswith("</p>")


def paragraphs(*counts: int) -> str:
    return "".join(f"<p>{' '.join(['word'] * (count - 1))} end.</p>" for count in counts)


def test_the_opening_is_whole_paragraphs_of_at_most_ninety_words():
    assert opening(paragraphs(40, 40, 40, 400)) == paragraphs(40, 40)
    assert opening(paragraphs(40, 60, 900)) == paragraphs(40)


@pytest.mark.parametrize("counts", [(10, 10, 10, 10), (100,), (3, 500), (30, 30), (5, 5, 200), (400, 5)])
def test_the_opening_is_never_more_than_a_quarter(counts):
    found = opening(paragraphs(*counts))
    assert 0 < word_count(text_of_clean(found)) <= min(90, sum(counts) // 4)
    assert "".join(blocks_of(found)) == found


def test_a_first_paragraph_that_is_too_long_is_cut_at_a_sentence_where_it_can_be():
    long = "<p>One two three four five. Six seven eight <em>nine</em> ten eleven twelve thirteen.</p>" + paragraphs(15)
    assert opening(long) == "<p>One two three four five.</p>"
    assert opening(paragraphs(40)) == "<p>word word word word word word word word word word…</p>"


def test_the_opening_leaves_out_pictures_and_headings():
    markup = '<figure><img src="https://paper.example/p.png" alt=""></figure><h2>Part one</h2>' + paragraphs(10, 10, 90)
    assert opening(markup) == paragraphs(10, 10)


def test_the_opening_of_a_few_words_is_empty():
    assert opening("<p>Three words only</p>") == ""
    assert opening("") == ""
