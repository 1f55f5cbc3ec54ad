"""Lists of the admin over tables that grow for ever: counted to two thousand, and narrowed without being read whole."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import admin
from django.core.paginator import Paginator
from django.utils import timezone
from django.utils.functional import cached_property

NEWEST = 2000
SPANS = {"1": "Last 24 hours", "7": "Last 7 days", "30": "Last 30 days", "365": "Last 365 days"}


class NewestPaginator(Paginator):
    """Counts and shows the first two thousand and no further: the archive is never counted."""

    @cached_property
    def count(self) -> int:
        return self.object_list.order_by().values("pk")[:NEWEST].count()


def within(name: str, words: str) -> type[admin.SimpleListFilter]:
    """A filter of fixed spans by the date `name`: for its years Django's hierarchy of dates reads the whole table."""

    class WithinFilter(admin.SimpleListFilter):
        title = words
        parameter_name = name

        def lookups(self, request, model_admin):
            return list(SPANS.items())

        def queryset(self, request, queryset):
            if self.value() not in SPANS:
                return queryset
            return queryset.filter(**{f"{name}__gte": timezone.now() - timedelta(days=int(self.value()))})

    return WithinFilter
