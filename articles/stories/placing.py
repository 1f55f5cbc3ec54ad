"""What placing new articles beside open stories reads, by the statement: it is done for every article that comes in.

A query that the ORM puts together takes several times what its statement alone does (articles/ingest/rows.py), and
placing one article is hardly more than its queries.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from articles.ingest.rows import select
from articles.languages import main_language
from articles.stories import cluster
from articles.stories.cluster import Report, Standing
from articles.stories.fingerprint import Print
from articles.stories.vectors import Vocabulary

REPORT = "a.id, a.source_id, a.language, a.published_at, a.section, a.story_id, f.terms"
KNOWN = "articles_article a JOIN articles_fingerprint f ON f.article_id = a.id"
# As ArticleQuerySet.visible() has it.
VISIBLE = "a.withdrawn_at IS NULL AND EXISTS (SELECT 1 FROM articles_source s WHERE s.id = a.source_id AND s.is_active)"

UNPLACED = (
    "SELECT id, published_at, language FROM articles_article WHERE story_id IS NULL AND id IN (...) "
    "ORDER BY published_at, id"
)
WAITING = (
    f"SELECT {REPORT} FROM {KNOWN} WHERE a.story_id IS NULL AND a.id IN (...) "  # noqa: S608
    "ORDER BY a.published_at, a.id"
)
HOLDERS = "SELECT key, article_id FROM articles_tellingterm WHERE key IN (...)"
STANDING = (
    "SELECT a.id, a.story_id FROM articles_article a "  # noqa: S608
    f"WHERE {VISIBLE} AND a.story_id IS NOT NULL AND a.id IN (...)"
)
# Of a story that editors have touched every report that stood in it is placed (articles/stories/editors.py).
IS_PLACED = "EXISTS (SELECT 1 FROM articles_placement p WHERE p.story_id = a.story_id)"
NEWEST = (
    f"SELECT * FROM (SELECT {REPORT}, {IS_PLACED} AS is_placed, "  # noqa: S608
    "ROW_NUMBER() OVER (PARTITION BY a.story_id ORDER BY a.published_at DESC, a.id DESC) AS turn "
    f"FROM {KNOWN} WHERE {VISIBLE} AND a.story_id IN (...)) members "
    f"WHERE turn <= {cluster.MEMBERS_ASKED} ORDER BY published_at, id"
)


def load_unplaced(article_ids: Collection[int]) -> list[tuple[int, datetime, str]]:
    """Those that stand in no story, the oldest first: article id, when it was published, its language. One query."""
    return [(pk, aware(published_at), language) for pk, published_at, language in _found(UNPLACED, article_ids)]


def load_waiting(article_ids: Collection[int]) -> list[Report]:
    """Those that have a fingerprint and stand in no story, the oldest first. One query."""
    return [_report(*row) for row in _found(WAITING, article_ids)]


def load_standing(reports: Sequence[Report], vocabularies: Mapping[str, Vocabulary]) -> Standing:
    """The stories that share most telling terms with any of these reports, with their members. Three queries."""
    wanted = {report.article_id: cluster.telling(report.print, report.language, vocabularies) for report in reports}
    told = _told({key for some in wanted.values() for key in some}, wanted)
    alike = {pk: cluster.most_shared(told[key] for key in some) for pk, some in wanted.items()}
    stands_in = dict(_found(STANDING, {one for some in alike.values() for one in some}))
    near: set[int] = set()
    for some in alike.values():
        near.update(list(dict.fromkeys(stands_in[pk] for pk in some if pk in stands_in))[: cluster.STORIES_ASKED])
    members: defaultdict[int, list[Report]] = defaultdict(list)
    for *row, is_placed, _ in _found(NEWEST, near):
        one = _report(*row)
        if one.story_id is not None:
            members[one.story_id].append(replace(one, fixed_in=one.story_id) if is_placed else one)
    groups = [replace(cluster.group_of(*some), story_id=story_id) for story_id, some in members.items()]
    return Standing(groups, vocabularies, told)


def _told(keys: Collection[int], but: Collection[int]) -> defaultdict[int, list[int]]:
    """Key of a telling term -> the articles that have it, without `but`."""
    told: defaultdict[int, list[int]] = defaultdict(list)
    for key, article_id in _found(HOLDERS, keys):
        if article_id not in but:
            told[key].append(article_id)
    return told


def _found(statement: str, among: Collection[object]) -> Iterable[tuple]:
    return select(statement, among=among) if among else ()


def _report(
    pk: int, source_id: int, language: str, published_at: datetime, section: str, story_id: int | None, terms: bytes
) -> Report:
    return Report(
        article_id=pk,
        source_id=source_id,
        language=main_language(language),
        published_at=aware(published_at),
        is_opinion=section == "opinion",
        print=Print.from_bytes(terms),
        story_id=story_id,
    )


def aware(at: datetime) -> datetime:
    """SQLite has no zones: what it gives is UTC."""
    return at if at.tzinfo else at.replace(tzinfo=UTC)
