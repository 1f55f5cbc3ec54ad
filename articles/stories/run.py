"""Grouping, ranking and relating, in order. Everything here may run twice, and in two workers at once."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from django.db import transaction
from django.db.models import Q, Subquery, Value
from django.db.models.functions import Coalesce

from articles.languages import main_language
from articles.models import Article, Related, Story
from articles.muting import NO_MUTES, Mutes
from articles.sections import SECTIONS
from articles.stories import cluster, placing, related, store
from articles.stories.audience import count_audiences
from articles.stories.cluster import Group, Report
from articles.stories.fingerprint import Print, print_of, terms_of
from articles.stories.moves import leave_addresses
from articles.stories.related import Neighbour
from articles.stories.vectors import Vocabulary

logger = logging.getLogger(__name__)

GROUPED_FOR = timedelta(days=7)  # older articles, as a first poll brings them, stand alone
LIVE_HOURS = 72  # that the periodic pass builds anew
RANKED_FOR = timedelta(hours=72)
LEFT_BEHIND_AFTER = timedelta(minutes=10)
AT_A_TIME = 100
ALONE_AT_A_TIME = 500
PASS_FROM = 400  # new articles at once: a pass over the window is quicker, and better
KNOWN_FROM = 500  # reports that a language must have been counted in; until then a pass takes a moment
RELATED_CANDIDATES = 500
RELATED_LOOKED_AT = 3000  # of its section, in any language
EVER = datetime(1970, 1, 1, tzinfo=UTC)
RELATED_KEPT = 12
NEIGHBOUR_COLUMNS = ("pk", "source_id", "story_id", "headline", "standfirst", "story__score")


def group_new_articles(article_ids: Iterable[int], now: datetime) -> None:
    """Give each of these articles that has no story yet one: an open one, or its own."""
    rows = placing.load_unplaced(set(article_ids))
    old = [pk for pk, published_at, _ in rows if published_at < now - GROUPED_FOR]
    for start in range(0, len(old), ALONE_AT_A_TIME):
        _stand_alone(old[start : start + ALONE_AT_A_TIME], now)
    fresh = rows[len(old) :]
    if not fresh:
        return
    ids = [pk for pk, _, _ in fresh]
    vocabularies = store.load_vocabularies()
    known = {language for language, one in vocabularies.items() if one.report_count >= KNOWN_FROM}
    if len(fresh) > PASS_FROM or {main_language(language) for _, _, language in fresh} - known:
        regroup_since(min(now - timedelta(hours=LIVE_HOURS), fresh[0][1]), now, ids)
        return
    for start in range(0, len(ids), AT_A_TIME):
        _place(ids[start : start + AT_A_TIME], vocabularies, now)


def _stand_alone(ids: Sequence[int], now: datetime) -> None:
    with transaction.atomic():
        store.lock()
        changed = store.save_alone(Article.objects.filter(pk__in=ids, story=None))
        store.describe(Story.objects.filter(pk__in=changed), now)


def _place(ids: Sequence[int], vocabularies: Mapping[str, Vocabulary], now: datetime) -> None:
    """The texts are read before the lock is taken; where reports stand is read behind it."""
    prints = store.missing_prints(ids, vocabularies)
    with transaction.atomic():
        store.lock()
        store.save_prints(prints)
        waiting = placing.load_waiting(ids)
        if not waiting:
            return
        standing = placing.load_standing(waiting, vocabularies)
        stood_in = {
            report.article_id: one.story_id for one in standing.groups for report in one.reports if one.story_id
        }
        for report in waiting:
            standing.place(report)
        changed = store.save_groups(standing.groups)
        if emptied := set(stood_in.values()) - {one.story_id for one in standing.groups}:
            leave_addresses({pk: story_id for pk, story_id in stood_in.items() if story_id in emptied}, now)
            store.delete_empty(emptied)
        store.settle(changed, now)
    logger.info("articles placed new=%d stories=%d beside=%d", len(waiting), len(changed), len(standing.groups))


def rank_all_stories(now: datetime) -> None:
    """The facts and scores of the stories of the last days again; first, articles that a broken chain left behind."""
    group_new_articles(store.left_behind(now - LEFT_BEHIND_AFTER), now)
    score_stories(now)


def score_stories(now: datetime) -> None:
    """The facts and scores again, by what was read until now. Where the articles stand stays as it is."""
    with transaction.atomic():
        store.lock()
        count_audiences(now)
        if orphaned := store.with_orphaned_copies(now - RANKED_FOR):
            store.settle(orphaned, now)
        changed = store.describe(Story.objects.filter(last_at__gte=now - RANKED_FOR), now)
    logger.info("stories ranked changed=%d", changed)


def regroup(hours: int, now: datetime) -> int:
    """Build the stories of the last `hours` anew; a story keeps its address where most of its articles stay.

    The number of stories in the window.
    """
    return regroup_since(now - timedelta(hours=hours), now)


def regroup_since(since: datetime, now: datetime, new_ids: Collection[int] = ()) -> int:
    """As above. `new_ids`: articles that are taken along though they are not visible.

    Deciding takes seconds and holds nothing up: who was moved or placed meanwhile stays where that put him.
    """
    live = store.window(since, now)
    store.note_prints(live, store.load_vocabularies())
    placed = store.placements(since)
    reports = store.load_reports(live, placed)
    elders = store.load_elders(since, now, placed)
    vocabularies = store.save_vocabularies(reports, now)
    groups = cluster.group([*reports, *elders])
    with transaction.atomic():
        store.lock()
        changed = _apply(groups, [*reports, *elders], store.placements(since), now)
        alone = store.save_alone(Article.objects.filter(pk__in=new_ids, story=None))
        store.settle(changed, now)
        store.describe(Story.objects.filter(pk__in=alone), now)
    store.tell(now - cluster.WINDOW, vocabularies)
    store.note_refrains(now - cluster.WINDOW)
    store.forget_prints(now)
    young = {report.article_id for report in reports}
    count = sum(1 for one in groups if any(report.article_id in young for report in one.reports))
    logger.info("stories regrouped articles=%d stories=%d changed=%d", len(reports), count, len(changed | alone))
    return count


def _apply(groups: Sequence[Group], reports: Sequence[Report], placed: Mapping[int, int], now: datetime) -> set[int]:
    """Ids of the stories that changed. Behind the lock."""
    stands = store.stands_now(reports)
    stays = {
        report.article_id
        for report in reports
        if stands.get(report.article_id, 0) != (report.story_id or 0)
        or placed.get(report.article_id, report.fixed_in) != report.fixed_in
    }
    heirs = cluster.inherited(groups, stands)
    known = store.existing(heirs)
    for one, heir in zip(groups, heirs, strict=True):
        one.story_id = heir if heir in known else None
    changed = store.save_groups(groups, stays)
    leave_addresses({pk: story_id for pk, story_id in stands.items() if story_id in changed}, now)
    store.delete_empty(changed)
    Story.objects.filter(pk__in=changed).update(cluster_version=cluster.VERSION)
    return changed


def keep_related(now: datetime) -> int:
    """Work out what is related for the newest articles of each section and language; of how many it changed."""
    return sum(
        store.save_related(related.choose_for_each(neighbours, RELATED_KEPT), section)
        for section in SECTIONS
        for neighbours in _pools(section, now)
    )


def _pools(section: str, now: datetime) -> Iterator[list[Neighbour]]:
    """The newest of a section, best ranked first, by language. "top" is of everything, as on its articles' pages."""
    everything = Article.objects.all() if section == "top" else Article.objects.in_section(section)
    recent = everything.visible().filter(published_at__lte=now, is_copy=False).newest()
    rows = recent.values_list("language", *NEIGHBOUR_COLUMNS)[:RELATED_LOOKED_AT]
    by_language: defaultdict[str, list[tuple]] = defaultdict(list)
    for language, *row in rows:
        by_language[main_language(language)].append(tuple(row))
    for code, found in by_language.items():
        yield _neighbours(found[:RELATED_CANDIDATES], code)


