"""The rows of a reader become the facts that are decided on."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from accounts.models import User
from billing.entitlement import Access, access_of
from billing.models import Membership
from billing.standing import membership_of, rules, standing_of
from tests.make import make_reader, make_user

pytestmark = pytest.mark.django_db


def access(user, hours: float = 0) -> Access:
    return access_of(standing_of(user), timezone.now() + timedelta(hours=hours), rules())


def test_a_visitor_has_no_standing():
    assert standing_of(None) is None
    assert standing_of(AnonymousUser()) is None


def test_every_fact_of_the_membership_is_handed_on():
    now = timezone.now()
    facts = {
        "status": "past_due",
        "paid_until": now + timedelta(days=3),
        "cancels_at": now + timedelta(days=2),
        "past_due_since": now - timedelta(days=1),
    }
    reader = make_reader(now - timedelta(days=40), **facts)
    standing = standing_of(reader)
    assert {name: getattr(standing, name) for name in facts} == facts
    assert standing.trial_ends_at == standing.signed_up_at + timedelta(days=14)


def test_a_reader_who_has_not_confirmed_the_address_reads_for_a_day():
    reader = make_reader()
    reader.emailaddress_set.update(verified=False)
    reader = User.objects.get(pk=reader.pk)
    assert access(reader, hours=23.9) is Access.UNVERIFIED_GRACE
    assert access(reader, hours=24) is Access.MUST_VERIFY


def test_an_address_is_verified_only_if_it_is_the_one_in_use():
    reader = make_reader()
    reader.emailaddress_set.update(email="another@mail.example")
    assert access(User.objects.get(pk=reader.pk), hours=24) is Access.MUST_VERIFY


def test_where_no_mail_can_be_sent_nobody_has_to_verify(settings):
    settings.MAIL_IS_CONFIGURED = False
    reader = make_reader()
    reader.emailaddress_set.all().delete()
    assert access(User.objects.get(pk=reader.pk), hours=24) is Access.TRIAL


def test_an_account_from_the_command_line_has_no_trial_and_staff_need_none():
    assert access(make_user()) is Access.NO_TRIAL
    assert access(make_user(is_staff=True)) is Access.STAFF


def test_an_account_that_is_switched_off_reads_as_a_visitor(member):
    member.is_active = False
    assert access(member) is Access.VISITOR


def test_the_grace_and_the_hours_to_verify_are_settings(settings):
    settings.PAST_DUE_GRACE_DAYS, settings.VERIFY_WITHIN_HOURS = 3, 5
    assert (rules().past_due_grace, rules().verify_within) == (timedelta(days=3), timedelta(hours=5))


def test_a_standing_costs_two_queries_once(django_assert_num_queries, member):
    with django_assert_num_queries(2):
        standing_of(member)
        standing_of(member)


def test_looking_makes_no_membership():
    user = make_user()
    standing_of(user)
    assert membership_of(user) is None
    assert not Membership.objects.filter(user=user).exists()
