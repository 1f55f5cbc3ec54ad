"""Labels into topics, and which topics are widely carried."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from django.core.cache import cache
from django.db import transaction
from django.db.models import BigIntegerField, Count, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Length

from articles.models import Article, ArticleTopic, Topic
from articles.sections import SECTIONS
from articles.topics.keys import MOST_LETTERS, key_of

BATCH = 500
MOST_LABELS = 12  # of one article; some feeds hang a hundred on each
LOOKED_AFTER = timedelta(days=30)
LEFT_BEHIND = 5_000  # articles in one run
OFFERED_WITHIN = timedelta(days=3)
LEAST_ARTICLES = 3
LEAST_TITLES = 2
MOST_OFFERED = 100
MOST_OF_ONE_ARTICLE = 6
LOOKED_THROUGH = 200_000  # articles, for a list of several topics
MOST_LISTED = 2000  # articles on topics that a list goes back through: more than a reader turns pages for
OFFERED_KEY, OFFERED_SECONDS = "topics-offered", 3600
# Labels that say where an article stood at its publisher, not what it is about.
NO_TOPICS = {
    *map(key_of, SECTIONS.values()),
    *map(key_of, ("News", "Home", "Latest", "Article", "Breaking news", "Video")),
}


def file_articles(article_ids: Iterable[int]) -> None:
    """The topics of these articles as their labels name them now. May run twice."""
    ids = sorted(set(article_ids))
    for start in range(0, len(ids), BATCH):
        _file(ids[start : start + BATCH])


def file_left_behind(now: datetime) -> int:
    """Articles of the last weeks that have labels and no topic yet: from before there were topics, or left by a chain
    that broke. The number that was looked at."""
    unfiled = (
        Article.objects.filter(
            ~Exists(ArticleTopic.objects.filter(article=OuterRef("pk"))), published_at__gte=now - LOOKED_AFTER
        )
        .exclude(categories=[])
        .newest()
    )
    ids = list(unfiled.values_list("pk", flat=True)[:LEFT_BEHIND])
    file_articles(ids)
    return len(ids)


def labels_of(categories: Collection[object]) -> dict[str, str]:
    """key -> label, as the publisher writes it."""
    labels: dict[str, str] = {}
    for label in map(str, list(categories)[:MOST_LABELS]):
        name = " ".join(label.split())[:MOST_LETTERS]
        if key := key_of(name):
            labels.setdefault(key, name)
    return labels


@transaction.atomic
def _file(ids: Sequence[int]) -> None:
    """Four queries at most, two where nothing is new."""
    wanted = {pk: labels_of(rows) for pk, rows in Article.objects.filter(pk__in=ids).values_list("pk", "categories")}
    names = {key: name for labels in wanted.values() for key, name in labels.items()}
    topics = _topics(names)
    pairs = {(pk, topics[key]) for pk, labels in wanted.items() for key in labels}
    stored = set(ArticleTopic.objects.filter(article__in=ids).values_list("article_id", "topic_id"))
    gone: defaultdict[int, list[int]] = defaultdict(list)
    for pk, topic_id in stored - pairs:
        gone[pk].append(topic_id)
    for pk, topic_ids in gone.items():
        ArticleTopic.objects.filter(article=pk, topic__in=topic_ids).delete()
    rows = [ArticleTopic(article_id=pk, topic_id=topic_id) for pk, topic_id in sorted(pairs - stored)]
    ArticleTopic.objects.bulk_create(rows, ignore_conflicts=True)


def _topics(names: dict[str, str]) -> dict[str, int]:
    """key -> number, of all of them; those that nobody used before are made."""
    known = dict(Topic.objects.filter(key__in=names).values_list("key", "pk"))
    # Sorted, so that two workers wait for each other and do not lock each other out.
    new = [Topic(key=key, name=names[key]) for key in sorted(names.keys() - known.keys())]
    if not new:
        return known
    Topic.objects.bulk_create(new, ignore_conflicts=True)
    return dict(Topic.objects.filter(key__in=names).values_list("key", "pk"))


def offered_topics(now: datetime, limit: int) -> list[Topic]:
    """What many articles of several titles are about these days, the busiest first. Kept for all readers."""
    ids = cache.get_or_set(OFFERED_KEY, lambda: _busiest(now), OFFERED_SECONDS) or []
    topics = Topic.objects.in_bulk(ids[:limit])
    return [topics[pk] for pk in ids[:limit] if pk in topics]


def renew_offered(now: datetime) -> None:
    """In a worker: to count the labels of days takes longer than a reader should wait."""
    cache.set(OFFERED_KEY, _busiest(now), OFFERED_SECONDS)


def _busiest(now: datetime) -> list[int]:
    rows = (
        ArticleTopic.objects.filter(
            article__published_at__gte=now - OFFERED_WITHIN,
            article__withdrawn_at=None,
            article__source__is_active=True,
        )
        .exclude(topic__in=Topic.objects.filter(key__in=NO_TOPICS))
        .order_by()
        # By a sum, or SQLite would walk all labels there ever were in the order of their topics.
        .values_list(F("topic") + 0)
        .annotate(count=Count("pk"), title_count=Count("article__source", distinct=True))
        .filter(count__gte=LEAST_ARTICLES, title_count__gte=LEAST_TITLES)
        .order_by("-count", F("topic") + 0)
    )
    return [topic_id for topic_id, *_ in rows[:MOST_OFFERED]]


def recently_labelled(topic_ids: Iterable[int]) -> QuerySet[ArticleTopic]:
    """The labels of these topics, the newest articles' first, among the LOOKED_THROUGH that came in last.

    The labels of several topics have to be sorted: not all there ever were.
    """
    newest = Article.objects.order_by("-pk").values("pk")[:1]
    first = ExpressionWrapper(Subquery(newest) - LOOKED_THROUGH, output_field=BigIntegerField())
    return ArticleTopic.objects.filter(topic__in=list(topic_ids), article__gt=first).order_by("-article")


def topic_at(slug: str) -> Topic | None:
    """The topic of an address, also of one that somebody wrote by hand: "Wildfires" leads to "wildfire"."""
    keys = [slug.replace("-", " "), key_of(slug)]
    # PostgreSQL refuses NUL in a value.
    found = {topic.key: topic for topic in Topic.objects.filter(key__in=keys)} if "\0" not in slug else {}
    return next((found[key] for key in keys if key in found), None)


def newest_on(topic: Topic) -> list[int]:
    """The articles that came in last on a topic, MOST_LISTED at the most."""
    rows = ArticleTopic.objects.filter(topic=topic).order_by("-article")
    return list(rows.values_list("article", flat=True)[:MOST_LISTED])


def is_carried(topic: Topic, article_count: int) -> bool:
    """carried() of one topic, by how many articles on it were found."""
    return article_count >= LEAST_ARTICLES and topic.key not in NO_TOPICS


def find_topics(typed: str, limit: int) -> list[Topic]:
    """Topics with a word that begins like this, shorter names first; only such as several articles carry."""
    key = key_of(typed)
    if not key:
        return []
    found = carried().filter(Q(key__startswith=key) | Q(key__contains=f" {key}"))
    return list(found.order_by(Length("key"), "key")[:limit])


def topics_of(article: Article) -> list[Topic]:
    """What this article and several others are about, as its publisher says. One query."""
    mine = ArticleTopic.objects.filter(article=article).values("topic")
    return list(carried().filter(pk__in=mine).order_by("name")[:MOST_OF_ONE_ARTICLE])


def carried() -> QuerySet[Topic]:
    """Topics of at least LEAST_ARTICLES articles, without those that only name a place at a publisher."""
    at_least = ArticleTopic.objects.filter(topic=OuterRef("pk")).values("pk")[LEAST_ARTICLES - 1 : LEAST_ARTICLES]
    return Topic.objects.filter(Exists(at_least)).exclude(key__in=NO_TOPICS)
