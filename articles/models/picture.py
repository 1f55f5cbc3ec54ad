from __future__ import annotations

from django.db import models


class PictureState(models.TextChoices):
    WANTED = "wanted", "wanted: not fetched yet, or to be tried again"
    READY = "ready", "ready: kept in our own storage"
    REFUSED = "refused", "refused: cannot be had, or is none"


class StoredPicture(models.Model):
    """A publisher's picture, fetched once and kept in our own storage in up to three widths."""

    key = models.CharField(max_length=32, unique=True, help_text="Of the address: pictures/keys.py.")
    url = models.CharField(max_length=1000)
    state = models.CharField(max_length=8, choices=PictureState, default=PictureState.WANTED)
    width = models.PositiveIntegerField(null=True, blank=True, help_text="Pixels, of the widest that is kept.")
    height = models.PositiveIntegerField(null=True, blank=True)
    widths = models.JSONField(default=list, blank=True, help_text="Those that are kept, narrowest first.")
    byte_count = models.PositiveIntegerField(default=0)
    attempt_count = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(null=True, blank=True, help_text="Not tried before; a worker's lease moves it.")
    reason = models.CharField(max_length=300, blank=True, help_text="Why it is not ready.")
    wanted_at = models.DateTimeField(help_text="When an article named it last.")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=PictureState.values), name="picture_state_is_known"),
            models.CheckConstraint(
                condition=~models.Q(state="ready") | models.Q(width__gt=0, height__gt=0),
                name="ready_picture_has_a_size",
            ),
        ]
        indexes = [models.Index(fields=["state", "due_at"], name="pictures_due")]

    def __str__(self) -> str:
        return self.url
