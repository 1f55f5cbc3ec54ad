"""Articles as cards: everything a template needs to draw one, so that templates only branch and loop."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from django.db.models import Count, F, QuerySet, Value, Window
from django.db.models.functions import RowNumber
from django.urls import reverse

from articles.models import Article, Pick, Reading, Saved, Story
from articles.models.article import is_rtl
from articles.muting import NO_MUTES, Mutes
from articles.pages.rows import ArticleRow, PickRow
from articles.pictures.shown import LARGE_PICTURE, Shown, picture_of
from articles.statements import Statement

LONG_HEADLINE = 140  # characters; above it the headline goes one size down
SMALLEST_PICTURE = 200  # narrower still is somebody's logo
REPORTS_PER_STORY = 12  # enough to find four other titles among
MARKS = (Saved, Reading)
ADDRESSES = 8192  # kept: making a slug and reversing a route is what a card costs most by


@dataclass(frozen=True, slots=True)
class Angle:
    """Another title's headline on the same event."""

    source_name: str
    headline: str
    url: str
    language: str
    is_rtl: bool


@dataclass(frozen=True, slots=True)
class Card:
    article: Article | ArticleRow  # with source, story and picture
    headline: str
    url: str
    dek: str = ""
    also_count: int = 0  # other titles that report the event
    also_url: str = ""
    angles: tuple[Angle, ...] = ()
    note: str = ""  # an editor's
    why: str = ""  # why it is here
    time_note: str = ""  # in place of the age: "14 min read"
    kicker: str = ""  # in place of the source's name, on the source's own page
    kicker_url: str = ""
    is_saved: bool = False
    is_read: bool = False
    is_thin: bool = False
    picture: Shown | None = None
    picture_variant: str = ""

    @property
    def has_picture(self) -> bool:
        return self._is_as_wide_as(SMALLEST_PICTURE)

    @property
    def has_large_picture(self) -> bool:
        return self._is_as_wide_as(LARGE_PICTURE)

    @property
    def is_long(self) -> bool:
        return len(self.headline) > LONG_HEADLINE

    def _is_as_wide_as(self, pixels: int) -> bool:
        """Most feeds do not say how wide a picture is: then it counts as wide enough."""
        if self.picture is None:
            return False
        return self.picture.known_width is None or self.picture.known_width >= pixels


def card_of(article: Article | ArticleRow, saved_ids: frozenset[int] = frozenset()) -> Card:
    """Costs no query: the article must be a row or come from Article.objects.for_cards()."""
    also_count = _other_titles(article)
    return Card(
        article=article,
        headline=article.headline,
        url=article_url(article.pk, article.headline),
        dek=article.standfirst,
        also_count=also_count,
        also_url=story_url(article) if also_count else "",
        is_saved=article.pk in saved_ids,
        is_read=article.pk in getattr(saved_ids, "read_ids", ()),
        is_thin=article.is_opinion,
        picture=picture_of(article),
    )


@lru_cache(maxsize=ADDRESSES)
def article_url(pk: int, headline: str) -> str:
    return address("article", pk, Article.slug_of(headline))


def story_url(article: Article | ArticleRow) -> str:
    """The address of the article's story, as it is while this article leads it: asking for the lead is a query a card.

    Under any other headline the story page redirects.
    """
    return _story_url(article.story_id, article.headline)


@lru_cache(maxsize=ADDRESSES)
def _story_url(pk: int, headline: str) -> str:
    return address("story", pk, Story.slug_of(headline))


def source_url(slug: str) -> str:
    return address("source", slug)


def address(route: str, *arguments: int | str) -> str:
    """As reverse() gives it, for numbers and slugs: what stands around them is looked up once for all cards."""
    before, after = _around(route, len(arguments))
    return f"{before}{'/'.join(map(str, arguments))}{after}"


@lru_cache(maxsize=8)
def _around(route: str, count: int) -> tuple[str, str]:
    before, _, after = reverse(route, args=range(1, count + 1)).rpartition("/".join(map(str, range(1, count + 1))))
    return before, after


def _other_titles(article: Article | ArticleRow) -> int:
    """A copy is not among the titles that its story counts."""
    if article.story is None:
        return 0
    return max(0, article.story.title_count - (0 if article.is_copy else 1))


