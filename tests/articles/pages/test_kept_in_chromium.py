"""Reading without a connection, in a real browser: what everybody may read and nothing else, until signing out."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from articles.models import Article, Permission, Saved, StoredPicture
from articles.pictures import files
from tests.articles.pictures.draw import drawn
from tests.conftest import SECRET_SENTENCE
from tests.make import make_article, make_pictured_article, make_source

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LIST = "/saved/offline/"
EVERYTHING_KEPT = """async () => {
    const kept = {}
    for (const name of await caches.keys()) {
        const cache = await caches.open(name)
        for (const request of await cache.keys()) {
            const { pathname } = new URL(request.url)
            if (!pathname.startsWith('/static/')) kept[pathname] = await (await cache.match(request)).text()
        }
    }
    return kept
}"""


@pytest.fixture
def article(db, settings):
    """In the commons, with a picture above its text."""
    settings.STORAGES = {**settings.STORAGES}
    commons = make_source(
        name="The Commons", permission=Permission.OPEN, licence="CC BY 4.0", licence_url="https://licences.example/by/"
    )
    article = make_pictured_article(
        commons, headline="Lighthouses", body="<p>Every one of them went dark.</p>", word_count=460, image_alt="A light"
    )
    picture = StoredPicture.objects.get()
    files.keep(picture.key, [(width, drawn(width, width * 2 // 3, "WEBP", method=0)) for width in picture.widths])
    return article


@pytest.fixture
def reading(page, live_site, sign_in, member, article):
    """The article, open before a member, with the service worker in charge."""
    sign_in(member)
    page.goto(f"{live_site}/saved/")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.goto(live_site + article.get_absolute_url())
    return page


def kept_when(page, is_so: Callable[[dict[str, str]], bool]) -> dict[str, str]:
    """What is kept but files of the site, path -> text, as soon as it is so; after ten seconds in any case."""
    until = time.monotonic() + 10
    while not is_so(kept := page.evaluate(EVERYTHING_KEPT)) and time.monotonic() < until:
        page.wait_for_timeout(50)
    return kept


def wait_until_kept(page, article) -> dict[str, str]:
    """The list comes last, when all that stands on it is there."""
    kept = kept_when(page, lambda kept: f"/offline/{article.pk}/" in kept.get(LIST, ""))
    assert f"/offline/{article.pk}/" in kept
    return kept


def save(page) -> None:
    page.get_by_role("button", name="Save", exact=True).click()


def test_what_was_saved_is_read_without_a_connection(reading, live_site, article):
    save(reading)
    wait_until_kept(reading, article)
    reading.context.set_offline(True)
    reading.goto(live_site)
    expect(reading.get_by_role("heading", name="You are offline")).to_be_visible()
    expect(reading.get_by_text("One article is on this device, complete, as it stood on")).to_be_visible()
    reading.get_by_role("link", name="Lighthouses").click()
    expect(reading.get_by_text("Every one of them went dark.")).to_be_visible()
    picture = reading.get_by_role("img", name="A light")
    expect(picture).to_be_visible()
    assert picture.evaluate("async image => { await image.decode(); return image.naturalWidth }") > 0
    reading.goto(live_site + article.get_absolute_url())
    expect(reading.get_by_role("heading", name="Lighthouses")).to_be_visible()
    expect(reading.get_by_text("Every one of them went dark.")).to_be_visible()


def test_a_members_page_and_walled_text_are_never_kept(reading, live_site, member, article):
    walled = make_article(make_source(permission=Permission.FULL), body=f"<p>{SECRET_SENTENCE}</p>")
    Saved.objects.create(user=member, article=walled)
    reading.goto(live_site + walled.get_absolute_url())
    expect(reading.get_by_text(SECRET_SENTENCE)).to_be_visible()
    reading.goto(live_site + article.get_absolute_url())
    save(reading)
    kept = wait_until_kept(reading, article)
    assert {path for path, text in kept.items() if "<html" in text} == {
        "/offline/",
        LIST,
        f"/offline/{article.pk}/",
    }
    assert not any(SECRET_SENTENCE in text or member.email in text for text in kept.values())
    reading.context.set_offline(True)
    reading.goto(live_site + walled.get_absolute_url())
    expect(reading.get_by_role("heading", name="You are offline")).to_be_visible()


def test_what_is_taken_off_the_list_or_taken_down_leaves_the_device(reading, live_site, member, article):
    other = make_article(article.source, headline="Bread", body="<p>All of it.</p>")
    Saved.objects.create(user=member, article=other)
    save(reading)
    wait_until_kept(reading, article)
    wait_until_kept(reading, other)
    Article.objects.filter(pk=other.pk).update(withdrawn_at=other.published_at)
    reading.get_by_role("button", name="Saved", exact=True).click()
    assert list(kept_when(reading, lambda kept: len(kept) == 2)) == ["/offline/", LIST]


def test_signing_out_leaves_nothing_on_the_device(reading, live_site, article):
    save(reading)
    wait_until_kept(reading, article)
    reading.goto(f"{live_site}/account/")
    reading.get_by_role("button", name="Sign out").first.click()
    reading.wait_for_url("**/account/signed-out/")
    assert set(kept_when(reading, lambda kept: LIST not in kept)) <= {"/offline/"}


def test_who_was_signed_out_from_elsewhere_finds_nothing_at_the_next_page(reading, live_site, article):
    save(reading)
    wait_until_kept(reading, article)
    Session.objects.all().delete()
    reading.context.clear_cookies()
    reading.goto(f"{live_site}/privacy/")
    assert list(kept_when(reading, lambda kept: LIST not in kept)) == ["/offline/"]
