"""The pages about a membership, from our own rows: they stand while Stripe is away, which here it always is."""

from __future__ import annotations

from datetime import timedelta

import pytest
import stripe
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from billing.cancel_link import cancel_url
from billing.models import CheckoutSession, Customer, Invoice, Membership, Subscription
from tests.accounts.test_account import account_page, browser_of
from tests.make import make_reader, numbers

pytestmark = pytest.mark.django_db

NEEDS_POST = ("keep", "resume", "pay")


@pytest.fixture(autouse=True)
def payment_is_on(settings, monkeypatch):
    """And nobody listens at Stripe's address."""
    monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0.001)  # until the SDK tries again
    settings.STRIPE_SECRET_KEY = "sk_test_of_the_tests"
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    settings.STRIPE_TIMEOUT_SECONDS = 1


def make_member(status: str = "active", *, days: float = 20, plan: str = "monthly", **facts):
    """A reader with a subscription; `facts` are of the membership and the subscription alike."""
    now = timezone.now()
    facts = {"cancels_at": None, "past_due_since": None, **facts}
    reader = make_reader(
        now - timedelta(days=40), status=status, plan=plan, paid_until=now + timedelta(days=days), **facts
    )
    customer = Customer.objects.create(user=reader, stripe_id=f"cus_{next(numbers)}")
    Subscription.objects.create(
        customer=customer,
        stripe_id=f"sub_{next(numbers)}",
        status=status,
        plan=plan,
        price_cents=1000 if plan == "monthly" else 9600,
        currency="GBP",
        began_at=now - timedelta(days=40),
        card_last4="4242",
        card_expires="08/27",
        **facts,
    )
    return reader


def make_invoice(reader, **facts) -> Invoice:
    subscription = Subscription.objects.get(customer__user=reader)
    return Invoice.objects.create(
        **{
            "subscription": subscription,
            "stripe_id": f"in_{next(numbers)}",
            "status": "paid",
            "total_cents": 1000,
            "plan": "monthly",
            "currency": "GBP",
            "issued_at": timezone.now() - timedelta(days=2),
            "pdf_url": "https://pay.stripe.com/invoice/x/pdf",
            **facts,
        }
    )


def past_due(**facts):
    reader = make_member("past_due", days=-2, past_due_since=timezone.now() - timedelta(days=2))
    make_invoice(reader, status="open", due_cents=1000, is_tried=True, **facts)
    return reader


def main_of(text: str) -> str:
    return text.partition("<main")[2].partition("</main>")[0]


def day(then) -> str:
    return f"{then:%A} {then.day} {then:%B}"


# Taking a plan


def test_a_reader_with_free_days_chooses_between_two_plans_and_pays_nothing_today():
    reader = make_reader()
    page = main_of(browser_of(reader).get("/membership/").text)
    assert 'action="/membership/checkout/"' in page
    assert f"£0 today. £96 on {day(reader.membership.trial_ends_at)}" in page
    assert "Become a member</button>" in page


def test_a_reader_in_the_last_two_days_is_told_what_is_paid_today():
    page = main_of(browser_of(make_reader(timezone.now() - timedelta(days=13))).get("/membership/").text)
    assert "£96 today, then each year on" in page
    assert "Your free days run until" in page


@pytest.mark.parametrize("status", ["active", "past_due", "unpaid", "paused"])
def test_who_has_a_plan_is_led_to_the_account_and_sold_nothing(status):
    page = main_of(browser_of(make_member(status)).get("/membership/").text)
    assert 'href="/account/"' in page
    assert "<form" not in page


@pytest.mark.parametrize("days", [20, 300])
def test_whose_free_days_are_over_is_promised_none(days):
    page = main_of(browser_of(make_reader(timezone.now() - timedelta(days=days))).get("/membership/").text)
    assert "£10 a month or £96 a year. " in page
    assert "days free" not in page.partition("Questions")[0]
    assert "Become a member" in page


def test_a_member_reads_of_no_free_days_on_the_plans_page():
    assert "days free" not in main_of(browser_of(make_member()).get("/membership/").text).partition("Questions")[0]


