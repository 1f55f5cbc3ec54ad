from __future__ import annotations

from django.db import models

from articles.sections import SECTION_CHOICES


class CategoryRule(models.Model):
    """Where an article belongs whose publisher files it under this word; editors extend the table."""

    name = models.CharField(max_length=60, unique=True, help_text="A publisher's category, in lower case.")
    section = models.CharField(max_length=16, choices=SECTION_CHOICES)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(section__in=[slug for slug, _ in SECTION_CHOICES]), name="category_section_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} → {self.get_section_display()}"

    def save(self, *args, **kwargs) -> None:
        self.name = " ".join(self.name.casefold().split())
        super().save(*args, **kwargs)
