"""A phone whose reader has doubled the text. Half the width is the same to a page whose lengths are those of text."""

from __future__ import annotations

import pytest

from tests.make import make_article, make_pictured_article, make_source

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# How many lines each word of an element takes.
LINES = """element => {
    const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT), range = document.createRange()
    const lines = {}
    for (let node; (node = walker.nextNode());) for (const { 0: word, index } of node.data.matchAll(/\\S+/g)) {
        range.setStart(node, index)
        range.setEnd(node, index + word.length)
        lines[word] = new Set([...range.getClientRects()].map(box => Math.round(box.top))).size
    }
    return lines
}"""


def broken_words(element) -> list[str]:
    return [word for word, lines in element.evaluate(LINES).items() if lines > 1]


@pytest.fixture
def phone(page):
    page.set_viewport_size({"width": 195, "height": 800})
    return page


def test_the_field_to_search_in_is_as_wide_as_the_page_and_its_button_below_it(phone, live_site):
    make_source()
    phone.goto(f"{live_site}/search/")
    field = phone.get_by_role("searchbox").bounding_box()
    button = phone.get_by_role("button", name="Search", exact=True).bounding_box()
    assert field["width"] >= 150
    assert button["y"] >= field["y"] + field["height"]


def test_the_switch_of_the_order_breaks_between_words(phone, live_site):
    make_article(headline="A bridge")
    phone.goto(f"{live_site}/search/?q=bridge")
    labels = phone.locator(".seg label").filter(visible=True).all()
    assert labels
    assert [broken_words(label) for label in labels] == [[] for _ in labels]


def test_the_headings_of_the_plans_break_between_words(phone, live_site):
    make_source()
    phone.goto(f"{live_site}/membership/")
    assert broken_words(phone.get_by_role("heading", level=1)) == []


def test_a_card_beside_whose_picture_no_word_fits_stands_below_it(phone, live_site):
    source = make_source(name="The Northern Provinces Courier")
    make_pictured_article(source, headline="A bridge across the estuary")
    phone.goto(f"{live_site}/search/?q=bridge")
    card = phone.locator("main article")
    assert card.locator("img").count() == 1
    assert broken_words(card.locator(".src")) == []
    assert broken_words(card.locator(".hed")) == []


def test_at_the_usual_size_field_and_button_stand_side_by_side(page, live_site):
    make_source()
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(f"{live_site}/search/")
    field, button = page.get_by_role("searchbox").bounding_box(), page.get_by_role("button", name="Search", exact=True)
    assert button.bounding_box()["y"] == field["y"]
