"""Reports and stories out of the database, and what was decided back into it."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache, reduce
from operator import or_

import numpy as np
from django.db import DatabaseError, connection, transaction
from django.db.models import BooleanField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet
from django.db.models.fields.reverse_related import ForeignObjectRel

from articles.ingest.rows import delete, insert, select, update, update_all
from articles.languages import main_language
from articles.models import (
    Article,
    Copy,
    Fingerprint,
    Pick,
    Placement,
    Refrain,
    Related,
    Story,
    TellingTerm,
)
from articles.models import Vocabulary as VocabularyRow
from articles.models.article import ArticleQuerySet
from articles.models.story import StoryQuerySet
from articles.pictures.shown import has_picture
from articles.statements import Statement
from articles.stories import cluster, copies, rank
from articles.stories.cluster import Group, Report
from articles.stories.copies import Text
from articles.stories.fingerprint import (
    Keys,
    Print,
    names_in,
    plain,
    print_of,
    sentence_keys,
    sentences_of,
    shingles_of,
    terms_of,
)
from articles.stories.formats import tells_no_event
from articles.stories.rank import NOBODY, Audience, Member, Strength
from articles.stories.vectors import Vocabulary, vocabulary_of

logger = logging.getLogger(__name__)

MOST_REPORTS = 60_000  # of a window, the newest: bounds the time and memory of one pass
LOCK_KEY = 7_302_114  # any number that nothing else locks by
BATCH = 200
FEW = 3  # rows that are written one by one: to write many at once costs more than so many statements
ROWS = 2000  # small rows written at once
REFRAINS = "SELECT source_id, sentences FROM articles_refrain WHERE source_id IN (...)"
COUNTED = "SELECT language, counted_at, report_count FROM articles_vocabulary"
FACTS = ("lead_id", "section", "title_count", "article_count", "first_at", "last_at", "score")
TOLD_FOR = cluster.WINDOW + timedelta(days=1)
PRINTS_KEPT_FOR = timedelta(days=14)  # a story that goes on is compared by what it said before, too
PRINT = ("article_id", "published_at", "version_count", "terms", "sentences", "own_runs", "all_runs")
TEXT = ("language", "version_count", "headline", "standfirst", "opening_html", "categories", "image_caption")


def lock() -> None:
    """One grouping at a time, until the transaction ends. On SQLite the transaction itself is the lock."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK_KEY])


def window(since: datetime, until: datetime) -> ArticleQuerySet:
    """The visible reports between two instants."""
    return Article.objects.visible().filter(published_at__gte=since, published_at__lte=until)


@dataclass(frozen=True, slots=True)
class Prints:
    """Fingerprints that were worked out and are not kept yet, with the terms that articles are looked up by."""

    fingerprints: Sequence[Fingerprint] = ()
    told: Sequence[tuple[int, int]] = ()  # (article id, key of a term)


def note_prints(articles: ArticleQuerySet, vocabularies: Mapping[str, Vocabulary]) -> None:
    """Work out and keep what is missing. One query where nothing is, else five, and one more where texts changed."""
    prints = _prints_of(list(_without_print(articles)), vocabularies)
    if prints.fingerprints:
        with transaction.atomic():
            save_prints(prints)


def missing_prints(article_ids: Collection[int], vocabularies: Mapping[str, Vocabulary]) -> Prints:
    """Fingerprints of those that have none or have changed since. One query where there are none, else two."""
    return _prints_of(_texts_without_print(article_ids), vocabularies)


def _without_print(articles: ArticleQuerySet) -> QuerySet[Article, tuple]:
    waiting = articles.filter(Q(fingerprint=None) | ~Q(fingerprint__version_count=F("version_count")))
    return waiting.values_list("pk", "source_id", "published_at", *TEXT)


@Statement
def _texts_without_print(article_ids: Collection[int]) -> QuerySet[Article, tuple]:
    return _without_print(Article.objects.filter(pk__in=article_ids))