def test_a_reader_in_the_free_days_sees_how_many_are_left_and_is_not_sold_them_again():
    page = browser_of(make_reader(timezone.now() - timedelta(days=4))).get("/membership/").text
    assert 'aria-label="Day 5 of 14 free days"' in page
    assert "once your free days are over, if you decide to stay." in page
    assert "Today," not in page
    assert "Fourteen days free" not in main_of(page).partition("Questions")[0]


def test_the_agreed_price_stands_on_the_plans_page_too():
    reader = make_member()
    Subscription.objects.update(price_cents=800)
    assert "£8 a month. The next payment is on" in browser_of(reader).get("/membership/").text


def test_a_visitor_s_page_says_how_to_cancel_and_is_still_everybody_s(visitor):
    answer = visitor.get("/membership/")
    assert "Two clicks, no telephone call, no questionnaire." in answer.text
    assert answer["Cache-Control"].startswith("public")
    assert not answer.cookies


def test_where_the_free_days_need_a_card_no_page_says_that_they_do_not(visitor, settings):
    settings.TRIAL_REQUIRES_CARD = True
    page = visitor.get("/membership/").text
    assert "No card" not in page
    assert "without a card" not in page
    assert "It ends by itself" not in page
    assert "Seven days before the end" in page
    assert "The first payment, if you are still here" in page


def test_a_new_reader_who_has_to_give_a_card_sees_when_it_is_charged_first(settings):
    settings.TRIAL_REQUIRES_CARD = True
    reader = make_reader()
    page = main_of(browser_of(reader).get("/membership/").text)
    assert "Start fourteen days free</button>" in page
    assert f"£0 today. £96 on {day(timezone.now() + timedelta(days=14))}" in page


@pytest.mark.parametrize("form", [{}, {"plan": "free"}, {"plan": "monthly\x00"}])
def test_a_form_without_a_plan_leads_back_to_the_plans(form):
    """B21"""
    assert browser_of(make_reader()).post("/membership/checkout/", form).url == "/membership/"


def test_a_visitor_who_posts_the_form_signs_in_first(visitor):
    answer = visitor.post("/membership/checkout/", {"plan": "monthly"})
    assert answer.url == "/account/login/?next=/membership/checkout/"


# Back from Stripe


@pytest.mark.parametrize("session_id", ["cs_of_nobody", "x" * 3000, "' or 1=1"])
def test_a_session_that_is_not_one_s_own_is_not_found(session_id):
    """B16, B31"""
    assert browser_of(make_reader()).get("/membership/welcome/", {"session_id": session_id}).status_code == 404


def test_while_stripe_does_not_answer_the_page_looks_again_by_itself_and_grants_nothing():
    reader = make_reader(timezone.now() - timedelta(days=20))
    customer = Customer.objects.create(user=reader, stripe_id="cus_1")
    CheckoutSession.objects.create(customer=customer, stripe_id="cs_1", plan="monthly", created_at=timezone.now())
    answer = browser_of(reader).get("/membership/welcome/", {"session_id": "cs_1"})
    assert "Your payment is being confirmed" in answer.text
    assert answer["Refresh"]
    assert Membership.objects.get(user=reader).status == ""


# The account page


def test_a_member_sees_plan_price_next_date_card_and_the_way_out():
    page = account_page(make_member())
    for words in ("Monthly, £10", "Next payment on", "Change to annual, £96", "Cancel membership", "Ending 4242"):
        assert words in page


def test_invoices_stand_in_a_table_with_what_became_of_them():
    reader = make_member()
    make_invoice(reader)
    make_invoice(reader, refunded_cents=1000)
    answer = browser_of(reader).get("/account/").text
    assert "Monthly membership</td>" in answer
    assert "Monthly membership, £10 given back</td>" in answer
    assert 'href="https://pay.stripe.com/invoice/x/pdf"' in answer


def test_what_was_paid_for_stays_what_it_was_when_the_plan_changes(paying):
    reader = paying.reader(days=20)
    found = paying.subscribe(reader, "monthly")
    paying.deliver()
    assert "Monthly membership</td>" in browser_of(reader).get("/account/").text
    paying.stand_in.portal_switch(found["id"], "yearly")
    paying.deliver()
    page = browser_of(reader).get("/account/").text
    assert "Annual, £96" in page
    assert "Monthly membership</td>" in page


