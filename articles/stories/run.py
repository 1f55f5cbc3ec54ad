"""Grouping, ranking and relating, in order. Everything here may run twice, and in two workers at once."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache

from django.db import transaction
from django.db.models import Q

from articles.languages import main_language
from articles.models import Article, Story
from articles.stories import cluster, related, store
from articles.stories.cluster import Group, Report
from articles.stories.fingerprint import Terms, terms_of
from articles.stories.related import Neighbour

logger = logging.getLogger(__name__)

GROUPED_FOR = timedelta(days=7)  # older articles, as a first poll brings them, stand alone
RANKED_FOR = timedelta(hours=72)
LEFT_BEHIND_AFTER = timedelta(minutes=10)
AT_A_TIME = 500
RELATED_CANDIDATES = 500


def group_new_articles(article_ids: Iterable[int], now: datetime) -> None:
    """Give each of these articles that has no story yet one: an open one, or its own."""
    ids = sorted(set(article_ids))
    for start in range(0, len(ids), AT_A_TIME):
        _group(ids[start : start + AT_A_TIME], now)


def _group(ids: Sequence[int], now: datetime) -> None:
    """The texts are read before the lock is taken; where the reports stand is read again behind it."""
    new = store.load_reports(Article.objects.filter(pk__in=ids, story=None))
    recent = [report.published_at for report in new if report.published_at >= now - GROUPED_FOR]
    if not new:
        return
    around = store.window(min(recent, default=now) - cluster.WINDOW, max(recent, default=now) + cluster.WINDOW)
    placed = around.filter(story__isnull=False).newest()[: store.MOST_REPORTS] if recent else Article.objects.none()
    known = {report.article_id: report for report in store.load_reports(placed)}
    with transaction.atomic():
        store.lock()
        standing = store.stories_of(placed)
        late = store.load_reports(Article.objects.filter(pk__in=standing.keys() - known.keys()))
        grouped = store.stories_of(Article.objects.filter(pk__in=ids, story__isnull=False))
        waiting = [report for report in new if report.article_id not in grouped]
        groups = _grouped(_standing([*known.values(), *late], standing), waiting, now - GROUPED_FOR)
        changed = store.save_groups(groups)
        store.mark_copies(changed)
        store.describe(Story.objects.filter(pk__in=changed), now)
    logger.info("articles grouped new=%d stories=%d window=%d", len(waiting), len(changed), len(known))


def _standing(reports: Iterable[Report], standing: dict[int, int]) -> list[Report]:
    """The reports where they stand now, without those that stand nowhere any more."""
    return [
        report
        if report.story_id == standing[report.article_id]
        else replace(report, story_id=standing[report.article_id])
        for report in reports
        if report.article_id in standing
    ]


def _grouped(standing: list[Report], waiting: list[Report], alone_before: datetime) -> list[Group]:
    fresh = [report for report in waiting if report.published_at >= alone_before]
    old = [report for report in waiting if report.published_at < alone_before]
    return cluster.group([*standing, *fresh]) + [cluster.group_of(report) for report in old]


def rank_all_stories(now: datetime) -> None:
    """The facts and scores of the stories of the last days again; first, articles that a broken chain left behind."""
    group_new_articles(store.left_behind(now - LEFT_BEHIND_AFTER), now)
    with transaction.atomic():
        store.lock()
        changed = store.describe(Story.objects.filter(last_at__gte=now - RANKED_FOR), now)
    logger.info("stories ranked changed=%d", changed)


@transaction.atomic
def regroup(hours: int, now: datetime) -> int:
    """Build the stories of the last `hours` anew; a story keeps its address where most of its articles stay.

    The number of stories in the window.
    """
    store.lock()
    before = {
        report.article_id: report for report in store.load_reports(store.window(now - timedelta(hours=hours), now))
    }
    stood_in = {pk: report.story_id for pk, report in before.items() if report.story_id is not None}
    groups = cluster.group(replace(report, story_id=None) for report in before.values())
    for group, heir in zip(groups, cluster.inherited(groups, stood_in), strict=True):
        group.story_id = heir
        group.reports = [before[report.article_id] for report in group.reports]
    changed = store.save_groups(groups) | set(stood_in.values())
    store.mark_copies(changed)
    store.delete_empty(changed)
    Story.objects.filter(pk__in=changed).update(cluster_version=cluster.VERSION)
    store.describe(Story.objects.filter(pk__in=changed), now)
    return len(groups)


def related_articles(article: Article, limit: int, now: datetime) -> list[Article]:
    """Recent articles of its section that share its rare terms, then the newest; never of its event. Two queries."""
    code = main_language(article.language)
    recent = (
        Article.objects.visible()
        .filter(Q(language=code) | Q(language__startswith=f"{code}-"), published_at__lte=now, is_copy=False)
        .exclude(pk=article.pk)
        .newest()
    )
    if article.section != "top":
        recent = recent.in_section(article.section)
    if article.story_id is not None:
        recent = recent.exclude(story=article.story_id)
    rows = recent.values_list("pk", "source_id", "story_id", "headline", "standfirst")[:RELATED_CANDIDATES]
    neighbours = [Neighbour(*ids, _terms(headline, standfirst, code)) for *ids, headline, standfirst in rows]
    chosen = related.choose(_terms(article.headline, article.standfirst, code), neighbours, limit)
    found = Article.objects.for_cards().in_bulk(chosen)
    return [found[pk] for pk in chosen if pk in found]


@lru_cache(maxsize=4096)
def _terms(headline: str, standfirst: str, language: str) -> Terms:
    """Kept: the neighbours of one article are those of the next."""
    return terms_of(headline, standfirst, "", language)
