"""Where a stand-in that is kinder than Stripe would hide a fault of ours."""

from __future__ import annotations

from datetime import timedelta

import pytest
import stripe

from tests.stripe_api import StandIn
from tests.stripe_api.refusals import CardDeclined
from tests.stripe_stand_in.conftest import BEGIN
from tests.stripe_stand_in.test_stand_in import LATER, checkout, trial


def test_an_expansion_has_four_levels_at_most_and_names_what_exists(checked, client):
    for wrong in ("data.schedule.phases.items.price", "data.latest_invoce"):
        checked.complete_checkout(checkout(client))
        with pytest.raises(stripe.InvalidRequestError, match="expand"):
            client.v1.subscriptions.list({"expand": [wrong]})
    assert len(checked.refused) == 2


def test_a_stopped_stand_in_answers_nobody_on_connections_kept_alive():
    found = StandIn(BEGIN)
    found.start()
    client = stripe.StripeClient("sk_test_1", base_addresses={"api": found.url}, max_network_retries=0)
    client.v1.prices.retrieve("price_monthly")
    found.stop()
    with pytest.raises(stripe.APIConnectionError):
        client.v1.prices.retrieve("price_monthly")


def test_what_is_refused_before_it_begins_leaves_its_key_free(stand_in, client):
    live = stripe.StripeClient("sk_live_1", base_addresses={"api": stand_in.url})
    with pytest.raises(stripe.AuthenticationError):
        live.v1.customers.create({}, {"idempotency_key": "k"})
    assert client.v1.customers.create({}, {"idempotency_key": "k"}).id


def test_keys_are_known_after_a_restart(tmp_path):
    made = set()
    for _ in range(2):
        found = StandIn(BEGIN, store_path=tmp_path / "store.json")
        found.start()
        client = stripe.StripeClient("sk_test_1", base_addresses={"api": found.url})
        made.add(client.v1.customers.create({}, {"idempotency_key": "k"}).id)
        found.stop()
    assert len(made) == 1


def test_what_a_reader_tries_by_hand_uses_up_none_of_the_retries(stand_in, client):
    one = stand_in.complete_checkout(checkout(client, **trial()), LATER)
    stand_in.advance(BEGIN + timedelta(days=14, hours=2))
    invoice = stand_in.invoices()[-1]
    again_at = invoice["next_payment_attempt"]
    for _ in range(4):
        stand_in.pay_invoice(invoice["id"], LATER)
    assert (one["status"], invoice["next_payment_attempt"]) == ("past_due", again_at)


def test_a_first_payment_that_fails_is_incomplete_for_23_hours(stand_in, client):
    customer = client.v1.customers.create({}).id
    wanted = {"customer": customer, "items": [{"price": "price_monthly"}]}
    with pytest.raises(stripe.InvalidRequestError, match="no attached payment source"):
        client.v1.subscriptions.create(wanted)
    one = client.v1.subscriptions.create({**wanted, "default_payment_method": "pm_card_chargeCustomerFail"})
    assert one.status == "incomplete"
    stand_in.advance(BEGIN + timedelta(hours=24))
    assert stand_in.find(one.id)["status"] == "incomplete_expired"
    assert stand_in.invoices()[-1]["status"] == "void"


def test_an_empty_value_takes_metadata_away(stand_in, client):
    one = stand_in.complete_checkout(checkout(client))["id"]
    client.v1.subscriptions.update(one, {"metadata": {"a": "1", "b": "2"}})
    assert client.v1.subscriptions.update(one, {"metadata": {"a": ""}}).metadata.to_dict() == {"b": "2"}
    assert client.v1.subscriptions.update(one, {"metadata": ""}).metadata.to_dict() == {}


def test_a_renewal_tells_what_was_and_nothing_else(stand_in, client):
    stand_in.complete_checkout(checkout(client))
    stand_in.outbox.clear()
    stand_in.advance(BEGIN + timedelta(days=29))
    renewed = next(one for one in stand_in.outbox if one["type"] == "customer.subscription.updated")
    assert set(renewed["data"]["previous_attributes"]) == {"items"}


def test_what_nobody_took_is_delivered_again(stand_in, client):
    checkout(client)
    answers = iter([500, 200])
    stand_in.deliver = lambda body, signature: next(answers)
    assert (stand_in.flush(), stand_in.flush(), stand_in.outbox) == ([500], [200], [])


def test_an_end_that_is_due_is_no_payment(stand_in, client):
    one = stand_in.complete_checkout(checkout(client))
    stand_in.portal_cancel(one["id"])
    stand_in.bill_now(one["id"])
    assert (one["status"], len(stand_in.invoices())) == ("canceled", 1)


def test_a_card_that_is_declined_at_once_is_not_kept(stand_in, client):
    one = stand_in.complete_checkout(checkout(client))
    with pytest.raises(CardDeclined):
        stand_in.portal_use_card(one["customer"], "4000000000000002")
    assert len(stand_in.all("payment_method")) == 1


def test_a_fault_of_ours_is_answered_500_and_kept(stand_in, client, monkeypatch):
    monkeypatch.setattr(stand_in, "objects", None)
    quick = stripe.StripeClient("sk_test_1", base_addresses={"api": stand_in.url}, max_network_retries=0)
    with pytest.raises(stripe.APIError, match="The stand-in failed"):
        quick.v1.prices.retrieve("price_monthly")
    assert stand_in.faults_of_ours.pop().startswith("GET /v1/prices/price_monthly")
