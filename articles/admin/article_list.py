"""The list of articles in an archive of any size: narrowed without reading it all."""

from __future__ import annotations

from datetime import timedelta

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.utils import timezone

from articles.models import Article, Permission, Source


class PublishedFilter(admin.SimpleListFilter):
    """Fixed spans: a list of years and months would have to read the whole archive."""

    title = "when it was published"
    parameter_name = "published"
    hours = {
        "6": "Last 6 hours",
        "24": "Last 24 hours",
        "72": "Last 3 days",
        "168": "Last 7 days",
        "720": "Last 30 days",
    }

    def lookups(self, request, model_admin):
        return list(self.hours.items())

    def queryset(self, request, queryset):
        if self.value() not in self.hours:
            return queryset
        return queryset.filter(published_at__gte=timezone.now() - timedelta(hours=int(self.value())))


class ReachFilter(admin.SimpleListFilter):
    title = "who may read it"
    parameter_name = "reach"

    def lookups(self, request, model_admin):
        return [("walled", "Behind the wall"), ("opened", "Opened by an editor"), ("withdrawn", "Taken down")]

    def queryset(self, request, queryset):
        match self.value():
            case "walled":
                return queryset.filter(has_body=True, is_opened=False, source__permission=Permission.FULL)
            case "opened":
                return queryset.filter(is_opened=True)
            case "withdrawn":
                return queryset.filter(withdrawn_at__isnull=False)
        return queryset


class SourceForm(forms.Form):
    """One source, found by typing."""

    source = forms.ModelChoiceField(
        Source.objects.all(),
        required=False,
        label="Title",
        widget=AutocompleteSelect(Article._meta.get_field("source"), admin.site),
    )


class SourceFilter(admin.SimpleListFilter):
    title = "title"
    parameter_name = "source"
    template = "admin/source_filter.html"

    def lookups(self, request, model_admin):
        return [("", "any")]  # hundreds of titles: the template asks for one by typing

    def choices(self, changelist):
        others = [(name, value) for name, value in changelist.params.items() if name not in {"source", "p", "all"}]
        yield {
            "form": SourceForm(initial={"source": self.source_id}, auto_id="filter_%s"),
            "others": others,
            "clear": changelist.get_query_string(remove=["source"]),
            "selected": self.source_id is not None,
        }

    def queryset(self, request, queryset):
        return queryset if self.source_id is None else queryset.filter(source=self.source_id)

    @property
    def source_id(self) -> int | None:
        asked = self.value() or ""
        return int(asked) if asked.isdecimal() and len(asked) < 19 else None
