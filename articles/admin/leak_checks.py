"""The hourly look at the wall from outside: what each found, and why one could not tell. To look at."""

from __future__ import annotations

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from articles.admin.publishers import LookedAt, in_words
from articles.models import LeakCheck, Outcome

KINDS = {Outcome.PASSED: "ok", Outcome.FAILED: "failing", Outcome.UNKNOWN: "scheduled", Outcome.RUNNING: "ended"}


@admin.register(LeakCheck)
class LeakCheckAdmin(LookedAt):
    list_display = ["began", "found", "reason", "address_count", "article_count"]
    list_filter = ["outcome"]
    ordering = ["-started_at", "-pk"]
    fields = readonly_fields = ["began", "ended", "found", "reason", "address_count", "article_count", "finds"]

    @admin.display(description="Began")
    def began(self, check: LeakCheck) -> str:
        return in_words(check.started_at)

    @admin.display(description="Ended")
    def ended(self, check: LeakCheck) -> str:
        return in_words(check.finished_at) if check.finished_at else "-"

    @admin.display(description="What it found")
    def found(self, check: LeakCheck) -> SafeString:
        kind = KINDS.get(check.outcome, "plain")
        return format_html('<span class="state state--{}">{}</span>', kind, check.get_outcome_display())

    @admin.display(description="Where walled text showed")
    def finds(self, check: LeakCheck) -> SafeString | str:
        """Each address with the article whose text it was."""
        rows = (
            (leak["path"], reverse("admin:articles_article_change", args=[leak["article_id"]]), leak["article_id"])
            for leak in check.leaks
        )
        return format_html_join("", '{} <a href="{}">article {}</a><br>', rows) or "Nowhere."
