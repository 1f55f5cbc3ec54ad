"""What went back, whoever gave it: on the account page and at the desk, in any order, and never of another payment."""

from __future__ import annotations

import pytest
from django.utils import timezone

from billing.entitlement import Access
from billing.gateway.reconcile import reconcile
from billing.models import Finding, Invoice, Letter, Refund, StripeEvent
from billing.notices import send_due_letters
from billing.support import sync_now
from tests.billing.paying import DECLINES_LATER, Paying
from tests.make import make_user

pytestmark = pytest.mark.django_db


def member(paying: Paying):
    reader = paying.reader(days=20)
    paying.subscribe(reader)
    paying.deliver()
    return reader


def member_for_two_months(paying: Paying):
    reader = member(paying)
    paying.wait(days=32)
    paying.deliver()
    return reader


def paid(paying: Paying) -> list[str]:
    """Ids of the paid invoices, the oldest first."""
    return [one["id"] for one in paying.stand_in.invoices() if one["status"] == "paid" and one["total"]]


def given_back(paying: Paying) -> dict[str, int]:
    """Cents by payment, as Stripe has it."""
    return {one["payment_intent"]: one["amount"] for one in paying.stand_in.refunds()}


def account(paying: Paying, reader) -> str:
    return paying.browser(reader).get("/account/").text


# Reports of fraud


@pytest.mark.parametrize("names_charge_alone", [False, True])
def test_a_report_of_fraud_gives_the_very_payment_back_that_it_names(paying, names_charge_alone):
    reader = member_for_two_months(paying)
    first, newest = paid(paying)
    paying.stand_in.fraud_warning(first, names_charge_alone=names_charge_alone)
    paying.deliver(times=3)
    assert given_back(paying) == {paying.stand_in.intent_of(first): 1000}
    assert dict(Invoice.objects.values_list("stripe_id", "refunded_cents")) == {first: 1000, newest: 0}
    assert paying.living(reader) == []
    assert not paying.access(reader).is_granted
    (letter,) = Letter.objects.filter(user=reader, kind="refunded")
    assert letter.facts["amount_cents"] == 1000


def test_of_an_older_payment_than_those_that_we_keep_the_report_is_followed_too(paying):
    reader = member(paying)
    (first,) = paid(paying)
    Invoice.objects.all().delete()
    for _ in range(24):
        paying.wait(days=31)
        paying.lose()
    paying.deliver()
    sync_now(reader, timezone.now())
    assert not Invoice.objects.filter(stripe_id=first).exists()
    paying.stand_in.fraud_warning(first)
    paying.deliver()
    assert given_back(paying) == {paying.stand_in.intent_of(first): 1000}
    assert Invoice.objects.get(stripe_id=first).refunded_cents == 1000


def test_a_second_report_gives_the_second_payment_back(paying):
    reader = member_for_two_months(paying)
    for invoice in paid(paying):
        paying.stand_in.fraud_warning(invoice)
        paying.deliver()
    assert list(given_back(paying).values()) == [1000, 1000]
    assert set(Invoice.objects.values_list("refunded_cents", flat=True)) == {1000}
    assert reader.access_lines.filter(cause="refund").count() == 2


def test_a_report_that_stripe_broke_off_is_finished_later(paying):
    reader = member_for_two_months(paying)
    first, _ = paid(paying)
    paying.stand_in.fraud_warning(first)
    paying.stand_in.fail_next(500, times=99, only="/v1/refunds")
    paying.deliver()
    assert given_back(paying) == {}
    paying.stand_in.fail_next(500, times=0)
    reconcile(timezone.now())
    assert given_back(paying) == {paying.stand_in.intent_of(first): 1000}
    assert not paying.access(reader).is_granted


def test_what_the_bank_has_taken_back_itself_is_not_given_back_as_well(paying):
    reader = member_for_two_months(paying)
    first, _ = paid(paying)
    paying.stand_in.dispute(first)
    paying.deliver()
    paying.stand_in.fraud_warning(first)
    paying.deliver()
    assert given_back(paying) == {}
    assert paying.living(reader) == []
    assert not StripeEvent.objects.filter(processed_at=None).exists()
    assert not reader.customer.subscriptions.filter(is_to_be_wound_up=True).exists()
    assert not reader.access_lines.filter(cause="refund").exists()


