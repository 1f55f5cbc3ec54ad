"""Pages to texts: what is kept of three layouts, what never gets through, what everybody may read of it."""

from __future__ import annotations

import pytest

from articles.fulltext.read import LEAST_WORDS, NAMES_LICENCE, NO_ARTICLE, read
from articles.fulltext.shapes import PageAnswer, PageQuestion
from articles.ingest.prose import text_of_clean, word_count
from tests.articles.fulltext.conftest import PAGES

SENTENCE = "The keeper of the light wrote into the book that the lamp had burned all night and that the oil was good."


def answer_to(body: bytes | str, **facts) -> PageAnswer:
    body = body.encode() if isinstance(body, str) else body
    given = {
        "url": "https://paper.example/world/ferry",
        "headers": {"content-type": "text/html"},
        "body": body,
        "headline": "The ferry that came back",
        "standfirst": "",
        "image_url": "",
        "boilerplate": (),
        "user_agent": "Broadsheet/1.0",
        "allowed": (),
    }
    return read(PageQuestion(**{**given, **facts}))


def page(name: str, **facts) -> PageAnswer:
    return answer_to((PAGES / f"{name}.html").read_bytes(), **facts)


def article(*paragraphs: str, head: str = "") -> str:
    text = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return f"<html><head><title>T</title>{head}</head><body><article>{text}</article></body></html>"


LONG = article(*(f"{SENTENCE} Night {number}." for number in range(12)))


@pytest.mark.parametrize("sign", ["&#1;", "&#x1B;", "&#xFFFE;", "&#65535;", "&#0;", "\x01", "\ufffe"])
def test_a_sign_that_xml_forbids_costs_a_page_nothing_of_its_text_f36(sign):
    text = answer_to(LONG.replace("Night 3", f"Night{sign} 3")).text
    assert text.word_count == answer_to(LONG).text.word_count


@pytest.mark.parametrize(
    ("base", "start"),
    [
        ("/", "https://paper.example/"),
        ("https://paper.example/en/", "https://paper.example/en/"),
        ("//cdn.paper.example", "https://cdn.paper.example/"),
        ("javascript:", "https://paper.example/world/"),
        ("", "https://paper.example/world/"),
    ],
)
def test_addresses_start_from_where_the_page_says_f66(base, start):
    head = f'<base target="_top"><base href="{base}"><meta property="og:image" content="lead.jpg">'
    more = (f"{SENTENCE} Night {number}." for number in range(12))
    text = answer_to(article('See <a href="log/12">the log</a> <img src="lamp.jpg">.', *more, head=head)).text
    assert f'href="{start}log/12"' in text.body_html
    assert f'src="{start}lamp.jpg"' in text.body_html
    assert text.picture.url == f"{start}lead.jpg"


# Three layouts -----------------------------------------------------------------------------------


def test_a_newspapers_page_gives_the_article_and_nothing_around_it():
    text = page("gazette").text
    for kept in ("<h2>What the log says</h2>", "<li>Left the quay", "<blockquote>", "<th>Day</th>", "quartermaster’s"):
        assert kept in text.body_html
    assert 'href="https://paper.example/log/12"' in text.body_html
    for left in (
        "Most read",
        "All rights reserved",
        "Sign up",
        "Sport",
        "dataLayer",
        "Mara Lindqvist",
        "<h2>The ferry",
    ):
        assert left not in text.body_html
    assert text.picture.url == "https://paper.example/pictures/ferry-1200.jpg"


def test_a_page_builders_page_keeps_every_paragraph_and_its_letters():
    text = page("valley").text
    assert text.body_html.count("<p>") == 9
    assert "Café Mörk" in text.body_html
    for left in ("Share this", "The snow that stayed", "load of bells", "About"):
        assert left not in text.body_html


def test_a_magazines_sections_stay_in_order_and_a_late_picture_is_found():
    answer = page("briefing", headline="Another headline")
    headings = ["Before the vote", "Who is for it", "Who is against it", "What the mill says", "What happens next"]
    places = [answer.text.body_html.index(f"<h3>{heading}</h3>") for heading in headings]
    assert places == sorted(places)
    assert "privacy" not in answer.text.body_html
    assert "bakers’ vote</h2>" not in answer.text.body_html
    assert answer.text.picture.url == "https://paper.example/img/oven.jpg"
    assert answer.reason == NAMES_LICENCE


# Hostile pages -----------------------------------------------------------------------------------


def test_nothing_of_a_hostile_page_is_live_f60():
    html = page("hostile").text.body_html
    assert html.count("The keeper of lighthouse") == 8
    for bad in ("alert", "onclick", "onerror", "script", "style", "svg", "form", "iframe", "evil.example", "169.254"):
        assert bad not in html
    assert page("hostile").text.picture is None


def test_an_inner_address_as_shared_picture_is_not_taken_f26():
    text = answer_to(LONG.replace("</head>", '<meta property="og:image" content="http://10.0.0.7/x.png"></head>')).text
    assert text.picture is None


@pytest.mark.parametrize(
    "body", [b"", b"\0" * 500, b"\xff\xfe\x00", "<p>" * 3000, "<div>" * 30_000, "<html></html>", "just words " * 5]
)
def test_a_page_without_an_article_is_refused_with_a_reason_f33(body):
    assert answer_to(body) == PageAnswer(None, NO_ARTICLE)


def test_a_notice_is_no_article():
    notice = article("Subscribe now to read the rest of this article. " * 2)
    assert word_count(notice) < LEAST_WORDS
    assert answer_to(notice).text is None


# What the publisher asks for ---------------------------------------------------------------------


def test_a_page_that_asks_not_to_be_kept_gives_no_text():
    answer = answer_to(LONG.replace("</head>", '<meta name="robots" content="noindex, noarchive"></head>'))
    assert (answer.text, answer.is_noindex) == (None, True)
    assert "noarchive" in answer.reason


def test_a_page_that_is_not_to_be_listed_gives_its_text_and_the_mark():
    answer = answer_to(LONG, headers={"x-robots-tag": "noindex"})
    assert answer.text
    assert answer.is_noindex


def test_the_titles_own_lines_are_left_out():
    assert "Support us" in page("valley").text.body_html
    assert "Support us" not in page("valley", boilerplate=("Support us:",)).text.body_html


# What everybody may read -------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["gazette", "valley", "briefing"])
def test_the_opening_is_never_more_than_a_quarter(name):
    text = page(name).text
    opening = text_of_clean(text.opening_html)
    assert 0 < word_count(opening) <= text.word_count / 4
    assert text_of_clean(text.body_html).rpartition(" ")[2] not in opening


def test_a_standfirst_that_the_page_begins_with_is_not_said_twice():
    standfirst = f"{SENTENCE} Night 0."
    text = answer_to(LONG, standfirst=standfirst).text
    assert text.standfirst == standfirst
    assert standfirst not in text.body_html


def test_a_standfirst_of_its_own_stays():
    assert answer_to(LONG, standfirst="What a keeper knows.").text.standfirst == "What a keeper knows."


def test_the_feeds_picture_is_not_shown_twice():
    picture = '<figure><img src="/pictures/keeper-800x500.jpg" alt="The keeper"></figure>'
    text = answer_to(LONG.replace("<article>", f"<article>{picture}")).text
    assert text.picture.url == "https://paper.example/pictures/keeper-800x500.jpg"
    held = answer_to(
        LONG.replace("<article>", f"<article>{picture}"), image_url="https://paper.example/pictures/keeper.jpg"
    )
    assert "<img" not in held.text.body_html