def _prints_of(found: Sequence[Sequence], vocabularies: Mapping[str, Vocabulary]) -> Prints:
    """`found`: article id, source id, when it was published, TEXT. One query, none for none."""
    if not found:
        return Prints()
    refrains = load_refrains({row[1] for row in found})
    fingerprints = [
        _fingerprint(pk, published_at, refrains.get(source_id, frozenset()), *text)
        for pk, source_id, published_at, *text in found
    ]
    told = [
        (one.article_id, key)
        for one, row in zip(fingerprints, found, strict=True)
        for key in cluster.telling(Print.from_bytes(one.terms), main_language(row[3]), vocabularies)
    ]
    return Prints(fingerprints, told)


KEPT = "SELECT article_id FROM articles_fingerprint WHERE article_id IN (...)"


def save_prints(prints: Prints) -> None:
    """Three queries, and one more where texts changed or another worker was first; none for no prints."""
    if not prints.fingerprints:
        return
    kept = [pk for (pk,) in select(KEPT, among=[one.article_id for one in prints.fingerprints])]
    if kept:
        TellingTerm.objects.filter(article__in=kept).delete()
    insert(
        Fingerprint,
        PRINT,
        ([getattr(one, name) for name in PRINT] for one in prints.fingerprints),
        key=("article",),
        changes=PRINT[1:],
    )
    insert(TellingTerm, ("article", "key"), prints.told)


def _fingerprint(
    pk: int,
    published_at: datetime,
    refrain: frozenset[int],
    language: str,
    version_count: int,
    headline: str,
    standfirst: str,
    opening_html: str,
    categories: list[str],
    caption: str,
) -> Fingerprint:
    opening, code = plain(opening_html), main_language(language)
    # Of a teaser the standfirst is the opening.
    text = opening if standfirst and standfirst in opening else f"{standfirst} {opening}"
    labels = " ".join([*map(str, categories), caption])
    sentences = sentences_of(opening_html or standfirst)
    own = shingles_of(sentences, refrain)
    terms = {} if tells_no_event(headline, code) else terms_of(headline, text, labels, code)
    return Fingerprint(
        article_id=pk,
        published_at=published_at,
        version_count=version_count,
        terms=print_of(terms, code, names_in(headline, text, code)).to_bytes(),
        sentences=_packed(sentence_keys(sentences)),
        own_runs=own.astype("<i8").tobytes(),
        all_runs=_packed({*own.tolist(), *shingles_of(sentences_of(standfirst), refrain).tolist()}),
    )


def load_refrains(source_ids: Collection[int]) -> dict[int, frozenset[int]]:
    """source id -> keys of the sentences that it repeats, for those that do. One query."""
    return {pk: frozenset(_unpacked(data)) for pk, data in select(REFRAINS, among=source_ids)}


def load_vocabularies() -> dict[str, Vocabulary]:
    """By main language. One query, and one for each that was counted again since this process asked."""
    return {language: _vocabulary(language, counted_at, count) for language, counted_at, count in select(COUNTED)}


@lru_cache(maxsize=64)
def _vocabulary(language: str, counted_at: datetime, report_count: int) -> Vocabulary:
    """Kept: a pass counts it anew a few times an hour, and every new report asks for it."""
    row = VocabularyRow.objects.get(pk=language)
    return Vocabulary(report_count, np.frombuffer(row.keys, "<i8"), np.frombuffer(row.counts, "<i4"))


def save_vocabularies(reports: Iterable[Report], now: datetime) -> dict[str, Vocabulary]:
    """Of the languages of these reports; the others are forgotten."""
    prints: defaultdict[str, list[Print]] = defaultdict(list)
    for report in reports:
        prints[report.language].append(report.print)
    found = {language: vocabulary_of(some) for language, some in prints.items()}
    rows = [
        VocabularyRow(
            language=language,
            counted_at=now,
            report_count=one.report_count,
            keys=one.keys.astype("<i8").tobytes(),
            counts=one.counts.astype("<i4").tobytes(),
        )
        for language, one in found.items()
    ]
    VocabularyRow.objects.exclude(pk__in=found).delete()
    VocabularyRow.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["language"],
        update_fields=["counted_at", "report_count", "keys", "counts"],
    )
    return found


