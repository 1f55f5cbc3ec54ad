"""Terms -> condition on articles, for FTS5. Every term is quoted, so nothing typed is syntax."""

from collections.abc import Sequence

from django.db.models import Q
from django.db.models.expressions import RawSQL

# The tokenizer folds Latin letters only; the index is given Arabic ones folded like this (migration 0002).
ARABIC = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ة": "ه", "ؤ": "و", "ئ": "ي"})


def condition(wanted: Sequence[Sequence[str]], unwanted: Sequence[str], beginning: str, most: int) -> Q:
    """One of each row of terms, none of the unwanted ones, a word with this beginning; at least one of the three.

    Of the matches the `most` that came in last: SQLite looks every one up before it sorts.
    """
    parts = [any_of(terms) for terms in wanted]
    if beginning:
        parts.append(f"{quoted(beginning)} *")
    if not parts:
        return ~in_index(any_of(unwanted), -1)
    without = f" NOT {any_of(unwanted)}" if unwanted else ""
    return in_index(f"({' AND '.join(parts)}){without}", most)


def in_index(expression: str, most: int) -> Q:
    rows = "SELECT rowid FROM articles_search WHERE articles_search MATCH %s ORDER BY rowid DESC LIMIT %s"
    return Q(pk__in=RawSQL(rows, [expression, most]))  # noqa: S611


def any_of(terms: Sequence[str]) -> str:
    return f"({' OR '.join(quoted(term) for term in terms)})"


def quoted(term: str) -> str:
    return f'"{term.translate(ARABIC)}"'
