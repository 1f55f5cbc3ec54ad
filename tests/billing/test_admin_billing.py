"""Support's desk: everything about a membership to look at, four things to do, each with a reason and a log."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from billing.admin import FEW
from billing.entitlement import Access
from billing.models import (
    Consent,
    Customer,
    Finding,
    Invoice,
    Letter,
    Membership,
    StripeEvent,
    Subscription,
)
from billing.record import access_now
from tests.articles.admin.test_csp import Inline
from tests.make import make_reader, make_user

pytestmark = pytest.mark.django_db

MODELS = ("membership", "customer", "subscription", "invoice", "stripeevent", "letter", "finding", "consent")


def browser_of(user, **how) -> Client:
    client = Client(**how)
    client.force_login(user)
    return client


def staff_with(*codenames: str):
    user = make_user(f"{'-'.join(codenames) or 'none'}@site.example", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return user


@pytest.fixture
def support(db):
    return staff_with("support_membership")


@pytest.fixture
def operator(db):
    return make_user("operator@site.example", is_staff=True, is_superuser=True)


def list_of(model: str) -> str:
    return reverse(f"admin:billing_{model}_changelist")


def page_of(row) -> str:
    return reverse(f"admin:billing_{row._meta.model_name}_change", args=[row.pk])


def support_url(reader, name: str) -> str:
    return reverse("admin:billing_membership_support", args=[Membership.objects.get(user=reader).pk, name])


def in_days(days: int) -> str:
    return f"{timezone.localdate() + timedelta(days=days):%Y-%m-%d}"


def make_payer(number: int = 1):
    """A row of everything about one reader."""
    now = timezone.now()
    reader = make_reader(status="active", plan="monthly", paid_until=now + timedelta(days=9))
    customer = Customer.objects.create(user=reader, stripe_id=f"cus_{number}", email=reader.email)
    subscription = Subscription.objects.create(
        customer=customer,
        stripe_id=f"sub_{number}",
        status="active",
        plan="monthly",
        price_cents=1000,
        currency="GBP",
        began_at=now,
        card_brand="visa",
        card_last4="4242",
        card_expires="11/29",
    )
    Invoice.objects.create(
        subscription=subscription,
        stripe_id=f"in_{number}",
        status="paid",
        total_cents=1000,
        currency="GBP",
        issued_at=now,
        page_url="https://invoice.stripe.com/i/secret",
        pdf_url="https://pay.stripe.com/invoice/secret/pdf",
    )
    StripeEvent.objects.create(
        event_id=f"evt_{number}",
        type="invoice.paid",
        customer_stripe_id=f"cus_{number}",
        created_at=now,
        received_at=now,
    )
    Letter.objects.filter(user=reader).delete()  # the one about the free days
    Letter.objects.create(user=reader, kind="welcome", about=f"sub_{number}", wanted_at=now, facts={"a": "secret"})
    Finding.objects.create(kind="odd", about=f"sub_{number}", text="Look at it.", first_at=now, last_at=now)
    Consent.objects.create(
        customer=customer,
        at=now,
        plan="monthly",
        price_cents=1000,
        currency="GBP",
        first_charge_at=now,
        text="I agree.",
    )
    return reader


# Looking


def test_an_operator_sees_every_list_and_every_page_and_edits_nothing(operator):
    make_payer()
    client = browser_of(operator)
    for model in (Membership, Customer, Subscription, Invoice, StripeEvent, Letter, Finding, Consent):
        assert client.get(list_of(model._meta.model_name)).status_code == 200
        row = model.objects.get()
        page = client.get(page_of(row))
        assert page.status_code == 200
        assert 'name="_save"' not in page.text
        assert client.post(page_of(row), {"status": "canceled"}).status_code == 403
        assert client.post(reverse(f"admin:billing_{model._meta.model_name}_delete", args=[row.pk])).status_code == 403
        assert client.get(f"/admin/billing/{model._meta.model_name}/add/").status_code == 403


def test_no_page_shows_a_payload_an_address_of_stripe_or_more_of_a_card_than_four_figures(operator):
    make_payer()
    client = browser_of(operator)
    pages = "".join(
        client.get(url).text
        for model in (Membership, Customer, Subscription, Invoice, StripeEvent, Letter, Finding, Consent)
        for url in (list_of(model._meta.model_name), page_of(model.objects.get()))
    )
    assert "4242" in pages
    for word in ("secret", "11/29", "visa"):
        assert word not in pages


@pytest.mark.parametrize("model", ["membership", "customer", "subscription", "invoice", "letter", "consent"])
def test_a_reader_is_found_by_address_and_by_stripe_s_number(operator, model):
    reader, _ = make_payer(1), make_payer(2)
    client = browser_of(operator)
    for words in (reader.email, "cus_1"):
        assert "1 result" in client.get(list_of(model), {"q": words}).text, words
    assert "0 results" in client.get(list_of(model), {"q": "cus_"}).text


def test_an_event_is_found_by_its_customer_s_address_too(operator):
    reader, _ = make_payer(1), make_payer(2)
    client = browser_of(operator)
    for words in (reader.email, "cus_1", "evt_1"):
        page = client.get(list_of("stripeevent"), {"q": words}).text
        assert "evt_1" in page
        assert "evt_2" not in page


def test_a_list_costs_the_same_however_many_readers_there_are(operator):
    client = browser_of(operator)
    make_payer(1)

    def cost(model: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(list_of(model))
        return len(queries)

    before = {model: cost(model) for model in MODELS}
    for number in range(2, 12):
        make_payer(number)
    assert {model: cost(model) for model in MODELS} == before


def test_a_membership_s_page_says_what_may_be_read_and_why(support):
    reader = make_payer()
    page = browser_of(support).get(page_of(reader.membership)).text
    assert "yes: member" in page
    assert "14 free days, until" in page
    assert "sub_1" in page
    assert reader.email in page


def test_of_an_erased_reader_the_payments_are_still_listed(operator):
    make_payer().delete()
    page = browser_of(operator).get(list_of("invoice")).text
    assert "erased" in page


def test_support_knows_readers_by_their_addresses_and_not_by_numbers_of_ours(support):
    """Two readers may have one name, and nobody knows a reader by a row's number."""
    reader = make_payer()
    client = browser_of(support)
    assert reader.email in client.get(list_of("membership")).text
    for url in (page_of(reader.membership), page_of(reader.membership).replace("change", "history")):
        page = client.get(url).text
        assert reader.email in re.search(r"<h[12][^>]*>[^<]*@[^<]*</h[12]>", page)[0]


