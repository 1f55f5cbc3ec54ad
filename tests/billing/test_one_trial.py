"""Free days once to each person: by address, by card, with or without a card asked for at the beginning."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.erasure import erase
from accounts.models import User
from billing.entitlement import Access
from billing.models import AccessLine, CardClaim, Customer, Letter, Subscription, TrialClaim
from tests.accounts.doing import PASSWORD, sign_up
from tests.billing.paying import DECLINES_LATER, GOOD, moment

pytestmark = pytest.mark.django_db


def reader_of(email: str) -> User:
    user = User.objects.get(email=email)
    user.emailaddress_set.update(verified=True)
    return User.objects.get(pk=user.pk)


def test_a_card_that_had_free_days_with_another_account_keeps_none_and_is_not_charged(paying):
    """B20"""
    first, second = paying.reader(days=3), paying.reader(days=3)
    paying.subscribe(first, card=GOOD)
    session = paying.open_checkout(second)
    paying.stand_in.complete_checkout(session, GOOD)
    page = paying.come_back(second, session)
    assert "Welcome" not in page
    assert paying.living(second) == []
    assert not paying.access(second).is_granted
    assert [one["total"] for one in paying.stand_in.invoices() if one["total"]] == []
    assert Letter.objects.filter(user=second, kind="second_trial").count() == 1
    assert AccessLine.objects.filter(user=second, rule__contains="used before").exists()
    # The plan itself is open to everybody: it begins, and is paid for, at once.
    paying.subscribe(second, card=GOOD)
    assert paying.row(second).status == "active"
    assert paying.access(second) is Access.MEMBER
    assert paying.access(first) is Access.MEMBER


def test_one_s_own_card_again_is_no_second_person(paying):
    """B20"""
    reader = paying.reader(days=1)
    paying.subscribe(reader, card=GOOD)
    paying.click(reader, "/membership/cancel/")
    paying.wait(days=3)
    paying.stand_in.portal_use_card(Customer.objects.get(user=reader).stripe_id, DECLINES_LATER)
    paying.stand_in.portal_use_card(Customer.objects.get(user=reader).stripe_id, GOOD)
    paying.deliver()
    paying.click(reader, "/membership/keep/")
    assert paying.row(reader).status == "trialing"
    assert paying.access(reader) is Access.MEMBER


@pytest.mark.parametrize("again", ["ada+news@gmail.com", "A.d.a@googlemail.com", "ada@gmail.com"])
def test_an_erased_account_and_another_spelling_have_had_their_free_days(paying, again):
    """B20, B29"""
    sign_up("ada@gmail.com", PASSWORD)
    reader = reader_of("ada@gmail.com")
    paying.subscribe(reader)
    paying.deliver()
    assert erase(reader, timezone.now()) is None
    assert paying.stand_in.subscriptions()[0]["status"] == "canceled"
    sign_up(again, PASSWORD)
    second = User.objects.exclude(email="ada@gmail.com").order_by("-pk").first() or User.objects.get()
    assert paying.access(reader_of(second.email)) is Access.NO_TRIAL
    for row in (*TrialClaim.objects.all(), *CardClaim.objects.all()):
        assert "ada" not in str(vars(row))


def test_an_account_is_not_erased_while_stripe_does_not_confirm(paying):
    """B29"""
    from billing.gateway.errors import StripeAway

    reader = paying.reader(days=20)
    paying.subscribe(reader)
    paying.stand_in.is_down = True
    try:
        refusal = erase(reader, timezone.now())
    except StripeAway:
        refusal = True
    assert refusal
    assert User.objects.filter(pk=reader.pk).exists()
    paying.stand_in.is_down = False
    assert erase(User.objects.get(pk=reader.pk), timezone.now()) is None
    assert [one["status"] for one in paying.stand_in.subscriptions()] == ["canceled"]
    paying.wait(days=60)
    paying.deliver()
    assert [one["total"] for one in paying.stand_in.invoices() if one["total"]] == [1000]


def test_a_page_left_open_begins_nothing_after_the_account_is_gone(paying):
    """B29"""
    reader = paying.reader(days=20)
    session = paying.open_checkout(reader)
    assert erase(reader, timezone.now()) is None
    assert paying.stand_in.find(session)["status"] == "expired"


def test_a_subscription_of_an_erased_account_is_ended_when_it_shows(paying):
    """B29"""
    reader = paying.reader(days=20)
    paying.subscribe(reader)
    customer = Customer.objects.get(user=reader)
    assert erase(reader, timezone.now()) is None
    late = paying.stand_in.subscribe_beside(customer.stripe_id, "monthly")
    paying.deliver()
    assert paying.stand_in.find(late["id"])["status"] == "canceled"


@pytest.fixture
def with_card(paying, settings):
    settings.TRIAL_REQUIRES_CARD = True
    return paying


def test_where_a_card_is_needed_the_free_days_begin_with_it(with_card, walled_article):
    paying = with_card
    sign_up("ada@mail.example", PASSWORD)
    reader = reader_of("ada@mail.example")
    assert paying.access(reader) is Access.CARD_NEEDED
    assert "free days" in paying.browser(reader).get(walled_article.get_absolute_url()).text
    subscription = paying.subscribe(reader, "monthly")
    assert subscription["status"] == "trialing"
    assert moment(subscription["trial_end"]) - timezone.now() == timedelta(days=14)
    assert paying.access(reader) is Access.MEMBER
    paying.wait(days=14, hours=2)
    paying.deliver()
    assert paying.row(reader).status == "active"
    assert [one["total"] for one in paying.stand_in.invoices() if one["total"]] == [1000]


def test_where_a_card_is_needed_it_is_still_once_to_a_person(with_card):
    """B20"""
    paying = with_card
    for email in ("ada@gmail.com", "a.da@gmail.com"):
        sign_up(email, PASSWORD)
    first, second = reader_of("ada@gmail.com"), reader_of("a.da@gmail.com")
    paying.subscribe(first)
    subscription = paying.subscribe(second, card="5555555555554444")
    assert subscription["status"] == "active" or paying.living(second) == []
    assert Subscription.objects.filter(customer__user=second, status="trialing").count() == 0


def test_no_reminder_goes_to_somebody_whose_trial_was_cancelled(paying):
    """B23, B24"""
    from billing.notices import write_time_letters

    reader = paying.reader(days=1)
    paying.subscribe(reader)
    paying.click(reader, "/membership/cancel/")
    for _ in range(15):
        paying.wait(days=1)
        paying.deliver(times=2)
        write_time_letters(timezone.now())
    kinds = set(Letter.objects.filter(user=reader).values_list("kind", flat=True))
    assert kinds <= {"welcome", "cancelled", "trial_started"}
