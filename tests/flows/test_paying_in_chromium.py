"""From a cold first run of the demo edition: sign up, read, pay, cancel, keep, let a card fail and mend it."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator

import pytest

from tests.flows.test_first_run import environment, free_port, read_until, start  # noqa: F401  fixture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def demo(environment) -> Iterator[str]:  # noqa: F811
    port = free_port()
    run = start({**environment, "SITE_URL": f"http://127.0.0.1:{port}"}, port)
    read_until(run, "Ctrl-C ends everything", 150)
    yield f"http://127.0.0.1:{port}"
    run.send_signal(signal.SIGINT)
    run.wait(30)


def sign_up(page, site: str) -> None:
    page.goto(f"{site}/account/signup/")
    page.get_by_label("E-mail").fill("ada@mail.example")
    page.get_by_label(re.compile("^Password")).fill("a quiet long password")
    page.locator("main").get_by_role("button", name=re.compile("Start|Continue")).first.click()


def await_account(page, site: str, words: str) -> None:
    """The account page, looked at again until a delivery of Stripe's has come through the worker."""
    for _ in range(30):
        page.goto(f"{site}/account/")
        if words in page.locator("main").inner_text():
            return
        page.wait_for_timeout(500)
    raise AssertionError(f"{words!r} did not come:\n{page.locator('main').inner_text()}")


def pay_at_stripe(page, card: str, button: str) -> None:
    assert page.get_by_text("No money moves").is_visible()
    page.locator(f'input[value="{card}"]').first.check()
    page.get_by_role("button", name=button).click()


def test_a_reader_s_whole_way_from_sign_up_to_paid_and_out_again(page, demo):
    sign_up(page, demo)
    page.goto(demo)
    page.locator("main article a, main h2 a, main h3 a").first.click()
    assert page.locator("section.wall").count() == 0

    page.goto(f"{demo}/membership/")
    page.get_by_text("Monthly", exact=True).click()
    assert "£0 today. £10 on" in page.locator(".plans .if-monthly").inner_text()
    assert page.locator(".plans .if-yearly").is_hidden()
    page.get_by_role("button", name="Become a member").click()
    pay_at_stripe(page, "4242424242424242", "Subscribe")
    assert page.get_by_role("heading", name=re.compile("^Welcome")).is_visible()

    await_account(page, demo, "Ending 4242")
    page.locator("main").get_by_role("button", name=re.compile("^Change what stands")).click()
    page.get_by_role("button", name="Let the next payment fall due now").click()
    await_account(page, demo, "£10")
    invoice = page.locator("main table a").first.get_attribute("href")
    assert page.request.get(invoice).body().startswith(b"%PDF-")

    page.goto(f"{demo}/account/")
    page.get_by_role("link", name="Cancel membership").click()
    page.get_by_role("button", name="Cancel now").click()
    assert re.search(r"You read on until \w+day \d+ \w+", page.locator("main").inner_text())
    page.get_by_role("button", name="Keep my membership").click()
    assert page.get_by_role("link", name="Cancel membership").is_visible()

    page.locator("main").get_by_role("button", name=re.compile("^Change what stands")).click()
    pay_at_stripe(page, "4000000000000341", "Use another card")
    page.get_by_role("button", name="Let the next payment fall due now").click()
    await_account(page, demo, "Pay now")
    assert page.get_by_text("Your payment did not go through.").first.is_visible()
    page.locator("main").get_by_role("button", name="Pay now").first.click()
    pay_at_stripe(page, "4242424242424242", "Pay with this card")
    await_account(page, demo, "Member.")
    assert page.get_by_role("link", name="Cancel membership").is_visible()
