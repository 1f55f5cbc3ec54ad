"""Terms -> conditions on articles, for PostgreSQL's text search. Terms are parameters, so nothing typed is syntax."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.db.models import BooleanField, Q, QuerySet
from django.db.models.expressions import RawSQL

from articles.search.terms import Terms

# articles_search_fold folds what is looked for as it folded what is in the index (migration 0026).
TERM = "phraseto_tsquery('simple', articles_search_fold(%s))"
LOOSE = TERM.replace("phraseto", "plainto")
MOST_READ = 2_000  # texts whose words are unpacked to see whether they stand in a row
FEW = 5_000  # keys in a row
STRETCH = timedelta(days=7)  # what is looked through first
MARGIN = 1.25  # times as many days as it should take
BEGINNING = "to_tsquery('simple', quote_literal(articles_search_fold(%s)) || ':*')"


def condition(terms: Terms) -> Q:
    """What public text answers; `terms` are not empty."""
    asked, params = _asked(terms)
    return _is_true(f"articles_article.search_words @@ ({asked})", params)


def latest(rows: QuerySet, until: datetime) -> QuerySet:
    """Those of the last days before `until`; earlier() gives the others.

    The index of words hands over every match there ever was, and looking each up takes a hundred milliseconds in a
    large archive. With the index of dates beside it only those of some days are looked up.
    """
    return rows.filter(published_at__gte=until - STRETCH)


def earlier(rows: QuerySet, until: datetime, found: int, missing: int) -> QuerySet:
    """Of as many days before those of latest() as should hold what is missing; still older ones if they do not.

    The second of the two is not begun where the first gives enough.
    """
    start = until - STRETCH
    further = start - STRETCH * (MARGIN * missing / (found + 1))
    near = rows.filter(published_at__lt=start, published_at__gte=further)[:missing]
    return near.union(rows.filter(published_at__lt=further)[:missing], all=True)[:missing]


def in_texts(terms: Terms, most: int, keys: range = range(0), *, is_public: bool) -> Q:
    """What the whole text answers, headline and title with it; of the matches the `most` that came in last.

    `keys`: from that of the oldest article that is of use to the newest's; none: of any. `is_public`: through the index
    that walled texts are not in (migration 0020). Words in a row are looked for among the texts that came in last with
    all of these words: the index does not know where in a text they stand.
    """
    asked, params = _asked(terms)
    if not any(" " in term for row in (*terms.wanted, terms.unwanted) for term in row):
        return _in(_newest("article_id", asked, keys, is_public), [*params, keys.start, most])
    loose, loose_params = _asked(_in_any_order(terms), LOOSE)
    among = _newest("article_id, words", loose, keys, is_public)
    rows = f"SELECT article_id FROM ({among}) newest WHERE words @@ ({asked})"  # noqa: S608
    return _in(rows, [*loose_params, keys.start, MOST_READ, *params])


def _newest(columns: str, asked: str, keys: range, is_public: bool) -> str:
    # By a sum, or PostgreSQL would walk the key and unpack the words of every text on its way: that pays for a few.
    key = "article_id" if 0 < len(keys) <= FEW else "article_id + 0"
    return (
        f"SELECT {columns} FROM articles_search_bodies WHERE words @@ ({asked}){_among(is_public)} "  # noqa: S608
        f"AND {key} >= %s ORDER BY article_id + 0 DESC LIMIT %s"
    )


def _in_any_order(terms: Terms) -> Terms:
    """Terms that nothing is missed by where their words need not stand in a row."""
    return replace(terms, unwanted=tuple(term for term in terms.unwanted if " " not in term))


def _in(rows: str, params: list[object]) -> Q:
    return Q(pk__in=RawSQL(rows, params))  # noqa: S611


def unsaid_in_texts(terms: Terms, *, is_public: bool) -> Q:
    """No unwanted term in the whole text."""
    said, words = _any_of(terms.unwanted)
    rows = (
        "NOT EXISTS (SELECT 1 FROM articles_search_bodies b "  # noqa: S608
        f"WHERE b.article_id = articles_article.id AND b.words @@ ({said}){_among(is_public)})"
    )
    return _is_true(rows, words)


def _among(is_public: bool) -> str:
    return " AND is_public" if is_public else ""


def _asked(terms: Terms, term: str = TERM) -> tuple[str, list[str]]:
    rows = [*terms.wanted, terms.of] if terms.of else terms.wanted
    asked = [_any_of(row, term) for row in rows]
    if terms.beginning:
        asked.append(_any_of([terms.beginning]))
    if terms.unwanted:
        said, words = _any_of(terms.unwanted, term)
        asked.append((f"!! ({said})", words))
    return " && ".join(f"({part})" for part, _ in asked), [word for _, words in asked for word in words]


def _any_of(terms: Sequence[str], term: str = TERM) -> tuple[str, list[str]]:
    terms = [spelling for one in terms for spelling in _spellings(one)]
    parts = (BEGINNING if one.endswith("*") else term for one in terms)
    return " || ".join(parts), [one.removesuffix("*") for one in terms]


def _spellings(term: str) -> tuple[str, ...]:
    """Greek ends words with a sigma of its own, but not in capitals: of those lower() makes the other one."""
    small = term.lower()
    return (small, small.replace("ς", "σ")) if "ς" in small else (term,)


def _is_true(expression: str, params: list[str]) -> Q:
    return Q(RawSQL(expression, params, output_field=BooleanField()))  # noqa: S611
