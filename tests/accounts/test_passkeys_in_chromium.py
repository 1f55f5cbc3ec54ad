"""A real browser with a device of its own makes a passkey and signs in with it."""

from __future__ import annotations

import pytest

from tests.make import make_reader, make_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


@pytest.fixture
def site(live_site, settings) -> str:
    """Under a name: an address of figures has no passkeys."""
    settings.SITE_URL = live_site.replace("127.0.0.1", "localhost")
    return settings.SITE_URL


@pytest.fixture
def device(page):
    """What a phone or a laptop has; it knows its owner's finger."""
    browser = page.context.new_cdp_session(page)
    browser.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    options |= {"isUserVerified": True, "automaticPresenceSimulation": True}
    return browser, browser.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]


def sign_in_by_password(page, site: str, user) -> None:
    page.goto(f"{site}/account/login/?next=/account/")
    page.get_by_label("E-mail").fill(user.email)
    page.get_by_label("Password").fill("a long password")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(f"{site}/account/")


def test_a_reader_adds_a_passkey_signs_out_and_comes_back_with_it(page, site, device):
    sign_in_by_password(page, site, make_reader())
    page.get_by_role("link", name="Add one").click()
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_role("term").get_by_text("Chrome on Linux").wait_for()
    assert "signs you in from now on" in page.content()
    page.goto(f"{site}/account/")
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.goto(f"{site}/account/login/?next=/saved/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(f"{site}/saved/")


def test_an_editor_gives_it_beside_the_password_and_a_refusal_is_told(page, site, device):
    browser, authenticator = device
    editor = make_user(is_staff=True)
    sign_in_by_password(page, site, editor)
    page.goto(f"{site}/account/2fa/webauthn/add/")
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_role("heading", name="Recovery codes").wait_for()
    page.context.clear_cookies()
    page.goto(f"{site}/account/login/?next=/account/")
    page.get_by_label("E-mail").fill(editor.email)
    page.get_by_label("Password").fill("a long password")
    page.get_by_role("button", name="Sign in", exact=True).click()
    browser.send("WebAuthn.setUserVerified", {"authenticatorId": authenticator, "isUserVerified": False})
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_text("No passkey was given").wait_for()
    browser.send("WebAuthn.setUserVerified", {"authenticatorId": authenticator, "isUserVerified": True})
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(f"{site}/account/")


def test_where_there_can_be_none_no_passkey_is_offered(page, live_site):
    page.goto(f"{live_site.replace('localhost', '127.0.0.1')}/account/login/")
    page.get_by_role("button", name="Sign in", exact=True).wait_for()
    assert not page.get_by_role("button", name="Sign in with a passkey").is_visible()
