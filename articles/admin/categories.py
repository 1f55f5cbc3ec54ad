"""Which section an article belongs in whose publisher files it under this word: a table that editors extend."""

from __future__ import annotations

from collections import Counter

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode

from articles.models import Article, CategoryRule

RECENT = 2000  # articles that are looked at, the newest
UNPLACED_COUNT = 12
SEEN_OFTEN = 3  # rarer words are hardly worth a rule


class RuleForm(forms.ModelForm):
    class Meta:
        model = CategoryRule
        fields = ["name", "section"]

    def clean_name(self) -> str:
        name = as_stored(self.cleaned_data["name"])
        if not name:
            raise forms.ValidationError("A category is a word or two.")
        known = CategoryRule.objects.filter(name=name).exclude(pk=self.instance.pk).first()
        if known:
            raise forms.ValidationError(
                format_html(
                    'This category has a rule already: <a href="{}">{}</a>.',
                    reverse("admin:articles_categoryrule_change", args=[known.pk]),
                    known,
                )
            )
        return name


@admin.register(CategoryRule)
class CategoryRuleAdmin(admin.ModelAdmin):
    form = RuleForm
    list_display = ["name", "section", "recent"]
    list_editable = ["section"]
    list_filter = ["section"]
    list_per_page = 100
    search_fields = ["name"]
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    change_list_template = "admin/articles/categoryrule/change_list.html"

    def get_changelist_instance(self, request):
        changelist = super().get_changelist_instance(request)
        counts = recent_counts()
        for rule in changelist.result_list:
            rule.recent_count = counts[rule.name]
        changelist.unplaced = unplaced(counts) if self.has_add_permission(request) else []
        return changelist

    @admin.display(description=f"Among the newest {RECENT:,} articles")
    def recent(self, rule: CategoryRule) -> str:
        return f"{rule.recent_count:,}" if rule.recent_count else "-"

    def get_changeform_initial_data(self, request: HttpRequest) -> dict:
        return {"name": request.GET.get("name", "")[:60]}


def as_stored(name: str) -> str:
    """As CategoryRule keeps it."""
    return " ".join(name.casefold().split())


def recent_counts() -> Counter[str]:
    """How many of the newest articles carry each category. One query that no archive makes longer."""
    rows = Article.objects.order_by("-pk").values_list("categories", flat=True)[:RECENT]
    return Counter(name for names in rows for name in {as_stored(one) for one in names if isinstance(one, str)})


def unplaced(counts: Counter[str]) -> list[tuple[str, int, str]]:
    """The most frequent categories without a rule: (name, how many articles, where to add one)."""
    often = [(name, count) for name, count in counts.most_common(200) if count >= SEEN_OFTEN and 0 < len(name) <= 60]
    known = set(CategoryRule.objects.filter(name__in=[name for name, _ in often]).values_list("name", flat=True))
    add = reverse("admin:articles_categoryrule_add")
    return [(name, count, f"{add}?{urlencode({'name': name})}") for name, count in often if name not in known][
        :UNPLACED_COUNT
    ]
