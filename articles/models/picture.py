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
    is_lead = models.BooleanField(default=False, help_text="It stands above an article: fetched before those in texts.")
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


class PictureUse(models.Model):
    """That an article names a picture. Without one of these nothing is kept."""

    article = models.ForeignKey("articles.Article", on_delete=models.CASCADE, related_name="+", db_index=False)
    picture = models.ForeignKey(StoredPicture, on_delete=models.CASCADE, related_name="uses")
    place = models.PositiveSmallIntegerField(help_text="0: above the article, 1: on its cards, from 2 on: in its text.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["article", "picture"], name="one_use_per_article_and_picture"),
        ]

    def __str__(self) -> str:
        return f"picture {self.picture_id} at {self.place} of article {self.article_id}"
