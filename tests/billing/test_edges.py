"""What else real accounts and real people do."""

from __future__ import annotations

import logging
from io import StringIO

import pytest
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from accounts.models import User
from billing.cancel_link import cancel_url
from billing.entitlement import Access
from billing.gateway.reconcile import reconcile
from billing.gateway.snapshot import current_of, plan_of, read_subscription
from billing.models import Customer, Subscription
from tests.billing.paying import GOOD
from tests.letters import post  # noqa: F401  fixture

pytestmark = pytest.mark.django_db


def test_a_new_address_is_the_same_customer_at_stripe(paying):
    """B30"""
    reader = paying.reader(days=20)
    paying.subscribe(reader)
    paying.click(reader, "/membership/cancel/")
    User.objects.filter(pk=reader.pk).update(email="new@mail.example")
    paying.wait(days=40)
    paying.deliver()
    reader = User.objects.get(pk=reader.pk)
    paying.subscribe(reader)
    customers = paying.stand_in.all("customer")
    assert [one["email"] for one in customers] == ["new@mail.example"]
    assert paying.access(reader) is Access.MEMBER


def test_receipts_follow_a_member_to_a_new_address(paying):
    """B30: the old one may be somebody else's by now, and the next invoice goes by what Stripe knows."""
    reader = paying.reader(days=20)
    paying.subscribe(reader)
    User.objects.filter(pk=reader.pk).update(email="new@mail.example")
    assert reconcile(timezone.now()).drifted == [Customer.objects.get().stripe_id]
    assert [one["email"] for one in paying.stand_in.all("customer")] == ["new@mail.example"]
    assert reconcile(timezone.now()).drifted == []


def test_a_confirmed_address_is_told_to_stripe_by_the_worker(paying, post, django_capture_on_commit_callbacks):  # noqa: F811
    reader = paying.reader(days=20)
    paying.subscribe(reader)
    address = EmailAddress.objects.create(user=reader, email="new@mail.example")
    with django_capture_on_commit_callbacks(execute=True):
        Client().post(f"/account/confirm-email/{EmailConfirmationHMAC(address).key}/")
    assert User.objects.get(pk=reader.pk).email == "new@mail.example"
    assert [one["email"] for one in paying.stand_in.all("customer")] == ["new@mail.example"]


def test_an_address_that_stripe_refuses_keeps_nothing_else_from_being_known(paying):
    reader = paying.reader(days=20)
    subscription = paying.subscribe(reader)
    User.objects.filter(pk=reader.pk).update(email="postmaster@localhost")
    paying.stand_in.set_status(subscription["id"], "unpaid")
    paying.deliver()
    assert paying.row(reader).status == "unpaid"
    assert paying.stand_in.all("customer")[0]["email"] == reader.email


def test_two_accounts_with_one_address_at_stripe_stay_two(paying):
    """B30"""
    one, other = paying.reader(days=20), paying.reader(days=20)
    paying.subscribe(one)
    paying.stand_in.make_customer({"reader": "elsewhere"})["email"] = other.email
    paying.deliver()
    assert paying.access(one) is Access.MEMBER
    assert paying.access(other) is Access.TRIAL_OVER


def test_nobody_reaches_another_reader_s_membership(paying):
    """B31, A15"""
    reader, stranger = paying.reader(days=20), paying.reader(days=20)
    paying.subscribe(reader)
    for path in ("cancel/", "keep/", "resume/", "pay/", "portal/", "plan/"):
        data = {"customer": Customer.objects.get(user=reader).stripe_id, "plan": "yearly", "to": "yearly"}
        paying.click(stranger, f"/membership/{path}", **data)
    assert paying.living(reader)[0]["cancel_at"] is None
    assert paying.row(reader).plan == "monthly"
    assert not [one for one in paying.stand_in.calls if "portal" in one.path]


@pytest.mark.parametrize("path", ["checkout", "cancel", "keep", "resume", "pay", "portal", "plan"])
def test_every_button_asks_for_the_form_s_token_and_for_a_reader(paying, path):
    """A16"""
    reader = paying.reader(days=20)
    client = Client(enforce_csrf_checks=True)
    client.force_login(reader)
    assert client.post(f"/membership/{path}/", {"plan": "monthly"}).status_code == 403
    answer = Client().post(f"/membership/{path}/", {"plan": "monthly"})
    assert answer.status_code == 302
    assert answer.url.startswith("/account/login/")
    assert paying.stand_in.calls == []


