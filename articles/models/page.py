from __future__ import annotations

from django.db import models

from articles.models.article import Article


class PageState(models.TextChoices):
    WANTED = "wanted", "wanted: not fetched yet, or to be tried again"
    TAKEN = "taken", "taken: the text comes from the page"
    KEPT = "kept", "kept: the feed's text is as good or better"
    REFUSED = "refused", "refused: the publisher forbids it, or the page cannot be had"


class ArticlePage(models.Model):
    """The publisher's own page of an article, where the agreement lets us fetch the text from there."""

    article = models.OneToOneField(Article, on_delete=models.CASCADE, primary_key=True, related_name="page")
    state = models.CharField(max_length=8, choices=PageState, default=PageState.WANTED)
    attempt_count = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(help_text="Not tried before; a worker's lease moves it.")
    fetched_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=300, blank=True, help_text="Why the feed's text stayed.")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=PageState.values), name="page_state_is_known"),
        ]
        indexes = [models.Index(fields=["state", "due_at"], name="pages_due")]

    def __str__(self) -> str:
        return f"page of article {self.article_id}"