def tell(since: datetime, vocabularies: Mapping[str, Vocabulary]) -> None:
    """Telling terms of the live articles that have none yet: what came in before their language was counted."""
    untold = Fingerprint.objects.filter(published_at__gte=since).exclude(
        Exists(TellingTerm.objects.filter(article=OuterRef("pk")))
    )
    rows = untold.values_list("article_id", "terms", "article__language")
    insert(
        TellingTerm,
        ("article", "key"),
        [
            (pk, key)
            for pk, data, language in rows
            for key in cluster.telling(Print.from_bytes(bytes(data)), main_language(language), vocabularies)
        ],
    )


def note_refrains(since: datetime) -> None:
    """What each source repeats in its live articles. One query, and few more for what changed."""
    sentences: defaultdict[int, list[set[int]]] = defaultdict(list)
    live = Fingerprint.objects.filter(published_at__gte=since).values_list("article__source_id", "sentences")
    for source_id, data in live.iterator():
        sentences[source_id].append(set(_unpacked(data)))
    found = {source_id: some for source_id, each in sentences.items() if (some := copies.repeated(each))}
    known = {pk: frozenset(_unpacked(data)) for pk, data in Refrain.objects.values_list("pk", "sentences")}
    changed = [Refrain(source_id=pk, sentences=_packed(keys)) for pk, keys in found.items() if known.get(pk) != keys]
    Refrain.objects.filter(pk__in=known.keys() - found.keys()).delete()
    Refrain.objects.bulk_create(
        changed, batch_size=BATCH, update_conflicts=True, unique_fields=["source"], update_fields=["sentences"]
    )


def save_related(chosen: Mapping[int, Sequence[int]], section: str) -> int:
    """Write what differs, for the articles that stand in this section; how many do."""
    ours = set(Article.objects.filter(pk__in=chosen, section=section).values_list("pk", flat=True))
    known = dict(Related.objects.filter(pk__in=ours).values_list("pk", "article_ids"))
    changed = [
        Related(article_id=pk, article_ids=list(chosen[pk])) for pk in sorted(ours) if known.get(pk) != chosen[pk]
    ]
    Related.objects.bulk_create(
        changed, batch_size=BATCH, update_conflicts=True, unique_fields=["article"], update_fields=["article_ids"]
    )
    return len(changed)


def save_first_related(article_id: int, chosen: Sequence[int]) -> None:
    """Until the next pass; what one has worked out already stays. Nobody's page depends on it."""
    try:
        with transaction.atomic():
            Related.objects.bulk_create(
                [Related(article_id=article_id, article_ids=list(chosen))], ignore_conflicts=True
            )
    except DatabaseError:
        logger.exception("related articles not kept article=%d", article_id)


def forget_prints(now: datetime) -> None:
    """Of articles that are live no more: what a new one costs depends on the live ones alone."""
    dead = Fingerprint.objects.filter(published_at__lt=now - TOLD_FOR).values("pk")
    TellingTerm.objects.filter(article__in=dead).delete()
    Fingerprint.objects.filter(published_at__lt=now - PRINTS_KEPT_FOR).delete()


def _packed(keys: Iterable[int]) -> bytes:
    return np.array(sorted(keys), "<i8").tobytes()


def _unpacked(data: bytes) -> list[int]:
    keys: list[int] = np.frombuffer(data, "<i8").tolist()
    return keys


def load_reports(articles: ArticleQuerySet, placed: Mapping[int, int] | None = None) -> list[Report]:
    """Those that have a fingerprint, the newest first. One query. `placed`: article id -> where an editor put it."""
    placed = placed or {}
    rows = articles.filter(fingerprint__isnull=False).newest()[:MOST_REPORTS]
    facts = ("pk", "source_id", "language", "published_at", "section", "story_id", "fingerprint__terms")
    return [
        Report(
            article_id=pk,
            source_id=source_id,
            language=main_language(language),
            published_at=published_at,
            is_opinion=section == "opinion",
            print=Print.from_bytes(bytes(terms)),
            story_id=story_id,
            fixed_in=placed.get(pk),
        )
        for pk, source_id, language, published_at, section, story_id, terms in rows.values_list(*facts).iterator()
    ]


