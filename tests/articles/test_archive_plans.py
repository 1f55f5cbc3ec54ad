"""No page grows with the archive: the statements that pages and ingest really make, as the database plans them.

SQLite plans by its indexes alone, so a small archive is planned as a large one. PostgreSQL plans by statistics: there
the plan is looked at with reading whole tables made dear, as it is in a large archive.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from importlib import import_module

import pytest
from django.contrib import admin
from django.db import connection, transaction
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from articles.freshness import freshness
from articles.ingest.store import NAMED, SAME_LINK, _waiting, select
from articles.models import Article, Follow, Saved, Topic
from articles.pages.keyset import cursor_of
from articles.pages.outgoing import SITEMAP_SIZE
from articles.stories.run import related_articles
from articles.stories.store import left_behind
from bench.archive import AGENCY, Archive, entry_id, link
from bench.shelves import fill
from tests.make import make_pick, make_reader

IS_SQLITE = connection.vendor == "sqlite"
ARCHIVE = Archive(800 if IS_SQLITE else 4000, timezone.now(), body_words=45, a_day=200)
LAST = ARCHIVE.article_count
MOST_OFFSET = 5000
LARGE = r"articles_(?:article|entry|articletopic|articlebody|story|reading)"
# Ends where the walk may end: at a key, in one story, in a span of time.
BOUNDED = re.compile(r"PRIMARY KEY|story_id=\?|article_id[=>]|entry_id=\?|canonical_url=\?|published_at>|last_at>")


@pytest.fixture(scope="module")
def archive(django_db_setup, django_db_blocker) -> Iterator[Archive]:
    with django_db_blocker.unblock(), transaction.atomic():
        fill(ARCHIVE)
        yield ARCHIVE
        transaction.set_rollback(True)


@pytest.fixture
def reader(archive, db) -> User:
    """Follows much, among it a section, and has saved something."""
    user = make_reader()
    Follow.objects.bulk_create(
        [
            *(Follow(user=user, source_id=number) for number in range(2, 12)),
            *(Follow(user=user, section=section) for section in ("science", "health")),
            *(Follow(user=user, topic_id=number) for number in (3, 4, 5)),
            Follow(user=user, report_id=LAST - 50),
        ]
    )
    Saved.objects.bulk_create([Saved(user=user, article_id=number) for number in range(1, LAST // 2)])
    if not IS_SQLITE:
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE articles_saved")
    return user


def deep(path: str) -> str:
    return f"{path}?before={cursor_of(ARCHIVE.published_at(LAST // 4), LAST // 4)}"


def article_url(number: int) -> str:
    return Article.objects.get(pk=number).get_absolute_url()


def topic_url() -> str:
    return Topic.objects.get(pk=3).get_absolute_url()


# What a visitor or a reader asks for -> the indexes that PostgreSQL has to go by.
PAGES: dict[str, tuple[Callable[[], str], set[str]]] = {
    "front": (lambda: "/", {"articles_newest", "stories_recent"}),
    "top": (lambda: "/news/top/", {"articles_newest", "stories_recent"}),
    "section": (lambda: "/news/science/", {"articles_newest_in_section", "stories_recent"}),
    "deep section": (lambda: deep("/news/science/"), {"articles_newest_in_section"}),
    "source": (lambda: "/sources/title-7/", {"articles_newest_of_source"}),
    "deep source": (lambda: deep("/sources/title-7/"), {"articles_newest_of_source"}),
    "topic": (topic_url, {"articles_of_topic"}),
    "deep topic": (lambda: deep(topic_url()), {"articles_of_topic"}),
    "topic feed": (lambda: f"/feeds{topic_url()[:-1]}.xml", {"articles_of_topic"}),
    "story": (lambda: Article.objects.get(pk=LAST).story.get_absolute_url(), {"articles_article_story_id"}),
    "article": (lambda: article_url(LAST), {"articles_article_pkey", "articles_newest_in_section"}),
    "old article": (lambda: article_url(3), {"articles_article_pkey", "articles_newest_in_section"}),
    "picks": (lambda: "/picks/", {"picks_by_end"}),
    "top feed": (lambda: "/feeds/top.xml", {"stories_recent"}),
    "section feed": (lambda: "/feeds/science.xml", {"articles_newest_in_section"}),
    "sitemaps": (lambda: "/sitemap.xml", {"articles_article_pkey"}),
    "sitemap": (lambda: f"/sitemap.xml?page={LAST // SITEMAP_SIZE}", {"articles_article_pkey"}),
    "news sitemap": (lambda: "/news-sitemap.xml", {"articles_newest"}),
}
READERS_PAGES: dict[str, tuple[Callable[[], str], set[str]]] = {
    "front": (lambda: "/", {"articles_newest"}),
    "for you": (lambda: "/for-you/", {"articles_of_topic"}),
    "following": (lambda: "/following/", {"articles_of_topic"}),
    "deep following": (lambda: deep("/following/"), {"articles_of_topic"}),
    "saved": (lambda: "/saved/", {"saved_newest"}),
    "briefing": (lambda: "/briefing/", {"articles_of_topic", "articles_newest"}),
}


@pytest.mark.parametrize("name", PAGES)
def test_a_visitor_s_page_reads_no_more_of_a_larger_archive(archive, db, visitor, name):
    path, indexes = PAGES[name]
    if name == "picks":
        make_pick(Article.objects.get(pk=5))
    check(asked(lambda: visitor.get(path())), indexes)


@pytest.mark.parametrize("name", READERS_PAGES)
def test_a_reader_s_page_reads_no_more_of_a_larger_archive(reader, name):
    path, indexes = READERS_PAGES[name]
    client = Client()
    client.force_login(reader)
    check(asked(lambda: client.get(path())), indexes)


@pytest.mark.parametrize("path", ["/news/science/", "/sources/title-7/"])
def test_a_deep_page_begins_where_the_page_before_ended(archive, db, visitor, path):
    """Not at the newest article, to walk down from there."""
    rivers = [sql for sql in asked(lambda: visitor.get(deep(path))) if '"articles_article"."published_at" <=' in sql]
    assert len(rivers) == 1
    plan = plan_of(rivers[0])
    # Each database in its own words: the date stands among what the index is entered by.
    assert re.search(r"published_at<\?" if IS_SQLITE else r"Index Cond: .*published_at <=", plan), plan


def test_ingest_finds_what_it_knows_by_two_look_ups(archive, db):
    known = range(3, 33, 3)

    def look_up() -> None:
        assert len(select(NAMED, AGENCY, among=[entry_id(number) for number in known])) == len(known)
        assert len(select(SAME_LINK, AGENCY, among=[link(number) for number in known])) == len(known)

    check(asked(look_up), {"one_entry_per_feed_and_id", "one_article_per_source_and_link"})


def test_due_feeds_unplaced_articles_and_the_newest_article_are_found_by_an_index(archive, db):
    now = timezone.now()
    due = asked(lambda: _waiting(now, 200))
    # Among three hundred feeds PostgreSQL may as well read them all.
    assert all("feeds_due" in plan_of(sql) for sql in due) or not IS_SQLITE
    check(due)
    check(asked(lambda: left_behind(now)), {"articles_article_story_id"})
    check(asked(lambda: freshness(now)), {"articles_article_pkey"})


def test_related_articles_of_a_rare_language_are_not_looked_for_in_the_whole_archive(archive, db):
    rare = Article(section="science", language="sw", source_id=1, headline="Habari", story_id=1)
    queries = asked(lambda: related_articles(rare, 4, timezone.now()))
    check(queries, {"articles_newest_in_section"})
    assert any("OFFSET 3000" in sql for sql in queries)


@pytest.mark.parametrize("asks", ["", "reach=withdrawn", "reach=opened", "p=3", "published=24", "section__exact=world"])
def test_the_editors_list_of_articles_is_neither_counted_nor_read_whole(archive, db, asks):
    request = RequestFactory().get(f"/admin/articles/article/?{asks}")
    request.user = User(is_staff=True, is_superuser=True, is_active=True)

    import_module("newssite.desk_urls")

    def draw() -> None:
        found = admin.site.get_model_admin(Article).get_changelist_instance(request)
        assert found.show_full_result_count is False
        list(found.result_list)

    check(asked(draw))


# How a plan is judged --------------------------------------------------------------------------


def asked(work: Callable[[], object]) -> list[str]:
    """The statements that read, as `work` makes them."""
    with CaptureQueriesContext(connection) as queries:
        answer = work()
    assert getattr(answer, "status_code", 200) == 200
    return [query["sql"] for query in queries if query["sql"].lstrip("( ").upper().startswith("SELECT")]


def check(queries: list[str], indexes: set[str] = frozenset()) -> None:
    assert queries
    plans = {sql: plan_of(sql) for sql in queries}
    wrong = {sql: why for sql, plan in plans.items() if (why := objection(sql, plan))}
    assert not wrong, "\n\n".join(f"{why}\n{sql}\n{plans[sql]}" for sql, why in wrong.items())
    if not IS_SQLITE:
        missing = {index for index in indexes if not any(index in plan for plan in plans.values())}
        assert not missing, f"{missing} in none of\n" + "\n\n".join(plans.values())


def plan_of(sql: str) -> str:
    with connection.cursor() as cursor:
        if IS_SQLITE:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
            return "\n".join(row[3] for row in cursor.fetchall())
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {sql}")
        plan = "\n".join(row[0] for row in cursor.fetchall())
        cursor.execute("SET LOCAL enable_seqscan = on")
        return plan


def objection(sql: str, plan: str) -> str:
    """Why a statement grows with the archive; "" where it does not."""
    if any(int(offset) > MOST_OFFSET for offset in re.findall(r"OFFSET (\d+)", sql)):
        return "walks over what it leaves out"
    return sqlites_objection(sql, plan) if IS_SQLITE else postgres_objection(plan)


def sqlites_objection(sql: str, plan: str) -> str:
    lines = plan.splitlines()
    is_sorted = any("TEMP B-TREE" in line for line in lines)
    for line in lines:
        if re.match(rf"SCAN {LARGE}\b", line) and ("LIMIT" not in sql or is_sorted):
            return f"reads a whole table: {line}"
        if re.match(rf"SEARCH {LARGE}\b", line) and is_sorted and not BOUNDED.search(line):
            return f"sorts all that there ever was: {line}"
    return ""


def postgres_objection(plan: str) -> str:
    found = re.search(rf"Seq Scan on {LARGE}\b.*", plan)
    return f"reads a whole table: {found[0]}" if found else ""


@pytest.mark.skipif(not IS_SQLITE, reason="the plans are SQLite's")
@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("SELECT id FROM articles_article ORDER BY published_at DESC, id DESC LIMIT 30 OFFSET 90000", "leaves out"),
        ("SELECT count(*) FROM articles_article", "whole table"),
        ("SELECT id FROM articles_article WHERE headline = '' ORDER BY author LIMIT 3", "whole table"),
        ("SELECT id FROM articles_article WHERE source_id IN (1, 2) ORDER BY published_at DESC LIMIT 3", "sorts"),
        ("SELECT source_id, count(*) FROM articles_article WHERE published_at > 1 GROUP BY source_id", "whole table"),
    ],
)
def test_a_statement_that_grows_with_the_archive_is_seen(archive, db, sql, why):
    assert why in objection(sql, plan_of(sql))
