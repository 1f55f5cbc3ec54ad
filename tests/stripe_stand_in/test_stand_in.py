"""The stand-in behaves as Stripe's documents say, and refuses what Stripe would refuse."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from urllib.request import urlopen

import pytest
import stripe

from tests.stripe_api import StandIn
from tests.stripe_api.demo import seed_demo
from tests.stripe_api.refusals import CardDeclined
from tests.stripe_stand_in.conftest import BEGIN

GOOD, LATER, ASKS, DECLINED = "4242424242424242", "4000000000000341", "4000002500003155", "4000000000000002"


def checkout(client, **more) -> str:
    customer = client.v1.customers.create({"metadata": {"reader": "1"}})
    wanted = {
        "mode": "subscription",
        "customer": customer.id,
        "line_items": [{"price": "price_monthly", "quantity": 1}],
        "success_url": "https://site.example/ok?session_id={CHECKOUT_SESSION_ID}",
        "cancel_url": "https://site.example/no",
        **more,
    }
    return client.v1.checkout.sessions.create(wanted).id


def trial(days: int = 14) -> dict:
    return {"subscription_data": {"trial_end": int((BEGIN + timedelta(days=days)).timestamp())}}


@pytest.mark.parametrize(
    "more",
    [
        {"payment_method_collection": "if_requred"},
        {"subscription_data": {"trial_days": 14}},
        {"subscription_data": {"trial_settings": {"end_behaviour": {"missing_payment_method": "cancel"}}}},
        {"subscription_data": {"trial_settings": {"end_behavior": {"missing_payment_method": "explode"}}}},
        {"line_items": [{"prize": "price_monthly"}]},
        {"expires_at": "tomorrow"},
    ],
)
def test_a_slip_at_any_depth_is_refused_by_name(checked, client, more):
    with pytest.raises(stripe.InvalidRequestError):
        checkout(client, **more)
    assert len(checked.refused) == 1


def test_a_parameter_of_an_older_version_is_refused(checked, client):
    one = checked.complete_checkout(checkout(client))
    checked.set_status(one["id"], "paused")
    with pytest.raises(stripe.InvalidRequestError, match="billing_cycle_anchor"):
        client.v1.subscriptions.resume(one["id"], {"billing_cycle_anchor": "now"})
    assert client.v1.subscriptions.resume(one["id"], {"billing_cycle_anchor": {"type": "now"}}).status == "active"


def test_free_days_then_a_payment_an_hour_after_their_end(stand_in, client):
    one = stand_in.complete_checkout(checkout(client, **trial()))
    assert one["status"] == "trialing"
    stand_in.advance(BEGIN + timedelta(days=10, hours=23))
    assert "customer.subscription.trial_will_end" not in [event["type"] for event in stand_in.events]
    stand_in.advance(BEGIN + timedelta(days=14, minutes=59))
    assert "customer.subscription.trial_will_end" in [event["type"] for event in stand_in.events]
    assert [row["total"] for row in stand_in.invoices() if row["status"] == "paid"] == [0]
    stand_in.advance(BEGIN + timedelta(days=14, minutes=61))
    assert [row["total"] for row in stand_in.invoices() if row["status"] == "paid"] == [0, 1000]


def test_a_card_that_keeps_failing_is_tried_four_times_and_the_subscription_ends(stand_in, client):
    one = stand_in.complete_checkout(checkout(client, **trial()), LATER)
    stand_in.advance(BEGIN + timedelta(days=14, hours=2))
    assert one["status"] == "past_due"
    stand_in.advance(BEGIN + timedelta(days=40))
    assert one["status"] == "canceled"
    assert [event["type"] for event in stand_in.events].count("invoice.payment_failed") == 4


def test_another_card_pays_what_is_open(stand_in, client):
    one = stand_in.complete_checkout(checkout(client, **trial()), LATER)
    stand_in.advance(BEGIN + timedelta(days=14, hours=2))
    stand_in.portal_use_card(one["customer"], GOOD)
    assert one["status"] == "active"


def test_a_bank_that_asks_is_answered_on_the_invoice_s_page(stand_in, client):
    one = stand_in.complete_checkout(checkout(client, **trial()), ASKS)
    stand_in.advance(BEGIN + timedelta(days=14, hours=2))
    invoice = stand_in.invoices()[-1]
    assert (one["status"], invoice["status"]) == ("past_due", "open")
    stand_in.confirm_payment(invoice["id"])
    assert (one["status"], invoice["status"]) == ("active", "paid")


def test_a_declined_card_leaves_the_page_open(stand_in, client):
    session = checkout(client)
    with pytest.raises(CardDeclined):
        stand_in.complete_checkout(session, DECLINED)
    assert stand_in.find(session)["status"] == "open"
    assert stand_in.complete_checkout(session, GOOD)["status"] == "active"


def test_months_follow_the_calendar(stand_in, client):
    one = stand_in.complete_checkout(checkout(client))
    ends = []
    for _ in range(3):
        end = datetime.fromtimestamp(one["items"]["data"][0]["current_period_end"], UTC)
        ends.append((end.month, end.day))
        stand_in.advance(end + timedelta(minutes=1))
    assert ends == [(2, 28), (3, 31), (4, 30)]


def test_a_cancellation_in_the_portal_sets_the_date_alone(stand_in, client):
    one = stand_in.complete_checkout(checkout(client))
    stand_in.portal_cancel(one["id"])
    found = client.v1.subscriptions.retrieve(one["id"])
    assert (found.cancel_at_period_end, found.cancel_at) == (False, one["items"]["data"][0]["current_period_end"])
    client.v1.subscriptions.update(one["id"], {"cancel_at": ""})
    assert client.v1.subscriptions.retrieve(one["id"]).cancel_at is None


def test_a_shorter_plan_waits_for_the_paid_year_and_its_schedule_guards_the_end(stand_in, client):
    session = checkout(client, line_items=[{"price": "price_yearly", "quantity": 1}])
    one = stand_in.complete_checkout(session)
    stand_in.portal_switch(one["id"], "monthly")
    with pytest.raises(stripe.InvalidRequestError, match="managed by the subscription schedule"):
        client.v1.subscriptions.update(one["id"], {"cancel_at_period_end": True})
    stand_in.advance(BEGIN + timedelta(days=366))
    assert one["items"]["data"][0]["price"]["id"] == "price_monthly"
    assert one["schedule"] is None


def test_the_same_key_is_one_customer_and_other_parameters_are_refused(stand_in, client):
    first, second = (
        client.v1.customers.create({"metadata": {"reader": "1"}}, {"idempotency_key": "k"}) for _ in range(2)
    )
    assert first.id == second.id
    with pytest.raises(stripe.IdempotencyError):
        client.v1.customers.create({"metadata": {"reader": "2"}}, {"idempotency_key": "k"})


@pytest.mark.parametrize("fault", [500, 409, "reset", "reset_after"])
def test_what_fails_on_the_way_is_tried_again_and_done_once(stand_in, client, fault):
    stand_in.fail_next(fault)
    client.v1.customers.create({"metadata": {"reader": "1"}})
    assert len(stand_in.all("customer")) == 1


def test_a_saved_500_is_repeated_for_its_key(stand_in, client):
    stand_in.fail_next("saved_500")
    for _ in range(2):
        with pytest.raises(stripe.APIError):
            client.v1.customers.create({"metadata": {"reader": "1"}}, {"idempotency_key": "k"})
    client.v1.customers.create({"metadata": {"reader": "1"}}, {"idempotency_key": "l"})


def test_pages_of_a_list_are_newest_first_and_complete(stand_in, client):
    made = [client.v1.customers.create({"metadata": {"reader": str(number)}}).id for number in range(7)]
    rows = client.v1.customers.list({"limit": 3})
    assert [row.id for row in rows.data] == made[:3:-1]
    assert [row.id for row in rows.auto_paging_iter()] == made[::-1]


def test_a_charge_tells_what_went_back_and_what_the_bank_took_cannot_go_back(stand_in, client):
    stand_in.complete_checkout(checkout(client))
    (charge,) = client.v1.charges.list({"customer": stand_in.invoices()[0]["customer"]}).data
    refund = client.v1.refunds.create({"payment_intent": charge.payment_intent, "amount": 400})
    assert client.v1.charges.retrieve(charge.id).amount_refunded == 400
    assert [one.id for one in client.v1.refunds.list({"charge": charge.id}).data] == [refund.id]
    stand_in.fail_refund(refund.id)
    assert client.v1.charges.retrieve(charge.id).amount_refunded == 0
    stand_in.dispute(stand_in.invoices()[0]["id"])
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.refunds.create({"payment_intent": charge.payment_intent})
    assert refused.value.code == "charge_disputed"


def test_a_discount_is_in_the_preview_and_in_the_invoice_of_the_next_period(stand_in, client):
    one = stand_in.complete_checkout(checkout(client))
    coupon = client.v1.coupons.create({"percent_off": 25, "duration": "once"})
    client.v1.subscriptions.update(one["id"], {"discounts": [{"coupon": coupon.id}]})
    wanted = ["data.discounts.source.coupon"]
    (row,) = client.v1.subscriptions.list({"customer": one["customer"], "expand": wanted}).data
    assert row.discounts[0].source.coupon.percent_off == 25
    assert client.v1.invoices.create_preview({"subscription": one["id"]}).amount_due == 750
    assert len(stand_in.invoices()) == 1
    stand_in.advance(BEGIN + timedelta(days=32))
    assert [row["total"] for row in stand_in.invoices()] == [1000, 750]
    assert client.v1.invoices.create_preview({"subscription": one["id"]}).amount_due == 1000  # it was for one invoice
    client.v1.subscriptions.update(one["id"], {"cancel_at_period_end": True})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.invoices.create_preview({"subscription": one["id"]})
    assert refused.value.code == "invoice_upcoming_none"


def test_a_refund_is_given_once(stand_in, client):
    stand_in.complete_checkout(checkout(client))
    invoice = stand_in.invoices()[0]
    intent = client.v1.invoice_payments.list({"invoice": invoice["id"]}).data[0].payment.payment_intent
    assert client.v1.refunds.create({"payment_intent": intent}).amount == 1000
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.refunds.create({"payment_intent": intent})
    assert refused.value.code == "charge_already_refunded"


def test_the_sdk_accepts_what_it_signs_and_nothing_else(stand_in, client):
    checkout(client)
    event = stand_in.events[0]
    body, signature = stand_in.signed(event)
    assert client.construct_event(body, signature, stand_in.secret).id == event["id"]
    old = stripe.WebhookSignature.generate_signature_header(
        body.decode(), stand_in.secret, timestamp=int(time.time()) - 301
    )
    for wrong_body, wrong in ((body + b" ", signature), (body, signature.replace("v1=", "v0=")), (body, old)):
        with pytest.raises(stripe.SignatureVerificationError):
            client.construct_event(wrong_body, wrong, stand_in.secret)


def test_live_keys_and_other_versions_are_refused(stand_in):
    with pytest.raises(stripe.AuthenticationError, match="refuses live keys"):
        stripe.StripeClient("sk_live_1", base_addresses={"api": stand_in.url}).v1.customers.list()
    old = stripe.StripeClient("sk_test_1", base_addresses={"api": stand_in.url}, stripe_version="2024-06-20")
    with pytest.raises(stripe.InvalidRequestError, match="Stripe-Version"):
        old.v1.customers.list()


def test_without_the_document_it_serves_unchecked(monkeypatch):
    monkeypatch.setattr("tests.stripe_api.shapes.gate.load", lambda operations: None)
    found = StandIn(BEGIN)
    found.start()
    client = stripe.StripeClient("sk_test_1", base_addresses={"api": found.url})
    one = found.complete_checkout(checkout(client, **trial()), LATER)
    found.advance(BEGIN + timedelta(days=15))
    found.portal_use_card(one["customer"], GOOD)
    row = client.v1.subscriptions.list({"customer": one["customer"], "expand": ["data.default_payment_method"]}).data[0]
    assert (row.status, row.to_dict()["default_payment_method"]["card"]["last4"]) == ("active", "4242")
    assert not found.is_checked
    found.stop()


def test_what_it_knows_outlives_it(tmp_path):
    store = tmp_path / "store.json"
    first = StandIn(BEGIN, store_path=store)
    first.start()
    client = stripe.StripeClient("sk_test_1", base_addresses={"api": first.url})
    one = first.complete_checkout(checkout(client))
    first.stop()
    second = StandIn(BEGIN, store_path=store)
    second.url = "http://127.0.0.1:1"
    assert second.find(one["id"])["status"] == "active"
    second.advance(BEGIN + timedelta(days=30))
    assert [row["total"] for row in second.invoices() if row["status"] == "paid"] == [1000, 1000]
    assert (
        second.find(one["id"])["items"]["data"][0]["current_period_end"] > one["items"]["data"][0]["current_period_end"]
    )


def test_the_people_of_the_demo_stand_in_their_states(stand_in):
    stand_in.clock = int(datetime(2026, 11, 24, 12, tzinfo=UTC).timestamp())
    seed_demo(stand_in)
    found = {one["customer"].removeprefix("cus_demo_"): one["status"] for one in stand_in.subscriptions()}
    assert found == {
        "early": "trialing",
        "member": "active",
        "cancelled": "active",
        "past_due": "past_due",
        "unpaid": "unpaid",
        "left": "canceled",
    }
    assert stand_in.outbox == []


def test_a_person_pays_on_the_page_and_is_sent_back(stand_in, client):
    session = checkout(client, custom_text={"submit": {"message": "Free <until> Friday"}}, **trial())
    url = stand_in.find(session)["url"]
    with urlopen(url) as answer:
        page = answer.read().decode()
    assert "Free &lt;until&gt; Friday" in page
    assert "No money moves" in page
    assert "First payment on 14 February 2026" in page
    refused = subprocess.run(
        ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-d", f"card={DECLINED}", url],
        capture_output=True,
        text=True,
        check=True,
    )
    assert refused.stdout == "402"
    paid = subprocess.run(
        ["curl", "-s", "-o", "/dev/null", "-w", "%{redirect_url}", "-d", f"card={GOOD}", url],
        capture_output=True,
        text=True,
        check=True,
    )
    assert paid.stdout == f"https://site.example/ok?session_id={session}"


def test_an_invoice_can_be_kept_as_a_document(stand_in, client):
    stand_in.complete_checkout(checkout(client))
    with urlopen(stand_in.invoices()[0]["invoice_pdf"]) as answer:
        assert answer.headers["Content-Type"] == "application/pdf"
        assert answer.read().startswith(b"%PDF-")


def test_as_a_process_it_says_whether_it_checks_and_a_taken_port_is_one_line(stand_in):
    port = stand_in.url.rsplit(":", 1)[1]
    ended = subprocess.run(
        [sys.executable, "-m", "tests.stripe_api", "--port", port], capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stderr.strip()) == (1, f"Port {port} is taken.")


def test_every_event_that_a_site_may_ask_for_exists_at_stripe():
    from typing import get_args, get_type_hints

    from billing.gateway.inbox import TYPES

    known = json.dumps(get_args(get_type_hints(stripe.Event)["type"]), default=str)
    assert [one for one in TYPES if one not in known] == []
