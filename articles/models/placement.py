from django.conf import settings
from django.db import models
from django.db.models import F, Q


class Placement(models.Model):
    """An editor has said in which story an article stands. No pass moves it, and nothing joins two placed apart."""

    article = models.OneToOneField("articles.Article", on_delete=models.CASCADE, primary_key=True, related_name="+")
    story = models.ForeignKey("articles.Story", on_delete=models.CASCADE, related_name="+")
    editor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    placed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"article {self.article_id} placed in story {self.story_id}"


class Copy(models.Model):
    """An article whose words an earlier report of another title has: shown folded under it as "also at"."""

    article = models.OneToOneField("articles.Article", on_delete=models.CASCADE, primary_key=True, related_name="+")
    original = models.ForeignKey("articles.Article", on_delete=models.CASCADE, related_name="copies")

    class Meta:
        verbose_name_plural = "copies"
        constraints = [models.CheckConstraint(condition=~Q(article=F("original")), name="copy_of_another_article")]

    def __str__(self) -> str:
        return f"article {self.article_id} copies {self.original_id}"
