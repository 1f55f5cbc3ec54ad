"""What Stripe tells us: believed only where it is signed, stored once, followed up whatever happens in between."""

from __future__ import annotations

import json
import time
from datetime import timedelta

import pytest
import stripe
from celery import Celery
from django.test import Client
from django.utils import timezone
from kombu.exceptions import OperationalError

from billing.entitlement import Access
from billing.gateway import inbox
from billing.gateway.errors import StripeAway
from billing.gateway.reconcile import reconcile
from billing.models import AccessLine, Customer, Finding, Letter, Membership, StripeEvent
from tests.billing.paying import DECLINES_LATER, GOOD, SECRET
from tests.letters import post  # noqa: F401  fixture

pytestmark = pytest.mark.django_db

ADDRESS = "/membership/webhook/"


def sign(body: str, secret: str = SECRET, at: int | None = None) -> str:
    return stripe.WebhookSignature.generate_signature_header(body, secret, timestamp=at)


def an_event(**fields) -> str:
    return json.dumps(
        {
            "id": "evt_of_a_test",
            "object": "event",
            "type": "customer.subscription.updated",
            "created": int(time.time()),
            "livemode": False,
            "data": {"object": {"id": "sub_1", "object": "subscription", "customer": "cus_unknown"}},
            **fields,
        }
    )


@pytest.mark.parametrize("case", ["none", "empty", "forged", "wrong secret", "v0 only", "garbage"])
def test_what_is_not_signed_is_refused_and_not_stored(paying, case):
    """B01"""
    body = an_event()
    good = sign(body)
    signature = {
        "none": None,
        "empty": "",
        "forged": good[:-4] + "0000",
        "wrong secret": sign(body, "whsec_another"),
        "v0 only": good.replace("v1=", "v0="),
        "garbage": "t=now,v1=\x00é",
    }[case]
    assert paying.post(body.encode(), signature) == 400
    assert not StripeEvent.objects.exists()


def test_without_a_secret_nothing_is_believed(paying, settings):
    """B02"""
    settings.STRIPE_WEBHOOK_SECRETS = []
    body = an_event()
    assert paying.post(body.encode(), sign(body)) == 503
    assert paying.post(body.encode(), sign(body, "")) == 503
    assert not StripeEvent.objects.exists()


@pytest.mark.parametrize("age", [301, 86_400])
def test_an_old_delivery_is_refused(paying, age):
    """B03"""
    body = an_event()
    assert paying.post(body.encode(), sign(body, at=int(time.time()) - age)) == 400
    assert not StripeEvent.objects.exists()


def test_a_body_that_was_changed_or_written_anew_is_refused(paying):
    """B04"""
    body = an_event()
    for other in (body + " ", json.dumps(json.loads(body), separators=(",", ":")), body.replace("cus_", "cuz_")):
        assert paying.post(other.encode(), sign(body)) == 400
    assert not StripeEvent.objects.exists()


def test_while_the_secret_is_changed_either_one_is_good(paying, settings):
    """B05"""
    settings.STRIPE_WEBHOOK_SECRETS = ["whsec_new", SECRET]
    first, second = an_event(id="evt_1"), an_event(id="evt_2")
    assert paying.post(first.encode(), sign(first)) == 200
    assert paying.post(second.encode(), sign(second, "whsec_new")) == 200
    both = an_event(id="evt_3")
    two = f"{sign(both, 'whsec_gone')},{sign(both).split(',')[1]}"
    assert paying.post(both.encode(), two) == 200


def test_unknown_types_and_customers_and_the_other_mode_are_recorded_and_change_nothing(paying):
    """B06"""
    for number, fields in enumerate(({"type": "tax.rate.created"}, {}, {"livemode": True})):
        body = an_event(id=f"evt_{number}", **fields)
        assert paying.post(body.encode(), sign(body)) == 200
    paying.work()
    outcomes = list(StripeEvent.objects.order_by("event_id").values_list("outcome", flat=True))
    assert outcomes == ["ignored", "unmatched", "ignored"]
    assert set(Finding.objects.values_list("kind", flat=True)) == {"unknown_customer", "wrong_mode"}
    assert not Customer.objects.exists()
    assert not Membership.objects.exists()


