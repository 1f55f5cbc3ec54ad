"""How publishers' servers treat us: pages that we wanted and what came of them, pauses, robots.txt. To look at."""

from __future__ import annotations

from django.contrib import admin
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from articles.admin.states import moment
from articles.models import ArticlePage, Host
from billing.lists import NewestPaginator


class LookedAt(admin.ModelAdmin):
    """Rows that the work itself writes."""

    list_per_page = 50
    paginator = NewestPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    sortable_by = ()

    def has_add_permission(self, request) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        return False


@admin.register(ArticlePage)
class ArticlePageAdmin(LookedAt):
    list_display = ["headline", "title_name", "state", "reason", "attempt_count", "text_taken"]
    list_filter = ["state"]
    list_select_related = ["article__source"]
    ordering = ["-article"]
    fields = readonly_fields = ["article_link", "state", "reason", "attempt_count", "due_at", "text_taken"]

    @admin.display(description="Article")
    def headline(self, page: ArticlePage) -> str:
        return page.article.headline

    @admin.display(description="Article")
    def article_link(self, page: ArticlePage) -> SafeString:
        url = reverse("admin:articles_article_change", args=[page.article_id])
        return format_html('<a href="{}">{}</a>', url, page.article.headline)

    @admin.display(description="Title")
    def title_name(self, page: ArticlePage) -> str:
        return page.article.source.name

    @admin.display(description="Text taken")
    def text_taken(self, page: ArticlePage) -> str:
        return in_words(page.fetched_at) if page.fetched_at else "-"


@admin.register(Host)
class HostAdmin(LookedAt):
    list_display = ["name", "pause", "robots"]
    search_fields = ["name"]
    ordering = ["name"]
    fields = readonly_fields = ["name", "pause", "robots", "robots_txt"]

    @admin.display(description="Pause")
    def pause(self, host: Host) -> str:
        if host.paused_until is None or host.paused_until <= timezone.now():
            return "none"
        return f"until {in_words(host.paused_until)}: {host.pause_reason or 'no reason is known.'}"

    @admin.display(description="robots.txt")
    def robots(self, host: Host) -> str:
        if host.robots_fetched_at is None:
            return "never asked: none of its pages was wanted"
        return f"{robots_words(host.robots_status)}, asked {in_words(host.robots_fetched_at)}"


def robots_words(status: int | None) -> str:
    if status is None:
        return "no answer: its pages wait"
    if status >= 500 or status == 429:
        return f"answered {status}: its pages wait"
    return f"none there ({status}): nothing is forbidden" if status >= 300 else "read and obeyed"


def in_words(instant) -> str:
    return moment(instant, timezone.now(), timezone.get_current_timezone())
