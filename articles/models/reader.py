"""What a reader did with articles, and what a reader wants of them."""

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
    """A source, a section, a topic or a story: exactly one of them."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="follows")
    source = models.ForeignKey("articles.Source", null=True, on_delete=models.CASCADE, related_name="+")
    section = models.CharField(max_length=16, choices=SECTION_CHOICES, blank=True)
    topic = models.ForeignKey("articles.Topic", null=True, on_delete=models.CASCADE, related_name="+")
    # Stories are grouped anew and joined; an article stays, and stands in the story that is meant.
    report = models.ForeignKey(
        "articles.Article",
        null=True,
        on_delete=models.CASCADE,
        related_name="+",
        help_text="Of a story that is followed.",
    )
    followed_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "source"], condition=Q(source__isnull=False), name="source_followed_once"
            ),
            models.UniqueConstraint(fields=["user", "section"], condition=~Q(section=""), name="section_followed_once"),
            models.UniqueConstraint(
                fields=["user", "topic"], condition=Q(topic__isnull=False), name="topic_followed_once"
            ),
            models.UniqueConstraint(
                fields=["user", "report"], condition=Q(report__isnull=False), name="report_followed_once"
            ),
            models.CheckConstraint(
                condition=Q(source__isnull=False, section="", topic=None, report=None)
                | Q(source=None, topic=None, report=None) & ~Q(section="")
                | Q(source=None, section="", topic__isnull=False, report=None)
                | Q(source=None, section="", topic=None, report__isnull=False),
                name="follow_names_one_thing",
            ),
        ]

    def __str__(self) -> str:
        named = self.section or self.source_id or self.topic_id or self.report_id
        return f"user {self.user_id} follows {named}"


class Mute(models.Model):
    """A source, a topic or a word that a reader never wants to see: exactly one of them."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="mutes")
    source = models.ForeignKey("articles.Source", null=True, on_delete=models.CASCADE, related_name="+")
    topic = models.ForeignKey("articles.Topic", null=True, on_delete=models.CASCADE, related_name="+")
    word = models.CharField(max_length=80, blank=True, help_text="Folded, as texts are when they are looked at.")
    typed = models.CharField(max_length=80, blank=True, help_text="The word as the reader wrote it.")
    muted_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "source"], condition=Q(source__isnull=False), name="source_muted_once"
            ),
            models.UniqueConstraint(
                fields=["user", "topic"], condition=Q(topic__isnull=False), name="topic_muted_once"
            ),
            models.UniqueConstraint(fields=["user", "word"], condition=~Q(word=""), name="word_muted_once"),
            models.CheckConstraint(
                condition=Q(source__isnull=False, topic=None, word="")
                | Q(source=None, topic__isnull=False, word="")
                | Q(source=None, topic=None) & ~Q(word=""),
                name="mute_names_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return f"user {self.user_id} mutes {self.word or self.source_id or self.topic_id}"


class Interests(models.Model):
    """That a reader lets us learn from readings. No row: never asked for. What was learned is kept nowhere."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="interests"
    )
    is_on = models.BooleanField(default=False)
    counted_from = models.DateTimeField(null=True, blank=True, help_text="Cleared then: readings before are no sign.")

    class Meta:
        verbose_name_plural = "interests"

    def __str__(self) -> str:
        return f"interests of user {self.user_id}: {'on' if self.is_on else 'off'}"


class Unwanted(models.Model):
    """What a reader took off the list of learned interests: it is not learned again."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    source = models.ForeignKey("articles.Source", null=True, on_delete=models.CASCADE, related_name="+")
    section = models.CharField(max_length=16, choices=SECTION_CHOICES, blank=True)
    topic = models.ForeignKey("articles.Topic", null=True, on_delete=models.CASCADE, related_name="+")
    removed_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "unwanted"
        constraints = [
            models.UniqueConstraint(
                fields=["user", "source"], condition=Q(source__isnull=False), name="source_unwanted_once"
            ),
            models.UniqueConstraint(fields=["user", "section"], condition=~Q(section=""), name="section_unwanted_once"),
            models.UniqueConstraint(
                fields=["user", "topic"], condition=Q(topic__isnull=False), name="topic_unwanted_once"
            ),
            models.CheckConstraint(
                condition=Q(source__isnull=False, section="", topic=None)
                | Q(source=None, topic=None) & ~Q(section="")
                | Q(source=None, section="", topic__isnull=False),
                name="unwanted_names_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return f"user {self.user_id} is not interested in {self.section or self.source_id or self.topic_id}"


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
