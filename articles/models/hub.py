from __future__ import annotations

from django.db import models

from articles.models.source import Feed


class HubState(models.TextChoices):
    WANTED = "wanted", "wanted: the hub is to be asked"
    ASKED = "asked", "asked: the hub has yet to verify"
    ACTIVE = "active", "active: the hub pushes"
    REFUSED = "refused", "refused: the hub will not, so we poll"
    LEAVING = "leaving", "leaving: the hub is to stop"


class HubSubscription(models.Model):
    """WebSub: what a hub has promised to push for a feed. The feed is polled all the same, more rarely."""

    feed = models.OneToOneField(Feed, on_delete=models.CASCADE, related_name="subscription")
    hub_url = models.CharField(max_length=1000)
    topic_url = models.CharField(max_length=1000)
    token = models.CharField(max_length=43, unique=True, help_text="In the address that the hub calls.")
    secret = models.CharField(max_length=64, editable=False, help_text="What the hub signs its pushes with.")
    state = models.CharField(max_length=8, choices=HubState, default=HubState.WANTED)
    due_at = models.DateTimeField(null=True, blank=True, help_text="When to ask the hub, first or again.")
    asked_at = models.DateTimeField(null=True, blank=True)
    lease_ends_at = models.DateTimeField(null=True, blank=True)
    last_push_at = models.DateTimeField(null=True, blank=True)
    push_count = models.PositiveIntegerField(default=0)
    failure_count = models.PositiveIntegerField(default=0)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=HubState.values), name="hub_state_is_known"),
        ]
        indexes = [models.Index(fields=["state", "due_at"], name="hubs_due")]

    def __str__(self) -> str:
        return f"{self.feed} at {self.hub_url}"


class Push(models.Model):
    """A body that a hub delivered, stored before it is answered, deleted when it has been taken in."""

    feed = models.ForeignKey(Feed, on_delete=models.CASCADE, related_name="+")
    received_at = models.DateTimeField()
    content_type = models.CharField(max_length=200, blank=True)
    body = models.BinaryField()
    attempt_count = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(help_text="A worker's lease moves it.")

    class Meta:
        indexes = [models.Index(fields=["due_at"], name="pushes_due")]

    def __str__(self) -> str:
        return f"push for feed {self.feed_id} at {self.received_at:%Y-%m-%d %H:%M}"
