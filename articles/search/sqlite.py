"""Terms -> conditions on articles, for FTS5. Every term is quoted, so nothing typed is syntax."""

from collections.abc import Sequence

from django.db.models import Q
from django.db.models.expressions import RawSQL

from articles.search.hits import folded
from articles.search.terms import Terms

NO_TITLE = "titlenumber0"
IN_PUBLIC = "SELECT rowid FROM articles_search WHERE articles_search MATCH %s ORDER BY rowid DESC LIMIT %s"
IN_TEXTS = (
    "SELECT rowid FROM articles_search_bodies WHERE articles_search_bodies MATCH %s AND rowid >= %s "
    "ORDER BY rowid DESC LIMIT %s"
)


def condition(terms: Terms, most: int) -> Q:
    """What public text answers; `terms` are not empty.

    Of the matches the `most` that came in last: SQLite looks every one up before it sorts.
    """
    if not terms.wanted and not terms.beginning:
        return ~_in(IN_PUBLIC, any_of(terms.unwanted), -1)
    return _in(IN_PUBLIC, _asked(terms), most)


def in_texts(terms: Terms, most: int, keys: range = range(0), *, is_public: bool) -> Q:
    """What the whole text answers, headline and title with it; of the matches the `most` that came in last.

    `keys`: from that of the oldest article that is of use. `is_public`: only texts that are open to everybody are gone
    through (migration 0020).
    """
    return _in(IN_TEXTS, _among(_asked(terms), terms, is_public), keys.start, most)


def unsaid_in_texts(terms: Terms, *, is_public: bool) -> Q:
    """No unwanted term in the whole text. Those of other texts need not be gone through."""
    said = any_of(terms.unwanted)
    if terms.wanted:
        said = f"{' AND '.join(any_of(row) for row in terms.wanted)} AND {said}"
    return ~_in(IN_TEXTS, _among(said, terms, is_public), 0, -1)


def _among(asked: str, terms: Terms, is_public: bool) -> str:
    if not is_public:
        return asked
    return f"(openness : openedtext OR source : {any_of((NO_TITLE, *terms.open_titles))}) AND ({asked})"


def _asked(terms: Terms) -> str:
    parts = [any_of(row) for row in terms.wanted]
    if terms.beginning:
        parts.append(quoted(terms.beginning))
    if terms.of:
        parts.append(f"source : {any_of(terms.of)}")
    without = f" NOT {any_of(terms.unwanted)}" if terms.unwanted else ""
    return f"({' AND '.join(parts)}){without}"


def _in(rows: str, expression: str, *bounds: int) -> Q:
    return Q(pk__in=RawSQL(rows, [expression, *bounds]))  # noqa: S611


def any_of(terms: Sequence[str]) -> str:
    return f"({' OR '.join(quoted(term) for term in terms)})"


def quoted(term: str) -> str:
    """ "*" at its end stays outside: there it stands for the rest of the word."""
    beginning = term.removesuffix("*")
    return f'"{folded(term)}"' if beginning == term else f'"{folded(beginning)}" *'
