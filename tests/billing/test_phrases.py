from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from billing import phrases

NOW = datetime(2026, 11, 22, 14, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("cents", "currency", "said"),
    [(1000, "GBP", "£10"), (999, "EUR", "€9.99"), (1250, "CHF", "CHF 12.50"), (5, "USD", "$0.05")],
)
def test_money_is_said_with_its_currency(cents, currency, said):
    assert phrases.money(cents, currency) == said


@pytest.mark.parametrize(
    ("units", "currency", "said"),
    [(1000, "JPY", "JPY 1000"), (0, "JPY", "JPY 0"), (9900, "KRW", "KRW 9900"), (2500, "KWD", "KWD 2.500")],
)
def test_money_without_hundredths_is_said_as_stripe_charges_it(units, currency, said):
    assert phrases.money(units, currency) == said


def test_days_are_counted_in_words():
    assert [phrases.counted_days(count) for count in (1, 14, 30)] == ["one day", "fourteen days", "30 days"]


def test_a_date_names_the_year_only_where_it_is_another_one():
    assert phrases.day(NOW, NOW, UTC) == "Sunday 22 November"
    assert phrases.day(datetime(2027, 1, 2, tzinfo=UTC), NOW, UTC) == "Saturday 2 January 2027"
    assert phrases.moment(NOW, NOW, ZoneInfo("Europe/Oslo")) == "Sunday 22 November at 15:05"
