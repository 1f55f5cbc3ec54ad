"""What is found, in which order, and what never is."""

from datetime import timedelta
from time import monotonic

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.models import Article
from articles.search import find
from articles.search.find import OUTSIDER, Asked, Scope, matching, search
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


def test_greek_capitals_are_found_by_small_letters_and_the_other_way_round():
    headlines = ["ΣΕΙΣΜΟΣ ΣΤΗΝ ΚΡΗΤΗ", "Σεισμός στην Κρήτη"]
    for headline in headlines:
        make_article(headline=headline)
    make_article(headline="Νέα από την Κρήτη")
    for typed in ("σεισμός", "ΣΕΙΣΜΟΣ", '"σεισμός στην"', '"ΣΕΙΣΜΟΣ ΣΤΗΝ"'):
        assert sorted(found(typed)) == headlines
    assert found("Κρήτη -σεισμός") == ["Νέα από την Κρήτη"]


@pytest.mark.parametrize("typed", ["مياه", "المياه", "للمياه"])
def test_an_arabic_word_is_found_with_its_article_and_without(typed):
    headlines = ["اتفاق المياه بين الدول", "مياه الدلتا تضيق", "خطة جديدة للمياه"]
    for headline in headlines:
        make_article(headline=headline, language="ar")
    make_article(headline="الميناء يفتح أبوابه", language="ar")
    assert sorted(found(typed)) == sorted(headlines)


def test_an_arabic_word_is_not_taken_for_the_beginning_of_another():
    make_article(headline="مياهنا غالية", language="ar")
    assert found("المياه") == []


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


def test_an_editor_finds_by_the_address_of_a_title_that_is_switched_off_too():
    make_article(make_source(slug="clearwater"), headline="Reed one")
    make_article(make_source(slug="harbour", is_active=False), headline="Reed two")
    make_article(headline="Reed three")
    query = parse_query("reed source:clearwater source:harbour")
    assert matching(query, Article.objects.all()).count() == 2
    assert found("reed source:clearwater source:harbour") == ["Reed one"]
    assert found("reed source:clearwater -one") == []


def test_matches_of_every_age_are_found_the_newest_first():
    now, years = timezone.now(), [0, 0.01, 0.1, 1, 20, 50]
    for age in years:
        make_article(headline=f"Delta {age}", published_at=now - timedelta(days=365 * age))
    assert found("delta", newest_first=True) == [f"Delta {age}" for age in years]
    day = f"{now - timedelta(days=20):%Y-%m-%d}"
    assert found(f"delta before:{day}", newest_first=True) == ["Delta 0.1", "Delta 1", "Delta 20", "Delta 50"]
    first = search(parse_query("delta"), now, newest_first=True).matches[2]
    assert len(found("delta", newest_first=True, before=(first.published_at, first.article_id))) == 3


@pytest.mark.parametrize("old", [1, 2, 3])
def test_the_newest_are_taken_however_far_apart_they_are(monkeypatch, old):
    """With `old` of them older than what is asked for first."""
    monkeypatch.setattr("articles.search.find.MOST", 3)
    now = timezone.now()
    days = [*range(4 - old), *(10**number for number in range(2, 2 + old)), 4000]
    for day in days:
        make_article(headline=f"Delta {day}", published_at=now - timedelta(days=day))
    result = search(parse_query("delta"), now, newest_first=True)
    assert result.is_cut
    assert found("delta", newest_first=True) == [f"Delta {day}" for day in days[:3]]


@pytest.mark.parametrize(
    "typed", ["delta section:climate", "delta section:climate after:2001-01-01", "delta -x section:climate"]
)
def test_what_is_newer_in_other_sections_pushes_nothing_out(monkeypatch, typed):
    monkeypatch.setattr("articles.search.find.MOST_PLAIN", 1)
    monkeypatch.setattr("articles.search.find.MOST_FIRST", 1)
    make_article(headline="Delta one", section="climate")
    for number in range(3):
        make_article(headline=f"Delta {number}", section="world")
    assert found(typed) == ["Delta one"]


def test_of_a_section_those_that_came_in_last_are_looked_at(monkeypatch):
    if connection.vendor == "postgresql":
        pytest.skip("PostgreSQL finds public texts by their dates")
    monkeypatch.setattr("articles.search.find.MOST_PLAIN", 2)
    for number in range(3):
        make_article(headline=f"Delta {number}", section="climate")
    assert sorted(found("delta section:climate")) == ["Delta 1", "Delta 2"]


def test_a_text_is_found_although_an_archive_came_in_after_it(monkeypatch):
    """What came in later need not be newer."""
    monkeypatch.setattr("articles.search.find.MOST", 3)
    now = timezone.now()
    make_article(headline="A text", body="<p>The delta.</p>", published_at=now - timedelta(hours=1))
    for hours in range(2, 7):
        make_article(headline=f"Delta {hours}", published_at=now - timedelta(hours=hours))
    assert "A text" in found("delta", newest_first=True, scope=Scope(reads_licensed=True))


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
    asked = Asked(query, terms_of(query, []), Scope(reads_licensed=reads_licensed))
    for part in (asked.in_public(find.MOST_PLAIN), asked.in_texts(None, range(0))):
        with find.time_limit(5):
            plan = part.newest()[:20].explain()
        if connection.vendor == "postgresql":
            assert "articles_search" in plan
            assert "Seq Scan" not in plan
        else:
            assert "VIRTUAL TABLE INDEX" in plan
            assert "SCAN articles_article" not in plan


def test_of_another_section_no_row_is_read():
    if connection.vendor == "postgresql":
        pytest.skip("PostgreSQL chooses by what it counted")
    query = parse_query("delta section:climate")
    asked = Asked(query, terms_of(query, []))
    for part in (asked.in_public(find.MOST_PLAIN), asked.in_texts(None, range(0))):
        plan = part.newest()[:20].explain()
        assert "COVERING INDEX articles_by_section_and_key (section=? AND id=?" in plan


def test_what_a_search_sets_for_itself_does_not_outlast_it():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has nothing to set")
    names = ("statement_timeout", "enable_seqscan", "jit", "random_page_cost", "work_mem")

    def settings() -> list[str]:
        with connection.cursor() as cursor:
            return [cursor.execute(f"SHOW {name}").fetchone()[0] for name in names]

    before = settings()
    with find.time_limit(5):
        assert not set(settings()) & set(before)
    assert settings() == before


def test_an_outsiders_search_goes_through_the_index_of_public_texts_only():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one index of texts and asks each article whether it is open")
    query = parse_query("delta")
    for scope, index in ((OUTSIDER, "articles_search_in_public_bodies"), (Scope(reads_licensed=True), "")):
        with find.time_limit(5):
            assert index in Asked(query, terms_of(query, []), scope).in_texts(None, range(0)).explain()


def test_no_search_outlasts_what_the_page_has_left_l05():
    make_article(headline="Delta")
    query, now = parse_query("delta"), timezone.now()
    assert search(query, now, Scope(ends_at=monotonic() + 1)).matches
    assert search(query, now, Scope(ends_at=monotonic() - 1)).is_too_slow
