"""A feed's health in one word and one line, for editors and operators. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

LATE_AFTER = timedelta(minutes=30)  # past the planned fetch: workers are busy or dead
FAILING_AFTER = 3  # one bad answer is weather
SMALL = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@dataclass(frozen=True, slots=True)
class FeedFacts:
    """Columns of a feed. `today` counts articles of the last 24 hours, None where nobody counted."""

    is_active: bool  # and its source
    next_fetch_at: datetime | None
    last_fetched_at: datetime | None
    last_succeeded_at: datetime | None
    failure_count: int
    last_reason: str
    gone_at: datetime | None
    today: int | None = None
    quarantined_at: datetime | None = None
    lost_count: int = 0
    paused_until: datetime | None = None  # its host's
    pause_reason: str = ""
    refusal: str = ""  # one sentence
    moved_to: str = ""
    is_pushed: bool = False


@dataclass(frozen=True, slots=True)
class Health:
    level: str  # ok | waits | late | failing | gone | aside | new | off
    line: str


def health_of(facts: FeedFacts, now: datetime) -> Health:
    if not facts.is_active:
        return Health("off", "Switched off.")
    if facts.quarantined_at is not None:
        return Health("aside", f"Set aside since {_day(facts.quarantined_at)}: {_lost(facts.lost_count)} died on it.")
    if facts.gone_at is not None:
        return Health("gone", f"Gone since {_day(facts.gone_at)}: {_reason(facts)}")
    if facts.last_fetched_at is None:
        return Health("new", "Not fetched yet.")
    if facts.failure_count >= FAILING_AFTER:
        return Health("failing", f"Failing {_since(facts)}: {_reason(facts)}")
    if facts.paused_until is not None and facts.paused_until > now:
        return Health("waits", f"Waits {_until(facts.paused_until, now)}, as its server asks.")
    if facts.next_fetch_at is not None and now - facts.next_fetch_at > LATE_AFTER:
        return Health(
            "late", f"Was due {_ago(facts.next_fetch_at, now)}; last fetched {_ago(facts.last_fetched_at, now)}."
        )
    if facts.failure_count:
        return Health("ok", f"Failed {_ago(facts.last_fetched_at, now)}, will try again: {_reason(facts)}")
    return Health("ok", f"Fetched {_ago(facts.last_fetched_at, now)}{_articles(facts.today)}.")


def notes_of(facts: FeedFacts, now: datetime) -> tuple[str, ...]:
    """What else is to be known of the feed: a sentence each, none where there is nothing."""
    is_paused = facts.paused_until is not None and facts.paused_until > now
    asked = f" The reason: {facts.pause_reason}" if facts.pause_reason else ""
    notes = (
        f"The publisher restricts its use: {facts.refusal}" if facts.refusal else "",
        f"It has moved to {facts.moved_to}; the new address is taken over when it stays." if facts.moved_to else "",
        f"Nobody visits its server {_until(facts.paused_until, now)}.{asked}"
        if is_paused and facts.paused_until
        else "",
        "Pushed by its hub, and fetched now and then all the same." if facts.is_pushed else "",
        f"{_lost(facts.lost_count).capitalize()} did not come back from it: it is fetched alone."
        if facts.lost_count and facts.quarantined_at is None
        else "",
    )
    return tuple(note for note in notes if note)


def _reason(facts: FeedFacts) -> str:
    return facts.last_reason or "no reason is known."


def _lost(count: int) -> str:
    number = SMALL[count] if count < len(SMALL) else str(count)
    return f"{number} worker{'' if count == 1 else 's'}"


def _since(facts: FeedFacts) -> str:
    if facts.last_succeeded_at is None:
        return "from the start"
    return f"since {_day(facts.last_succeeded_at)} {facts.last_succeeded_at:%H:%M}"


def _articles(today: int | None) -> str:
    if today is None:
        return ""
    return f"; {today or 'no'} article{'' if today == 1 else 's'} today"


def _day(at: datetime) -> str:
    return f"{at:%-d %B %Y}"


def _until(at: datetime, now: datetime) -> str:
    """A pause lasts a day at the most, so its length says more than a date."""
    minutes = max(1, round((at - now).total_seconds() / 60))
    return f"for {minutes} min more" if minutes < 120 else f"for {round(minutes / 60)} h more"


def _ago(at: datetime, now: datetime) -> str:
    minutes = max(0, int((now - at).total_seconds() // 60))
    if minutes < 1:
        return "just now"
    if minutes < 120:
        return f"{minutes} min ago"
    if minutes < 48 * 60:
        return f"{minutes // 60} h ago"
    return f"{minutes // (24 * 60)} days ago"
