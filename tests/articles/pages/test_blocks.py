"""A section of a front page in each layout."""

from __future__ import annotations

import re

import pytest

from articles.pages.blocks import section_head, section_rows
from articles.pages.cards import card_of
from articles.pages.news import SectionBlock
from tests.articles.pages.look import headlines
from tests.make import make_article

pytestmark = pytest.mark.django_db


def make_block(layout: str, count: int, section: str = "world") -> SectionBlock:
    articles = [make_article(headline=f"{section} {number}", section=section) for number in range(count)]
    return SectionBlock(section, section.title(), layout, [card_of(article) for article in articles])


def columns(html: str) -> list[str]:
    return re.findall(r'<div class="([^"]+)">', html)


@pytest.mark.parametrize(
    ("layout", "count", "expected"),
    [
        ("clusters", 3, ["cols c3 lift"]),
        ("clusters", 6, ["cols c3 lift", "cols c3 list follow"]),
        ("clusters", 7, ["cols c3 lift", "cols c4 list follow"]),
        ("split", 4, ["cols c12", "stack list"]),
        ("columns", 4, ["cols c4"]),
        ("feature", 4, ["cols c3 follow"]),
        ("half", 4, ["stack list follow"]),
        ("plain", 3, ["cols c3 lift"]),
        ("plain", 2, ["cols c2 lift"]),
        ("plain", 1, []),
    ],
)
def test_every_layout_shows_all_of_its_stories_in_their_order(layout, count, expected):
    html = section_rows([[make_block(layout, count)]])
    assert columns(html) == expected
    assert headlines(html) == [f"world {number}" for number in range(count)]
    assert html.count("<div") == html.count("</div>")
    assert '<a href="/news/world/">More World</a>' in html


def test_two_sections_of_one_row_stand_side_by_side():
    html = section_rows([[make_block("half", 2, "science"), make_block("half", 2, "health")]], can_save=True)
    assert columns(html)[0] == "pair"
    assert re.findall(r'<h2 id="(\w+)">', html) == ["science", "health"]
    assert html.count('form="save"') == 4


def test_a_head_has_a_link_or_a_note_or_neither():
    assert section_head("A & B", id="a") == '<header class="sec-h"><h2 id="a">A &amp; B</h2></header>'
    assert "<p>By &lt;us&gt;</p>" in section_head("A", id="a", note="By <us>")
    assert '<p><a href="/a/">More</a></p>' in section_head("A", id="a", url="/a/", more="More", note="unsaid")
