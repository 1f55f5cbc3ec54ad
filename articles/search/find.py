"""The articles that answer a query, in bounded time."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from types import ModuleType

from django.db import OperationalError, connection, transaction
from django.db.models import Q

from articles.models import Article, ArticleQuerySet, Permission, Source
from articles.muting import NO_MUTES, Mutes
from articles.search import postgres, sqlite
from articles.search.hits import relevance
from articles.search.query import SearchQuery
from articles.search.terms import Terms, Title, terms_of, title_of

logger = logging.getLogger(__name__)

MOST = 500  # the newest so many matches are ranked; older ones need a narrower query
# Matches that are looked at, to be left with MOST after what is withdrawn, or after any filter.
MOST_PLAIN = 2 * MOST
MOST_NARROWED = 20_000
MOST_SECONDS = 2.0  # for everything that one page asks
GIVEN_UP = re.compile("interrupted|statement timeout")  # SQLite's words and PostgreSQL's
STEPS_BETWEEN_LOOKS = 20_000  # of SQLite's machine: about a millisecond
COLUMNS = (
    *("pk", "source__slug", "source__name", "language", "section", "published_at"),
    *("headline", "standfirst", "author"),
)


@dataclass(frozen=True, slots=True)
class Match:
    """One match without its text; source, language and section are what filters are offered for."""

    article_id: int
    source_slug: str
    source_name: str
    language: str
    section: str
    published_at: datetime


@dataclass(frozen=True, slots=True)
class Found:
    """Best or newest first. `is_cut`: there are older matches; `is_too_slow`: the search was given up."""

    matches: tuple[Match, ...] = ()
    is_cut: bool = False
    is_too_slow: bool = False


@dataclass(frozen=True, slots=True)
class Scope:
    """Who searches: whether walled texts are looked through, what is left out, and until when the database may work.

    `reads_licensed` is articles.reading's to say. Without it no walled text is even looked at.
    """

    reads_licensed: bool = False
    mutes: Mutes = NO_MUTES
    ends_at: float | None = None  # of time.monotonic(); None: MOST_SECONDS from each search


OUTSIDER = Scope()


def search(
    query: SearchQuery,
    now: datetime,
    scope: Scope = OUTSIDER,
    titles: Sequence[Title] | None = None,
    *,
    newest_first: bool = False,
    before: tuple[datetime, int] | None = None,
) -> Found:
    """The newest MOST visible matches; none for a query without words and filters.

    One query for public text, one for whole texts where words are looked for, one for `titles` where none are given.
    `before` is the time and the key of the last match of a page before, newest first.
    """
    if query.is_empty and not query.has_filters:
        return Found()
    terms = terms_of(query, active_titles() if titles is None else titles)
    parts = [part.before(*before) if before else part for part in parts_of(query, terms, scope, before is not None)]
    found = _public_first(parts, scope)
    if found is None:
        return Found(is_too_slow=True)
    rows = sorted({row[0]: row for part in found for row in part}.values(), key=lambda row: (row[5], row[0]))[::-1]
    if not newest_first:
        public = {row[0] for row in found[0]}
        # What is found by one word in its whole text alone says it neither in headline nor in standfirst.
        scores = {row[0]: _relevance(query, row, now) for row in rows if row[0] in public or len(terms.wanted) > 1}
        rows.sort(key=lambda row: -scores.get(row[0], 0.0))
    is_cut = len(rows) > MOST or len(found) < len(parts) or any(len(part) > MOST for part in found)
    return Found(tuple(Match(*row[:6]) for row in rows[:MOST]), is_cut)


def parts_of(query: SearchQuery, terms: Terms, scope: Scope, is_narrowed: bool) -> list[ArticleQuerySet]:
    """Public text; and whole texts, for which a match in public text counts just as well."""
    is_public = not scope.reads_licensed
    is_narrowed = is_narrowed or query.has_filters or bool(scope.mutes)
    visible = scope.mutes.visible(Article.objects.visible())
    public = _narrowed(visible, query)
    if terms:
        public = public.filter(_condition(terms, is_narrowed))
    if terms.unwanted:
        public = public.filter(_backend().unsaid_in_texts(terms, is_public=is_public))
    if not terms.wanted:
        return [public]
    most = MOST_NARROWED if is_narrowed else MOST_PLAIN
    whole = _narrowed(visible, query).filter(_may_be_shown(is_public))
    return [public, whole.filter(_backend().in_texts(terms, most, is_public=is_public))]


def _may_be_shown(is_public: bool) -> Q:
    """The permission of today counts, as it does where a text is opened."""
    public = Q(source__permission=Permission.OPEN) | Q(source__permission=Permission.FULL, is_opened=True)
    return public if is_public else Q(source__permission__in=[Permission.OPEN, Permission.FULL])


def _public_first(parts: Sequence[ArticleQuerySet], scope: Scope) -> list[list[tuple]] | None:
    """The rows of the parts: of public text alone where whole texts take too long, None where even that does."""
    found: list[list[tuple]] = []
    for part in parts:
        if found and len(found[0]) > MOST:
            # What is older than so many others is shown to nobody.
            part = part.filter(published_at__gte=found[0][-1][5])
        try:
            found.append(_rows(part, scope))
        except OperationalError as error:
            if not GIVEN_UP.search(str(error)):
                raise
            # The database's own words may quote what was searched for.
            logger.warning("search given up parts=%d reason=%s", len(found), type(error).__name__)
            return found or None
    return found


def _rows(articles: ArticleQuerySet, scope: Scope) -> list[tuple]:
    seconds = MOST_SECONDS if scope.ends_at is None else scope.ends_at - monotonic()
    if seconds <= 0:
        raise OperationalError("interrupted: no time is left")
    with time_limit(seconds):
        return list(articles.newest().values_list(*COLUMNS)[: MOST + 1])


def _relevance(query: SearchQuery, row: tuple, now: datetime) -> float:
    _, _, source_name, _, _, published_at, headline, standfirst, author = row
    age_days = (now - published_at) / timedelta(days=1)
    return relevance(query, headline, standfirst, f"{author} {source_name}", age_days)


def matching(query: SearchQuery, among: ArticleQuerySet | None = None) -> ArticleQuerySet:
    """Those of `among` whose public text answers, of the visible ones unless told, not ordered."""
    articles = _narrowed(Article.objects.visible() if among is None else among, query)
    if query.is_empty:
        return articles
    terms = terms_of(query, active_titles())
    return articles.filter(_condition(terms, query.has_filters or among is not None))


def active_titles() -> list[Title]:
    """Every title that is shown. One query."""
    rows = Source.objects.filter(is_active=True).order_by().values_list("pk", "slug", "name", "permission")
    return [title_of(pk, slug, name, is_open=permission == Permission.OPEN) for pk, slug, name, permission in rows]


def _narrowed(articles: ArticleQuerySet, query: SearchQuery) -> ArticleQuerySet:
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


def _condition(terms: Terms, is_narrowed: bool) -> Q:
    if connection.vendor == "postgresql":
        return postgres.condition(terms)
    return sqlite.condition(terms, MOST_NARROWED if is_narrowed else MOST_PLAIN)


def _backend() -> ModuleType:
    return postgres if connection.vendor == "postgresql" else sqlite


def _in_languages(languages: Iterable[str]) -> Q:
    """ "en" is also "en-GB"."""
    wanted = Q(language__in=languages)
    for language in languages:
        wanted |= Q(language__startswith=f"{language}-")
    return wanted


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """OperationalError for a query that takes longer."""
    if connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = %s", [max(1, int(seconds * 1000))])
            # Texts lie outside their rows: the planner takes reading them all for cheap, and it is not.
            # What is dear is compiled, which takes longer than any search; and a small table read whole is dear then.
            # With pages as dear as on a turning disk a rare word is looked for by walking the whole archive: of a word
            # that it has no count of the planner expects thousands, and with a million articles the time is over first.
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL jit = off; SET LOCAL random_page_cost = 1.1")
            yield
            # For a transaction that goes on around this one.
            cursor.execute(
                "SET LOCAL statement_timeout = DEFAULT; SET LOCAL enable_seqscan = DEFAULT; SET LOCAL jit = DEFAULT; "
                "SET LOCAL random_page_cost = DEFAULT"
            )
        return
    ends_at = monotonic() + seconds
    connection.ensure_connection()
    connection.connection.set_progress_handler(lambda: monotonic() > ends_at, STEPS_BETWEEN_LOOKS)
    try:
        yield
    finally:
        connection.connection.set_progress_handler(None, 0)
