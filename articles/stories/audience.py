"""The audience of every story, out of showings and readings and into the table that pages read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from articles.models import Article, Reading, Showing, StoryAudience
from articles.stories.rank import Audience
from articles.stories.voices import READ_WITHIN, audiences

# Who has opened a story and sees it again did not pass it by.
REMEMBERED_FOR = timedelta(hours=24)
BATCH = 500


def count_audiences(now: datetime) -> None:
    """Every story's audience again, in the caller's transaction.

    Four queries, one more where a story lost its readers and one for every BATCH that changed.
    """
    found = audiences(_seen(now), _opened(now), now)
    kept = kept_audiences()
    changed = [
        StoryAudience(story_id=story_id, shown=audience.shown, opened=audience.opened)
        for story_id, audience in found.items()
        if kept.get(story_id) != audience
    ]
    StoryAudience.objects.filter(story__in=kept.keys() - found.keys()).delete()
    StoryAudience.objects.bulk_create(
        changed, BATCH, update_conflicts=True, unique_fields=["story"], update_fields=["shown", "opened"]
    )


def kept_audiences() -> dict[int, Audience]:
    """story id -> its audience as it was counted last. One query."""
    rows = StoryAudience.objects.values_list("story_id", "shown", "opened")
    return {story_id: Audience(shown, opened) for story_id, shown, opened in rows}


def _seen(now: datetime) -> dict[tuple[int, int], datetime]:
    rows = list(
        Showing.objects.filter(quarter_at__gte=now - READ_WITHIN, quarter_at__lte=now)
        .order_by("quarter_at")
        .values_list("user_id", "article_ids", "quarter_at")
    )
    stories = _stories_of({article_id for _, article_ids, _ in rows for article_id in article_ids})
    return {
        (user_id, stories[article_id]): at
        for user_id, article_ids, at in rows
        for article_id in article_ids
        if article_id in stories
    }


def _stories_of(article_ids: Iterable[int]) -> dict[int, int]:
    articles = Article.objects.filter(pk__in=sorted(article_ids), story__isnull=False)
    return dict(articles.values_list("pk", "story_id"))


def _opened(now: datetime) -> dict[tuple[int, int], datetime]:
    """By the first opening: coming back to a second report of a story is no second voice."""
    readings = Reading.objects.filter(
        read_at__gte=now - REMEMBERED_FOR, read_at__lte=now, article__story__isnull=False
    ).order_by("-read_at")
    return {
        (user_id, story_id): at
        for user_id, story_id, at in readings.values_list("user_id", "article__story", "read_at")
    }