def test_an_overdue_payment_is_mended_by_buttons_and_not_by_writing_to_us():
    reader = past_due()
    page = account_page(reader)
    for words in ("Payment overdue since", "Pay now", "Use another card", "Cancel membership", "did not go through"):
        assert words in page
    assert "Write to us" not in page
    assert "It is about £10 on the card ending 4242." in browser_of(reader).get("/account/").text


def test_a_payment_that_the_bank_asks_about_is_confirmed_and_not_called_declined():
    page = account_page(past_due(needs_confirmation=True))
    assert "Confirm with your bank" in page
    assert "expires 08/27: the last payment" not in page


@pytest.mark.parametrize(
    ("status", "button"), [("unpaid", "Pay now"), ("paused", "Take it up again"), ("incomplete", "Pay now")]
)
def test_every_state_that_can_be_mended_has_its_button(status, button):
    page = account_page(make_member(status))
    assert button in page
    assert "Cancel membership" in page


def test_who_has_cancelled_can_keep_the_membership():
    end = timezone.now() + timedelta(days=20)
    page = account_page(make_member(cancels_at=end))
    assert f"Cancelled. You read on until {day(end)}." in page
    assert "Keep my membership" in page
    assert "Cancel membership" not in page


def test_a_reader_s_card_and_invoices_are_no_one_else_s():
    """A15"""
    make_invoice(make_member())
    page = account_page(make_reader())
    assert "4242" not in page
    assert "Payment and invoices" not in page


def test_the_account_page_costs_the_same_for_one_invoice_and_for_many():
    reader = make_member()
    make_invoice(reader)
    client = browser_of(reader)
    with CaptureQueriesContext(connection) as few:
        client.get("/account/")
    for _ in range(10):
        make_invoice(reader)
    with CaptureQueriesContext(connection) as many:
        client.get("/account/")
    assert len(many) == len(few)


def test_other_pages_ask_the_database_nothing_for_the_line_about_a_payment():
    reader, plain = browser_of(past_due()), browser_of(make_member())
    counts = []
    for client in (reader, plain):
        with CaptureQueriesContext(connection) as queries:
            page = client.get("/membership/cancel/")
        counts.append((len(queries), "banner--alert" in page.text))
    assert counts[0][0] == counts[1][0]


def test_the_line_above_other_pages_leads_to_the_card():
    page = browser_of(past_due()).get("/privacy/").text
    assert "Your payment did not go through." in page
    assert 'href="/account/#pay"' in page


# Cancelling


def test_cancelling_is_two_clicks_and_the_second_page_names_the_last_moment():
    """B27"""
    reader = make_member()
    page = main_of(browser_of(reader).get("/membership/cancel/").text)
    assert f"You keep reading until {day(reader.membership.paid_until)} at " in page
    assert page.count("<button") == 1
    assert "Cancel now</button>" in page
    assert "Keep reading</a>" in page


def test_an_overdue_member_is_told_that_reading_ends_at_once():
    page = browser_of(past_due()).get("/membership/cancel/").text
    assert "The unpaid £10 is dropped, and reading ends at once." in page


def test_where_there_is_nothing_to_cancel_the_page_leads_back():
    assert browser_of(make_reader()).get("/membership/cancel/").url == "/account/"


def test_the_days_are_those_of_the_reader_s_own_zone():
    reader = make_member()
    type(reader).objects.filter(pk=reader.pk).update(time_zone="Pacific/Kiritimati")
    until = reader.membership.paid_until + timedelta(hours=14)
    assert f"{day(until)} at {until:%H:%M}" in browser_of(reader).get("/membership/cancel/").text


# Cancelling by the link in a letter


def link_of(reader) -> str:
    url = cancel_url(reader, Subscription.objects.get(customer__user=reader).stripe_id)
    return url.removeprefix("http://testserver")