def test_one_event_ten_times_has_one_effect(paying):
    """B07"""
    reader = paying.reader(days=20)
    paying.stand_in.complete_checkout(paying.open_checkout(reader), GOOD)
    count = len(paying.stand_in.outbox)
    assert set(paying.deliver(times=10)) == {200}
    assert StripeEvent.objects.count() == count
    assert AccessLine.objects.filter(user=reader, cause="stripe").count() == 1


@pytest.mark.parametrize("seed", range(6))
def test_events_in_any_order_end_as_stripe_says(paying, seed):
    """B13"""
    reader = paying.reader(days=3)
    paying.subscribe(reader, card=DECLINES_LATER)
    paying.wait(days=12)
    paying.stand_in.portal_use_card(Customer.objects.get(user=reader).stripe_id, GOOD)
    paying.deliver(order="reversed" if seed == 0 else "shuffled", seed=seed)
    assert paying.row(reader).status == "active"


def test_a_late_word_of_a_running_membership_does_not_revive_one_that_ended(paying):
    """B13"""
    reader = paying.reader(days=20)
    paying.subscribe(reader)
    late = list(paying.stand_in.outbox)
    paying.lose()
    paying.click(reader, "/membership/cancel/")
    paying.wait(days=40)
    paying.deliver()
    assert paying.row(reader).status == "canceled"
    paying.stand_in.outbox.extend(late)
    paying.deliver()
    assert paying.row(reader).status == "canceled"
    assert not paying.access(reader).is_granted


def test_a_follow_up_that_fails_is_tried_again_and_its_neighbours_go_on(paying):
    """B08, B09"""
    one, other = paying.reader(days=20), paying.reader(days=20)
    for reader in (one, other):
        paying.stand_in.complete_checkout(paying.open_checkout(reader), GOOD)
    paying.stand_in.fail_next(500, times=100, only=Customer.objects.get(user=one).stripe_id)
    paying.deliver()
    assert paying.row(other).status == "active"
    assert paying.row(one).status == ""
    paying.stand_in.fail_next(500, times=0)
    paying.wait(minutes=3)
    paying.work()
    assert paying.row(one).status == "active"


def test_an_event_that_always_fails_is_laid_aside_and_reported(paying):
    """B09"""
    reader = paying.reader(days=20)
    paying.stand_in.complete_checkout(paying.open_checkout(reader), GOOD)
    paying.stand_in.is_down = True
    paying.deliver()
    for _ in range(12):
        paying.wait(hours=3)
        paying.work()
    ours = StripeEvent.objects.exclude(outcome="ignored")
    assert set(ours.values_list("outcome", flat=True)) == {"parked"}
    assert Finding.objects.filter(kind="event_parked").exists()
    paying.stand_in.is_down = False
    reconcile(timezone.now())
    assert paying.row(reader).status == "active"


def test_a_delivery_is_safe_when_the_broker_is_down(paying, monkeypatch, django_capture_on_commit_callbacks):
    """B11"""
    tried = []

    def away(self, name, *args, **kwargs):
        tried.append(name)
        raise OperationalError("nobody answers")

    monkeypatch.setattr(Celery, "send_task", away)
    reader = paying.reader(days=20)
    paying.stand_in.complete_checkout(paying.open_checkout(reader), GOOD)
    with django_capture_on_commit_callbacks(execute=True):
        assert set(paying.stand_in.flush()) == {200}
    assert "billing.tasks.process_stripe_event" in tried
    assert StripeEvent.objects.filter(processed_at=None).exists()
    inbox.sweep(timezone.now())
    assert paying.access(reader) is Access.MEMBER


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"[" * 5000 + b"]" * 5000, 400), (b"[]", 400), (b"null", 400), (b"{}", 400), (b"", 400), (b"x" * 1_100_000, 413)],
)
def test_odd_bodies_are_refused_even_where_they_are_signed(paying, body, status):
    """B10"""
    assert paying.post(body, sign(body.decode())) == status
    assert not StripeEvent.objects.exists()


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch"])
def test_the_address_takes_posts_only_and_asks_for_no_form_token(paying, method):
    """B10"""
    assert getattr(Client(), method)(ADDRESS).status_code == 405
    body = an_event()
    answer = Client(enforce_csrf_checks=True).post(
        ADDRESS, body, content_type="application/json", HTTP_STRIPE_SIGNATURE=sign(body)
    )
    assert answer.status_code == 200
    assert not answer.cookies


