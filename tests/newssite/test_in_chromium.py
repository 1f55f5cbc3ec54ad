"""The script and the service worker in a real browser."""

from __future__ import annotations

import pytest

from tests.make import make_article, make_source

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

KEPT = "caches.keys().then(names => Promise.all(names.map(name => caches.open(name).then(cache => cache.keys()))))"


def kept_paths(page) -> set[str]:
    requests = page.evaluate(f"{KEPT}.then(lists => lists.flat().map(request => new URL(request.url).pathname))")
    return set(requests)


def test_a_choice_of_appearance_applies_at_once_and_outlives_the_page(page, live_site):
    make_source()
    page.goto(f"{live_site}/sources/")
    page.get_by_text("Dark", exact=True).click()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.reload()
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"
    assert page.locator("[name=theme][value=dark]").is_checked()
    page.get_by_text("Auto", exact=True).click()
    assert "theme" not in {cookie["name"] for cookie in page.context.cookies()}


def test_without_a_connection_a_reader_is_told_so_and_nothing_that_was_read_is_kept(
    page, live_site, sign_in, trial_reader
):
    """A08: after reading, the device holds the shell and the offline page as a visitor sees it."""
    article = make_article(make_source(slug="ledger"))
    sign_in(trial_reader)
    page.goto(f"{live_site}/sources/ledger/")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.goto(live_site + article.get_absolute_url())
    kept = kept_paths(page)
    assert "/offline/" in kept
    assert all(path == "/offline/" or path.startswith("/static/") for path in kept)
    page.context.set_offline(True)
    page.goto(f"{live_site}/sources/")
    assert page.get_by_role("heading", name="You are offline").is_visible()
    assert page.evaluate("getComputedStyle(document.body).fontFamily").startswith("-apple-system")
    assert trial_reader.email not in page.content()
    page.context.set_offline(False)
    page.get_by_role("link", name="Try again").click()
    assert page.get_by_role("heading", level=1).inner_text() == "1 trusted global source"
