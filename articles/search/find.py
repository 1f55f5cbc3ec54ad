"""The articles that answer a query, in bounded time."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import reduce
from operator import or_
from time import monotonic
from types import ModuleType

from django.db import OperationalError, connection, transaction
from django.db.models import F, Max, Min, Q, QuerySet, Value

from articles.models import Article, ArticleQuerySet, Permission, Source
from articles.muting import NO_MUTES, Mutes
from articles.search import postgres, sqlite
from articles.search.hits import relevance
from articles.search.query import SearchQuery
from articles.search.terms import Terms, Title, terms_of, title_of

logger = logging.getLogger(__name__)

MOST = 500  # the newest so many matches are ranked; older ones need a narrower query
# Matches that are looked at, to be left with MOST after what is withdrawn, or after any filter (a few first).
MOST_PLAIN = 2 * MOST
MOST_FIRST = 4 * MOST
MOST_NARROWED = 20_000
MOST_SECONDS = 2.0  # for everything that one page asks
GIVEN_UP = re.compile("interrupted|statement timeout")  # SQLite's words and PostgreSQL's
OLDEST = datetime(1990, 1, 1, tzinfo=UTC)  # that the end of what is looked through first can be
STEPS_BETWEEN_LOOKS = 20_000  # of SQLite's machine: about a millisecond
PUBLIC_TEXTS = ("headline", "standfirst", "author", "opening_html")
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

    One or two queries for public text, as many for whole ones where words are looked for, one for `titles` where none
    are given.
    `before` is the time and the key of the last match of a page before, newest first.
    """
    if query.is_empty and not query.has_filters:
        return Found()
    terms = terms_of(query, active_titles() if titles is None else titles)
    until = min(time for time in (now, query.published_before, before and before[0]) if time)
    found = _found(Asked(query, terms, scope, before), max(until, OLDEST))
    if not found:
        return Found(is_too_slow=True)
    rows = sorted({row[0]: row for part in found for row in part}.values(), key=lambda row: (row[5], row[0]))[::-1]
    if not newest_first:
        public = {row[0] for row in found[0]}
        # What is found by one word in its whole text alone says it neither in headline nor in standfirst.
        scores = {row[0]: _relevance(query, row, now) for row in rows if row[0] in public or len(terms.wanted) > 1}
        rows.sort(key=lambda row: -scores.get(row[0], 0.0))
    is_cut = len(rows) > MOST or len(found) < (2 if terms.wanted else 1) or any(len(part) > MOST for part in found)
    return Found(tuple(Match(*row[:6]) for row in rows[:MOST]), is_cut)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked for and by whom, as two querysets: a match in a whole text counts as one in public text does."""

    query: SearchQuery
    terms: Terms
    scope: Scope = OUTSIDER
    before: tuple[datetime, int] | None = None

    def in_public(self, most: int) -> ArticleQuerySet:
        condition = _condition(self.terms, most) if self.terms else Q()
        public = self._answering(condition, by_key=bool(self.terms.wanted) and _backend() is sqlite)
        if self.terms.unwanted:
            public = public.filter(_backend().unsaid_in_texts(self.terms, is_public=self._is_public))
        return public

    def in_texts(self, since: datetime | None, keys: range) -> ArticleQuerySet:
        """Published since then, where that is given; `keys` are those of all such articles."""
        most = MOST_NARROWED if self.is_narrowed else MOST_PLAIN
        condition = _backend().in_texts(self.terms, most, keys, is_public=self._is_public)
        whole = self._answering(condition, by_key=True).filter(_may_be_shown(self._is_public))
        return whole.filter(published_at__gte=since) if since else whole

    @property
    def _is_public(self) -> bool:
        return not self.scope.reads_licensed

    @property
    def is_narrowed(self) -> bool:
        return self.before is not None or self.query.has_filters or bool(self.scope.mutes)

    @property
    def _has_rows_to_drop(self) -> bool:
        """Beyond what an index drops."""
        rest = replace(self.query, section="", sources=() if self.terms.of else self.query.sources)
        return self.before is not None or rest.has_filters or bool(self.scope.mutes)

    def _answering(self, condition: Q, *, by_key: bool) -> ArticleQuerySet:
        """`by_key`: the condition gives keys, and an index drops those of other sections before any row is read."""
        query = self.query
        if by_key and query.section:
            most = MOST_NARROWED if self._has_rows_to_drop else MOST_PLAIN
            in_section = Article.objects.filter(condition, section=query.section)
            condition = Q(pk__in=in_section.order_by("-pk").values("pk")[:most])
            query = replace(query, section="")
        articles = _narrowed(self.scope.mutes.visible(Article.objects.visible()), query).filter(condition)
        return articles.before(*self.before) if self.before else articles


def _may_be_shown(is_public: bool) -> Q:
    """The permission of today counts, as it does where a text is opened."""
    public = Q(source__permission=Permission.OPEN) | Q(source__permission=Permission.FULL, is_opened=True)
    return public if is_public else Q(source__permission__in=[Permission.OPEN, Permission.FULL])


def _found(asked: Asked, until: datetime) -> list[list[tuple]]:
    """The rows of public texts and of whole ones; without the latter where they take too long, none where both do."""
    found: list[list[tuple]] = []
    try:
        found.append(_public_rows(asked, until))
        if asked.terms.wanted:
            # What is older than so many others is shown to nobody.
            # Older than what is too much of public text, a text is of no use.
            since = found[0][-1][5] if len(found[0]) > MOST else None
            keys = _keys_since(since, asked.scope) if since else range(0)
            found.append(_rows(_newest(asked.in_texts(since, keys))[: MOST + 1], asked.scope))
    except OperationalError as error:
        if not GIVEN_UP.search(str(error)):
            raise
        # The database's own words may quote what was searched for.
        logger.warning("search given up parts=%d reason=%s", len(found), type(error).__name__)
    return found


def _public_rows(asked: Asked, until: datetime) -> list[tuple]:
    """In two steps where what is newest may do: looking every match up takes longer than asking twice."""
    scope, has_words = asked.scope, bool(asked.terms.wanted)
    if connection.vendor == "postgresql" and has_words:
        newest = _newest(asked.in_public(MOST_NARROWED))
        rows = _rows(postgres.latest(newest, until)[: MOST + 1], scope)
        missing = MOST + 1 - len(rows)
        return rows + _rows(postgres.earlier(newest, until, len(rows), missing), scope) if missing else rows
    for most in (MOST_FIRST, MOST_NARROWED) if has_words and asked.is_narrowed else (MOST_PLAIN,):
        rows = _rows(_newest(asked.in_public(most))[: MOST + 1], scope)
        if len(rows) > MOST:
            break
    return rows


def _keys_since(since: datetime, scope: Scope) -> range:
    """Of all articles published since then. By sums, or a planner would walk the keys from the oldest on."""
    key = F("pk") + 0
    articles = Article.objects.filter(published_at__gte=since).order_by().values(one=Value(1))
    [(first, last)] = _rows(articles.annotate(first=Min(key), last=Max(key)).values_list("first", "last"), scope)
    return range(first, last)


def _newest(articles: ArticleQuerySet) -> QuerySet:
    return articles.newest().values_list(*COLUMNS)


def _rows(rows: QuerySet, scope: Scope) -> list[tuple]:
    seconds = MOST_SECONDS if scope.ends_at is None else scope.ends_at - monotonic()
    if seconds <= 0:
        raise OperationalError("interrupted: no time is left")
    with time_limit(seconds):
        return list(rows)


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
    is_narrowed = query.has_filters or among is not None
    return articles.filter(_condition(terms, MOST_NARROWED if is_narrowed else MOST_PLAIN))


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
    for word in query.signed:
        articles = articles.filter(_writes(word))
    if query.published_from:
        articles = articles.filter(published_at__gte=query.published_from)
    if query.published_before:
        articles = articles.filter(published_at__lt=query.published_before)
    return articles


def _condition(terms: Terms, most: int) -> Q:
    return postgres.condition(terms) if connection.vendor == "postgresql" else sqlite.condition(terms, most)


def _backend() -> ModuleType:
    return postgres if connection.vendor == "postgresql" else sqlite


def _in_languages(languages: Iterable[str]) -> Q:
    """ "en" is also "en-GB"."""
    wanted = Q(language__in=languages)
    for language in languages:
        wanted |= Q(language__startswith=f"{language}-")
    return wanted


def _writes(word: str) -> Q:
    """Public text has this word with its signs: "C++", ".NET"."""
    pattern = rf"(^|\W){re.escape(word)}($|[^\w+#])"
    return reduce(or_, (Q(**{f"{column}__iregex": pattern}) for column in PUBLIC_TEXTS))


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """OperationalError for a query that takes longer."""
    if connection.vendor == "postgresql":
        is_within = connection.in_atomic_block
        with transaction.atomic(), connection.cursor() as cursor:
            # Texts lie outside their rows: the planner takes reading them all for cheap, and it is not.
            # What is dear is compiled, which takes longer than any search; and a small table read whole is dear then.
            # With pages as dear as on a turning disk a rare word is looked for by walking the whole archive: of a word
            # that it has no count of the planner expects thousands, and with a million articles the time is over first.
            # In memory a page costs less than the planner thinks even so, and a list of all matches more.
            # Matches are noted by page: where there is no room for all, every row of a page is looked at.
            cursor.execute(
                "SET LOCAL statement_timeout = %s; SET LOCAL enable_seqscan = off; SET LOCAL jit = off; "
                "SET LOCAL random_page_cost = 0.3; SET LOCAL work_mem = '32MB'",
                [max(1, int(seconds * 1000))],
            )
            yield
            if is_within:
                cursor.execute(
                    "SET LOCAL statement_timeout = DEFAULT; SET LOCAL enable_seqscan = DEFAULT; "
                    "SET LOCAL jit = DEFAULT; SET LOCAL random_page_cost = DEFAULT; SET LOCAL work_mem = DEFAULT"
                )
        return
    ends_at = monotonic() + seconds
    connection.ensure_connection()
    connection.connection.set_progress_handler(lambda: monotonic() > ends_at, STEPS_BETWEEN_LOOKS)
    try:
        yield
    finally:
        connection.connection.set_progress_handler(None, 0)
