from __future__ import annotations

from django.db import models

from articles.models.article import Article
from articles.models.source import Source


class Fingerprint(models.Model):
    """What a live article is compared by (stories/fingerprint.py). Of public text; gone when it is live no more."""

    article = models.OneToOneField(Article, on_delete=models.CASCADE, primary_key=True, related_name="fingerprint")
    published_at = models.DateTimeField(db_index=True)
    version_count = models.PositiveSmallIntegerField(help_text="Of the article when this was made.")
    terms = models.BinaryField()
    sentences = models.BinaryField(help_text="Keys of its sentences, 8 bytes each.")
    own_runs = models.BinaryField(help_text="Keys of the runs of words that a copy would share.")
    all_runs = models.BinaryField(help_text="Keys of the runs of words in which another may be found.")

    def __str__(self) -> str:
        return f"fingerprint of article {self.article_id}"


class TellingTerm(models.Model):
    """A term that says much about a live article: others that have it may be of the same event."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="+")
    key = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["key", "article"], name="telling_terms")]

    def __str__(self) -> str:
        return f"term {self.key} of article {self.article_id}"


class Vocabulary(models.Model):
    """In how many live articles of a language each term stands, as the last pass over the window counted them."""

    language = models.CharField(max_length=16, primary_key=True)
    counted_at = models.DateTimeField()
    report_count = models.PositiveIntegerField()
    keys = models.BinaryField()
    counts = models.BinaryField()

    class Meta:
        verbose_name_plural = "vocabularies"

    def __str__(self) -> str:
        return f"vocabulary of {self.language or 'no language'}"


class Refrain(models.Model):
    """Sentences that a source puts into many of its live articles: they make no article a copy of another."""

    source = models.OneToOneField(Source, on_delete=models.CASCADE, primary_key=True, related_name="+")
    sentences = models.BinaryField(help_text="Keys, 8 bytes each, ascending.")

    def __str__(self) -> str:
        return f"refrain of source {self.source_id}"
