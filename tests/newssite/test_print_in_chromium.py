"""What is left of a page on paper."""

from __future__ import annotations

import pytest

from tests.make import make_article, make_pick, make_source, make_story

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def on_paper(page, live_site):
    """on_paper(path): the page as it is printed."""

    def on_paper(path: str):
        page.goto(live_site + path)
        page.emulate_media(media="print")
        return page

    return on_paper


@pytest.fixture
def edition(walled_article):
    """A story of two titles with its picks, the walled article its first report."""
    make_story([walled_article, make_article(headline="The other report")], score=9)
    make_pick(make_article(headline="A picked article"), note="Why we chose it.")
    return walled_article


def test_an_article_keeps_its_licence_and_its_publisher_s_address(on_paper):
    source = make_source(permission="open", licence="CC BY 4.0", licence_url="https://creativecommons.org/by/")
    article = make_article(source, body="<p>All of it.</p>")
    page = on_paper(article.get_absolute_url())
    credit = page.locator(".art-z")
    assert credit.get_by_role("link", name="CC BY 4.0").is_visible()
    assert credit.get_by_role("link", name="Read it at").is_visible()
    assert not credit.get_by_role("link", name="About this source").is_visible()
    address = "getComputedStyle(document.querySelector('.art-z [href^=\"https://title\"]'), '::after').content"
    assert article.canonical_url in page.evaluate(address)


def test_every_part_of_a_page_that_is_no_article_is_printed(on_paper, edition):
    source, story = edition.source.get_absolute_url(), edition.story.get_absolute_url()
    for path in ("/", story, "/picks/", source, "/membership/", "/news/world/", "/how-we-choose/"):
        parts = on_paper(path).locator("main .sec").all()
        assert all(part.is_visible() for part in parts), path
    page = on_paper("/")
    assert page.get_by_role("link", name="A picked article").first.is_visible()
    assert not page.get_by_text("Why these stories?").first.is_visible()


def test_on_a_sheet_of_a4_cards_stand_side_by_side(on_paper, page):
    for _ in range(3):
        make_pick(make_article())
    page.set_viewport_size({"width": 642, "height": 971})  # within margins of 2 cm
    cards = on_paper("/").locator("section", has=page.get_by_role("heading", name="Our Picks")).locator("article").all()
    assert len({card.bounding_box()["y"] for card in cards}) == 1


def test_a_readers_briefing_and_account_are_printed_without_their_buttons(on_paper, sign_in, trial_reader, edition):
    sign_in(trial_reader)
    page = on_paper("/briefing/")
    assert page.get_by_role("link", name=edition.headline).is_visible()
    page = on_paper("/account/")
    assert page.get_by_role("link", name="read it here").is_visible()
    assert not page.get_by_role("button", name="Sign out", exact=True).is_visible()
    assert not page.get_by_role("link", name="Delete the account").is_visible()


@pytest.mark.parametrize(("path", "link"), [("/sources/", "Ask us to carry it"), ("/picks/", "How we choose")])
def test_a_link_within_a_sentence_leaves_no_hole_in_it(on_paper, edition, path, link):
    assert on_paper(path).get_by_role("link", name=link).first.is_visible()


def test_a_walled_article_says_that_the_rest_is_for_members_and_where(on_paper, edition, live_site):
    page = on_paper(edition.get_absolute_url())
    assert page.get_by_text(f"The rest is for members: {live_site}{edition.get_absolute_url()}").is_visible()
    assert page.locator("main section:visible").count() == 0
    assert "Why these stories?" not in page.locator("main").inner_text()
    page.emulate_media(media="screen")
    assert not page.get_by_text("The rest is for members").is_visible()
