from django.db import models
from django.urls import reverse


class Topic(models.Model):
    """What publishers' labels of one meaning name: "Wildfires" and "wildfire" are one."""

    key = models.CharField(max_length=100, unique=True, help_text="articles/topics/keys.py: key_of(name).")
    name = models.CharField(max_length=80, help_text="As it was written first.")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("topic", args=[self.slug])

    @property
    def slug(self) -> str:
        """The key as an address holds it: in any script, and no word of a key has a hyphen in it."""
        return self.key.replace(" ", "-")


class ArticleTopic(models.Model):
    """That an article carries a label."""

    article = models.ForeignKey("articles.Article", on_delete=models.CASCADE, related_name="+", db_index=False)
    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="+", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["article", "topic"], name="one_label_per_article_and_topic")]
        # Newer articles have higher numbers: the newest of a topic are at the end of its rows.
        indexes = [models.Index(fields=["topic", "-article"], name="articles_of_topic")]

    def __str__(self) -> str:
        return f"article {self.article_id} on topic {self.topic_id}"
