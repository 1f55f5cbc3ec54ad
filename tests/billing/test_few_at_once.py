"""Stripe is slow and many want to pay: the threads that show pages are not all lost to it."""

from __future__ import annotations

from contextlib import ExitStack, suppress

import pytest
from django.test import Client

from billing.cancel_link import cancel_url
from billing.entitlement import Access
from billing.gateway.client import among_few
from billing.gateway.errors import StripeAway
from tests.accounts.doing import signed_in

pytestmark = pytest.mark.django_db


def fill(waiting: ExitStack) -> None:
    """So many pages wait for Stripe in this process that there is room for no other."""
    with suppress(StripeAway):
        while True:
            waiting.enter_context(among_few())


def test_where_many_wait_for_stripe_the_next_is_told_so_at_once_and_stripe_is_not_asked_l04(paying):
    reader = paying.reader(days=20)
    with ExitStack() as waiting:
        fill(waiting)
        asked = len(paying.stand_in.calls)
        answer = paying.browser(reader).post("/membership/checkout/", {"plan": "monthly"})
        assert (answer.status_code, answer["Retry-After"]) == (503, "120")
        assert len(paying.stand_in.calls) == asked
        assert Client().get("/").status_code == 200
    paying.subscribe(reader)
    assert paying.access(reader).is_granted


def test_who_comes_back_from_stripe_meanwhile_gets_the_page_and_it_looks_again_l04(paying):
    reader = paying.reader(days=20)
    session_id = paying.open_checkout(reader)
    paying.stand_in.complete_checkout(session_id)
    with ExitStack() as waiting:
        fill(waiting)
        answer = paying.browser(reader).get("/membership/welcome/", {"session_id": session_id})
        assert answer.status_code == 200
        assert answer["Refresh"]
    paying.come_back(reader, session_id)
    assert paying.access(reader).is_granted


def test_who_cancels_by_a_letter_or_deletes_the_account_waits_in_the_same_line_l04(paying):
    """Both wait for Stripe as long as whoever pays."""
    reader = paying.reader(days=20)
    paying.subscribe(reader)
    link, client = (
        cancel_url(reader, paying.living(reader)[0]["id"]).removeprefix("http://testserver"),
        signed_in(reader),
    )
    with ExitStack() as waiting:
        fill(waiting)
        asked = len(paying.stand_in.calls)
        answer = Client().post(link)
        assert (answer.status_code, answer["Retry-After"]) == (503, "120")
        assert client.post("/account/delete/").status_code == 503
        assert len(paying.stand_in.calls) == asked
    assert paying.access(reader) is Access.MEMBER
    assert "Cancelled" in Client().post(link).text
