"""What a reader did with articles."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from articles.sections import SECTION_CHOICES


class Saved(models.Model):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved")
    article = models.ForeignKey("articles.Article", on_delete=models.CASCADE, related_name="+")
    saved_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "saved"
        constraints = [models.UniqueConstraint(fields=["user", "article"], name="saved_once")]
        indexes = [models.Index(fields=["user", "-saved_at", "-id"], name="saved_newest")]

    def __str__(self) -> str:
        return f"article {self.article_id} saved by user {self.user_id}"


class Follow(models.Model):
    """A source or a section, never both."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="follows")
    source = models.ForeignKey("articles.Source", null=True, on_delete=models.CASCADE, related_name="+")
    section = models.CharField(max_length=16, choices=SECTION_CHOICES, blank=True)
    followed_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "source"], condition=Q(section=""), name="source_followed_once"),
            models.UniqueConstraint(fields=["user", "section"], condition=Q(source=None), name="section_followed_once"),
            models.CheckConstraint(
                condition=Q(source=None) & ~Q(section="") | Q(source__isnull=False) & Q(section=""),
                name="follow_names_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return f"user {self.user_id} follows {self.section or self.source_id}"


class Reading(models.Model):
    """One reader opened one article, counted once. What publishers are paid by and "right now" is ranked by."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="readings")
    article = models.ForeignKey("articles.Article", on_delete=models.CASCADE, related_name="readings")
    read_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "article"], name="read_once")]
        indexes = [models.Index(fields=["-read_at"], name="readings_recent")]

    def __str__(self) -> str:
        return f"article {self.article_id} read by user {self.user_id}"