def load_elders(since: datetime, until: datetime, placed: Mapping[int, int]) -> list[Report]:
    """What stories of a window reported before it: they stay where they stand. One query."""
    live = window(since, until).filter(story__isnull=False).values("story_id")
    elders = Article.objects.visible().filter(story__in=live, published_at__lt=since)
    return [replace(one, fixed_in=one.fixed_in or one.story_id) for one in load_reports(elders, placed)]


def stories_of(articles: ArticleQuerySet) -> dict[int, int]:
    """article id -> the story it stands in, for articles that stand in one. One query."""
    return dict(articles.filter(story__isnull=False).values_list("pk", "story_id"))


def left_behind(since: datetime) -> list[int]:
    """Articles without a story that came in before `since`, the oldest first."""
    waiting = Article.objects.filter(story=None, first_seen_at__lt=since).order_by("pk")
    return list(waiting.values_list("pk", flat=True)[:MOST_REPORTS])


def stands_now(reports: Sequence[Report]) -> dict[int, int]:
    """article id -> its story at this moment, for those that have one."""
    ids = [report.article_id for report in reports]
    return {
        pk: story_id
        for start in range(0, len(ids), ROWS)
        for pk, story_id in stories_of(Article.objects.filter(pk__in=ids[start : start + ROWS])).items()
    }


def placements(since: datetime) -> dict[int, int]:
    """article id -> the story that an editor has placed it in, for reports since then and for stories that have one.

    By both: a story's times are of the reports that were visible when they were written. One query.
    """
    live = Placement.objects.filter(Q(story__last_at__gte=since) | Q(article__published_at__gte=since))
    return dict(live.values_list("pk", "story_id"))


def existing(story_ids: Iterable[int | None]) -> set[int]:
    """Those that are still there."""
    wanted = sorted({story_id for story_id in story_ids if story_id is not None})
    return {
        pk
        for start in range(0, len(wanted), ROWS)
        for pk in Story.objects.filter(pk__in=wanted[start : start + ROWS]).values_list("pk", flat=True)
    }


def save_alone(articles: ArticleQuerySet) -> set[int]:
    """A story for each of these articles. Ids of the stories."""
    rows = list(articles.values_list("pk", "published_at"))
    stories = Story.objects.bulk_create(
        [
            Story(section="top", first_at=published_at, last_at=published_at, cluster_version=cluster.VERSION)
            for _, published_at in rows
        ],
        batch_size=BATCH,
    )
    alone = [Article(pk=pk, story_id=story.pk) for (pk, _), story in zip(rows, stories, strict=True)]
    Article.objects.bulk_update(alone, ["story"], batch_size=BATCH)
    return {story.pk for story in stories}


def save_groups(groups: Collection[Group], stays: Collection[int] = ()) -> set[int]:
    """Stories for groups without one, reports into their stories; those in `stays` (article ids) are left alone.

    Ids of the stories that got a report or lost one.
    """
    groups = [one for one in groups if any(report.article_id not in stays for report in one.reports)]
    new = [group for group in groups if group.story_id is None]
    stories = Story.objects.bulk_create(
        [
            Story(section="top", first_at=group.first_at, last_at=group.last_at, cluster_version=cluster.VERSION)
            for group in new
        ],
        batch_size=BATCH,
    )
    for group, story in zip(new, stories, strict=True):
        group.story_id = story.pk
    moved = [
        (report, group.story_id)
        for group in groups
        for report in group.reports
        if report.story_id != group.story_id and report.article_id not in stays
    ]
    _move(moved)
    touched = {story_id for report, now_in in moved for story_id in (report.story_id, now_in)}
    return {story_id for story_id in touched if story_id is not None}


