from __future__ import annotations

from datetime import datetime

from django.db import models
from django.urls import reverse
from django.utils.text import slugify

from articles.models.source import Feed, Permission, Source
from articles.sections import SECTION_CHOICES, SECTIONS

READING_WORDS_PER_MINUTE = 230
RIGHT_TO_LEFT = {"ar", "fa", "he", "ur", "ps", "sd", "ug", "yi", "dv", "ckb"}


class ArticleQuerySet(models.QuerySet["Article"]):
    def visible(self) -> ArticleQuerySet:
        """Neither taken down nor from a source that is switched off."""
        return self.filter(withdrawn_at=None, source__is_active=True)

    def for_cards(self) -> ArticleQuerySet:
        """What a card shows, in one query. A body cannot come along: it lives in its own table."""
        return self.visible().select_related("source", "story", "picture")

    def in_section(self, section: str) -> ArticleQuerySet:
        return self.filter(section=section)

    def newest(self) -> ArticleQuerySet:
        return self.order_by("-published_at", "-pk")

    def before(self, published_at: datetime, pk: int) -> ArticleQuerySet:
        """Keyset: what follows the row (published_at, pk) in newest() order."""
        # The first condition alone is where an index begins: with an OR alone it would be read from its newest row on.
        earlier = models.Q(published_at__lt=published_at) | models.Q(pk__lt=pk)
        return self.filter(earlier, published_at__lte=published_at)


def is_rtl(language: str) -> bool:
    """By the main language of a tag."""
    return language.split("-")[0].lower() in RIGHT_TO_LEFT


class ArticleFacts:
    """What follows from an article's columns, for an article and for a row of one (articles/pages/rows.py)."""

    @property
    def slug(self) -> str:
        return self.slug_of(self.headline)

    @staticmethod
    def slug_of(headline: str) -> str:
        """Never empty: headlines in other scripts slug to nothing. "history" is another page's address."""
        slug = slugify(headline)[:80].strip("-")
        return "article" if slug in {"", "history"} else slug

    @property
    def direction(self) -> str:
        return "rtl" if self.is_rtl else "ltr"

    @property
    def is_rtl(self) -> bool:
        return is_rtl(self.language)

    @property
    def reading_minutes(self) -> int:
        return max(1, round(self.word_count / READING_WORDS_PER_MINUTE)) if self.word_count else 0

    @property
    def section_name(self) -> str:
        return SECTIONS[self.section]

    @property
    def is_opinion(self) -> bool:
        return self.section == "opinion"

    @property
    def is_walled(self) -> bool:
        """Licensed text that only readers with access may see whole."""
        return self.has_body and self.source.permission == Permission.FULL and not self.is_opened


