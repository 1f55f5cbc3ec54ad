"""What ranking counts and keeps: who saw what, what it came to, what stood on the front page."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models


class Showing(models.Model):
    """The licensed articles that one reader saw on one page, noted once in a quarter of an hour. Gone after a day."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    page = models.CharField(max_length=16, help_text='"front" or a section.')
    quarter_at = models.DateTimeField(help_text="When the quarter of an hour began.")
    article_ids = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "page", "quarter_at"], name="shown_once_a_quarter")]
        indexes = [models.Index(fields=["quarter_at"], name="showings_recent")]

    def __str__(self) -> str:
        return f"{self.page} shown to user {self.user_id} at {self.quarter_at:%Y-%m-%d %H:%M}"


class StoryAudience(models.Model):
    """How many readers saw a story and how many of them opened it: rank.Audience as it was counted last.

    No row where nobody did. In numbers only: who they were is not in it.
    """

    story = models.OneToOneField("articles.Story", on_delete=models.CASCADE, primary_key=True, related_name="audience")
    shown = models.FloatField()
    opened = models.FloatField()

    def __str__(self) -> str:
        return f"story {self.story_id} opened by {self.opened:.1f} of {self.shown:.1f}"


class TopChoice(models.Model):
    """An article that stood in Top News: what a title's share of the day is counted by. Gone after two days."""

    article = models.OneToOneField("articles.Article", on_delete=models.CASCADE, primary_key=True, related_name="+")
    source = models.ForeignKey("articles.Source", on_delete=models.CASCADE, related_name="+")
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["last_at"], name="top_choices_recent")]

    def __str__(self) -> str:
        return f"article {self.article_id} in Top News until {self.last_at:%Y-%m-%d %H:%M}"


class FrontSnapshotQuerySet(models.QuerySet["FrontSnapshot"]):
    def before(self, at: datetime) -> FrontSnapshotQuerySet:
        return self.filter(at__lt=at).order_by("-at")

    def after(self, at: datetime) -> FrontSnapshotQuerySet:
        return self.filter(at__gt=at).order_by("at")


class FrontSnapshot(models.Model):
    """What the visitors' front page of a quarter of an hour was made of. Numbers of articles, no word of them."""

    at = models.DateTimeField(unique=True, help_text="When the quarter of an hour began.")
    taken_at = models.DateTimeField()
    version = models.PositiveSmallIntegerField(help_text="rank.VERSION then.")
    inputs = models.BinaryField(help_text="articles/pages/inputs.py: packed().")

    objects = FrontSnapshotQuerySet.as_manager()

    def __str__(self) -> str:
        return f"front page at {self.at:%Y-%m-%d %H:%M}"