# Who may do it


def test_staff_who_may_only_look_find_no_buttons_and_no_pages():
    reader = make_reader()
    client = browser_of(staff_with("view_membership"))
    page = client.get(page_of(reader.membership)).text
    assert "Refund and cancel" not in page
    assert "Ask Stripe now" not in page
    for name in ("trial", "gift", "refund"):
        assert client.get(support_url(reader, name)).status_code == 403
        answer = client.post(support_url(reader, name), {"reason": "x", "last_day": in_days(3), "confirmed": "yes"})
        assert answer.status_code == 403
    assert Membership.objects.get(user=reader).given_until is None


def test_readers_and_visitors_do_not_get_in(trial_reader, visitor):
    assert visitor.get(support_url(trial_reader, "gift")).status_code == 302
    assert browser_of(trial_reader).get(support_url(trial_reader, "gift"), follow=True).status_code == 403


@pytest.mark.parametrize("who", ["support", "operator"])
def test_support_and_operators_find_the_buttons(who, request):
    page = browser_of(request.getfixturevalue(who)).get(page_of(make_reader().membership)).text
    for words in ("Give free days again", "Give a membership", "Refund and cancel", "Ask Stripe now"):
        assert words in page


def test_a_form_from_another_site_does_nothing(support):
    """A16"""
    reader = make_reader()
    client = browser_of(support, enforce_csrf_checks=True)
    form = {"reason": "x", "last_day": in_days(3), "confirmed": "yes"}
    assert client.post(support_url(reader, "gift"), form).status_code == 403
    assert Membership.objects.get(user=reader).given_until is None


