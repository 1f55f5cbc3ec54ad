from __future__ import annotations

from django.db import models

from articles.models.article import Article


class Related(models.Model):
    """What stands under Related Stories of an article, worked out with all that came in beside it."""

    article = models.OneToOneField(Article, on_delete=models.CASCADE, primary_key=True, related_name="+")
    article_ids = models.JSONField(help_text="The nearest first, more than are shown: some may be muted or gone.")

    class Meta:
        verbose_name_plural = "related"

    def __str__(self) -> str:
        return f"related to article {self.article_id}"
