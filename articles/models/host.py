from __future__ import annotations

from django.db import models


class Host(models.Model):
    """Another party's server as we treat it: one visitor of ours at a time, pauses it asked for, what it forbids."""

    name = models.CharField(max_length=255, unique=True, help_text='"host" or "host:port", in lower case.')

    lease = models.CharField(max_length=32, blank=True, editable=False, help_text="Of the worker that visits it now.")
    leased_until = models.DateTimeField(null=True, blank=True, editable=False)
    paused_until = models.DateTimeField(null=True, blank=True, help_text="Nobody visits it before.")
    pause_reason = models.CharField(max_length=300, blank=True)

    robots_txt = models.TextField(blank=True, editable=False)
    robots_status = models.PositiveSmallIntegerField(null=True, blank=True, editable=False)
    robots_fetched_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
