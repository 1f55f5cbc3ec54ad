"""The end of an account that pays: Stripe first, then everything, or nothing at all."""

from __future__ import annotations

import pytest
from django.utils import timezone

from accounts.models import User
from billing.gateway import checkout
from billing.gateway.wind_up import end_everything
from billing.models import CardClaim, CheckoutSession, Customer, Membership, TrialClaim
from tests.accounts.doing import is_signed_in, sign_up, signed_in
from tests.make import make_reader

pytestmark = pytest.mark.django_db


def test_deleting_a_member_s_account_ends_the_membership_at_stripe_first(paying):
    """B29"""
    reader = paying.reader(days=20)
    paying.subscribe(reader)
    client = signed_in(reader)
    page = client.get("/account/delete/").text
    assert "It is ended at Stripe first" in page
    assert "A keyed hash of your address and one of your card" in page
    assert "keeps your customer number, the invoices" in page
    customer_id = Customer.objects.get(user=reader).stripe_id
    assert "Your account is deleted" in client.post("/account/delete/").text
    assert not User.objects.exists()
    assert [one["status"] for one in paying.stand_in.subscriptions(customer_id)] == ["canceled"]


def test_of_a_paying_reader_only_numbers_and_hashes_stay(paying):
    reader = paying.reader(days=20)
    paying.subscribe(reader)
    signed_in(reader).post("/account/delete/")
    customer = Customer.objects.get()
    assert (customer.user, customer.email, customer.erased_at) == (None, "", timezone.now())
    consent = customer.consents.get()
    assert (consent.ip, consent.user_agent) == (None, "")
    assert consent.text
    subscription = customer.subscriptions.get()
    assert (subscription.card_brand, subscription.card_last4, subscription.card_expires) == ("", "", "")
    assert subscription.invoices.count() == 1
    assert (CardClaim.objects.get().user, TrialClaim.objects.get().user) == (None, None)


@pytest.mark.parametrize("failure", [500, 429, "timeout"])
def test_if_stripe_does_not_confirm_the_account_is_kept_and_the_page_says_so_loudly(paying, failure):
    """B29"""
    reader = paying.reader(days=20)
    paying.subscribe(reader)
    client = signed_in(reader)
    paying.stand_in.fail_next(failure, times=99)
    answer = client.post("/account/delete/")
    assert answer.status_code == 503
    assert "did not confirm that your membership has ended, so the account was kept" in answer.text
    assert "Try again" in answer.text
    assert User.objects.filter(pk=reader.pk).exists()
    assert Membership.objects.get(user=reader).status == "active"
    assert is_signed_in(client)


def test_once_stripe_answers_again_the_account_is_deleted(paying):
    reader = paying.reader(days=20)
    paying.subscribe(reader)
    client = signed_in(reader)
    paying.stand_in.fail_next(500, times=3, only="/v1/subscriptions")
    assert client.post("/account/delete/").status_code == 503
    assert client.post("/account/delete/").status_code == 200
    assert not User.objects.exists()
    assert [one["status"] for one in paying.stand_in.subscriptions()] == ["canceled"]


def test_a_subscription_that_lives_beside_the_known_one_is_ended_too(paying):
    reader = paying.reader(days=20)
    paying.subscribe(reader)
    paying.stand_in.subscribe_beside(Customer.objects.get(user=reader).stripe_id, "yearly")
    signed_in(reader).post("/account/delete/")
    assert not User.objects.exists()
    assert {one["status"] for one in paying.stand_in.subscriptions()} == {"canceled"}


def test_nothing_is_deleted_while_a_subscription_lives_in_our_rows():
    """A site whose key was taken away cannot ask Stripe: then nothing is known to have ended."""
    reader = make_reader(status="active")
    customer = Customer.objects.create(user=reader, stripe_id="cus_1", email=reader.email)
    customer.subscriptions.create(stripe_id="sub_1", status="active", began_at=timezone.now())
    assert signed_in(reader).post("/account/delete/").status_code == 503
    Customer.objects.update(is_lost=True)
    assert signed_in(reader).post("/account/delete/").status_code == 503
    assert User.objects.filter(pk=reader.pk).exists()


def test_a_payment_page_that_is_still_open_is_closed(paying):
    """Otherwise it could begin a membership of nobody."""
    reader = paying.reader(days=20)
    paying.open_checkout(reader)
    signed_in(reader).post("/account/delete/")
    assert not User.objects.exists()
    assert [one["status"] for one in paying.stand_in.sessions()] == ["expired"]


def test_the_same_card_and_address_get_no_free_days_with_a_new_account(paying):
    """B20"""
    reader = paying.reader()
    address = reader.email
    paying.subscribe(reader)
    signed_in(reader).post("/account/delete/")
    sign_up(address)
    assert User.objects.get().membership.is_trial_used
    sign_up("another@mail.example")
    again = User.objects.get(email="another@mail.example")
    assert paying.access(again).is_granted
    paying.subscribe(again)
    assert not paying.access(again).is_granted
    assert paying.living(again) == []


def test_a_page_for_a_reader_who_never_paid_speaks_of_no_card_and_no_invoice(trial_reader):
    page = signed_in(trial_reader).get("/account/delete/").text
    assert "from which the address cannot be read back" in page
    assert "is forgotten three years later" in page
    for word in ("Stripe", "card", "invoice"):
        assert word not in page


def test_a_payment_page_that_is_opened_meanwhile_keeps_the_account_until_it_is_closed(paying, monkeypatch):
    """In another tab: whoever paid there would pay for an account that is gone."""
    reader = paying.reader(days=20)
    paying.open_checkout(reader)
    client = signed_in(reader)

    def end_and_open_another(user, now) -> None:
        end_everything(user, now)
        paying.open_checkout(reader)

    with monkeypatch.context() as patch:
        patch.setattr("accounts.erasure.end_everything", end_and_open_another)
        assert client.post("/account/delete/").status_code == 503
    assert User.objects.exists()
    assert client.post("/account/delete/").status_code == 200
    assert not User.objects.exists()
    assert {one["status"] for one in paying.stand_in.sessions()} == {"expired"}


def test_no_payment_page_is_opened_for_an_account_that_is_gone(paying, monkeypatch):
    reader = paying.reader(days=20)
    browser = paying.browser(reader)
    price_of = checkout.price_of

    def erased_meanwhile(plan, now) -> str:
        User.objects.filter(pk=reader.pk).delete()
        return price_of(plan, now)

    monkeypatch.setattr(checkout, "price_of", erased_meanwhile)
    assert browser.post("/membership/checkout/", {"plan": "monthly"}).status_code == 302
    assert not paying.stand_in.sessions()
    assert not CheckoutSession.objects.exists()
