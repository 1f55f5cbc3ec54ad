"""The articles that answer a query, in bounded time."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic

from django.db import OperationalError, connection, transaction
from django.db.models import Q

from articles.models import Article, ArticleQuerySet, Source
from articles.search import postgres, sqlite
from articles.search.hits import has_term, relevance, words_of
from articles.search.query import SearchQuery, forms_of

logger = logging.getLogger(__name__)

MOST = 500  # the newest so many matches are ranked; older ones need a narrower query
# On SQLite: matches that are looked at, to be left with MOST after what is withdrawn, or after any filter.
MOST_PLAIN = 4 * MOST
MOST_NARROWED = 20_000
MOST_TITLES = 50  # that one word may name
MOST_SECONDS = 2.0
GIVEN_UP = re.compile("interrupted|statement timeout")  # SQLite's words and PostgreSQL's
STEPS_BETWEEN_LOOKS = 20_000  # of SQLite's machine: about a millisecond


@dataclass(frozen=True, slots=True)
class Match:
    """One match without its text; source and language are what filters are offered for."""

    article_id: int
    source_slug: str
    source_name: str
    language: str


@dataclass(frozen=True, slots=True)
class Found:
    """Best or newest first. `is_cut`: there are older matches; `is_too_slow`: the search was given up."""

    matches: tuple[Match, ...] = ()
    is_cut: bool = False
    is_too_slow: bool = False


def search(query: SearchQuery, now: datetime, *, newest_first: bool = False) -> Found:
    """The newest MOST visible matches; none for a query without words and filters. Two queries."""
    if query.is_empty and not query.has_filters:
        return Found()
    columns = (
        *("pk", "source__slug", "source__name", "language"),
        *("headline", "standfirst", "author", "published_at"),
    )
    try:
        with time_limit():
            rows = list(matching(query).newest().values_list(*columns)[: MOST + 1])
    except OperationalError as error:
        if not GIVEN_UP.search(str(error)):
            raise
        logger.warning("search given up reason=%s", error)
        return Found(is_too_slow=True)
    is_cut = len(rows) > MOST
    rows = rows[:MOST]
    if not newest_first:
        rows.sort(key=lambda row: -_relevance(query, row, now))
    return Found(tuple(Match(*row[:4]) for row in rows), is_cut)


def _relevance(query: SearchQuery, row: tuple, now: datetime) -> float:
    _, _, source_name, _, headline, standfirst, author, published_at = row
    age_days = (now - published_at) / timedelta(days=1)
    return relevance(query, headline, standfirst, f"{author} {source_name}", age_days)


def matching(query: SearchQuery, among: ArticleQuerySet | None = None) -> ArticleQuerySet:
    """Those of `among` that answer, of the visible ones unless told, not ordered."""
    articles = Article.objects.visible() if among is None else among
    if not query.is_empty:
        is_narrowed = query.has_filters or among is not None
        articles = articles.filter(_condition(query, MOST_NARROWED if is_narrowed else MOST_PLAIN))
    if query.sources:
        articles = articles.filter(source__slug__in=query.sources)
    if query.languages:
        articles = articles.filter(_in_languages(query.languages))
    if query.section:
        articles = articles.filter(section=query.section)
    if query.published_from:
        articles = articles.filter(published_at__gte=query.published_from)
    if query.published_before:
        articles = articles.filter(published_at__lt=query.published_before)
    return articles


def _condition(query: SearchQuery, most: int) -> Q:
    """One query, for the titles that a term may name."""
    names = Source.objects.filter(is_active=True).order_by().values_list("pk", "name")
    titles = {pk: words_of(name) for pk, name in names}
    wanted = [(*forms_of(term), *_titles_called(term, titles)) for term in query.terms]
    unwanted = [word for term in query.unwanted for word in (term, *_titles_called(term, titles))]
    if connection.vendor == "postgresql":
        return postgres.condition(wanted, unwanted, query.beginning)
    return sqlite.condition(wanted, unwanted, query.beginning, most)


def _titles_called(term: str, titles: Mapping[int, Sequence[str]]) -> list[str]:
    """The words that stand in the index for the titles with this term in their name (migration 0002)."""
    return [f"titlenumber{pk}" for pk, words in titles.items() if has_term(words, term)][:MOST_TITLES]


def _in_languages(languages: tuple[str, ...]) -> Q:
    """ "en" is also "en-GB"."""
    wanted = Q(language__in=languages)
    for language in languages:
        wanted |= Q(language__startswith=f"{language}-")
    return wanted


@contextmanager
def time_limit() -> Iterator[None]:
    """OperationalError for a query that takes longer than MOST_SECONDS."""
    if connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = %s", [int(MOST_SECONDS * 1000)])
            yield
            # For a transaction that goes on around this one.
            cursor.execute("SET LOCAL statement_timeout = DEFAULT")
        return
    connection.ensure_connection()
    ends_at = monotonic() + MOST_SECONDS
    connection.connection.set_progress_handler(lambda: monotonic() > ends_at, STEPS_BETWEEN_LOOKS)
    try:
        yield
    finally:
        connection.connection.set_progress_handler(None, 0)
