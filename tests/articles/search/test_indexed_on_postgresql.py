"""What PostgreSQL folds in the quick way is what it folds in the long one."""

from importlib import import_module

import pytest
from django.db import connection

from tests.articles.search.test_indexed import writings

functions = import_module("articles.migrations.0027_search_functions")
PLAIN = ("", "It’s “said” – or — so… «said» • 10\u00a0% ‚of‘ A/B & c@d [x] {y} ~z `q` \\ ^_ | <i>", "Tab\tand\nline")
COMPARED = r"SELECT to_tsvector('simple', {0}(%s)), regexp_replace({0}(%s), '\s+', ' ', 'g')"

pytestmark = pytest.mark.django_db


def test_the_words_are_those_of_the_expression_before():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite is given functions of Python")
    (before,) = functions.POSTGRESQL_REVERSE
    with connection.cursor() as cursor:
        cursor.execute(before.replace("articles_search_fold", "pg_temp.folded_before"))
        for text in (*PLAIN, *(f"{plain} Café" for plain in PLAIN), *writings(300)):
            cursor.execute(COMPARED.format("articles_search_fold"), [text, text])
            now = cursor.fetchone()
            cursor.execute(COMPARED.format("pg_temp.folded_before"), [text, text])
            assert now == cursor.fetchone(), text
