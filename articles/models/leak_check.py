from __future__ import annotations

from django.db import models


class Outcome(models.TextChoices):
    RUNNING = "running", "under way"
    PASSED = "passed", "nothing showed"
    FAILED = "failed", "walled text showed"
    UNKNOWN = "unknown", "could not tell"


class LeakCheck(models.Model):
    """One look at the site from outside for text from behind the wall."""

    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.RUNNING)
    article_count = models.PositiveIntegerField(default=0, help_text="Whose hidden sentences were looked for.")
    address_count = models.PositiveIntegerField(default=0)
    leaks = models.JSONField(default=list, blank=True, help_text="Address and article of each find, never its words.")
    reason = models.CharField(max_length=300, blank=True, help_text="Why it could not tell.")

    class Meta:
        ordering = ["-started_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["outcome"], condition=models.Q(outcome="running"), name="one_leak_check_at_a_time"
            ),
        ]
        indexes = [models.Index(fields=["-started_at", "-id"], name="leak_checks_newest")]

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d %H:%M}: {self.outcome}"
