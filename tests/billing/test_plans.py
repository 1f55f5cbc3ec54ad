"""What is on offer, and what an account may still be charged for."""

from __future__ import annotations

import pytest
from django.utils import timezone

from billing.facts import make_offer
from billing.plans import current_offer, facts_of
from billing.trial_line import trial_line, trial_ticks
from tests.make import make_reader, make_user


def test_the_prices_are_the_settings(settings):
    settings.PLAN_MONTHLY_CENTS, settings.PLAN_YEARLY_CENTS, settings.PLAN_CURRENCY = 1250, 12000, "EUR"
    offer = current_offer()
    assert offer.price == "€12.50 a month or €120 a year"
    assert offer.yearly_line == "€10 a month, paid once. You save €30."


def test_a_year_that_saves_nothing_does_not_say_so():
    assert make_offer(1000, 12000, "GBP", 14).yearly_line == "£10 a month, paid once."


@pytest.mark.django_db
def test_the_trial_is_drawn_while_it_runs_only(trial_reader, lapsed_reader):
    assert trial_line(facts_of(lapsed_reader, timezone.now())) is None
    line = trial_line(facts_of(trial_reader, timezone.now()))
    assert line.label == "Day 1 of 14 free days"
    assert (line.on_path.count("M"), line.off_path.count("M")) == (1, 13)


@pytest.mark.parametrize(("day", "days"), [(1, 14), (14, 14), (1, 1), (3, 7), (60, 365)])
def test_one_tick_for_each_day_of_a_trial_of_any_length(day, days):
    on, off, end = trial_ticks(day, days)
    assert (on.count("M"), off.count("M")) == (day, days - day)
    assert end == "M701 48V0"


@pytest.mark.django_db
def test_an_account_from_the_command_line_has_facts_too():
    assert facts_of(make_user(), timezone.now()).trial_label == ""
    assert facts_of(make_reader(), timezone.now()).trial_label == "Day 1 of 14"
