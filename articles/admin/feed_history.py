"""A feed's last thirty days on its page: rates in words, two small charts drawn here, the same as a table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.template.defaultfilters import filesizeformat
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from articles.ingest.days import history_of
from articles.ingest.history import Chart, Day, Rates, chart_of, rates_of
from articles.models import Feed


@dataclass(frozen=True, slots=True)
class Drawn:
    """One chart with what it says to who cannot see it."""

    key: str  # of its ids
    title: str
    summary: str
    chart: Chart
    kinds: tuple[tuple[str, str], ...] = ()  # the legend: class and meaning


def draw_history(feed: Feed, now: datetime) -> SafeString:
    days = history_of(feed, now)
    context = {
        "facts": facts_in_words(rates_of(days)),
        "charts": [articles_chart(days), fetches_chart(days)],
        "days": [day for day in reversed(days) if day.brought is not None],
        "first": days[0].on,
        "last": days[-1].on,
    }
    return render_to_string("admin/articles/feed/history.html", context)


def articles_chart(days: list[Day]) -> Drawn:
    chart = chart_of([[("new", day.brought.new_articles)] if day.brought else None for day in days])
    total = sum(day.brought.new_articles for day in days if day.brought)
    return Drawn("articles", "New articles a day", f"{total:,} in all, {chart.most:,} on the best day", chart)


def fetches_chart(days: list[Day]) -> Drawn:
    parts = [
        [("full", day.brought.full), ("same", day.brought.not_modified), ("failed", day.brought.failed)]
        if day.brought
        else None
        for day in days
    ]
    chart = chart_of(parts)
    failed = sum(day.brought.failed for day in days if day.brought)
    kinds = (("full", "with a document"), ("same", "not modified"), ("failed", "failed"))
    return Drawn("fetches", "Fetches a day", f"{chart.most:,} on the busiest day, {failed:,} failed", chart, kinds)


def facts_in_words(rates: Rates) -> list[tuple[str, str]]:
    """(what, how much), over the last seven days."""
    if not rates.days:
        return []
    return [
        ("succeeded", percent(rates.success)),
        ("not modified", percent(rates.not_modified)),
        ("new articles a day", f"{rates.new_articles_a_day:,.1f}"),
        ("a day over the wire", filesizeformat(rates.wire_bytes_a_day)),
    ]


def percent(share: float | None) -> str:
    """Never rounded up to all, nor down to nothing."""
    if share is None:
        return "-"
    if 0.99 < share < 1:
        return "over 99 %"
    if 0 < share < 0.01:
        return "under 1 %"
    return f"{share * 100:.0f} %"