def cards_of(articles: Iterable[Article | ArticleRow], saved_ids: frozenset[int] = frozenset()) -> list[Card]:
    return [card_of(article, saved_ids) for article in articles]


def pick_card(pick: Pick | PickRow, article: Article | ArticleRow, saved_ids: frozenset[int] = frozenset()) -> Card:
    minutes = article.reading_minutes
    return replace(
        card_of(article, saved_ids),
        headline=pick.headline_override or article.headline,
        dek="",
        note=pick.note,
        time_note=f"{minutes} min read" if minutes else "",
        is_thin=True,
        also_count=0,
        picture_variant="fig--tall",
    )


@dataclass(frozen=True, slots=True)
class Report:
    """As much of an article as an angle needs."""

    story_id: int
    source_id: int
    source_name: str
    article_id: int
    headline: str
    language: str


def recounted(cards: Sequence[Card], mutes: Mutes) -> list[Card]:
    """The same cards without muted titles among those that also cover the event. One query, none without mutes."""
    if not mutes:
        return list(cards)
    reports = Article.objects.visible().filter(
        story__in={card.article.story_id for card in cards if card.also_count}, is_copy=False
    )
    titles = mutes.visible(reports).order_by().values_list("story_id").annotate(count=Count("source_id", distinct=True))
    counts = dict(titles)
    return [_recounted(card, counts.get(card.article.story_id, 0)) for card in cards]


def _recounted(card: Card, title_count: int) -> Card:
    count = min(card.also_count, max(0, title_count - (0 if card.article.is_copy else 1)))
    return replace(card, also_count=count, also_url=card.also_url if count else "")


def with_angles(cards: Sequence[Card], most: int, mutes: Mutes = NO_MUTES) -> list[Card]:
    """The same cards with up to `most` other titles' headlines on each one's event, newest first. One query."""
    story_ids = {card.article.story_id for card in cards if card.also_count}
    reports = [Report(*row) for row in _reports_of(story_ids, mutes=mutes)]
    return [replace(card, angles=_angles(card.article, reports, most)) for card in cards]


@Statement
def _reports_of(story_ids: Collection[int], mutes: Mutes = NO_MUTES) -> QuerySet:
    """The newest reports of each story that are no copies, newest first."""
    by_recency = Window(RowNumber(), partition_by=F("story_id"), order_by=[F("published_at").desc(), F("pk").desc()])
    return (
        mutes.visible(Article.objects.visible().filter(story__in=story_ids, is_copy=False))
        .annotate(place=by_recency)
        .filter(place__lte=REPORTS_PER_STORY)
        .order_by("place")
        .values_list("story_id", "source_id", "source__name", "pk", "headline", "language")
    )


def _angles(shown: Article | ArticleRow, reports: Iterable[Report], most: int) -> tuple[Angle, ...]:
    """One per title, without the title that is shown."""
    by_title: dict[int, Report] = {}
    for report in reports:
        if report.story_id == shown.story_id and report.source_id != shown.source_id:
            by_title.setdefault(report.source_id, report)
    return tuple(
        Angle(
            source_name=report.source_name,
            headline=report.headline,
            url=article_url(report.article_id, report.headline),
            language=report.language,
            is_rtl=is_rtl(report.language),
        )
        for report in list(by_title.values())[:most]
    )


class SavedIds(frozenset[int]):
    """Articles that the reader has saved. Those that the reader has opened come along in `read_ids`."""

    read_ids: frozenset[int] = frozenset()


def saved_ids_of(user, articles: Sequence[Article | ArticleRow]) -> frozenset[int]:
    """Which of these articles the reader has saved, and which opened; one query, none for visitors."""
    if user is None:
        return frozenset()
    mine = {"user": user, "article__in": [article.pk for article in articles]}
    saved, read = (
        model.objects.filter(**mine).order_by().values_list("article_id", Value(kind))
        for kind, model in enumerate(MARKS)
    )
    rows = list(saved.union(read, all=True))
    marked = SavedIds(pk for pk, kind in rows if MARKS[kind] is Saved)
    marked.read_ids = frozenset(pk for pk, kind in rows if MARKS[kind] is Reading)
    return marked