def _move(moved: Iterable[tuple[Report, int | None]]) -> None:
    into: defaultdict[int | None, list[int]] = defaultdict(list)
    for report, story_id in moved:
        into[story_id].append(report.article_id)
    if len(into) > FEW:
        rows = [Article(pk=pk, story_id=story_id) for story_id, pks in into.items() for pk in pks]
        Article.objects.bulk_update(rows, ["story"], batch_size=BATCH)
        return
    for story_id, pks in into.items():
        update_all(Article, pks, {"story": story_id})


def settle(story_ids: Collection[int], now: datetime) -> None:
    """Whose text an earlier report of another title has already; then all that `describe` writes, by who copies.

    Two queries, and one for each story that changed, or for every BATCH where they are many; one more where there are
    copies, and four where that changed.
    """
    reports = _reports_of(story_ids)
    texts: defaultdict[int, list[Text]] = defaultdict(list)
    for story_id, one, own, every in reports:
        texts[story_id].append(Text(one.article_id, one.source_id, one.published_at, _runs(own), _runs(every)))
    found = {pk: original for some in texts.values() for pk, original in copies.copies_among(some).items()}
    _save_copies(story_ids, found, {one.article_id for _, one, _, _ in reports if one.is_copy})
    members: defaultdict[int, list[Member]] = defaultdict(list)
    for story_id, one, _, _ in reports:
        members[story_id].append(replace(one, is_copy=one.article_id in found))
    _write_facts(_weighed_among(story_ids, now), members)


def _reports_of(story_ids: Collection[int]) -> list[tuple[int, Member, bytes, bytes]]:
    """The visible reports of stories: story id, the report as its story counts it, its own runs of words, all runs."""
    rows = _members_and_runs(story_ids)
    if any(every is None for *_, every in rows):  # so old that it is not kept, but an editor has moved it
        note_prints(Article.objects.visible().filter(story__in=story_ids), load_vocabularies())
        rows = _members_and_runs(story_ids)
    return [(story_id, Member(*facts), own, every) for story_id, *facts, own, every in rows]


@Statement
def _members_and_runs(story_ids: Collection[int]) -> QuerySet[Article, tuple]:
    reports = Article.objects.visible().filter(story__in=story_ids)
    return _as_members(reports, "fingerprint__own_runs", "fingerprint__all_runs")


def _runs(data: bytes) -> Keys:
    return np.frombuffer(data, "<i8")


def _save_copies(story_ids: Collection[int], found: Mapping[int, int], marked: Collection[int]) -> None:
    """`found`: copy -> original. `marked`: the articles that are known as copies so far."""
    if not found and not marked:
        return
    known = dict(Copy.objects.filter(article__story__in=story_ids).values_list("pk", "original_id"))
    if gone := known.keys() - found.keys():
        Copy.objects.filter(pk__in=gone).delete()
    Copy.objects.bulk_create(
        [Copy(article_id=pk, original_id=original) for pk, original in found.items() if known.get(pk) != original],
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["article"],
        update_fields=["original"],
    )
    if new := found.keys() - set(marked):
        Article.objects.filter(pk__in=new).update(is_copy=True)
    if gone := set(marked) - found.keys():
        Article.objects.filter(pk__in=gone).update(is_copy=False)


def with_orphaned_copies(since: datetime) -> set[int]:
    """Stories since then with a copy whose original was taken down, or deleted: it is nobody's copy. One query."""
    originals = Copy.objects.filter(article=OuterRef("pk"), original__in=Article.objects.visible().values("pk"))
    copied = Article.objects.visible().filter(story__last_at__gte=since, is_copy=True)
    return set(copied.filter(~Exists(originals)).values_list("story_id", flat=True))


def describe(stories: StoryQuerySet, now: datetime) -> int:
    """Lead, section, counts, times and score of stories from their visible reports; how many changed.

    Two queries, and one for each story that changed, or for every BATCH where they are many.
    """
    return _write_facts(_weighed(stories, now), _members(stories))


def strengths_of(stories: StoryQuerySet, now: datetime) -> dict[int, Strength]:
    """story id -> what its score is made of, for stories with a visible report. Two queries."""
    members = _members(stories)
    return {
        pk: rank.strength_of(members[pk], is_picked=is_picked, audience=audience)
        for pk, _, is_picked, audience in _told(_weighed(stories, now))
        if pk in members
    }


