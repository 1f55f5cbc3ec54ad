from __future__ import annotations

from django.db import models
from django.urls import reverse
from django.utils.text import slugify

from articles.sections import SECTION_CHOICES


class StoryQuerySet(models.QuerySet["Story"]):
    def ranked(self) -> StoryQuerySet:
        return self.filter(lead__isnull=False).order_by("-score", "-last_at", "-pk")


class Story(models.Model):
    """Articles about one event. Counts and score are written by stories/run.py only."""

    lead = models.ForeignKey("articles.Article", null=True, on_delete=models.SET_NULL, related_name="+")
    section = models.CharField(max_length=16, choices=SECTION_CHOICES)
    title_count = models.PositiveIntegerField(
        default=1, help_text="Sources with a report of their own; copies do not count."
    )
    article_count = models.PositiveIntegerField(default=1)
    score = models.FloatField(default=0.0)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    cluster_version = models.PositiveSmallIntegerField()

    objects = StoryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "stories"
        indexes = [
            models.Index(fields=["-score"], name="stories_by_score"),
            models.Index(fields=["section", "-score"], name="stories_by_section_score"),
            models.Index(fields=["-last_at"], name="stories_recent"),
            models.Index(fields=["section", "-last_at"], name="stories_recent_in_section"),
        ]

    def __str__(self) -> str:
        return self.lead.headline if self.lead else f"story {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("story", args=[self.pk, self.slug_of(self.lead.headline if self.lead else "")])

    @staticmethod
    def slug_of(headline: str) -> str:
        """By its lead's headline; never empty."""
        return slugify(headline)[:80].strip("-") or "story"
