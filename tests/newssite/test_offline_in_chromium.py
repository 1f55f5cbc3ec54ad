"""Pressing something without a connection, in a real browser: the page that is read stays."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from articles.models import Follow, Mute, Saved
from tests.make import make_article, make_source

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def article(db):
    return make_article(make_source(name="The Ledger"), body="<p>All of it.</p>")


@pytest.fixture
def reading(page, live_site, sign_in, trial_reader, article):
    """An article, open before a reader, with the service worker in charge and the connection gone."""
    sign_in(trial_reader)
    page.goto(live_site)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.goto(live_site + article.get_absolute_url())
    page.context.set_offline(True)
    return page


def says(page, words: str) -> None:
    expect(page.get_by_role("status").filter(has_text=words)).to_be_visible()
    assert page.get_by_text("All of it.").is_visible()


def test_an_article_that_could_not_be_saved_stays_open_and_says_so(reading, article):
    save = reading.get_by_role("button", name="Save", exact=True)
    save.click()
    says(reading, "Not saved: no connection. Try again.")
    expect(save).to_have_attribute("aria-pressed", "false")
    reading.context.set_offline(False)
    expect(reading.get_by_text("Not saved")).to_be_hidden()
    save.click()
    expect(reading.get_by_role("button", name="Saved", exact=True)).to_have_attribute("aria-pressed", "true")
    assert Saved.objects.get().article == article


def test_what_was_saved_elsewhere_meanwhile_stays_saved(reading, trial_reader, article):
    """In another tab, or here by an answer that was lost on its way."""
    reading.context.set_offline(False)
    Saved.objects.create(user=trial_reader, article=article)
    with reading.expect_response("**/saved/"):
        reading.get_by_role("button", name="Save", exact=True).click()
    expect(reading.get_by_role("button", name="Saved", exact=True)).to_have_attribute("aria-pressed", "true")
    assert Saved.objects.get().article == article


def test_one_that_could_not_be_taken_off_says_that_it_is_still_saved(reading, trial_reader, article):
    reading.context.set_offline(False)
    Saved.objects.create(user=trial_reader, article=article)
    reading.reload()
    reading.context.set_offline(True)
    reading.get_by_role("button", name="Saved", exact=True).click()
    says(reading, "Still saved: no connection. Try again.")


@pytest.mark.parametrize(("button", "words"), [("Follow The Ledger", "Not followed"), ("Mute The Ledger", "Not muted")])
def test_what_could_not_be_followed_or_muted_says_so_and_can_be_tried_again(reading, article, button, words):
    reading.get_by_role("button", name="Follow or mute").click()
    reading.get_by_role("button", name=button).click()
    says(reading, f"{words}: no connection. Try again.")
    reading.get_by_role("button", name="Close").last.click()
    assert not Follow.objects.exists()
    assert not Mute.objects.exists()
    reading.context.set_offline(False)
    if not reading.get_by_role("button", name=button).is_visible():
        reading.get_by_role("button", name="Follow or mute").click()
    with reading.expect_navigation():
        reading.get_by_role("button", name=button).click()
    assert Follow.objects.count() + Mute.objects.count() == 1


@pytest.mark.parametrize("is_muted", [False, True])
def test_what_could_not_be_undone_says_that_it_stands(reading, trial_reader, article, is_muted):
    made = Mute if is_muted else Follow
    made.objects.create(user=trial_reader, source=article.source)
    reading.context.set_offline(False)
    reading.reload()
    reading.context.set_offline(True)
    reading.get_by_role("button", name="Follow or mute").click()
    name = "press to see The Ledger again" if is_muted else "press to stop following The Ledger"
    reading.get_by_role("button", name=name).click()
    says(reading, "Still muted" if is_muted else "Still followed")
    assert made.objects.exists()


def test_any_other_form_is_answered_with_the_offline_page(page, live_site, sign_in, trial_reader):
    sign_in(trial_reader)
    page.goto(f"{live_site}/account/")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.reload()
    page.context.set_offline(True)
    page.get_by_label("Name", exact=True).fill("Nadia Kerr")
    page.locator("form", has=page.get_by_label("Name", exact=True)).get_by_role("button", name="Save changes").click()
    expect(page.get_by_role("heading", name="You are offline")).to_be_visible()