def _members(stories: StoryQuerySet) -> dict[int, list[Member]]:
    """story id -> its visible reports, where it has one. One query."""
    members: defaultdict[int, list[Member]] = defaultdict(list)
    for story_id, *facts in _as_members(Article.objects.visible().filter(story__in=stories.values("pk"))).iterator():
        members[story_id].append(Member(*facts))
    return dict(members)


def _as_members(articles: ArticleQuerySet, *more: str) -> QuerySet[Article, tuple]:
    """Of each article its story, what a Member is made of, and the columns `more`."""
    facts = ("pk", "source_id", "section", "published_at", "source__weight", "is_copy", "has_picture", "word_count")
    return articles.annotate(has_picture=has_picture()).values_list("story_id", *facts, *more)


Weighed = tuple[int, dict[str, object], bool, Audience]


def _weighed(stories: StoryQuerySet, now: datetime) -> QuerySet[Story, tuple]:
    """Each story with whether it is picked, who opened it, and its FACTS as they are written."""
    live_picks = Pick.objects.live(now).filter(article__story=OuterRef("pk"))
    audience = ("audience__shown", "audience__opened")
    return stories.annotate(is_picked=Exists(live_picks)).values_list("pk", "is_picked", *audience, *FACTS)


@Statement
def _weighed_among(story_ids: Collection[int], now: datetime) -> QuerySet[Story, tuple]:
    return _weighed(Story.objects.filter(pk__in=story_ids), now)


def _told(weighed: Iterable[Sequence]) -> Iterator[Weighed]:
    for pk, is_picked, shown, opened, *facts in weighed:
        audience = NOBODY if shown is None else Audience(shown, opened)
        yield pk, dict(zip(FACTS, facts, strict=True)), is_picked, audience


def _write_facts(weighed: Iterable[Sequence], members: Mapping[int, Sequence[Member]]) -> int:
    changed: dict[int, dict[str, object]] = {}
    for pk, written, is_picked, audience in _told(weighed):
        facts = written | _facts(members.get(pk, ()), is_picked=is_picked, audience=audience)
        if facts != written:
            changed[pk] = facts
    if len(changed) > FEW:
        rows = [Story(pk=pk, **facts) for pk, facts in changed.items()]
        Story.objects.bulk_update(rows, FACTS, batch_size=BATCH)
    else:
        for pk, facts in changed.items():
            update(Story, pk, facts, {})
    return len(changed)


def _facts(members: Sequence[Member], *, is_picked: bool, audience: Audience) -> dict[str, object]:
    """What a story says of its visible reports; one without any has no lead, and so shows nowhere."""
    if not members:
        return {"lead_id": None, "title_count": 0, "article_count": 0, "score": 0.0}
    facts = rank.facts_of(members, is_picked=is_picked, audience=audience)
    return {name: getattr(facts, name) for name in FACTS}


def delete_empty(story_ids: Collection[int]) -> None:
    """Two queries, and more where anything is about one of them: who opened it, who follows it, what led to it."""
    empty = _empty(story_ids)
    if bare := [pk for pk, is_known in empty if not is_known]:
        delete(Story, bare)
    if known := [pk for pk, is_known in empty if is_known]:
        Story.objects.filter(pk__in=known, articles=None).delete()


@Statement
def _empty(story_ids: Collection[int]) -> QuerySet[Story, tuple]:
    """Those without a report, each with whether a row of any other table is about it."""
    relations = [one for one in Story._meta.get_fields(include_hidden=True) if isinstance(one, ForeignObjectRel)]
    about = [one.related_model._base_manager.filter(**{one.field.name: OuterRef("pk")}) for one in relations]
    is_known = reduce(or_, (Q(Exists(rows)) for rows in about))
    empty = Story.objects.filter(pk__in=story_ids, articles=None)
    return empty.annotate(is_known=ExpressionWrapper(is_known, BooleanField())).values_list("pk", "is_known")
