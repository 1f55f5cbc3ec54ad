from urllib.parse import urlsplit

from django.conf import settings
from django.db import models
from django.urls import reverse

from articles.sections import SECTION_CHOICES


class Permission(models.TextChoices):
    """What a publisher lets us hold and show (the product's table of permissions)."""

    HEADLINE = "headline", "headline: headline and link"
    TEASER = "teaser", "teaser: headline, picture link, the opening, link"
    OPEN = "open", "open: the full text with the licence's credit, for everybody"
    FULL = "full", "full: the full text, for trial readers and members"


class Source(models.Model):
    """A title, a publisher."""

    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=80, unique=True)
    homepage = models.URLField(max_length=500)
    description = models.CharField(max_length=300, blank=True)
    country = models.CharField(max_length=2, blank=True, help_text="ISO 3166-1, two letters")
    language = models.CharField(max_length=16, default="en", help_text="BCP 47")
    permission = models.CharField(max_length=10, choices=Permission, default=Permission.TEASER)
    licence = models.CharField(max_length=40, blank=True, help_text="SPDX name, for open sources")
    licence_url = models.URLField(max_length=500, blank=True)
    licence_stated_at = models.URLField(max_length=500, blank=True)
    weight = models.FloatField(default=1.0, help_text="How much one report counts when stories are ranked.")
    is_active = models.BooleanField(default=True, help_text="Off: not fetched, not shown.")
    fetches_pages = models.BooleanField(
        default=False,
        help_text="The agreement lets us take the text from the title's own pages, where its feeds hold only a part.",
    )
    boilerplate = models.TextField(
        blank=True, help_text="Paragraphs that begin with one of these lines are left out of its articles."
    )
    is_fictional = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(permission__in=Permission.values), name="source_permission_is_known"
            ),
            models.CheckConstraint(
                condition=~models.Q(permission=Permission.OPEN) | ~models.Q(licence=""),
                name="open_source_names_its_licence",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("source", args=[self.slug])


class Feed(models.Model):
    """An address a source publishes at, and how it has behaved."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="feeds")
    url = models.CharField(max_length=1000, unique=True)
    host = models.CharField(max_length=255, blank=True, db_index=True, editable=False, help_text="Of url: Host.name.")
    section = models.CharField(max_length=16, choices=SECTION_CHOICES, default="top")
    is_active = models.BooleanField(default=True)

    etag = models.CharField(max_length=500, blank=True, editable=False)
    last_modified = models.CharField(max_length=100, blank=True, editable=False)
    body_hash = models.CharField(max_length=64, blank=True, editable=False)

    next_fetch_at = models.DateTimeField(null=True, blank=True, help_text="Empty: as soon as possible.")
    last_fetched_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_succeeded_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_new_at = models.DateTimeField(null=True, blank=True, editable=False)
    failure_count = models.PositiveIntegerField(default=0, editable=False)
    last_outcome = models.CharField(max_length=16, blank=True, editable=False)
    last_status = models.PositiveSmallIntegerField(null=True, blank=True, editable=False)
    last_reason = models.CharField(max_length=300, blank=True, editable=False)
    gone_at = models.DateTimeField(null=True, blank=True, editable=False)

    lease = models.CharField(max_length=32, blank=True, editable=False, help_text="Of the worker that has claimed it.")
    lost_count = models.PositiveSmallIntegerField(
        default=0, editable=False, help_text="Workers that never came back from it, one after the other."
    )
    quarantined_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Set aside: it has cost three workers."
    )
    moved_to = models.CharField(max_length=1000, blank=True, editable=False, help_text="Where 301 and 308 lead.")
    moved_count = models.PositiveSmallIntegerField(default=0, editable=False, help_text="How often in a row they did.")
    ttl_minutes = models.PositiveIntegerField(
        null=True, blank=True, editable=False, help_text="How long the document calls itself fresh."
    )
    refusal = models.CharField(
        max_length=300, blank=True, editable=False, help_text="What the publisher forbids in the feed, in one sentence."
    )

    # Running totals: what a day brought is the difference of two rows of FeedDay.
    fetch_count = models.PositiveBigIntegerField(default=0, editable=False)
    not_modified_count = models.PositiveBigIntegerField(default=0, editable=False)
    failed_fetch_count = models.PositiveBigIntegerField(default=0, editable=False)
    wire_byte_count = models.PositiveBigIntegerField(default=0, editable=False)
    new_article_count = models.PositiveBigIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["source__name", "section"]
        indexes = [
            # Not led by is_active: SQLite finds nothing by a column that a statement names without comparing it.
            models.Index(fields=["next_fetch_at"], condition=models.Q(is_active=True), name="feeds_due"),
            # The few in workers' hands, to find those that were lost without looking at all feeds.
            models.Index(fields=["next_fetch_at"], condition=~models.Q(lease=""), name="feeds_in_hand"),
        ]

    def __str__(self) -> str:
        return self.url

    def save(self, *args, **kwargs) -> None:
        self.host = host_of(self.url)
        super().save(*args, **kwargs)


def host_of(url: str) -> str:
    """The part of an address that one server stands for: "host", or "host:port" where a port is named."""
    try:
        return urlsplit(url).netloc.rpartition("@")[2].lower()[:255]
    except ValueError:
        return ""


class FeedDay(models.Model):
    """A feed's running totals as a day ended (or as they stand, for today)."""

    feed = models.ForeignKey(Feed, on_delete=models.CASCADE, related_name="days")
    on = models.DateField()
    fetch_count = models.PositiveBigIntegerField(default=0)
    not_modified_count = models.PositiveBigIntegerField(default=0)
    failed_fetch_count = models.PositiveBigIntegerField(default=0)
    wire_byte_count = models.PositiveBigIntegerField(default=0)
    new_article_count = models.PositiveBigIntegerField(default=0)

    class Meta:
        ordering = ["on"]
        constraints = [models.UniqueConstraint(fields=["feed", "on"], name="one_row_per_feed_and_day")]

    def __str__(self) -> str:
        return f"{self.feed} on {self.on}"


class SourceChange(models.Model):
    """Who changed a source's permission, from what to what, and what it did to the articles held."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="changes")
    editor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    old_permission = models.CharField(max_length=10)
    new_permission = models.CharField(max_length=10)
    effect = models.CharField(max_length=300)

    class Meta:
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"{self.old_permission} to {self.new_permission} on {self.at:%Y-%m-%d}"
