"""Who has paid, and since when somebody may read. A trial ends because time passes; no job flips a flag."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class Status(models.TextChoices):
    """Stripe's words for a subscription; empty where there never was one."""

    NONE = "", "no subscription"
    TRIALING = "trialing"
    ACTIVE = "active"
    PAST_DUE = "past_due"
    UNPAID = "unpaid"
    PAUSED = "paused"
    INCOMPLETE = "incomplete"
    INCOMPLETE_EXPIRED = "incomplete_expired"
    CANCELED = "canceled"


class Membership(models.Model):
    """One row per reader, made at sign-up. The paid facts are Stripe's and have one writer."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="membership")
    trial_started_at = models.DateTimeField(null=True, blank=True)
    trial_ends_at = models.DateTimeField(null=True, blank=True)
    # Not limited to Status: a word that Stripe invents tomorrow must be storable, and denies.
    status = models.CharField(max_length=32, blank=True, default=Status.NONE)
    plan = models.CharField(max_length=16, blank=True, help_text="monthly or yearly")
    paid_until = models.DateTimeField(null=True, blank=True)
    cancels_at = models.DateTimeField(null=True, blank=True)
    past_due_since = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(trial_started_at__isnull=True, trial_ends_at__isnull=True)
                | Q(trial_ends_at__gt=F("trial_started_at")),
                name="trial_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return f"membership of user {self.user_id}"


class TrialClaim(models.Model):
    """One trial per person: a keyed hash of the normalised address. It outlives the account on purpose."""

    email_key = models.CharField(max_length=64, unique=True)
    claimed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"trial claimed on {self.claimed_at:%Y-%m-%d}"


class AccessLine(models.Model):
    """One dated change of what a reader may read, in words for the reader and for support. Append-only."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="access_lines")
    at = models.DateTimeField(db_index=True)
    cause = models.CharField(max_length=40, help_text="sign_up, trial_refused, address_verified …")
    rule = models.CharField(max_length=240, help_text="What it means, in one sentence.")

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.cause}"
