"""A feed's days: what each brought, from totals that only ever grow."""

from __future__ import annotations

from datetime import date, timedelta

from articles.ingest.history import CHART_HEIGHT, Day, Totals, chart_of, days_of, rates_of

TODAY = date(2025, 7, 1)
LONG_AGO = TODAY - timedelta(days=400)


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def test_a_day_brought_what_the_totals_grew_by_and_today_what_there_is_so_far():
    ended = {ago(3): Totals(100, 60, 5, 1000, 20), ago(2): Totals(110, 66, 5, 1200, 24), ago(1): Totals(130, 80, 6)}
    days = days_of(ended, Totals(133, 82, 6), TODAY, LONG_AGO)
    assert len(days) == 30
    assert days[-3:] == [
        Day(ago(2), Totals(10, 6, 0, 200, 4)),
        Day(ago(1), Totals(20, 14, 1, 0, 0)),
        Day(TODAY, Totals(3, 2, 0)),
    ]


def test_what_the_first_row_brought_is_unknown_unless_the_feed_began_that_day():
    ended = {ago(1): Totals(fetches=9)}
    assert days_of(ended, Totals(fetches=10), TODAY, LONG_AGO)[-2] == Day(ago(1), None)
    assert days_of(ended, Totals(fetches=10), TODAY, ago(1))[-2] == Day(ago(1), Totals(fetches=9))


def test_a_feed_that_was_added_today_shows_its_first_hours():
    assert days_of({}, Totals(fetches=2), TODAY, TODAY)[-1] == Day(TODAY, Totals(fetches=2))
    assert days_of({}, Totals(fetches=2), TODAY, LONG_AGO)[-1].brought is None


def test_days_that_nobody_counted_are_unknown_and_the_next_one_brought_it_all():
    days = days_of({ago(4): Totals(fetches=10), ago(1): Totals(fetches=16)}, Totals(fetches=17), TODAY, LONG_AGO)
    assert [day.brought.fetches if day.brought else None for day in days[-4:]] == [None, None, 6, 1]


def test_rows_older_than_the_chart_still_tell_what_its_first_day_brought():
    ended = {ago(n): Totals(fetches=1000 - n) for n in range(1, 60)}
    days = days_of(ended, Totals(fetches=1000), TODAY, LONG_AGO)
    assert [day.brought.fetches for day in days] == [1] * 30


def test_a_row_of_today_does_not_count_twice():
    days = days_of({ago(1): Totals(fetches=5), TODAY: Totals(fetches=7)}, Totals(fetches=9), TODAY, LONG_AGO)
    assert days[-1].brought == Totals(fetches=4)


def test_totals_that_were_set_back_give_no_negative_day():
    days = days_of({ago(1): Totals(fetches=50)}, Totals(fetches=3), TODAY, LONG_AGO)
    assert days[-1].brought == Totals()


def test_rates_are_of_the_last_seven_days_that_were_counted():
    days = [Day(ago(9), Totals(fetches=1000, failed=1000)), *(Day(ago(n), None) for n in (6, 5, 4, 3, 2))]
    days += [Day(ago(1), Totals(10, 5, 1, 300, 4)), Day(TODAY, Totals(10, 3, 1, 100, 2))]
    rates = rates_of(days)
    assert (rates.days, rates.success, rates.not_modified) == (2, 0.9, 0.4)
    assert (rates.wire_bytes_a_day, rates.new_articles_a_day) == (200, 3)


def test_a_feed_that_was_never_fetched_has_no_rates():
    rates = rates_of([Day(TODAY, Totals())])
    assert (rates.success, rates.not_modified) == (None, None)
    assert rates_of([Day(TODAY, None)]).days == 0


def test_the_highest_bar_fills_the_chart_pieces_stand_on_each_other_and_one_is_never_invisible():
    chart = chart_of([[("full", 1000), ("failed", 1)], None, [("full", 0), ("failed", 0)], [("full", 500)]])
    assert chart.most == 1001
    full, failed, unknown, half = chart.pieces
    assert full.y + full.height == CHART_HEIGHT
    assert failed.y + failed.height == full.y
    assert failed.height > 1
    assert unknown.kind == "unknown"
    assert abs(half.height - full.height / 2) < 0.2
    assert min(piece.y for piece in chart.pieces) >= 0


def test_a_chart_of_nothing_has_no_bars():
    assert chart_of([[("new", 0)], [("new", 0)]]).pieces == ()
