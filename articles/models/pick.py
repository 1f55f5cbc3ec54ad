from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone


class PickQuerySet(models.QuerySet["Pick"]):
    def live(self, now: datetime) -> PickQuerySet:
        """What stands in Our Picks at `now`, in the editors' order."""
        return self.filter(Q(ends_at=None) | Q(ends_at__gt=now), starts_at__lte=now).order_by("position", "-starts_at")


class Pick(models.Model):
    """An editor's choice. It appears and leaves by its dates; nothing needs to run."""

    article = models.ForeignKey("articles.Article", on_delete=models.CASCADE, related_name="picks")
    position = models.PositiveIntegerField(default=0, db_index=True)
    note = models.CharField("why", max_length=300, blank=True, help_text="One or two sentences to the reader.")
    headline_override = models.CharField(max_length=200, blank=True, help_text="Empty keeps the publisher's headline.")
    starts_at = models.DateTimeField(default=timezone.now)
    ends_at = models.DateTimeField(null=True, blank=True)
    editor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    objects = PickQuerySet.as_manager()

    class Meta:
        ordering = ["position", "-starts_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at")), name="pick_ends_after_it_starts"
            ),
        ]
        indexes = [models.Index(fields=["-ends_at", "-id"], name="picks_by_end")]

    def __str__(self) -> str:
        return self.headline

    @property
    def headline(self) -> str:
        return self.headline_override or self.article.headline
