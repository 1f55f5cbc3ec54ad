"""Terms -> condition on articles, for PostgreSQL's text search. Terms are parameters, so nothing typed is syntax."""

from collections.abc import Sequence

from django.db.models import BooleanField, Q
from django.db.models.expressions import RawSQL

# articles_search_fold folds what is looked for as it folded what is in the index (migration 0002).
TERM = "phraseto_tsquery('simple', articles_search_fold(%s))"
BEGINNING = "to_tsquery('simple', quote_literal(articles_search_fold(%s)) || ':*')"


def condition(wanted: Sequence[Sequence[str]], unwanted: Sequence[str], beginning: str) -> Q:
    """One of each row of terms, none of the unwanted ones, a word with this beginning; at least one of the three."""
    parts = [f"({' || '.join([TERM] * len(terms))})" for terms in wanted]
    parts += [f"!! {TERM}"] * len(unwanted)
    params = [term for terms in wanted for term in terms] + list(unwanted)
    if beginning:
        parts.append(BEGINNING)
        params.append(beginning)
    matches = f"articles_article.search_words @@ ({' && '.join(parts)})"
    return Q(RawSQL(matches, params, output_field=BooleanField()))  # noqa: S611