def test_the_link_in_a_letter_cancels_for_its_owner_and_only_by_its_button(paying):
    """A25"""
    reader, stranger = paying.reader(days=20), paying.reader(days=20)
    subscription = paying.subscribe(reader)
    paying.subscribe(stranger, card="5555555555554444")
    path = cancel_url(reader, subscription["id"]).removeprefix("http://testserver")
    for browser in (Client(), paying.browser(stranger)):
        page = browser.get(path)
        assert page.status_code == 200
        assert "no-store" in page["Cache-Control"]
        assert "Cancel now" in page.text
    assert paying.living(reader)[0]["cancel_at"] is None
    assert Client().get(path[:-3] + "x/").status_code == 404
    assert "You read on until" in paying.browser(stranger).post(path).text
    assert paying.access(reader) is Access.CANCELLED_RUNNING
    assert paying.access(stranger) is Access.MEMBER


def test_a_field_that_is_missing_does_not_mean_that_it_is_over(paying):
    """B32"""
    reader = paying.reader(days=20)
    subscription = paying.subscribe(reader)
    bare = {**subscription, "items": {"data": [{"id": "si_1", "price": subscription["items"]["data"][0]["price"]}]}}
    found = read_subscription(bare, {"monthly": "monthly"})
    assert found.period_ends_at is None
    assert found.cancels_at is None
    assert current_of([found]) is found
    assert found.is_live


def test_a_price_that_gave_its_lookup_key_away_is_still_ours(paying, settings):
    reader = paying.reader(days=20)
    paying.subscribe(reader)
    settings.PLAN_MONTHLY_CENTS = 1200
    call_command("setup_stripe", stdout=StringIO())
    paying.wait(days=40)
    paying.deliver()
    assert paying.access(reader) is Access.MEMBER
    row = Subscription.objects.get(customer__user=reader)
    assert row.price_cents == 1000
    assert "£10" in paying.browser(reader).get("/account/").text
    other = paying.reader(days=20)
    paying.subscribe(other, card="5555555555554444")
    assert Subscription.objects.get(customer__user=other).price_cents == 1200
    assert plan_of({"lookup_key": None, "metadata": {"newssite_plan": "yearly"}}, {}) == "yearly"


def test_an_account_at_stripe_is_made_ready_once(paying):
    texts = []
    for _ in range(2):
        out = StringIO()
        call_command("setup_stripe", stdout=out)
        texts.append(out.getvalue())
    assert "STRIPE_WEBHOOK_SECRET=whsec" in texts[0]
    assert "was there already" in texts[1]
    assert len(paying.stand_in.all("webhook_endpoint")) == 1
    assert len(paying.stand_in.all("billing_portal.configuration")) == 1
    assert "invoice.created" not in paying.stand_in.all("webhook_endpoint")[0]["enabled_events"]


def test_logs_hold_no_key_no_address_and_no_payload(paying, caplog):
    """B33"""
    with caplog.at_level(logging.DEBUG, "billing"):
        reader = paying.reader(days=20)
        paying.subscribe(reader)
        paying.stand_in.fail_next(500, times=9)
        paying.deliver()
    for secret in (reader.email, "sk_test", "whsec", "4242", GOOD):
        assert secret not in caplog.text


def test_a_lapsed_reader_who_pays_again_is_charged_from_that_day(paying):
    reader = paying.reader(days=20)
    paying.subscribe(reader)
    paying.click(reader, "/membership/cancel/")
    paying.wait(days=45)
    paying.deliver()
    assert paying.access(reader) is Access.LAPSED
    paying.subscribe(reader)
    assert paying.access(reader) is Access.MEMBER
    assert [one["total"] for one in paying.stand_in.invoices()] == [1000, 1000]
    assert len([row for row in Subscription.objects.all() if row.ended_at is None]) == 1
    assert paying.row(reader).paid_until > timezone.now()
