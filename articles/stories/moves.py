"""Old addresses of stories that a pass has emptied: they lead on to where the articles went."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import datetime

from articles.models import Article, Story, StoryMove


def leave_addresses(stood_in: Mapping[int, int], now: datetime) -> None:
    """`stood_in`: article id -> its story before. Called before empty stories are deleted.

    Each empty one leads to the story that has most of its articles now. Two queries, and few more for what was emptied.
    """
    empty = set(Story.objects.filter(pk__in=set(stood_in.values()), articles=None).values_list("pk", flat=True))
    if not empty:
        return
    left = [pk for pk, story_id in stood_in.items() if story_id in empty]
    went_to: defaultdict[int, Counter[int]] = defaultdict(Counter)
    for pk, story_id in Article.objects.filter(pk__in=left, story__isnull=False).values_list("pk", "story_id"):
        went_to[stood_in[pk]][story_id] += 1
    StoryMove.objects.note({old: counts.most_common(1)[0][0] for old, counts in went_to.items()}, now)
