"""Chromium for tests: the machine's own, driven by Playwright. Skipped, saying so, where there is none."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def chromium() -> Iterator:
    if CHROMIUM is None:
        pytest.skip("there is no Chromium on this machine")
    from playwright.sync_api import sync_playwright

    # Playwright runs an event loop in this thread; Django would refuse its own, synchronous queries there.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium) -> Iterator:
    """A fresh visitor at 1280 by 900. A console error or a failed script fails the test."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if is_own_error(message) else None)
    yield page
    context.close()
    assert not errors, errors


def is_own_error(message) -> bool:
    """Errors of ours; a picture or a page that answers 404 or 410 is the test's own affair."""
    return message.type == "error" and "Failed to load resource" not in message.text


@pytest.fixture
def live_site(live_server, settings) -> str:
    """The site on loopback; returns its address."""
    settings.SITE_URL = live_server.url
    return live_server.url


@pytest.fixture
def sign_in(page, live_site, client):
    """sign_in(user): the browser becomes that reader."""

    def sign_in(user) -> None:
        from django.conf import settings

        client.force_login(user)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_site}])

    return sign_in