def _neighbours(rows: Iterable[tuple], code: str) -> list[Neighbour]:
    by_rank = sorted(rows, key=lambda row: -(row[-1] or 0.0))
    return [Neighbour(*ids, _print(headline, standfirst, code)) for *ids, headline, standfirst, _ in by_rank]


def related_articles(article: Article, limit: int, now: datetime, mutes: Mutes = NO_MUTES) -> list[Article]:
    """Recent articles of its section that share its rare terms, then by rank; never of its event.

    Two queries where they were worked out before. For what has just come in, and for readers who mute much of it, they
    are worked out here: one query more, and some tens of milliseconds. The first who asks does it for all others.
    """
    kept = Related.objects.filter(article=article.pk).values_list("article_ids", flat=True).first()
    found = _shown(article, kept, limit, mutes) if kept else []
    # Where some were taken down or joined meanwhile it may be a shorter list, until the next pass.
    is_enough = len(found) == limit or (kept is not None and not mutes)
    return found if is_enough else _worked_out(article, limit, now, mutes)


def _shown(article: Article, ids: Sequence[int], limit: int, mutes: Mutes) -> list[Article]:
    """Those that may still be shown. Stories may have been joined since then: of each one report."""
    found = mutes.visible(Article.objects.for_cards()).in_bulk(ids)
    shown: list[Article] = []
    stories = {article.story_id} - {None}
    for pk in ids:
        if pk in found and found[pk].story_id not in stories and len(shown) < limit:
            shown.append(found[pk])
            stories |= {found[pk].story_id} - {None}
    return shown


def _worked_out(article: Article, limit: int, now: datetime, mutes: Mutes) -> list[Article]:
    code = main_language(article.language)
    everything = Article.objects.all() if article.section == "top" else Article.objects.in_section(article.section)
    looked_at = everything.newest().values("published_at")[RELATED_LOOKED_AT : RELATED_LOOKED_AT + 1]
    recent = (
        everything.visible()
        .filter(Q(language=code) | Q(language__startswith=f"{code}-"), published_at__lte=now, is_copy=False)
        # Where a language is rare the whole archive would be gone through for it.
        .filter(published_at__gte=Coalesce(Subquery(looked_at), Value(EVER)))
        .exclude(pk=article.pk)
        .newest()
    )
    if article.story_id is not None:
        recent = recent.exclude(story=article.story_id)
    recent = mutes.visible(recent)
    neighbours = _neighbours(recent.values_list(*NEIGHBOUR_COLUMNS)[:RELATED_CANDIDATES], code)
    chosen = related.choose(_print(article.headline, article.standfirst, code), neighbours, RELATED_KEPT)
    # Of fewer than are shown there will soon be more, and few neighbours cost little.
    if not mutes and (len(chosen) >= limit or len(neighbours) == RELATED_CANDIDATES):
        store.save_first_related(article.pk, chosen)
    shown = chosen[:limit]
    found = Article.objects.for_cards().in_bulk(shown)
    return [found[pk] for pk in shown if pk in found]


@lru_cache(maxsize=4096)
def _print(headline: str, standfirst: str, language: str) -> Print:
    """Kept: the neighbours of one article are those of the next."""
    return print_of(terms_of(headline, standfirst, "", language), language)