def test_what_does_not_exist_is_not_found(support):
    reader = make_reader()
    client = browser_of(support)
    assert client.get(support_url(reader, "gift").replace("gift", "riches")).status_code == 404
    assert client.get("/admin/billing/membership/999999/support/gift/").status_code == 404


# Doing it


def test_a_membership_is_given_after_a_reason_a_day_and_a_second_question(support, lapsed_reader):
    client, url = browser_of(support), support_url(lapsed_reader, "gift")
    form = {"reason": "Won a quiz.", "last_day": in_days(30)}
    assert 'name="last_day"' in client.get(url).text
    asked = client.post(url, form).text
    assert "They read every article until the end of" in asked
    assert "Won a quiz." in asked
    assert Membership.objects.get(user=lapsed_reader).given_until is None
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', asked))
    page = client.post(url, hidden, follow=True).text
    assert "Membership given until" in page
    assert access_now(lapsed_reader, timezone.now() + timedelta(days=30)) is Access.GIVEN
    line = lapsed_reader.access_lines.first()
    assert (line.actor, line.cause) == (support.email, "give_membership")
    assert "Won a quiz." in line.rule
    entry = LogEntry.objects.get()
    assert entry.user == support
    assert "Won a quiz." in entry.change_message


@pytest.mark.parametrize(
    "form",
    [
        {"reason": "", "last_day": "2030-01-01"},
        {"reason": " ", "last_day": "2030-01-01"},
        {"reason": "x", "last_day": ""},
        {"reason": "x", "last_day": "2020-01-01"},
        {"reason": "x", "last_day": "9999-12-31"},
        {"reason": "x", "last_day": "soon"},
        {"reason": "x" * 201, "last_day": "2027-01-01"},
        {"reason": "a\x00b", "last_day": "2027-01-01"},
    ],
)
def test_without_a_reason_and_a_sensible_day_nothing_is_given(support, form):
    reader = make_reader()
    page = browser_of(support).post(support_url(reader, "gift"), {**form, "confirmed": "yes"})
    assert page.status_code == 200
    assert "errorlist" in page.text
    assert Membership.objects.get(user=reader).given_until is None


def test_looking_at_the_form_does_nothing(support, lapsed_reader):
    browser_of(support).get(support_url(lapsed_reader, "trial"), {"reason": "x", "confirmed": "yes"})
    assert access_now(lapsed_reader, timezone.now()) is Access.TRIAL_OVER


def test_free_days_are_given_again(support, lapsed_reader):
    url = support_url(lapsed_reader, "trial")
    page = browser_of(support).post(url, {"reason": "Ill.", "confirmed": "yes"}, follow=True).text
    assert f"Free days given: {lapsed_reader.email}." in page
    assert access_now(lapsed_reader, timezone.now()) is Access.TRIAL


def test_a_refusal_is_told_and_not_logged(support, settings):
    reader = make_reader()
    settings.TRIAL_DAYS = 2
    page = browser_of(support).post(support_url(reader, "trial"), {"reason": "x", "confirmed": "yes"}, follow=True)
    assert "Nothing was changed: The free days that run now end later" in page.text
    assert not LogEntry.objects.exists()


def test_a_reason_is_shown_as_text(support, lapsed_reader):
    url = support_url(lapsed_reader, "trial")
    client = browser_of(support)
    for form in ({"reason": "<script>x</script>"}, {"reason": "<script>x</script>", "confirmed": "yes"}):
        assert "<script>x" not in client.post(url, form, follow=True).text


# With Stripe


def test_a_refund_is_confirmed_done_and_logged(paying, support):
    reader = paying.reader(days=20)
    paying.subscribe(reader)
    client, url = browser_of(support), support_url(reader, "refund")
    asked = client.post(url, {"reason": "By mistake."}).text
    assert f"The payment of £10 of {Invoice.objects.get().issued_at:%-d %B %Y} goes back" in asked
    assert "This cannot be taken back." in asked
    assert paying.stand_in.refunds() == []
    page = client.post(url, {"reason": "By mistake.", "confirmed": "yes"}, follow=True).text
    assert "Ended, £10 given back" in page
    assert [one["amount"] for one in paying.stand_in.refunds()] == [1000]
    assert not paying.access(reader).is_granted
    assert "By mistake." in LogEntry.objects.get().change_message


