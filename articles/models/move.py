from __future__ import annotations

from django.db import models
from django.db.models import F, Q


class StoryMove(models.Model):
    """Where the articles of a story went that has none left: its old address leads there for good."""

    old_story_id = models.PositiveBigIntegerField(primary_key=True, help_text="That story may be gone.")
    story = models.ForeignKey("articles.Story", on_delete=models.CASCADE, related_name="+")
    moved_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(old_story_id=F("story")), name="story_moved_elsewhere")]

    def __str__(self) -> str:
        return f"story {self.old_story_id} moved to story {self.story_id}"
