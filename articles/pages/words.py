"""Times, counts and money in words. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, tzinfo
from math import sqrt
from unicodedata import bidirectional

from billing.phrases import day as day
from billing.phrases import money as money
from billing.phrases import number as number


def age(then: datetime, now: datetime, zone: tzinfo) -> str:
    """How long ago: "now", "41 min", "2 h", "1 d"; over two days the date."""
    minutes = int((now - then).total_seconds() // 60)
    if minutes < 1:
        return "now"
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 24 * 60:
        return f"{minutes // 60} h"
    if minutes < 48 * 60:
        return f"{minutes // (24 * 60)} d"
    local = then.astimezone(zone)
    return f"{local:%-d %b}" if local.year == now.astimezone(zone).year else f"{local:%-d %b %Y}"


def part_of_day(then: datetime, now: datetime, zone: tzinfo) -> str:
    """The heading a report stands under in a river: "This morning", "Overnight", "Friday"; over six days the date."""
    local, today = then.astimezone(zone), now.astimezone(zone).date()
    if local.date() < today - timedelta(days=6):
        return day(then, now, zone)
    if local.date() != today:
        return f"{local:%A}"
    if local.hour < 6:
        return "Overnight"
    if local.hour < 12:
        return "This morning"
    return "This afternoon" if local.hour < 18 else "This evening"


def midnight(now: datetime, zone: tzinfo) -> datetime:
    """When the reader's day began."""
    return now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)


def ticks_width(count: int) -> int:
    """Width in pixels that shows one tick for a title, forty at the most."""
    return max(0, min(count, 40) * 4 - 2)


def isolated(name: str) -> str:
    """A name for a line of ours in which figures follow it: one from right to left would take them along."""
    runs_left = any(bidirectional(letter) in {"R", "AL"} for letter in name)
    return f"\u2068{name}\u2069" if runs_left else name


def counted(count: int, word: str) -> str:
    """1, "title" -> "1 title"; 3412, "article" -> "3,412 articles"."""
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def titles_phrase(source_count: int) -> str:
    """A claim about the number of titles that is true when rendered."""
    if source_count >= 100:
        return "100s of premium titles"
    return counted(source_count, "premium title")


def sources_phrase(source_count: int) -> str:
    """The same for the row of names: "100+ trusted global sources" only where there are that many."""
    if source_count >= 100:
        return "100+ trusted global sources"
    return counted(source_count, "trusted global source")


def coverage_phrase(title_count: int, language_count: int) -> str:
    """7, 2 -> "7 titles in 2 languages"."""
    return f"{counted(title_count, 'title')} in {counted(language_count, 'language')}"


def chosen_by(names: Iterable[str]) -> str:
    """Who chose the picks: "Chosen by Ines Carrow and our editors"; an empty name is an editor who gave none."""
    distinct = dict.fromkeys(names)
    named = [name for name in distinct if name]
    if len(named) < len(distinct) or not named:
        named.append("our editors")
    return f"Chosen by {and_list(named)}"


def and_list(parts: Sequence[str]) -> str:
    """["a", "b", "c"] -> "a, b and c"."""
    *head, last = parts
    return f"{', '.join(head)} and {last}" if head else last


BAR_STEP, BAR_HEIGHT = 10, 48


def bars_path(counts: Sequence[int]) -> str:
    """An SVG path: one upright line for each count, on a field len(counts) * BAR_STEP wide and BAR_HEIGHT high.

    Heights go by the square root: a news agency would flatten every other title to a dot. Nothing published is a stub.
    """
    most = sqrt(max(counts, default=0) or 1)
    tops = (BAR_HEIGHT - 1 - round((BAR_HEIGHT - 1) * sqrt(count) / most) for count in counts)
    return "".join(f"M{place * BAR_STEP + BAR_STEP // 2} {BAR_HEIGHT}V{top}" for place, top in enumerate(tops))


def ago(then: datetime, now: datetime) -> str:
    """The same for an hour at a time, so that what says it need not be written again every minute: "2 hours ago"."""
    hours = int((now - then).total_seconds() // 3600)
    if hours < 1:
        return "less than an hour ago"
    if hours < 48:
        return "an hour ago" if hours == 1 else f"{hours} hours ago"
    return f"{hours // 24} days ago"
