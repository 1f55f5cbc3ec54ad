"""Stories as they are grouped and ranked, to look at."""

from __future__ import annotations

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from articles.admin.article_list import NewestPaginator
from articles.models import Story


@admin.register(Story)
class StoryAdmin(admin.ModelAdmin):
    list_display = ["__str__", "section", "title_count", "article_count", "score_words", "last_at"]
    list_filter = ["section"]
    list_select_related = ["lead"]
    list_per_page = 50
    ordering = ["-score", "-last_at"]
    sortable_by = ()
    paginator = NewestPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    search_fields = ["lead__headline"]
    readonly_fields = fields = [
        "lead_headline",
        "section",
        "title_count",
        "article_count",
        "score_words",
        "first_at",
        "last_at",
        "cluster_version",
        "reports",
    ]

    def has_add_permission(self, request) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        return False

    def view_on_site(self, story: Story) -> str:
        return story.get_absolute_url()

    @admin.display(description="Lead")
    def lead_headline(self, story: Story) -> str:
        return str(story)

    @admin.display(description="Score")
    def score_words(self, story: Story) -> str:
        return f"{story.score:.2f}"

    @admin.display(description="Articles, newest first")
    def reports(self, story: Story) -> SafeString:
        articles = story.articles.select_related("source").order_by("-published_at", "-pk")[:200]
        return format_html(
            "<ul>{}</ul>",
            format_html_join(
                "",
                '<li><b>{}</b> <a href="{}">{}</a>{}</li>',
                (
                    (
                        article.source.name,
                        reverse("admin:articles_article_change", args=[article.pk]),
                        article.headline,
                        " (a copy)" if article.is_copy else "",
                    )
                    for article in articles
                ),
            ),
        )
