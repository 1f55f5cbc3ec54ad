"""From the last free day to a paid year and out again: clicks on the site, deliveries to its webhook, real HTTP."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from billing.entitlement import Access
from billing.gateway.setup import ensure_prices
from billing.models import AccessLine, Consent, Customer, Invoice, Letter, Subscription
from tests.billing.paying import ASKS_LATER, DECLINES, DECLINES_LATER, GOOD, moment
from tests.billing.test_pages_membership import main_of

pytestmark = pytest.mark.django_db


def kinds(user) -> list[str]:
    return list(Letter.objects.filter(user=user).order_by("pk").values_list("kind", flat=True))


def test_a_plan_taken_on_a_free_day_keeps_the_free_days_that_are_left(paying):
    reader = paying.reader(days=4)
    subscription = paying.subscribe(reader, "yearly")
    row = paying.row(reader)
    assert subscription["status"] == row.status == "trialing"
    assert moment(subscription["trial_end"]) == row.trial_ends_at == row.paid_until
    assert row.plan == "yearly"
    assert paying.access(reader) is Access.MEMBER
    assert [one["total"] for one in paying.stand_in.invoices() if one["total"]] == []
    paying.wait(days=10, hours=2)
    paying.deliver()
    assert paying.row(reader).status == "active"
    assert [one["total"] for one in paying.stand_in.invoices() if one["total"]] == [9600]


@pytest.mark.parametrize("days", [12.1, 13.9, 20])
def test_a_plan_taken_on_the_last_days_or_later_starts_at_once(paying, days):
    reader = paying.reader(days=days)
    paying.subscribe(reader)
    assert paying.row(reader).status == "active"
    assert [one["total"] for one in paying.stand_in.invoices()] == [1000]


def test_the_way_back_from_checkout_opens_at_once_and_never_waits_for_the_webhook(paying, walled_article):
    """B16"""
    reader = paying.reader(days=20)
    session = paying.open_checkout(reader)
    paying.stand_in.complete_checkout(session, GOOD)
    assert "Welcome" in paying.come_back(reader, session)
    assert paying.access(reader) is Access.MEMBER
    assert "quartermaster" in paying.browser(reader).get(walled_article.get_absolute_url()).text


def test_who_pays_from_a_wall_is_led_back_to_that_article(paying, walled_article):
    path = walled_article.get_absolute_url()
    client = paying.browser(paying.reader(days=20))
    assert f"/membership/?next={path}" in client.get(path).text
    assert f'name="next" value="{path}"' in client.get("/membership/", {"next": path}).text
    client.post("/membership/checkout/", {"plan": "monthly", "next": path})
    paying.stand_in.complete_checkout(paying.stand_in.sessions()[-1]["id"], GOOD)
    assert f'href="{path}">Back to what you were reading' in client.get("/membership/welcome/").text


@pytest.mark.parametrize("elsewhere", ["//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:x"])
def test_nobody_who_pays_is_led_off_the_site(paying, elsewhere):
    reader = paying.reader(days=20)
    client = paying.browser(reader)
    assert 'name="next"' not in main_of(client.get("/membership/", {"next": elsewhere}).text)
    client.post("/membership/checkout/", {"plan": "monthly", "next": elsewhere})
    paying.stand_in.complete_checkout(paying.sessions(reader)[-1]["id"], GOOD)
    assert '<a class="btn btn--wide" href="/">Start reading' in client.get("/membership/welcome/").text


def test_coming_back_twice_and_the_webhook_after_it_change_nothing_more(paying):
    """B07, B16"""
    reader = paying.reader(days=20)
    paying.subscribe(reader)
    lines = AccessLine.objects.count()
    paying.come_back(reader, paying.sessions(reader)[-1]["id"])
    paying.deliver(times=3)
    assert AccessLine.objects.count() == lines
    assert kinds(reader).count("welcome") == 1


def test_another_reader_s_session_is_not_found_and_has_no_effect(paying):
    """B16, B31"""
    reader, stranger = paying.reader(days=20), paying.reader(days=20)
    session = paying.open_checkout(reader)
    paying.stand_in.complete_checkout(session, GOOD)
    calls = len(paying.stand_in.calls)
    for found in (session, "cs_test_forged"):
        assert paying.browser(stranger).get("/membership/welcome/", {"session_id": found}).status_code == 404
    assert len(paying.stand_in.calls) == calls
    assert paying.access(stranger) is Access.TRIAL_OVER


def test_what_is_posted_beside_the_plan_is_ignored(paying):
    """B21"""
    reader = paying.reader(days=20)
    paying.browser(reader).post(
        "/membership/checkout/",
        {"plan": "monthly", "price": "price_free", "quantity": "0", "trial_days": "90", "customer": "cus_other"},
    )
    call = next(one for one in paying.stand_in.calls if one.path == "/v1/checkout/sessions" and one.method == "POST")
    assert call.params["line_items"][0]["quantity"] == 1
    assert "trial_end" not in call.params["subscription_data"]
    assert call.params["customer"] == Customer.objects.get(user=reader).stripe_id


@pytest.mark.parametrize("plan", ["", "free", "MONTHLY", "x" * 5000])
def test_an_unknown_plan_leads_back_to_the_plans(paying, plan):
    """B21"""
    reader = paying.reader(days=20)
    answer = paying.browser(reader).post("/membership/checkout/", {"plan": plan})
    assert answer.status_code in {302, 303, 400}
    assert paying.stand_in.calls == []


def test_a_double_click_meets_one_open_page_and_another_plan_closes_the_first(paying):
    """B19"""
    reader = paying.reader(days=20)
    first = paying.open_checkout(reader)
    assert paying.open_checkout(reader) == first
    second = paying.open_checkout(reader, "yearly")
    assert second != first
    assert paying.stand_in.find(first)["status"] == "expired"
    assert [one["status"] for one in paying.sessions(reader)].count("open") == 1


def test_a_page_left_open_too_long_is_replaced(paying):
    reader = paying.reader(days=20)
    first = paying.open_checkout(reader)
    paying.wait(hours=2)
    assert paying.open_checkout(reader) != first


def test_who_has_a_membership_is_not_sold_another(paying):
    """B19"""
    reader = paying.reader(days=20)
    paying.subscribe(reader)
    page = paying.click(reader, "/membership/checkout/", plan="yearly")
    assert "membership already" in page
    assert len(paying.living(reader)) == 1


def test_a_second_subscription_that_slipped_through_is_ended_refunded_and_told(paying):
    """B14, B19"""
    reader = paying.reader(days=20)
    first = paying.subscribe(reader)
    paying.wait(minutes=5)
    customer = Customer.objects.get(user=reader)
    second = paying.stand_in.subscribe_beside(customer.stripe_id, "monthly")
    paying.deliver()
    assert [one["id"] for one in paying.living(reader)] == [first["id"]]
    assert [one["amount"] for one in paying.stand_in.refunds()] == [1000]
    assert paying.stand_in.find(second["id"])["status"] == "canceled"
    assert paying.access(reader) is Access.MEMBER
    assert kinds(reader).count("duplicate_refunded") == 1
    assert AccessLine.objects.filter(user=reader, cause="duplicate").count() == 1
    paying.work()
    assert len(paying.stand_in.refunds()) == 1


def test_a_refund_of_a_duplicate_that_failed_half_way_is_done_later(paying):
    """B08"""
    reader = paying.reader(days=20)
    paying.subscribe(reader)
    customer = Customer.objects.get(user=reader)
    paying.stand_in.subscribe_beside(customer.stripe_id, "monthly")
    paying.stand_in.fail_next(500, times=99, only="/v1/refunds")
    paying.deliver()
    assert paying.stand_in.refunds() == []
    assert Subscription.objects.filter(is_to_be_wound_up=True).count() == 1
    paying.stand_in.fail_next(500, times=0)
    paying.wait(hours=5)
    paying.work()
    assert [one["amount"] for one in paying.stand_in.refunds()] == [1000]
    assert len(paying.living(reader)) == 1


def test_cancelling_takes_two_clicks_and_reading_goes_on_to_the_last_paid_day(paying):
    """B27"""
    reader = paying.reader(days=20)
    paying.subscribe(reader)
    end = paying.row(reader).paid_until
    account = paying.browser(reader).get("/account/").text
    assert 'href="/membership/cancel/"' in account
    page = paying.browser(reader).get("/membership/cancel/").text
    assert f"{end:%A} {end.day} {end:%B}" in page
    assert "Cancel now" in page
    assert paying.living(reader)[0]["cancel_at"] is None
    account = paying.click(reader, "/membership/cancel/")
    assert f"{end:%A} {end.day} {end:%B}" in account
    assert paying.access(reader) is Access.CANCELLED_RUNNING
    paying.wait(days=20)
    paying.deliver()
    assert paying.access(reader) is Access.CANCELLED_RUNNING
    paying.wait(days=12)
    paying.deliver()
    assert paying.access(reader) is Access.LAPSED
    assert [one["total"] for one in paying.stand_in.invoices() if one["total"]] == [1000]
    assert kinds(reader).count("cancelled") == 1
    assert "ended" not in kinds(reader)


def test_cancelling_on_a_free_day_keeps_all_of_them_and_is_never_charged(paying):
    """B27"""
    reader = paying.reader(days=3)
    paying.subscribe(reader)
    paying.click(reader, "/membership/cancel/")
    paying.wait(days=10)
    assert paying.access(reader).is_granted
    paying.wait(days=30)
    paying.deliver()
    assert not paying.access(reader).is_granted
    assert [one["total"] for one in paying.stand_in.invoices() if one["total"]] == []


@pytest.mark.parametrize("where", ["here", "portal"])
def test_a_cancelled_membership_is_kept_wherever_it_was_cancelled(paying, where):
    """B27"""
    reader = paying.reader(days=20)
    subscription = paying.subscribe(reader)
    if where == "here":
        paying.click(reader, "/membership/cancel/")
    else:
        paying.stand_in.portal_cancel(subscription["id"])
        paying.deliver()
    assert paying.row(reader).cancels_at == paying.row(reader).paid_until
    paying.click(reader, "/membership/keep/")
    assert paying.row(reader).cancels_at is None
    found = paying.living(reader)[0]
    assert (found["cancel_at"], found["cancel_at_period_end"]) == (None, False)
    paying.wait(days=40)
    paying.deliver()
    assert paying.access(reader) is Access.MEMBER
    assert kinds(reader).count("kept") == 1


def test_a_card_that_fails_gives_a_week_and_is_mended_at_once(paying):
    """B25"""
    reader = paying.reader(days=3)
    paying.subscribe(reader, card=DECLINES_LATER)
    paying.wait(days=11, hours=2)
    paying.deliver()
    row = paying.row(reader)
    assert row.status == "past_due"
    assert row.past_due_since == paying.stand_in.now - timedelta(hours=1)
    assert paying.access(reader) is Access.PAST_DUE_GRACE
    assert "Your payment did not go through." in paying.browser(reader).get("/").text
    assert kinds(reader).count("payment_failed") == 1
    paying.wait(days=6, hours=22)
    paying.deliver()
    assert paying.access(reader) is Access.PAST_DUE_GRACE
    paying.wait(hours=2)
    assert paying.access(reader) is Access.PAST_DUE
    customer = Customer.objects.get(user=reader)
    paying.stand_in.portal_use_card(customer.stripe_id, GOOD)
    paying.deliver()
    assert paying.access(reader) is Access.MEMBER
    assert paying.row(reader).past_due_since is None
    assert kinds(reader).count("payment_failed") == 1


def test_a_failed_invoice_is_paid_on_its_own_page(paying):
    """B25"""
    reader = paying.reader(days=3)
    paying.subscribe(reader, card=DECLINES_LATER)
    paying.wait(days=11, hours=2)
    paying.deliver()
    answer = paying.browser(reader).post("/membership/pay/")
    assert answer.url.startswith(paying.stand_in.url)
    invoice = Invoice.objects.get(status="open")
    paying.stand_in.pay_invoice(invoice.stripe_id, GOOD)
    paying.deliver()
    assert paying.access(reader) is Access.MEMBER
    invoice.refresh_from_db()
    assert (invoice.status, invoice.due_cents) == ("paid", 0)


def test_a_card_that_the_bank_asks_about_is_confirmed(paying):
    """B25"""
    reader = paying.reader(days=3)
    paying.subscribe(reader, card=ASKS_LATER)
    paying.wait(days=11, hours=2)
    paying.deliver()
    assert paying.access(reader) is Access.PAST_DUE_GRACE
    assert "card_confirmation" in kinds(reader)
    assert "payment_failed" not in kinds(reader)
    paying.stand_in.confirm_payment(Invoice.objects.get(status="open").stripe_id)
    paying.deliver()
    assert paying.access(reader) is Access.MEMBER


def test_payments_that_keep_failing_end_the_membership(paying):
    """B25"""
    reader = paying.reader(days=3)
    paying.subscribe(reader, card=DECLINES_LATER)
    paying.wait(days=60)
    paying.deliver()
    assert paying.row(reader).status == "canceled"
    assert paying.access(reader) is Access.LAPSED
    session = paying.open_checkout(reader)  # an old failed one does not stand in the way (Ghost 12498)
    paying.stand_in.complete_checkout(session, GOOD)
    paying.come_back(reader, session)
    assert paying.access(reader) is Access.MEMBER


def test_cancelling_an_overdue_membership_drops_what_is_unpaid(paying):
    reader = paying.reader(days=3)
    paying.subscribe(reader, card=DECLINES_LATER)
    paying.wait(days=11, hours=2)
    paying.deliver()
    paying.click(reader, "/membership/cancel/")
    assert paying.living(reader) == []
    assert {one["status"] for one in paying.stand_in.invoices() if one["total"]} == {"void"}
    paying.wait(days=30)
    paying.deliver()
    assert [one["amount_paid"] for one in paying.stand_in.invoices() if one["amount_paid"]] == []


def test_a_declined_card_leaves_checkout_open_and_no_subscription(paying):
    reader = paying.reader(days=20)
    session = paying.open_checkout(reader)
    with pytest.raises(Exception, match="declin"):
        paying.stand_in.complete_checkout(session, DECLINES)
    paying.come_back(reader, session)
    assert paying.at_stripe(reader) == []
    assert paying.access(reader) is Access.TRIAL_OVER


def test_a_longer_plan_begins_at_once_and_a_shorter_one_after_the_paid_year(paying):
    reader = paying.reader(days=20)
    subscription = paying.subscribe(reader)
    paying.click(reader, "/membership/plan/", plan="yearly")
    row = paying.row(reader)
    assert row.plan == "yearly"
    assert row.paid_until - timezone.now() > timedelta(days=360)
    answer = paying.browser(reader).post("/membership/plan/", {"plan": "monthly"})
    assert answer.url.startswith(paying.stand_in.url)
    paying.stand_in.portal_switch(subscription["id"], "monthly")
    paying.deliver()
    assert paying.row(reader).plan == "yearly"
    assert Subscription.objects.get(stripe_id=subscription["id"]).next_plan == "monthly"
    paying.click(reader, "/membership/cancel/")
    assert paying.row(reader).cancels_at == row.paid_until


def test_a_shorter_plan_that_waits_is_not_taken_twice_and_can_be_taken_back(paying):
    reader = paying.reader(days=20)
    subscription = paying.subscribe(reader, "yearly")
    paying.stand_in.portal_switch(subscription["id"], "monthly")
    paying.deliver()
    answer = paying.browser(reader).post("/membership/plan/", {"plan": "monthly"})
    assert answer.url == "/account/"
    page = paying.click(reader, "/membership/plan/", plan="yearly")
    assert "Your plan is £96 a year." in page
    assert Subscription.objects.get(stripe_id=subscription["id"]).next_plan == ""
    paying.wait(days=366)
    paying.deliver()
    assert paying.row(reader).plan == "yearly"


def test_who_takes_a_cancellation_back_is_told_what_is_charged_next(paying):
    """Cancelling dropped the change to the shorter plan that waited, so it does not go on as before."""
    reader = paying.reader(days=20)
    subscription = paying.subscribe(reader, "yearly")
    paying.stand_in.portal_switch(subscription["id"], "monthly")
    paying.deliver()
    paying.click(reader, "/membership/cancel/")
    page = paying.click(reader, "/membership/keep/")
    assert "Your membership goes on: £96 a year. The next payment is on Monday 22 November 2027." in page


def test_another_plan_in_the_free_days_costs_nothing_and_keeps_them(paying):
    reader = paying.reader(days=4)
    paying.subscribe(reader, "monthly")
    end = paying.row(reader).paid_until
    paying.click(reader, "/membership/plan/", plan="yearly")
    assert (paying.row(reader).plan, paying.row(reader).paid_until) == ("yearly", end)
    assert [one["total"] for one in paying.stand_in.invoices() if one["total"]] == []


def test_a_paused_membership_is_taken_up_again(paying):
    reader = paying.reader(days=20)
    subscription = paying.subscribe(reader)
    paying.stand_in.set_status(subscription["id"], "paused")
    paying.deliver()
    assert paying.access(reader) is Access.LAPSED
    page = paying.click(reader, "/membership/resume/")
    assert "Your membership runs again." in page
    assert paying.access(reader) is Access.MEMBER


def test_a_paused_membership_whose_payment_fails_is_not_said_to_run(paying):
    reader = paying.reader(days=20)
    subscription = paying.subscribe(reader)
    paying.stand_in.set_status(subscription["id"], "paused")
    paying.deliver()
    paying.stand_in.behaviours[subscription["default_payment_method"]] = "declines_later"
    page = paying.click(reader, "/membership/resume/")
    assert paying.row(reader).status == "past_due"
    assert "Your membership runs again." not in page
    assert "The payment did not go through" in page


@pytest.mark.parametrize(
    ("status", "access"),
    [
        ("unpaid", Access.LAPSED),
        ("incomplete", Access.LAPSED),
        ("a_word_of_tomorrow", Access.MEMBER),  # what was paid for stays
    ],
)
def test_every_other_status_ends_as_the_table_says(paying, status, access):
    """B26"""
    reader = paying.reader(days=20)
    subscription = paying.subscribe(reader)
    paying.stand_in.set_status(subscription["id"], status)
    paying.deliver()
    assert paying.access(reader) is access
    if status == "a_word_of_tomorrow":
        paying.wait(days=32)
        assert paying.access(reader) is Access.LAPSED


def test_what_was_agreed_to_is_kept_word_for_word(paying):
    reader = paying.reader(days=4)
    paying.subscribe(reader, "yearly")
    consent = Consent.objects.get()
    assert consent.text == (
        "Free until Wednesday 2 December, then £96 a year until you cancel, in two clicks on your account page."
    )
    call = next(one for one in paying.stand_in.calls if one.path == "/v1/checkout/sessions" and one.method == "POST")
    assert call.params["custom_text"]["submit"]["message"] == consent.text
    assert (consent.price_cents, consent.currency, consent.plan) == (9600, "GBP", "yearly")


def test_a_price_at_stripe_that_is_not_the_one_shown_is_not_charged(paying, settings):
    settings.PLAN_MONTHLY_CENTS = 900
    reader = paying.reader(days=20)
    page = paying.click(reader, "/membership/checkout/", plan="monthly")
    assert "nothing was charged" in page
    assert not [one for one in paying.stand_in.calls if one.path == "/v1/checkout/sessions"]


def test_a_payment_page_from_before_another_price_is_not_gone_back_to(paying, settings):
    reader = paying.reader(days=20)
    before = paying.open_checkout(reader)
    settings.PLAN_MONTHLY_CENTS = 1200
    ensure_prices()
    after = paying.open_checkout(reader)
    assert before != after
    assert paying.stand_in.get(before, "checkout.session")["status"] == "expired"
    paying.stand_in.complete_checkout(after, GOOD)
    paying.come_back(reader, after)
    assert Subscription.objects.get().price_cents == 1200


def test_a_payment_page_of_a_customer_deleted_at_stripe_is_not_gone_back_to(paying):
    reader = paying.reader(days=20)
    before = paying.open_checkout(reader)
    paying.stand_in.delete_customer(Customer.objects.get(user=reader).stripe_id)
    paying.deliver()
    after = paying.open_checkout(reader)
    assert before != after
    paying.stand_in.complete_checkout(after, GOOD)
    paying.come_back(reader, after)
    assert paying.access(reader) is Access.MEMBER


def test_other_products_of_the_same_account_make_nobody_a_member(paying):
    """Ghost 20243"""
    reader = paying.reader(days=20)
    paying.open_checkout(reader)
    paying.stand_in.add_price("price_mug", "a_mug_each_month", 2500, "month", "gbp")
    paying.stand_in.subscribe_beside(Customer.objects.get(user=reader).stripe_id, "a_mug_each_month", metadata={})
    paying.deliver()
    assert paying.row(reader).status == ""
    assert paying.access(reader) is Access.TRIAL_OVER


def test_a_customer_deleted_at_stripe_ends_the_membership_and_can_begin_again(paying):
    """Ghost 11557"""
    reader = paying.reader(days=20)
    paying.subscribe(reader)
    paying.stand_in.delete_customer(Customer.objects.get(user=reader).stripe_id)
    paying.deliver()
    assert paying.row(reader).status == "canceled"
    assert not paying.access(reader).is_granted
    paying.subscribe(reader)
    assert paying.access(reader) is Access.MEMBER


def test_the_right_of_a_renewal_does_not_flicker_around_its_hour(paying):
    """B22"""
    reader = paying.reader(days=3)
    paying.subscribe(reader)
    for step in (
        {"days": 10, "hours": 23, "minutes": 59, "seconds": 59},
        {"seconds": 1},
        {"seconds": 1},
        {"minutes": 58},
    ):
        paying.wait(**step)  # and not a word from Stripe
        assert paying.access(reader).is_granted
    paying.deliver()
    paying.wait(minutes=5)
    assert paying.access(reader).is_granted
    paying.deliver()
    assert paying.access(reader) is Access.MEMBER
