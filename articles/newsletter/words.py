"""Editions, dates and counts as the page and the letter name them. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

from articles.newsletter.when import Slot
from billing import phrases

DAY = timedelta(days=1)


def edition_name(slot: Slot) -> str:
    """ "Friday morning"."""
    return f"{slot.day:%A} {slot.part}"


def edition_date(slot: Slot, now: datetime, zone: tzinfo) -> str:
    """ "27 November", with the year where it is another one."""
    is_this_year = slot.day.year == now.astimezone(zone).year
    return f"{slot.day:%-d %B}" if is_this_year else f"{slot.day:%-d %B %Y}"


def comes_next(slot: Slot, now: datetime, zone: tzinfo) -> str:
    """ "this evening at 18:00"; by the reader's calendar."""
    days = (slot.day - now.astimezone(zone).date()).days
    near = {0: f"this {slot.part}", 1: f"tomorrow {slot.part}"}
    return f"{near.get(days, f'on {edition_name(slot)}')} at {slot.due_at.astimezone(zone):%H:%M}"


def length(count: int, minutes: int) -> str:
    """ "Ten stories, 34 minutes"."""
    stories = f"{phrases.capital(phrases.number(count))} {'story' if count == 1 else 'stories'}"
    return f"{stories}, {phrases.number(minutes)} minute{'' if minutes == 1 else 's'}"


def one_line(text: str) -> str:
    """As a mail header can hold it: no line breaks, no controls."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
