from __future__ import annotations

import html
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from articles.ingest.clean import clean_html
from articles.pictures.markup import MOST_IN_TEXT, urls_in, with_own_pictures, without_first, without_pictures
from articles.pictures.shapes import Kept

A, B = "https://cdn.example/a.jpg?w=9&h=6", "https://cdn.example/b.jpg"
KEPT = Kept("a" * 32, 1200, 800, (320, 800, 1200))
SMALL = Kept("b" * 32, 300, 200, (300,))
PICTURE_A = f'<img src="{html.escape(A)}" alt="A &quot;map&quot;">'
PICTURE_B = f'<img src="{B}" alt="">'


def test_addresses_come_unescaped_in_their_order_each_once():
    text = clean_html(f"<p>{PICTURE_B}</p><figure>{PICTURE_A}</figure><p>{PICTURE_B}</p>")
    assert urls_in(text) == [B, A]
    assert urls_in("<p>img src</p>") == []


def test_only_so_many_of_a_text_are_named():
    text = clean_html("".join(f'<p><img src="https://cdn.example/{number}.jpg"></p>' for number in range(40)))
    assert len(urls_in(text)) == MOST_IN_TEXT == 20


def test_a_ready_picture_has_our_address_its_size_and_the_publisher_s_words():
    text = with_own_pictures(clean_html(f"<figure>{PICTURE_A}<figcaption>Low tide.</figcaption></figure>"), {A: KEPT})
    key = "a" * 32
    assert text == (
        f'<figure><img src="/pictures/{key}-800.webp" srcset="/pictures/{key}-320.webp 320w, '
        f'/pictures/{key}-800.webp 800w, /pictures/{key}-1200.webp 1200w" sizes="(width &lt; 40rem) 100vw, 40rem" '
        'width="1200" height="800" alt="A &quot;map&quot;" loading="lazy" decoding="async">'
        "<figcaption>Low tide.</figcaption></figure>"
    )


def test_a_picture_in_one_width_has_no_choice():
    text = with_own_pictures(clean_html(f"<p>{PICTURE_B}</p>"), {B: SMALL})
    assert text == (
        f'<p><img src="/pictures/{"b" * 32}-300.webp" width="300" height="200" alt="" '
        'loading="lazy" decoding="async"></p>'
    )


@pytest.mark.parametrize(
    ("markup", "left"),
    [
        (f"<figure>{PICTURE_A}<figcaption>Low tide.</figcaption></figure><p>Text.</p>", "<p>Text.</p>"),
        (f"<figure><a href='https://x.example/'>{PICTURE_A}</a><p>Credit</p></figure><p>Text.</p>", "<p>Text.</p>"),
        (f"<p>{PICTURE_A}</p><p>Text.</p>", "<p>Text.</p>"),
        (f"<p><a href='https://x.example/'><em>{PICTURE_A}</em></a></p><p>Text.</p>", "<p>Text.</p>"),
        (f"<p>Before {PICTURE_A} after.</p>", "<p>Before  after.</p>"),
        (f"<ul><li>{PICTURE_A}</li></ul><p>Text.</p>", "<p>Text.</p>"),
        (f"<blockquote><p>{PICTURE_A}<br></p></blockquote><p>Text.</p>", "<p>Text.</p>"),
    ],
)
def test_a_picture_that_is_not_ready_leaves_no_hole_and_no_caption(markup, left):
    assert without_pictures(clean_html(markup)) == left


def test_a_figure_keeps_what_it_holds_besides():
    table = "<table><tbody><tr><td>1</td></tr></tbody></table>"
    text = clean_html(f"<figure>{PICTURE_A}{table}<figcaption>Counts.</figcaption></figure>")
    assert without_pictures(text) == f"<figure>{table}<figcaption>Counts.</figcaption></figure>"


def test_of_two_pictures_in_a_figure_the_ready_one_stays():
    text = clean_html(f"<figure>{PICTURE_A}{PICTURE_B}<figcaption>Both.</figcaption></figure>")
    shown = with_own_pictures(text, {B: SMALL})
    assert shown.count("<img") == 1
    assert "Both." in shown


def test_text_without_pictures_is_not_touched():
    text = "<p>Text.</p><hr><p></p>"
    assert with_own_pictures(text, {}) is text


@given(st.text(alphabet="<>figure/p img src=\"'ahttps:.x&;", max_size=300))
def test_whatever_a_publisher_writes_no_address_of_theirs_is_left(markup):
    text = clean_html(f'{markup}<img src="https://cdn.example/x.jpg">{markup}')
    assert not re.search(r"<img[^>]*https?:", without_pictures(text))


@pytest.mark.parametrize("piece", ["<em>", "<figure>", "<p>", "<blockquote>", "<br> "])
def test_deep_nesting_costs_no_time(piece):
    name = piece.strip("<> ")
    text = piece * 8000 + PICTURE_A + f"</{name}>" * 8000
    started = time.process_time()
    without_pictures(text)
    assert time.process_time() - started < 0.5


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("<figure>{}<figcaption>Low tide.</figcaption></figure><p>One.</p>", "<p>One.</p>"),
        ("<p>{}</p><p>One.</p>", "<p>One.</p>"),
        ('<p><a href="https://paper.example/a">{}</a><br>One.</p>', "<p>One.</p>"),
        ("<p>{}One <em>and</em> two.</p>", "<p>One <em>and</em> two.</p>"),
        ("<p>One.</p><p>Two.</p><figure>{}</figure><p>Three.</p>", "<p>One.</p><p>Two.</p><p>Three.</p>"),
    ],
)
def test_the_first_picture_is_left_out_where_a_text_begins(text, left):
    assert without_first(text.replace("{}", PICTURE_A), A) == left
    assert without_first(text.replace("{}", PICTURE_B), A) == text.replace("{}", PICTURE_B)


@pytest.mark.parametrize(
    "text",
    [
        "<p>One.</p><p>Two.</p><p>Three.</p><p>{}</p>",
        "<h2>First, the port</h2><p>{}</p>",
        "<p>One {} two.</p>",
        "<figure>{}" + PICTURE_B + "</figure>",
        "<figure>{}<table><tbody><tr><td>1</td></tr></tbody></table></figure>",
        "<ul><li>{}</li></ul>",
    ],
)
def test_a_picture_that_has_its_place_in_a_text_is_left_there(text):
    assert without_first(text.replace("{}", PICTURE_A), A) == text.replace("{}", PICTURE_A)


def test_no_text_takes_long_to_begin_f44():
    started = time.process_time()
    for text in (
        "<p>" + "<" * 200_000,
        "<p>x</p>" * 50_000,
        "<figure>" + "<" * 200_000,
        f"<figure>{PICTURE_A}" + "<p" * 99_999,
    ):
        without_first(text, A)
    assert time.process_time() - started < 5
