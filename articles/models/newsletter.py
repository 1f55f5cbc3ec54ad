"""The briefing: what stood in an edition, who asked for it by mail, and who was sent it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q


class Part(models.TextChoices):
    MORNING = "morning"
    EVENING = "evening"


class Edition(models.Model):
    """One briefing. Once made it does not change; what was withdrawn or muted since is left out when it is shown."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.CASCADE,
        related_name="editions",
        help_text="Empty: everybody's, in the site's time zone.",
    )
    day = models.DateField(help_text="In the reader's time zone.")
    part = models.CharField(max_length=8, choices=Part.choices)
    due_at = models.DateTimeField()
    made_at = models.DateTimeField()
    places = models.JSONField(help_text="In order: [article, event, kind, about, note, headline].")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "day", "part"], name="one_edition_of_a_reader"),
            models.UniqueConstraint(fields=["day", "part"], condition=Q(user=None), name="one_edition_of_everybody"),
        ]
        indexes = [models.Index(fields=["due_at"], name="editions_by_time")]

    def __str__(self) -> str:
        return f"{self.part} of {self.day}"


class LetterChoice(models.Model):
    """Which editions a reader asked for by mail. No row, or neither: none."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.CASCADE, related_name="letter_choice"
    )
    morning = models.BooleanField(default=False)
    evening = models.BooleanField(default=False)
    asked_at = models.DateTimeField(help_text="The last time the reader chose.")
    failed_count = models.PositiveSmallIntegerField(default=0, help_text="Letters that came back since then.")
    stopped_at = models.DateTimeField(
        null=True, blank=True, help_text="Nothing is sent until the reader chooses again."
    )
    stopped_by = models.CharField(
        max_length=9, blank=True, choices=[("bounce", "letters came back"), ("complaint", "reported as unwanted")]
    )

    class Meta:
        indexes = [
            models.Index(
                fields=["user"],
                condition=Q(stopped_at=None) & (Q(morning=True) | Q(evening=True)),
                name="letters_are_wanted",
            )
        ]

    def __str__(self) -> str:
        return f"letters of user {self.user_id}"


class Delivery(models.Model):
    """One edition to one reader by mail. The row is what makes it go once.

    lease_until  a worker prepares it; when the lease has ended another may
    handed_at    it is being given to the mail server: from here on nobody sends it again, unless the server refused it
    """

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="deliveries")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="deliveries")
    try_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True)
    handed_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    dropped_at = models.DateTimeField(null=True, blank=True, help_text="It no longer held when it was to be sent.")
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [models.UniqueConstraint(fields=["edition", "user"], name="each_edition_sent_once")]
        indexes = [
            models.Index(
                fields=["try_at"],
                condition=Q(handed_at=None, sent_at=None, dropped_at=None),
                name="deliveries_to_make",
            ),
            models.Index(fields=["handed_at"], condition=Q(handed_at__isnull=False), name="deliveries_by_time"),
        ]

    def __str__(self) -> str:
        return f"edition {self.edition_id} to user {self.user_id}"
