"""Lists of the admin over tables that grow for ever: counted to two thousand, and narrowed without being read whole."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import Model
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import cached_property

NEWEST = 2000
SPANS = {"1": "Last 24 hours", "7": "Last 7 days", "30": "Last 30 days", "365": "Last 365 days"}


class NewestPaginator(Paginator):
    """Counts and shows the first two thousand and no further: the archive is never counted."""

    @cached_property
    def count(self) -> int:
        return self.object_list.order_by().values("pk")[:NEWEST].count()


class NarrowedByFilters:
    """By its address a list is narrowed by its filters alone.

    Django takes any column of the table there: what no page shows, a password's hash or a secret, could be guessed
    letter by letter by whoever may see the list.
    """

    def lookup_allowed(self, lookup: str, value: object, request: HttpRequest) -> bool:
        filters = {name_of(one) for one in self.get_list_filter(request)}
        return lookup.partition("__")[0] in filters and super().lookup_allowed(lookup, value, request)


def name_of(list_filter: str | tuple | type) -> str:
    """Of a filter in `list_filter`, as addresses begin with it."""
    if isinstance(list_filter, tuple):
        return list_filter[0]
    return list_filter if isinstance(list_filter, str) else list_filter.parameter_name


def column(name: str, words: str) -> Callable[[Model], object]:
    """The column `name` under other words than the table's own."""

    @admin.display(description=words, ordering=name)
    def shown(row: Model) -> object:
        return getattr(row, name)

    shown.__name__ = name
    return shown


def yes_or_no(words: str) -> type[admin.BooleanFieldListFilter]:
    """A filter by a column of yes and no, under other words than the table's own."""

    class YesOrNo(admin.BooleanFieldListFilter):
        def __init__(self, *args, **kwargs) -> None:
            super().__init__(*args, **kwargs)
            self.title = words

    return YesOrNo


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
