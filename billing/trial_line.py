"""The free days, drawn: one tick for each. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from billing import phrases
from billing.facts import Facts

# A trial of any length takes the same width on a field 1000 wide; the rest is room for the last date.
WIDTH = 700


@dataclass(frozen=True, slots=True)
class TrialLine:
    """One tick for each free day, those that have begun `on`; SVG paths on a field 1000 by 48."""

    label: str
    on_path: str
    off_path: str
    end_path: str
    began: str  # "18 Nov"
    ends: str


def trial_line(facts: Facts) -> TrialLine | None:
    """None where no trial is running."""
    if not facts.is_in_trial:
        return None
    on_path, off_path, end_path = trial_ticks(facts.trial_day, facts.trial_days)
    return TrialLine(
        label=f"Day {facts.trial_day} of {facts.trial_days} free days",
        on_path=on_path,
        off_path=off_path,
        end_path=end_path,
        began=phrases.day_short(facts.trial_began_at, facts.zone),
        ends=phrases.day_short(facts.trial_ends_at, facts.zone),
    )


def trial_ticks(day: int, days: int) -> tuple[str, str, str]:
    """Paths for the days that have begun, those to come, and the end."""
    places = [1 + round(number * WIDTH / days) for number in range(days + 1)]
    ticks = [f"M{place} 48V24" for place in places[:-1]]
    return "".join(ticks[:day]), "".join(ticks[day:]), f"M{places[-1]} 48V0"
