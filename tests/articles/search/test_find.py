"""What is found, in which order, and what never is."""

from datetime import timedelta
from time import monotonic

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.models import Article
from articles.search import find
from articles.search.find import OUTSIDER, Scope, matching, search
from articles.search.query import parse_query
from articles.search.terms import terms_of
from tests.make import make_article, make_source

pytestmark = pytest.mark.django_db


def found(typed: str, **options) -> list[str]:
    result = search(parse_query(typed), timezone.now(), **options)
    headlines = dict(Article.objects.values_list("pk", "headline"))
    return [headlines[match.article_id] for match in result.matches]


def test_every_word_must_be_there_and_no_unwanted_one():
    make_article(headline="River treaty signed")
    make_article(headline="River treaty football")
    make_article(headline="River alone")
    assert found("river treaty -football") == ["River treaty signed"]
    assert sorted(found("river -treaty")) == ["River alone"]
    assert found('"treaty river"') == []
    assert found("-river") == []


def test_an_unwanted_word_alone_leaves_everything_else():
    make_article(headline="River alone")
    make_article(headline="Mountain")
    assert found("-river") == ["Mountain"]


def test_a_search_is_narrowed_by_title_section_and_day():
    clear, harbour = make_source(slug="clearwater"), make_source(slug="harbour")
    now = timezone.now()
    make_article(clear, headline="Reed one", section="climate", published_at=now - timedelta(days=3))
    make_article(clear, headline="Reed two", section="world", published_at=now - timedelta(days=1))
    make_article(harbour, headline="Reed three", section="climate", published_at=now)
    day = f"{now - timedelta(days=1):%Y-%m-%d}"
    assert sorted(found("reed source:clearwater")) == ["Reed one", "Reed two"]
    assert len(found("reed source:clearwater source:harbour")) == 3
    assert sorted(found("reed section:climate")) == ["Reed one", "Reed three"]
    assert sorted(found(f"reed after:{day}")) == ["Reed three", "Reed two"]
    assert found(f"reed before:{day}") == ["Reed one"]
    assert found("source:clearwater section:climate") == ["Reed one"]
    assert found("reed source:nobody") == []


def test_the_best_match_comes_first_unless_the_newest_is_wanted():
    now = timezone.now()
    make_article(headline="Other news", standfirst="The delta, too.", published_at=now)
    make_article(headline="The delta", published_at=now - timedelta(hours=5))
    assert found("delta") == ["The delta", "Other news"]
    assert found("delta", newest_first=True) == ["Other news", "The delta"]


def test_what_was_taken_down_or_switched_off_is_never_found():
    make_article(headline="Delta withdrawn", withdrawn_at=timezone.now())
    make_article(make_source(is_active=False, name="Delta Off"), headline="Delta off")
    make_article(headline="Delta stays")
    assert found("delta") == ["Delta stays"]
    assert found("-nothing") == ["Delta stays"]


def test_more_matches_than_we_rank_are_cut_and_said_so():
    source, now = make_source(), timezone.now()
    Article.objects.bulk_create(
        Article(
            source=source,
            section="world",
            headline=f"Delta {number}",
            published_at=now - timedelta(minutes=number),
            first_seen_at=now,
        )
        for number in range(find.MOST + 1)
    )
    result = search(parse_query("delta"), now)
    assert result.is_cut
    assert len(result.matches) == find.MOST
    assert found("delta", newest_first=True)[0] == "Delta 0"
    assert not search(parse_query("delta 7"), now).is_cut


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "\0",
        '"',
        '""',
        "- - -",
        "*",
        "' OR 1=1 --",
        'NEAR("a" "b", 3)',
        "headline:x",
        "a AND",
        "& | ! <->",
        ":*",
        "\\",
        "%s %(x)s {{ x }}",
        "ـ ًً",
        "日本 東京",
        "😀",
        "x" * 10_000,
        '"' * 500,
        "-" * 500,
        " ".join(str(number) for number in range(5000)),
        "after:9999-12-31 before:0001-01-01",
        "source:" + "x" * 10_000,
    ],
)
def test_any_text_is_a_safe_search_f69(typed):
    make_article(headline="Something")
    search(parse_query(typed), timezone.now())
    list(matching(parse_query(typed, is_unfinished=True)))


def test_an_editor_finds_while_typing_among_the_articles_of_the_desk():
    withdrawn = make_article(headline="Ferry timetable", withdrawn_at=timezone.now())
    query = parse_query("ferry time", is_unfinished=True)
    assert list(matching(query)) == []
    assert list(matching(query, Article.objects.all())) == [withdrawn]


def test_a_search_costs_the_same_however_much_it_finds(django_assert_num_queries):
    query, now = parse_query("delta water -x"), timezone.now()
    with CaptureQueriesContext(connection) as few:
        search(query, now)
    for number in range(30):
        make_article(headline=f"Delta water {number}")
    with django_assert_num_queries(len(few)):
        assert len(search(query, now).matches) == 30
    assert sum(found["sql"].startswith("SELECT") for found in few) == 3


SLOW = {
    "sqlite": "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 99999999) SELECT max(x) FROM n",
    "postgresql": "SELECT pg_sleep(60)",
}


def test_a_search_that_takes_too_long_is_given_up_and_the_next_one_works_l05():
    given_up = pytest.raises(OperationalError, match=find.GIVEN_UP.pattern)
    with given_up, find.time_limit(0.05), connection.cursor() as cursor:
        cursor.execute(SLOW[connection.vendor])
    article = make_article(headline="Delta")
    assert [match.article_id for match in search(parse_query("delta"), timezone.now()).matches] == [article.pk]


# The index ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("reads_licensed", [False, True])
def test_a_search_goes_through_the_index_and_reads_no_table_whole(reads_licensed):
    """At a few rows PostgreSQL would rightly read the table: that it can do without is what counts."""
    query = parse_query("delta water -football")
    terms = terms_of(query, [])
    for part in find.parts_of(query, terms, Scope(reads_licensed=reads_licensed), is_narrowed=False):
        with find.time_limit(5):
            plan = part.newest()[:20].explain()
        if connection.vendor == "postgresql":
            assert "articles_search" in plan
            assert "Seq Scan" not in plan
        else:
            assert "VIRTUAL TABLE INDEX" in plan
            assert "SCAN articles_article" not in plan


def test_an_outsiders_search_goes_through_the_index_of_public_texts_only():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one index of texts and asks each article whether it is open")
    query = parse_query("delta")
    for scope, index in ((OUTSIDER, "articles_search_in_public_bodies"), (Scope(reads_licensed=True), "")):
        _, whole = find.parts_of(query, terms_of(query, []), scope, is_narrowed=False)
        with find.time_limit(5):
            assert index in whole.explain()


def test_no_search_outlasts_what_the_page_has_left_l05():
    make_article(headline="Delta")
    query, now = parse_query("delta"), timezone.now()
    assert search(query, now, Scope(ends_at=monotonic() + 1)).matches
    assert search(query, now, Scope(ends_at=monotonic() - 1)).is_too_slow
