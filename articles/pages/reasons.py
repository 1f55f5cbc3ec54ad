"""Why a card stands where it stands, in one line: from the numbers that ranked it, never from anything else. Pure.

How many report an event is said as "Also covered by" says it, in other titles: two counts of one thing look like a
contradiction. `is_copy`: the card's own title has the words from another, and is not among those that report.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from articles.pages import words
from articles.pages.plan import Candidate, Coverage
from articles.stories.rank import Audience

LEAST_SHOWN = 10  # a share of fewer readers says little, and whose it is could be guessed
LEAST_SHARE = 0.05
NUMERALS = ("", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


@dataclass(frozen=True, slots=True)
class Told:
    """Whose a report is, and how many other titles report the event, of those that this reader can see."""

    source_name: str
    other_count: int = 0
    is_copy: bool = False


def why_ranked(candidate: Candidate, told: Told, now: datetime) -> str:
    if candidate.coverage is None:
        return f"{'Just in' if candidate.story_id is None else 'Among the newest,'} from {told.source_name}"
    return _joined(why_covered(candidate.coverage, told, now), why_opened(candidate.audience))


def why_in_top_stories(candidate: Candidate, told: Told, now: datetime) -> str:
    if candidate.audience.opened == 0:
        return why_ranked(candidate, told, now)
    return why_opened(candidate.audience) or "Opened by readers in the past three hours"


def why_covered(coverage: Coverage, told: Told, now: datetime) -> str:
    since = words.ago(coverage.first_at, now)
    if told.other_count == 0:
        return f"From {words.isolated(told.source_name)}, {since}"
    others = f"{told.other_count} other title{'' if told.other_count == 1 else 's'}"
    return f"Reported by {others if told.is_copy else f'this and {others}'}, first {since}"


def why_opened(audience: Audience) -> str:
    """ "Opened by one in five readers who saw it"; empty where they are few."""
    share = audience.opened / audience.shown if audience.shown else 0.0
    if audience.shown < LEAST_SHOWN or share < LEAST_SHARE:
        return ""
    return f"Opened by {share_in_words(share)} readers who saw it"


def share_in_words(share: float) -> str:
    """0.2 -> "one in five", 0.7 -> "seven in ten", 0.07 -> "one in 14"; `share` above 0."""
    if share > 0.95:
        return "nearly all"
    if share > 0.4:
        return f"{NUMERALS[max(4, min(9, round(share * 10)))]} in ten"
    times = round(1 / share)
    return f"one in {NUMERALS[times] if times < len(NUMERALS) else times}"


def why_picked(editor_name: str) -> str:
    return f"Picked by {editor_name or 'our editors'}"


def why_followed(source_name: str) -> str:
    return f"Newest from {source_name}, which you follow"


def _joined(first: str, second: str) -> str:
    return f"{first}; {second[0].lower()}{second[1:]}" if second else first