def test_a_refund_without_a_payment_says_why_not(paying, support):
    reader = paying.reader()
    client, url = browser_of(support), support_url(reader, "refund")
    assert "We know of no payment that could go back." in client.post(url, {"reason": "x"}).text
    page = client.post(url, {"reason": "x", "confirmed": "yes"}, follow=True).text
    assert "Nothing was changed: This reader has never paid." in page


def test_a_refund_while_stripe_is_away_says_so_and_is_logged(paying, support):
    reader = paying.reader(days=20)
    paying.subscribe(reader)
    paying.stand_in.fail_next(500, times=99)
    url = support_url(reader, "refund")
    page = browser_of(support).post(url, {"reason": "x", "confirmed": "yes"}, follow=True).text
    assert "Stripe did not answer." in page
    assert "Stripe did not answer" in LogEntry.objects.get().change_message
    assert paying.access(reader).is_granted


def press(client: Client, *readers, **fields):
    chosen = [Membership.objects.get(user=reader).pk for reader in readers]
    form = {"action": "sync", "_selected_action": chosen, **fields}
    return client.post(list_of("membership"), form, follow=True)


def test_asking_stripe_from_the_page_brings_what_was_lost(paying, support):
    reader = paying.reader(days=20)
    paying.stand_in.complete_checkout(paying.open_checkout(reader))
    paying.lose()
    answer = press(browser_of(support), reader, on_page="yes")
    assert answer.redirect_chain[-1][0] == page_of(reader.membership)
    assert f"As Stripe has it now: {reader.email}" in answer.text
    assert paying.access(reader) is Access.MEMBER
    assert LogEntry.objects.get().change_message == "Asked Stripe."


def test_asking_stripe_from_the_list_says_who_was_not_answered(paying, support):
    there, away = paying.reader(days=20), paying.reader(days=20)
    paying.subscribe(away)
    paying.stand_in.fail_next("timeout", times=99)
    page = press(browser_of(support), there, away).text
    assert f"As Stripe has it now: {there.email}" in page
    assert f"Stripe did not answer about {away.email}." in page


def test_the_whole_list_is_not_asked_about_at_once(support):
    readers = [make_reader() for _ in range(FEW + 1)]
    assert f"Choose {FEW} readers at the most" in press(browser_of(support), *readers).text
    assert not LogEntry.objects.exists()


def test_who_may_only_look_asks_nothing_of_stripe():
    reader = make_reader()
    press(browser_of(staff_with("view_membership")), reader)
    assert not LogEntry.objects.exists()


# The policy


def test_no_page_holds_anything_that_the_policy_refuses(operator):
    reader = make_payer()
    client = browser_of(operator)
    pages = [client.get(list_of(model)) for model in MODELS]
    pages += [client.get(page_of(reader.membership)), client.get(support_url(reader, "gift"))]
    pages.append(client.post(support_url(reader, "gift"), {"reason": "x", "last_day": in_days(9)}))
    for page in pages:
        found = Inline("".join(re.findall(r"'nonce-([^']+)'", page["Content-Security-Policy"])))
        found.feed(page.text)
        assert found.refused == []


def test_every_page_of_a_membership_says_in_its_way_there_whose_it_is(support):
    membership = make_reader().membership
    page = page_of(membership)
    for path in (page, page.replace("/change/", "/history/"), page.replace("/change/", "/support/trial/")):
        text = browser_of(support).get(path).text
        way = text.partition('class="breadcrumbs"')[2].partition("</div>")[0]
        assert ">Memberships</a>" in way
        assert membership.user.email in way
        assert "membership of user" not in way


def test_the_furthest_day_that_the_form_takes_can_be_given(support):
    client, reader = browser_of(support), make_reader()
    form = {"reason": "For life.", "confirmed": "yes"}
    assert "errorlist" in client.post(support_url(reader, "gift"), {**form, "last_day": in_days(5 * 366)}).text
    page = client.post(support_url(reader, "gift"), {**form, "last_day": in_days(5 * 366 - 1)}, follow=True).text
    assert "Membership given until" in page
