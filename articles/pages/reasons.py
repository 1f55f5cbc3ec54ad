"""Why a card stands where it stands, in one line: from the numbers that ranked it, never from anything else. Pure."""

from __future__ import annotations

from datetime import datetime

from articles.pages import words
from articles.pages.plan import Candidate, Coverage
from articles.stories.rank import Audience

LEAST_SHOWN = 10  # a share of fewer readers says little, and whose it is could be guessed
LEAST_SHARE = 0.05
NUMERALS = ("", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def why_ranked(candidate: Candidate, title_count: int, source_name: str, now: datetime) -> str:
    """`title_count` is what this reader can see of the story's titles."""
    if candidate.coverage is None:
        return f"Just in from {source_name}" if candidate.story_id is None else f"Among the newest, from {source_name}"
    return _joined(why_covered(candidate.coverage, title_count, source_name, now), why_opened(candidate.audience))


def why_in_top_stories(candidate: Candidate, title_count: int, source_name: str, now: datetime) -> str:
    if candidate.audience.opened == 0:
        return why_ranked(candidate, title_count, source_name, now)
    return why_opened(candidate.audience) or "Opened by readers in the past three hours"


def why_covered(coverage: Coverage, title_count: int, source_name: str, now: datetime) -> str:
    since = words.ago(coverage.first_at, now)
    if title_count > 1:
        return f"Reported by {title_count} titles, first {since}"
    return f"From {words.isolated(source_name)}, {since}"


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
