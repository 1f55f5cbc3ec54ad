"""A discount that was given at Stripe: every amount that we show is the one that is charged."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from billing.models import Invoice, Letter, Subscription
from billing.notices import words_of, write_time_letters
from billing.support import sync_now
from tests.accounts.test_account import account_page
from tests.billing.paying import Paying
from tests.make import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def mail(settings):
    settings.MAIL_IS_CONFIGURED = True


def member(paying: Paying, plan: str = "monthly", days: float = 20):
    """The reader and the subscription at Stripe."""
    reader = paying.reader(days=days)
    found = paying.subscribe(reader, plan)
    paying.deliver()
    return reader, found


def previews(paying: Paying) -> int:
    """How often Stripe was asked what the next invoice will be."""
    return sum(one.path.endswith("/create_preview") for one in paying.stand_in.calls)


@pytest.mark.parametrize("order", ["in", "reversed"])
@pytest.mark.parametrize(
    ("discount", "price", "amount"),
    [({"percent": 20.0}, "£10, less 20%", "£8"), ({"cents": 250}, "£10, less £2.50", "£7.50")],
)
@pytest.mark.parametrize("to_customer", [False, True])
def test_the_account_page_says_what_the_next_payment_really_is(paying, discount, price, amount, to_customer, order):
    reader, found = member(paying)
    paying.stand_in.give_discount(found["id"], **discount, to_customer=to_customer)
    paying.deliver(order=order)
    page = account_page(reader)
    assert f"Monthly, {price} while the discount lasts" in page
    assert f"Next payment on Tuesday 22 December: {amount} with your discount" in page
    assert f"The next payment is on Tuesday 22 December: {amount}." in page
    paying.wait(days=31)
    paying.deliver()
    assert paying.stand_in.invoices()[-1]["total"] == Invoice.objects.first().total_cents
    assert f"Monthly membership, less £{'2' if amount == '£8' else '2.50'} discount" in account_page(reader)


def test_without_a_discount_nothing_more_is_asked_and_nothing_else_is_said(paying):
    reader, _ = member(paying)
    assert "discount" not in account_page(reader)
    assert previews(paying) == 0


def test_one_that_is_for_a_single_payment_is_gone_after_it(paying):
    reader, found = member(paying)
    paying.stand_in.give_discount(found["id"], percent=50.0, lasts="once")
    paying.deliver()
    assert "Next payment on Tuesday 22 December: £5 with your discount" in account_page(reader)
    paying.wait(days=31)
    paying.deliver()
    page = account_page(reader)
    assert "Next payment on Friday 22 January 2027, then each month" in page
    assert "Monthly membership, less £5 discount £5" in page


def test_one_that_was_taken_back_is_shown_no_longer(paying):
    reader, found = member(paying)
    paying.stand_in.give_discount(found["id"], percent=20.0)
    paying.deliver()
    paying.stand_in.take_discount_back(found["id"])
    paying.deliver()
    assert "discount" not in account_page(reader)
    assert Subscription.objects.get().next_cents is None


def test_all_of_it_taken_off_is_no_free_trial(paying):
    reader, found = member(paying)
    paying.stand_in.give_discount(found["id"], percent=100.0)
    paying.deliver()
    assert "Next payment on Tuesday 22 December: £0 with your discount" in account_page(reader)
    paying.wait(days=31)
    paying.deliver()
    assert "Monthly membership, less £10 discount £0" in account_page(reader)


def test_a_discount_on_a_cancelled_membership_asks_for_no_next_payment(paying):
    reader, found = member(paying)
    paying.stand_in.give_discount(found["id"], percent=20.0)
    paying.click(reader, "/membership/cancel/")
    paying.deliver()
    asked = previews(paying)
    assert sync_now(reader, timezone.now())
    assert previews(paying) == asked
    page = account_page(reader)
    assert "Ends on Tuesday 22 December" in page
    assert "with your discount" not in page
    kept = paying.click(reader, "/membership/keep/")
    assert "Your membership goes on: £10 a month, less 20% while the discount lasts." in kept
    assert "The next payment is on Tuesday 22 December: £8." in kept


def test_where_stripe_will_not_say_the_next_amount_the_discount_is_named_all_the_same(paying):
    reader, found = member(paying)
    paying.stand_in.give_discount(found["id"], percent=20.0)
    paying.stand_in.fail_next("missing", only="/create_preview")
    assert sync_now(reader, timezone.now())
    page = account_page(reader)
    assert "Monthly, £10, less 20% while the discount lasts" in page
    assert "Next payment on Tuesday 22 December, then each month" in page


def test_letters_name_what_is_charged(paying):
    reader, found = member(paying, days=0)
    (welcome,) = Letter.objects.filter(user=reader, kind="welcome")
    assert "£10 is charged" in str(words_of(welcome, timezone.now()))
    paying.stand_in.give_discount(found["id"], percent=20.0)
    paying.deliver()
    now = reader.membership.trial_ends_at - timedelta(days=6)
    paying.traveller.move_to(now, tick=False)
    write_time_letters(now)
    words = words_of(Letter.objects.get(user=reader, kind="card_trial_ends_in_7_days"), now)
    assert words.subject == "Your free days end on Sunday 6 December: £8 is charged"
    assert "£8 is charged on Sunday 6 December" in str(words)
    assert "it is £10 a month (less 20% while the discount lasts) until you cancel" in str(words)


def test_before_another_plan_is_taken_the_discount_is_spoken_of(paying):
    reader, found = member(paying)
    paying.stand_in.give_discount(found["id"], percent=20.0)
    paying.deliver()
    page = paying.browser(reader).get("/membership/plan/", {"to": "yearly"}).text
    assert "Your discount comes off, as long as it lasts and holds for this plan." in page


def test_a_change_of_plan_that_waits_tells_its_first_payment(paying):
    reader, found = member(paying, "yearly")
    paying.stand_in.give_discount(found["id"], percent=20.0)
    paying.stand_in.portal_switch(found["id"], "monthly")
    paying.deliver()
    page = account_page(reader)
    assert "From then on Monthly, £10 a month, the first payment £8 with your discount" in page
    assert "on it is £10 a month. The first payment is £8, with your discount." in page


def test_the_desk_shows_it(paying):
    reader, found = member(paying)
    paying.stand_in.give_discount(found["id"], percent=12.5)
    paying.deliver()
    paying.wait(days=31)
    paying.deliver()
    desk = paying.browser(make_user(is_staff=True, is_superuser=True))
    page = desk.get(f"/admin/billing/subscription/{Subscription.objects.get().pk}/change/").text
    assert "12.5%" in page
    assert "£8.75" in page
    page = desk.get(f"/admin/billing/invoice/{Invoice.objects.first().pk}/change/").text
    assert "£1.25" in page
    assert reader.email in desk.get("/admin/billing/subscription/").text
