"""Reports and stories out of the database, and what was decided back into it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Case, FloatField, Sum, Value, When

from articles.languages import main_language
from articles.models import Article, Pick, Reading, Story
from articles.models.article import ArticleQuerySet
from articles.models.story import StoryQuerySet
from articles.pictures.shown import has_picture
from articles.stories import cluster, rank
from articles.stories.cluster import Group, Report, Text
from articles.stories.fingerprint import plain, shingles_of, terms_of
from articles.stories.rank import Facts, Member

MOST_REPORTS = 15_000  # of a window, the newest: bounds the time and memory of one grouping
LOCK_KEY = 7_302_114  # any number that nothing else locks by
BATCH = 200
FACTS = ("lead_id", "section", "title_count", "article_count", "first_at", "last_at", "score")


def lock() -> None:
    """One grouping at a time, until the transaction ends. On SQLite the transaction itself is the lock."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK_KEY])


def load_reports(articles: ArticleQuerySet) -> list[Report]:
    """One query."""
    rows = articles.values_list(
        *("pk", "source_id", "language", "published_at", "section", "story_id"),
        *("headline", "standfirst", "opening_html", "categories", "image_caption"),
    )
    return [_report(*row) for row in rows.iterator()]


def _report(
    pk: int,
    source_id: int,
    language: str,
    published_at: datetime,
    section: str,
    story_id: int | None,
    headline: str,
    standfirst: str,
    opening_html: str,
    categories: list[str],
    caption: str,
) -> Report:
    opening = plain(opening_html)
    # Of a teaser the standfirst is the opening.
    text = opening if standfirst and standfirst in opening else f"{standfirst} {opening}"
    labels = " ".join([*map(str, categories), caption])
    code = main_language(language)
    return Report(
        article_id=pk,
        source_id=source_id,
        language=code,
        published_at=published_at,
        is_opinion=section == "opinion",
        terms=terms_of(headline, text, labels, code),
        story_id=story_id,
    )


def window(since: datetime, until: datetime) -> ArticleQuerySet:
    """The visible reports between two instants."""
    return Article.objects.visible().filter(published_at__gte=since, published_at__lte=until)


def stories_of(articles: ArticleQuerySet) -> dict[int, int]:
    """article id -> the story it stands in, for articles that stand in one. One query."""
    return dict(articles.values_list("pk", "story_id"))


def left_behind(since: datetime) -> list[int]:
    """Articles without a story that came in before `since`, the oldest first."""
    waiting = Article.objects.filter(story=None, first_seen_at__lt=since).order_by("pk")
    return list(waiting.values_list("pk", flat=True)[:MOST_REPORTS])


def save_groups(groups: Collection[Group]) -> set[int]:
    """Stories for groups without one, reports into their stories. Ids of the stories that got a report."""
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
        Article(pk=report.article_id, story_id=group.story_id)
        for group in groups
        for report in group.reports
        if report.story_id != group.story_id
    ]
    Article.objects.bulk_update(moved, ["story"], batch_size=BATCH)
    return {article.story_id for article in moved if article.story_id is not None}


def mark_copies(story_ids: Collection[int]) -> None:
    """Whose text an earlier report of another title has already. Three queries at most."""
    texts: defaultdict[int, list[Text]] = defaultdict(list)
    marked: set[int] = set()
    rows = Article.objects.visible().filter(story__in=story_ids)
    for pk, story_id, source_id, published_at, standfirst, opening_html, is_copy in rows.values_list(
        "pk", "story_id", "source_id", "published_at", "standfirst", "opening_html", "is_copy"
    ):
        own = shingles_of(plain(opening_html) or standfirst)
        texts[story_id].append(Text(pk, source_id, published_at, own, own | shingles_of(standfirst)))
        marked |= {pk} if is_copy else set()
    copies = {pk for some in texts.values() if len(some) > 1 for pk in cluster.copies_among(some)}
    if copies - marked:
        Article.objects.filter(pk__in=copies - marked).update(is_copy=True)
    if marked - copies:
        Article.objects.filter(pk__in=marked - copies).update(is_copy=False)


def describe(stories: StoryQuerySet, now: datetime) -> int:
    """Lead, section, counts, times and score of stories from their visible reports; how many changed.

    Four queries, and one for every BATCH of stories that changed.
    """
    members: defaultdict[int, list[Member]] = defaultdict(list)
    for story_id, member in _members(stories):
        members[story_id].append(member)
    picked = set(Pick.objects.live(now).order_by().values_list("article__story_id", flat=True))
    readers = _readers(now)
    changed = [
        story
        for story in stories
        if _has_changed(story, members[story.pk], story.pk in picked, readers.get(story.pk, 0.0))
    ]
    Story.objects.bulk_update(changed, FACTS, batch_size=BATCH)
    return len(changed)


def _members(stories: StoryQuerySet) -> Iterable[tuple[int, Member]]:
    rows = Article.objects.visible().filter(story__in=stories.values("pk")).annotate(has_picture=has_picture())
    facts = ("pk", "source_id", "section", "published_at", "source__weight", "is_copy", "has_picture", "word_count")
    for story_id, *values in rows.values_list("story_id", *facts).iterator():
        yield story_id, Member(*values)


def _readers(now: datetime) -> dict[int, float]:
    """story id -> its readers of the last hours (a reading is one reader's), each by how long ago. One query."""
    ages = [
        When(read_at__gte=now - timedelta(hours=hour + 1), then=Value(0.5**hour))
        for hour in range(rank.READ_WITHIN_HOURS)
    ]
    readings = Reading.objects.filter(
        read_at__gte=now - timedelta(hours=rank.READ_WITHIN_HOURS), read_at__lte=now, article__story__isnull=False
    )
    weight = Sum(Case(*ages, default=Value(0.0), output_field=FloatField()))
    return dict(readings.values_list("article__story_id").annotate(weight=weight))


def _has_changed(story: Story, members: list[Member], is_picked: bool, readers: float) -> bool:
    """Write its facts on the story; a story without a visible report has no lead, and so shows nowhere."""
    before = [getattr(story, name) for name in FACTS]
    if members:
        facts: Mapping[str, object] = _as_fields(rank.facts_of(members, is_picked=is_picked, readers=readers))
    else:
        facts = {"lead_id": None, "title_count": 0, "article_count": 0, "score": 0.0}
    for name, value in facts.items():
        setattr(story, name, value)
    return before != [getattr(story, name) for name in FACTS]


def _as_fields(facts: Facts) -> dict[str, object]:
    return {name: getattr(facts, name) for name in FACTS}


def delete_empty(story_ids: Collection[int]) -> None:
    Story.objects.filter(pk__in=story_ids, articles=None).delete()