def test_the_link_in_a_letter_opens_the_button_without_signing_in(visitor):
    reader = make_member()
    answer = visitor.get(link_of(reader))
    assert f"You keep reading until {day(reader.membership.paid_until)}" in answer.text
    assert "Cancel now</button>" in answer.text
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["X-Robots-Tag"] == "noindex"
    assert reader.email not in answer.text


def test_a_browser_sends_the_form_of_the_link_with_an_origin_that_is_accepted():
    """With no-referrer it would send "null", and the check against forgery would refuse the press."""
    client = Client(enforce_csrf_checks=True)
    link = link_of(make_member())
    assert client.get(link)["Referrer-Policy"] == "same-origin"
    form = {"csrfmiddlewaretoken": client.cookies["csrf"].value}
    assert client.post(link, form, headers={"Origin": "http://testserver"}).status_code == 503  # Stripe is away
    assert client.post(link, form, headers={"Origin": "null"}).status_code == 403


def test_another_reader_who_is_signed_in_sees_the_letter_s_membership_and_not_their_own():
    reader, other = make_member(days=11), make_member(days=25)
    page = browser_of(other).get(link_of(reader)).text
    assert day(reader.membership.paid_until) in page
    assert day(other.membership.paid_until) not in page


@pytest.mark.parametrize("token", ["x", "WzEsInN1YiJd:1uZ:forged", "%00", "x" * 2000])
def test_a_link_that_is_not_ours_says_to_sign_in(visitor, token):
    answer = visitor.get(f"/membership/cancel/{token}/")
    assert answer.status_code == 404
    assert "Sign in to cancel" in answer.text


def test_the_link_of_a_membership_that_ended_offers_nothing_of_the_next_one(visitor):
    reader = make_member()
    link = link_of(reader)
    Subscription.objects.update(status="canceled", ended_at=timezone.now(), cancels_at=timezone.now())
    page = visitor.get(link).text
    assert "There is nothing to cancel" in page
    assert "Cancel now" not in page


# Another plan


def test_another_plan_says_what_it_costs_and_when_before_the_button():
    page = browser_of(make_member()).get("/membership/plan/?to=yearly").text
    assert "The year begins today: £96" in page
    assert '<input type="hidden" name="plan" value="yearly">' in page


@pytest.mark.parametrize("query", ["", "?to=free", "?to=monthly", "?to=%00"])
def test_a_plan_that_cannot_be_changed_to_leads_back(query):
    assert browser_of(make_member()).get(f"/membership/plan/{query}").url == "/account/"


# When Stripe is away


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("checkout", {"plan": "monthly"}),
        ("cancel", {}),
        ("keep", {}),
        ("resume", {}),
        ("plan", {"plan": "yearly"}),
        ("pay", {}),
        ("portal", {"purpose": "card"}),
    ],
)
def test_when_stripe_is_away_the_reader_is_told_so_and_everything_else_goes_on(path, form, walled_article):
    client = browser_of(make_member())
    answer = client.post(f"/membership/{path}/", form)
    assert answer.status_code == 503
    assert answer["Retry-After"]
    assert "Stripe, which handles our payments, does not answer just now." in answer.text
    assert "quartermaster" in client.get(walled_article.get_absolute_url()).text
    assert client.get("/account/").status_code == 200


@pytest.mark.parametrize("path", [*NEEDS_POST, "portal"])
def test_an_address_of_a_button_opened_by_itself_changes_nothing_and_leads_to_the_account(path):
    """A16: also where somebody had to sign in again in between."""
    assert browser_of(make_member()).get(f"/membership/{path}/").url == "/account/"


@pytest.mark.parametrize("path", [*NEEDS_POST, "checkout", "welcome", "cancel", "plan", "portal"])
def test_pages_about_a_membership_are_for_its_owner_and_kept_by_nobody(path, visitor):
    """A08, A15"""
    assert visitor.get(f"/membership/{path}/").url.startswith("/account/login/?next=")
    assert browser_of(make_member()).get(f"/membership/{path}/")["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("path", [*NEEDS_POST, "checkout", "cancel", "plan", "portal"])
def test_no_button_works_from_another_site(path):
    """A16"""
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_member())
    assert client.post(f"/membership/{path}/", {"plan": "yearly"}).status_code == 403
