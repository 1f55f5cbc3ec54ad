from __future__ import annotations

from django.db import models


class Alarm(models.Model):
    """Something that operators are told of once when it begins and once when it is over."""

    name = models.CharField(max_length=40, unique=True)
    raised_at = models.DateTimeField(null=True, blank=True, help_text="Empty: all is well.")
    cleared_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.name}: {'raised' if self.raised_at else 'quiet'}"