@pytest.mark.parametrize("kind", ["dispute", "fraud_warning"])
@pytest.mark.parametrize("of", ["a stranger", "another thing that the reader bought"])
def test_a_report_on_a_payment_for_something_else_changes_nothing_and_staff_are_told(paying, kind, of):
    reader = member(paying)
    stranger = paying.stand_in.make_customer({})["id"] if of == "a stranger" else reader.customer.stripe_id
    paying.stand_in.add_price("price_mug", "mug", 700, "month", "gbp")
    other = paying.stand_in.subscribe_beside(stranger, "mug", metadata={})
    getattr(paying.stand_in, kind)(other["latest_invoice"])
    paying.deliver()
    assert given_back(paying) == {}
    assert paying.access(reader) is Access.MEMBER
    finding = Finding.objects.get(kind__in=["dispute", "fraud"])
    assert finding.about == paying.stand_in.intent_of(other["latest_invoice"])
    assert "nothing was changed here" in finding.text
    event = StripeEvent.objects.get(type__in=["charge.dispute.created", "radar.early_fraud_warning.created"])
    assert event.outcome == StripeEvent.Outcome.UNMATCHED


# By hand, at Stripe


@pytest.mark.parametrize("order", ["in", "reversed", "shuffled"])
def test_what_was_given_back_by_hand_stands_beside_its_payment(paying, order):
    reader = paying.reader(days=20)
    paying.subscribe(reader)
    paying.wait(days=32)
    first, _ = paid(paying)
    paying.stand_in.give_back(first, 400)
    paying.wait(days=1)
    paying.stand_in.give_back(first, 150)
    paying.deliver(order=order, times=2)
    assert sorted(Refund.objects.values_list("invoice__stripe_id", "amount_cents")) == [(first, 150), (first, 400)]
    page = account(paying, reader)
    assert "Monthly membership, £4 given back on 24 Dec 2026, £1.50 given back on 25 Dec 2026</td>" in page
    assert page.count("given back on") == 2
    assert paying.access(reader) is Access.MEMBER  # the membership goes on: to give money back ends nothing


def test_a_refund_that_failed_is_shown_no_longer(paying):
    reader = member(paying)
    refund = paying.stand_in.give_back(paid(paying)[0])
    paying.deliver()
    assert "£10 given back on 22 Nov 2026" in account(paying, reader)
    paying.stand_in.fail_refund(refund["id"])
    paying.deliver()
    assert "given back" not in account(paying, reader)
    assert Refund.objects.get().status == "failed"


def test_what_we_gave_back_ourselves_has_its_day_too(paying):
    reader = member(paying)
    paying.stand_in.fraud_warning(paid(paying)[0])
    paying.deliver()
    assert "£10 given back on 22 Nov 2026" in account(paying, reader)


def test_a_refund_whose_event_was_lost_is_found_at_night(paying):
    reader = member(paying)
    paying.stand_in.give_back(paid(paying)[0], 400)
    paying.lose()
    assert reconcile(timezone.now()).drifted == [reader.customer.stripe_id]
    assert "£4 given back on 22 Nov 2026" in account(paying, reader)
    assert reconcile(timezone.now()).drifted == []


def test_a_refund_for_something_else_in_the_same_account_at_stripe_is_nobody_s_here(paying):
    reader = member(paying)
    paying.stand_in.add_price("price_mug", "mug", 700, "month", "gbp")
    mine = paying.stand_in.subscribe_beside(reader.customer.stripe_id, "mug", metadata={})
    other = paying.stand_in.subscribe_beside(paying.stand_in.make_customer({})["id"], "mug", metadata={})
    for one in (mine, other):
        paying.stand_in.give_back(one["latest_invoice"])
    paying.deliver()
    assert reconcile(timezone.now()).drifted == []
    assert not StripeEvent.objects.filter(processed_at=None).exists()
    assert not Refund.objects.exists()
    assert "given back" not in account(paying, reader)