class Article(ArticleFacts, models.Model):
    """What everybody may see of a report: headline, opening, picture, link. All text here is clean and public."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="articles")
    section = models.CharField(max_length=16, choices=SECTION_CHOICES)
    canonical_url = models.CharField(
        max_length=1000, null=True, blank=True, help_text="Empty where the entry had no link."
    )
    headline = models.CharField(max_length=500)
    standfirst = models.CharField(max_length=600, blank=True, help_text="Plain text.")
    opening_html = models.TextField(blank=True, editable=False, help_text="Clean HTML: the part that everybody reads.")
    author = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=16, default="en")
    categories = models.JSONField(default=list, blank=True)
    word_count = models.PositiveIntegerField(
        default=0, editable=False, help_text="Of the whole text, where we hold it."
    )
    has_body = models.BooleanField(default=False, editable=False)

    image_url = models.CharField(max_length=1000, blank=True)
    image_width = models.PositiveIntegerField(null=True, blank=True)
    image_height = models.PositiveIntegerField(null=True, blank=True)
    image_alt = models.CharField(max_length=300, blank=True)
    image_caption = models.CharField(max_length=400, blank=True)
    thumbnail_url = models.CharField(max_length=1000, blank=True)
    thumbnail_width = models.PositiveIntegerField(null=True, blank=True)

    published_at = models.DateTimeField(help_text="The publisher's date, never ahead of our clock.")
    updated_at = models.DateTimeField(null=True, blank=True, help_text="When the publisher changed it.")
    first_seen_at = models.DateTimeField(editable=False)

    picture = models.ForeignKey(
        "articles.StoredPicture",
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="image_url as our own storage has it.",
    )
    is_noindex = models.BooleanField(
        default=False, editable=False, help_text="The publisher asks that search engines do not list it."
    )
    version_count = models.PositiveSmallIntegerField(
        default=0, editable=False, help_text="How often the publisher has changed its words."
    )

    is_opened = models.BooleanField(default=False, help_text="An editor has opened the whole text to everybody.")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_reason = models.CharField(max_length=300, blank=True)

    story = models.ForeignKey(
        "articles.Story", null=True, blank=True, on_delete=models.SET_NULL, related_name="articles"
    )
    is_copy = models.BooleanField(default=False, editable=False, help_text="The same text as an earlier report.")

    objects = ArticleQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "canonical_url"], name="one_article_per_source_and_link"),
            models.CheckConstraint(condition=~models.Q(headline=""), name="article_has_a_headline"),
        ]
        indexes = [
            models.Index(fields=["-published_at", "-id"], name="articles_newest"),
            models.Index(fields=["section", "-published_at", "-id"], name="articles_newest_in_section"),
            # What a search by words has found, by its keys.
            models.Index(fields=["section", "id"], name="articles_by_section_and_key"),
            models.Index(fields=["source", "-published_at", "-id"], name="articles_newest_of_source"),
            # The few among all that an editor has done something with.
            models.Index(
                fields=["-published_at", "-id"],
                condition=models.Q(withdrawn_at__isnull=False),
                name="articles_withdrawn",
            ),
            models.Index(fields=["-published_at", "-id"], condition=models.Q(is_opened=True), name="articles_opened"),
        ]

    def __str__(self) -> str:
        return self.headline

    def get_absolute_url(self) -> str:
        return reverse("article", args=[self.pk, self.slug])


class ArticleBody(models.Model):
    """The whole text. Only articles/reading.py loads it; related_name "+" keeps templates from walking here."""

    article = models.OneToOneField(Article, on_delete=models.CASCADE, primary_key=True, related_name="+")
    html = models.TextField()

    def __str__(self) -> str:
        return f"body of article {self.article_id}"


class ArticleVersion(models.Model):
    """What an article said before its publisher changed it, so that a correction can be seen later."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="+")
    replaced_at = models.DateTimeField()
    headline = models.CharField(max_length=500)
    standfirst = models.CharField(max_length=600, blank=True)
    opening_html = models.TextField(blank=True)

    class Meta:
        ordering = ["-replaced_at", "-pk"]
        indexes = [models.Index(fields=["article", "-replaced_at"], name="versions_of_article")]

    def __str__(self) -> str:
        return f"{self.headline} until {self.replaced_at:%Y-%m-%d %H:%M}"


class ArticleVersionBody(models.Model):
    """The whole text of an earlier version: as guarded as ArticleBody."""

    version = models.OneToOneField(ArticleVersion, on_delete=models.CASCADE, primary_key=True, related_name="+")
    html = models.TextField()

    def __str__(self) -> str:
        return f"body of version {self.version_id}"


class Entry(models.Model):
    """What a feed called an article. Identity is (feed, entry id); two feeds of a source may name one article."""

    feed = models.ForeignKey(Feed, on_delete=models.CASCADE, related_name="entries")
    entry_id = models.CharField(max_length=500)
    content_hash = models.CharField(max_length=64)
    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="entries")
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["feed", "entry_id"], name="one_entry_per_feed_and_id")]
        indexes = [models.Index(fields=["feed", "-seen_at"], name="entries_recent")]

    def __str__(self) -> str:
        return self.entry_id
