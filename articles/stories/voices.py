"""Who saw a story and who opened it, one reader one voice. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta

from articles.stories.rank import READ_WITHIN_HOURS, Audience

READ_WITHIN = timedelta(hours=READ_WITHIN_HOURS)

Voices = Mapping[tuple[int, int], datetime]  # (reader, story) -> when


def audiences(seen: Voices, opened: Voices, now: datetime) -> dict[int, Audience]:
    """story id -> its audience. A reader speaks once for a story: at the opening, else when it was seen last."""
    totals: defaultdict[int, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for voice in seen.keys() | opened.keys():
        at = opened.get(voice) or seen[voice]
        weight = weight_of(now - at)
        totals[voice[1]][0] += weight
        totals[voice[1]][1] += weight if voice in opened else 0.0
    # Rounded, so that the turn in which voices came does not show in a sum.
    return {story: Audience(round(shown, 3), round(read, 3)) for story, (shown, read) in totals.items() if shown}


def weight_of(age: timedelta) -> float:
    """Each hour that has passed halves it; nothing after READ_WITHIN."""
    return 0.5 ** (age // timedelta(hours=1)) if timedelta() <= age <= READ_WITHIN else 0.0