def test_a_payment_that_stripe_no_longer_knows_is_no_customer_that_was_deleted(paying):
    reader = member(paying)
    paying.stand_in.give_back(paid(paying)[0], 400)
    paying.stand_in.fail_next("missing", times=9, only="/v1/refunds")
    assert not sync_now(reader, timezone.now())
    assert paying.access(reader) is Access.MEMBER
    assert not reader.customer.is_lost


def test_the_desk_shows_amount_day_and_payment_of_what_went_back(paying):
    reader = member(paying)
    paying.stand_in.give_back(paid(paying)[0], 400)
    paying.deliver()
    invoice, refund = Invoice.objects.get(), Refund.objects.get()
    desk = paying.browser(make_user(is_staff=True, is_superuser=True))
    page = desk.get(f"/admin/billing/membership/{reader.membership.pk}/change/").text
    assert f"£4 on 22 November 2026, 09:30 UTC, of the payment of £10 of 22 November 2026 ({invoice.number})" in page
    page = desk.get(f"/admin/billing/invoice/{invoice.pk}/change/").text
    for words in ("£4", refund.payment_id, refund.stripe_id, "succeeded"):
        assert words in page
    page = desk.get("/admin/billing/refund/", {"q": reader.email}).text
    assert refund.stripe_id in page
    assert desk.get(f"/admin/billing/refund/{refund.pk}/change/").status_code == 200


def test_staff_are_told_what_went_back_before_they_refund(paying):
    reader = member(paying)
    paying.stand_in.give_back(paid(paying)[0], 400)
    paying.deliver()
    desk = paying.browser(make_user(is_staff=True, is_superuser=True))
    url = f"/admin/billing/membership/{reader.membership.pk}/support/refund/"
    assert "Of the payment of £10 of 22 November 2026, £4 went back before" in desk.post(url, {"reason": "Asked."}).text


# What support gives back after somebody gave a part by hand


@pytest.mark.parametrize(
    ("cents", "said", "subject"),
    [
        (400, "Ended, £6 given back", "£6 is on its way back to you"),
        (1000, "Ended, nothing was there to be given back", "Your membership has ended"),
    ],
)
def test_only_what_goes_back_now_is_told_as_given_back_now(paying, mailoutbox, cents, said, subject):
    reader = member(paying)
    paying.stand_in.give_back(paid(paying)[0], cents)
    paying.wait(days=3)
    paying.deliver()
    desk = paying.browser(make_user(is_staff=True, is_superuser=True))
    url = f"/admin/billing/membership/{reader.membership.pk}/support/refund/"
    assert said in desk.post(url, {"reason": "Asked for.", "confirmed": "yes"}, follow=True).text
    send_due_letters(timezone.now())
    assert mailoutbox[-1].subject == subject
    assert Invoice.objects.get().refunded_cents == 1000


# Credit notes


def test_what_a_credit_note_at_stripe_keeps_for_later_stands_beside_its_payment(paying):
    reader = member(paying)
    paying.stand_in.credit(paid(paying)[0], 400)
    paying.deliver(times=2)
    assert "Monthly membership, £4 credited</td>" in account(paying, reader)
    desk = paying.browser(make_user(is_staff=True, is_superuser=True))
    page = desk.get(f"/admin/billing/invoice/{Invoice.objects.get().pk}/change/").text
    assert "£4" in page.partition("Credited by credit notes")[2].partition("</div>")[0]


def test_a_credit_note_that_gives_money_back_is_not_told_twice(paying):
    reader = member(paying)
    made = paying.stand_in.credit(paid(paying)[0], 400, to_card=True)
    paying.deliver(order="reversed")
    assert made["total"] == 400
    assert "Monthly membership, £4 given back on 22 Nov 2026</td>" in account(paying, reader)


def test_a_credit_note_of_an_open_invoice_stands_there_with_what_is_left_to_pay(paying):
    reader = paying.reader(days=3)
    paying.subscribe(reader, card=DECLINES_LATER)
    paying.wait(days=11, hours=2)
    paying.deliver()
    (invoice,) = (one for one in paying.stand_in.invoices() if one["status"] == "open")
    paying.stand_in.credit(invoice["id"], 400)
    paying.deliver()
    page = account(paying, reader)
    assert "Monthly membership, £4 credited, unpaid</td>" in page
    assert "It is about £6 on the card ending" in page
