"""What is kept for a time only is gone after it, and not before."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from billing.models import Consent, StripeEvent
from billing.retention import YEAR, forget_old
from tests.billing.paying import GOOD

pytestmark = pytest.mark.django_db


def test_what_was_agreed_to_is_kept_three_years_and_one_after_the_end(paying):
    reader = paying.reader(days=20)
    paying.subscribe(reader, "yearly", GOOD)
    begun = timezone.now()
    forget_old(begun + 4 * YEAR)
    assert Consent.objects.count() == 1  # the membership runs
    paying.click(reader, "/membership/cancel/")
    paying.wait(days=366)
    paying.deliver()
    forget_old(begun + 3 * YEAR - timedelta(days=1))
    assert Consent.objects.count() == 1
    forget_old(begun + 3 * YEAR + timedelta(days=1))
    assert Consent.objects.count() == 0


def test_events_that_were_followed_up_are_kept_for_a_while_and_others_for_as_long_as_it_takes(paying):
    reader = paying.reader(days=20)
    paying.subscribe(reader)
    paying.deliver()
    count = StripeEvent.objects.count()
    StripeEvent.objects.filter(pk=StripeEvent.objects.first().pk).update(processed_at=None)
    forget_old(timezone.now() + timedelta(days=89))
    assert StripeEvent.objects.count() == count
    forget_old(timezone.now() + timedelta(days=91))
    assert StripeEvent.objects.count() == 1
