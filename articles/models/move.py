from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import models
from django.db.models import F, Q


class StoryMoveQuerySet(models.QuerySet["StoryMove"]):
    def note(self, moves: Mapping[int, int], now: datetime) -> None:
        """`moves`: a story that has no article left -> the one that took them over, which is none of the former.

        What led to an old story leads on to the new one, so that no chain grows. May run twice.
        """
        self.filter(old_story_id__in=set(moves.values())).delete()  # it has articles again
        for old_id, story_id in moves.items():
            self.filter(story=old_id).update(story=story_id)
        self.bulk_create(
            [self.model(old_story_id=old_id, story_id=story_id, moved_at=now) for old_id, story_id in moves.items()],
            update_conflicts=True,
            unique_fields=["old_story_id"],
            update_fields=["story", "moved_at"],
        )


class StoryMove(models.Model):
    """Where the articles of a story went that has none left: its old address leads there for good."""

    old_story_id = models.PositiveBigIntegerField(primary_key=True, help_text="That story may be gone.")
    story = models.ForeignKey("articles.Story", on_delete=models.CASCADE, related_name="+")
    moved_at = models.DateTimeField()

    objects = StoryMoveQuerySet.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(old_story_id=F("story")), name="story_moved_elsewhere")]

    def __str__(self) -> str:
        return f"story {self.old_story_id} moved to story {self.story_id}"
