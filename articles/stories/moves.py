"""Old addresses of stories that a pass or an editor has emptied: they lead on to where the articles went."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from articles.ingest.rows import insert
from articles.models import Article, Story, StoryMove
from articles.statements import Statement


def leave_addresses(stood_in: Mapping[int, int], now: datetime) -> None:
    """`stood_in`: article id -> its story before. Called before empty stories are deleted.

    Each that has nothing left to show leads to the story that has most of its articles now. Four queries, and few more
    where what was emptied, or what took its articles over, had an old address already.
    """
    empty = {pk for (pk,) in _empty(set(stood_in.values()))}
    if not empty:
        return
    left = [pk for pk, story_id in stood_in.items() if story_id in empty]
    went_to: defaultdict[int, Counter[int]] = defaultdict(Counter)
    for pk, story_id in _standing(left):
        went_to[stood_in[pk]][story_id] += 1
    note_moves({old: counts.most_common(1)[0][0] for old, counts in went_to.items()}, now)


def note_moves(moves: Mapping[int, int], now: datetime) -> None:
    """`moves`: a story that has no article left -> the one that took them over, which is none of the former.

    What led to an old story leads on to the new one, so that no chain grows. May run twice.
    """
    if _known(set(moves.values()), moves.keys()):
        StoryMove.objects.filter(old_story_id__in=set(moves.values())).delete()  # it has articles again
        for old_id, story_id in moves.items():
            StoryMove.objects.filter(story=old_id).update(story=story_id)
    rows = ((old_id, story_id, now) for old_id, story_id in moves.items())
    insert(StoryMove, ("old_story_id", "story", "moved_at"), rows, key=("old_story_id",), changes=("story", "moved_at"))


@Statement
def _empty(story_ids: Collection[int]) -> QuerySet[Story, tuple]:
    visible = Article.objects.visible().filter(story=OuterRef("pk"))
    return Story.objects.filter(~Exists(visible), pk__in=story_ids).values_list("pk")


@Statement
def _standing(article_ids: Collection[int]) -> QuerySet[Article, tuple]:
    return Article.objects.filter(pk__in=article_ids, story__isnull=False).values_list("pk", "story_id")


@Statement
def _known(heirs: Collection[int], emptied: Collection[int]) -> QuerySet[StoryMove, tuple]:
    """What has to change beside noting: what leads to one that is empty now, or from one that has articles."""
    return StoryMove.objects.filter(Q(old_story_id__in=heirs) | Q(story__in=emptied)).values_list("pk")[:1]