def test_nothing_of_a_payload_is_kept_but_whom_it_is_about(paying):
    """B33"""
    body = an_event(
        data={"object": {"id": "cus_9", "object": "customer", "email": "ada@mail.example", "card": "4242"}},
        type="customer.updated",
    )
    paying.post(body.encode(), sign(body))
    kept = str(list(StripeEvent.objects.values()))
    assert "ada@mail.example" not in kept
    assert "4242" not in kept


@pytest.mark.parametrize("kind", ["dispute", "fraud_warning"])
def test_a_dispute_or_a_report_of_fraud_ends_the_membership_once(paying, kind):
    """B28"""
    reader = paying.reader(days=20)
    paying.subscribe(reader)
    paying.deliver()
    invoice = next(one for one in paying.stand_in.invoices() if one["total"])
    getattr(paying.stand_in, kind)(invoice["id"])
    paying.deliver(times=3)
    assert paying.living(reader) == []
    assert not paying.access(reader).is_granted
    assert len(paying.stand_in.refunds()) == (1 if kind == "fraud_warning" else 0)


@pytest.mark.parametrize("kind", ["dispute", "fraud_warning"])
def test_a_payment_of_an_earlier_membership_does_not_end_the_one_of_today(paying, kind):
    """B28, B14"""
    reader = paying.reader(days=20)
    first = paying.subscribe(reader)
    paying.click(reader, "/membership/cancel/")
    paying.wait(days=40)
    paying.deliver()
    second = paying.subscribe(reader)
    paying.deliver()
    paid = {one["parent"]["subscription_details"]["subscription"]: one["id"] for one in paying.stand_in.invoices()}
    getattr(paying.stand_in, kind)(paid[first["id"]])
    paying.deliver(times=3)
    assert [one["id"] for one in paying.living(reader)] == [second["id"]]
    assert paying.access(reader).is_granted
    given_back = [one["metadata"]["invoice"] for one in paying.stand_in.refunds()]
    assert given_back == ([paid[first["id"]]] if kind == "fraud_warning" else [])


def test_whose_payment_was_disputed_is_told_why_the_membership_ended(paying, post):  # noqa: F811
    reader = paying.reader(days=20)
    paying.subscribe(reader)
    paying.stand_in.dispute(next(one["id"] for one in paying.stand_in.invoices() if one["total"]))
    paying.deliver(times=3)
    letters = Letter.objects.filter(user=reader).values_list("kind", flat=True)
    assert [kind for kind in letters if kind in {"ended", "disputed"}] == ["disputed"]
    page = paying.browser(reader).get("/account/").text
    assert "Your bank disputed the payment, so the membership was ended." in page


def test_a_burst_is_answered_before_anything_is_followed_up(paying):
    """B12"""
    reader = paying.reader(days=20)
    paying.stand_in.complete_checkout(paying.open_checkout(reader), GOOD)
    calls = len(paying.stand_in.calls)
    assert set(paying.stand_in.flush()) == {200}
    assert len(paying.stand_in.calls) == calls
    assert timezone.now() - StripeEvent.objects.first().received_at < timedelta(seconds=1)


def test_who_took_an_event_up_in_vain_does_not_lay_aside_what_another_worker_has_done(paying, monkeypatch):
    """The first was slow, so the event came due again; the second waits for its lease in vain."""
    paying.subscribe(paying.reader(days=20))
    paying.stand_in.flush()
    row = StripeEvent.objects.filter(processed_at=None).first()
    StripeEvent.objects.filter(pk=row.pk).update(attempts=inbox.MOST_ATTEMPTS - 1)

    def done_by_another(event, now) -> str:
        StripeEvent.objects.filter(pk=event.pk).update(processed_at=now, outcome="done", next_try_at=None)
        raise StripeAway("another process is at it")

    monkeypatch.setattr(inbox, "follow_up", done_by_another)
    inbox.process(row.pk, timezone.now())
    row.refresh_from_db()
    assert (row.outcome, row.last_error) == ("done", "")
    assert not Finding.objects.exists()
