"""What was lost is found again, in both directions, and Stripe may be away meanwhile."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from billing.entitlement import Access
from billing.gateway.errors import StripeAway
from billing.gateway.reconcile import reconcile
from billing.models import Customer, Finding, Membership, Subscription
from tests.accounts.doing import PASSWORD, sign_up
from tests.billing.paying import GOOD

pytestmark = pytest.mark.django_db


def run() -> str:
    out = StringIO()
    call_command("reconcile", stdout=out)
    return out.getvalue()


def test_four_days_of_lost_events_are_repaired_both_ways(paying):
    """B15"""
    comes, goes, stays = (paying.reader(days=20) for _ in range(3))
    for reader in (goes, stays):
        paying.subscribe(reader)
    paying.stand_in.complete_checkout(paying.open_checkout(comes), GOOD)
    paying.stand_in.portal_cancel(paying.living(goes)[0]["id"])
    paying.wait(days=4)
    paying.lose()
    assert (paying.row(comes).status, paying.row(goes).cancels_at) == ("", None)
    text = run()
    assert "2 differed and were repaired" in text
    assert paying.access(comes) is Access.MEMBER
    assert paying.access(goes) is Access.CANCELLED_RUNNING
    assert "0 differed" in run()


def test_who_stands_as_stripe_says_costs_no_query_of_his_own(paying, django_assert_num_queries):
    paying.subscribe(paying.reader())
    with CaptureQueriesContext(connection) as one:
        assert reconcile(timezone.now()).line() == "compared=1 drifted=0 unknown=0 failed=0 events=0"
    count = len(one)
    for _ in range(3):
        paying.subscribe(paying.reader())
    with django_assert_num_queries(count):
        assert reconcile(timezone.now()).line() == "compared=4 drifted=0 unknown=0 failed=0 events=0"


def test_an_end_that_nobody_told_us_about_is_found(paying):
    """B15"""
    reader = paying.reader(days=20)
    paying.subscribe(reader)
    paying.click(reader, "/membership/cancel/")
    paying.wait(days=45)
    paying.lose()
    assert paying.row(reader).status == "active"
    assert not paying.access(reader).is_granted  # the date is enough, nobody has to tell us
    reconcile(timezone.now())
    assert paying.row(reader).status == "canceled"


def test_a_customer_whose_id_was_lost_is_adopted(paying):
    """B17"""
    reader = paying.reader(days=20)
    paying.subscribe(reader)
    Customer.objects.update(stripe_id=None)
    Membership.objects.filter(user=reader).update(status="", paid_until=None)
    paying.lose()
    reconcile(timezone.now())
    assert paying.access(reader) is Access.MEMBER


def test_a_subscription_of_nobody_is_reported_and_left_alone(paying):
    customer = paying.stand_in.make_customer({"reader": "somebody-else"})
    paying.stand_in.subscribe_beside(customer["id"], "monthly")
    assert "1 belong to nobody here" in run()
    assert Finding.objects.filter(kind="unknown_customer", about=customer["id"]).exists()


def test_where_stripe_is_away_the_command_says_so_and_nothing_changes(paying):
    reader = paying.reader(days=20)
    paying.subscribe(reader)
    paying.stand_in.is_down = True
    with pytest.raises(CommandError, match="Stripe does not answer"):
        run()
    with pytest.raises(StripeAway):
        reconcile(timezone.now())
    assert paying.access(reader) is Access.MEMBER


@pytest.mark.parametrize("fault", ["down", "timeout"])
def test_with_stripe_away_everything_but_paying_works_and_is_done_later(paying, fault, walled_article):
    """B17"""
    member, cancels = paying.reader(days=20), paying.reader(days=20)
    for reader in (member, cancels):
        paying.subscribe(reader)
    calls = len(paying.stand_in.calls)
    if fault == "down":
        paying.stand_in.is_down = True
    else:
        paying.stand_in.hang_seconds = 5
        paying.stand_in.fail_next("timeout", times=50)
    # Signing up, reading and the account page never ask Stripe.
    assert sign_up("late@mail.example", PASSWORD).status_code == 302
    assert "quartermaster" in paying.browser(member).get(walled_article.get_absolute_url()).text
    account = paying.browser(member).get("/account/")
    assert account.status_code == 200
    assert "Ending 4242" in account.text
    assert len(paying.stand_in.calls) == calls
    # What needs Stripe says that it cannot be done now, and changes nothing.
    answer = paying.browser(cancels).post("/membership/cancel/")
    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0
    assert "does not answer just now" in answer.text
    assert paying.row(cancels).cancels_at is None
    paying.stand_in.is_down = False
    paying.stand_in.fail_next("timeout", times=0)
    paying.click(cancels, "/membership/cancel/")
    assert paying.row(cancels).cancels_at is not None


@pytest.mark.parametrize("fault", [500, 429, 409, "reset", "reset_after"])
def test_a_hiccup_on_the_way_makes_one_customer_and_one_page(paying, fault):
    """B18"""
    for path in ("/v1/customers", "/v1/checkout/sessions"):
        reader = paying.reader(days=20)
        paying.stand_in.fail_next(fault, times=1, only=path)
        if fault == 429:  # waiting longer than a page may take is the reader's next click
            assert paying.browser(reader).post("/membership/checkout/", {"plan": "monthly"}).status_code == 503
        paying.open_checkout(reader)
    assert len({one["customer"] for one in paying.stand_in.sessions()}) == 2
    assert len(paying.stand_in.sessions()) == 2


def test_a_key_of_stripe_s_own_leaves_for_stripe_only(paying, settings):
    from django.core.exceptions import ImproperlyConfigured

    from billing.checks import a_live_key_goes_to_stripe_only
    from billing.gateway.client import stripe_client

    settings.STRIPE_SECRET_KEY = "sk_live_of_somebody"
    assert [one.id for one in a_live_key_goes_to_stripe_only()] == ["billing.E001"]
    with pytest.raises(ImproperlyConfigured):
        stripe_client()


def test_one_night_under_the_key_of_another_account_shuts_no_member_out(paying):
    """There nobody is known; and once what was paid for is over, the reader can begin again."""
    reader = paying.reader(days=20)
    paying.subscribe(reader)
    paying.stand_in.portal_cancel(paying.living(reader)[0]["id"])
    paying.stand_in.fail_next("missing", times=99, only="/v1/customers/")
    with pytest.raises(CommandError, match="1 could not be compared"):
        run()
    assert paying.access(reader) is Access.MEMBER
    assert Finding.objects.get().kind == "customers_unknown"
    paying.wait(days=45)
    assert "1 differed and were repaired" in run()
    assert paying.row(reader).status == "canceled"
    paying.stand_in.fail_next("missing", times=0, only=None)
    paying.subscribe(reader)
    assert paying.access(reader) is Access.MEMBER


def test_where_one_customer_cannot_be_repaired_the_others_are(paying):
    one, other = (paying.reader(days=20) for _ in range(2))
    for reader in (one, other):
        paying.subscribe(reader)
        paying.stand_in.subscribe_beside(Customer.objects.get(user=reader).stripe_id, "yearly")
    paying.lose()
    ended = next(row["id"] for row in paying.living(one) if row["id"] != one_kept(paying, one))
    paying.stand_in.fail_next("missing", times=99, only=f"/v1/subscriptions/{ended}")
    found = reconcile(timezone.now())
    assert found.failed == [Customer.objects.get(user=one).stripe_id]
    assert len(paying.living(other)) == 1


def one_kept(paying, reader) -> str:
    """Of two that live the one that the site knows."""
    return Subscription.objects.get(customer__user=reader).stripe_id
