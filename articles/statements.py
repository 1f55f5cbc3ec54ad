"""Queries that are put together once.

Putting one together takes Django several times as long as asking it; a front page asks nine, and every new article that
is placed in a story some more. What a query means stands on querysets as everywhere; from one time to the next only the
values in it change.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from inspect import Parameter, signature
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection
from django.db.models import Field, QuerySet
from django.db.models.expressions import Expression

from articles.muting import NO_MUTES, Mutes

Row = list[Any]


class Given(Expression):
    """In place of a value that is known when the statement is asked; in place of several behind `__in`."""

    def __init__(self, place: int) -> None:
        super().__init__(output_field=Field())
        self.place = place

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        return "%s", [self]


class Made(NamedTuple):
    parts: list[str]  # what stands around the parameters
    parameters: list[Any]
    readers: list[tuple[int, list[Callable], Any]]  # column, what its value goes through, its expression


class Statement:
    """Decorator of a function that gives a queryset of values_list(): its rows, asked with the same values.

    A value is a number, a text or a time, or several of them behind `__in`. Safe for threads.
    """

    def __init__(self, make: Callable[..., QuerySet]) -> None:
        self._make = make
        needed = [one for one in signature(make).parameters.values() if one.default is Parameter.empty]
        self._value_count = len(needed)
        self._made: dict[str, Made] = {}

    def __call__(self, *values: Any, mutes: Mutes = NO_MUTES) -> list[Row]:
        """In order; no query for none of several. With mutes it is put together for that reader."""
        if mutes:
            return [list(row) for row in self._make(*values, mutes=mutes)]
        given = [_given(value) for value in values]
        if not all(given):
            return []
        # has_picture() says something else by that setting.
        made = self._made.get(settings.IMAGES) or self._put_together()
        text, parameters = made.parts[0], []
        for parameter, after in zip(made.parameters, made.parts[1:], strict=True):
            here = given[parameter.place] if isinstance(parameter, Given) else [parameter]
            text += f"{', '.join(['%s'] * len(here))}{after}"
            parameters += here
        with connection.cursor() as cursor:
            cursor.execute(text, parameters)
            return _read(cursor.fetchall(), made.readers)

    def _put_together(self) -> Made:
        queryset = self._make(*map(Given, range(self._value_count)))
        compiler = queryset.query.get_compiler(queryset.db)
        text, parameters = compiler.as_sql()
        columns = [column for column, *_ in compiler.select[: compiler.col_count]]
        readers = [(place, converters, one) for place, (converters, one) in compiler.get_converters(columns).items()]
        made = self._made[settings.IMAGES] = Made(text.split("%s"), list(parameters), readers)
        return made


def _given(value: Any) -> list[Any]:
    if isinstance(value, datetime):
        return [connection.ops.adapt_datetimefield_value(value)]
    return list(value) if isinstance(value, Collection) and not isinstance(value, str) else [value]


def _read(rows: Sequence[Sequence[Any]], readers: Sequence[tuple[int, list[Callable], Any]]) -> list[Row]:
    """As Django reads them."""
    found = list(map(list, rows))
    for place, converters, expression in readers:
        for converter in converters:
            for row in found:
                row[place] = converter(row[place], expression, connection)
    return found
