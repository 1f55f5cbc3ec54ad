"""A topic: what most titles report on it, then everything on it, newest first, by time of day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.context import reader_of
from accounts.models import User
from articles.models import Article, Topic
from articles.muting import NO_MUTES, Mutes, mutes_of
from articles.pages import ranks
from articles.pages.cards import Card, cards_of, recounted, saved_ids_of, with_angles
from articles.pages.choices import Choice, follows_and_mutes, topic_choice
from articles.pages.following import newest_first, topics_on_offer
from articles.pages.keyset import cursor_of, parse_cursor
from articles.pages.plan import Candidate, Coverage, each_event_once, picture_first, spread
from articles.pages.section import LEAD_ANGLES, Reporter, Stretch, reporters_of, stretches
from articles.pages.told import told_mutes
from articles.pictures.shown import has_picture
from articles.topics.store import is_carried, newest_on, topic_at

LEAD_COUNTS = (4, 3, 1)  # that fill the rows below the first
LEADING_COUNT = 60  # reports that the leads are chosen among
LEAST_TITLES = 2  # that report what leads
RIVER_COUNT = 30
OTHER_COUNT = 12
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class TopicPage:
    topic: Topic
    leads: list[Card]
    river: list[Stretch]
    older_cursor: str  # empty on the last page
    is_first_page: bool
    is_listed: bool  # for search engines: a page of one or two articles is none
    reporters: list[Reporter]
    others: list[Topic]
    choice: Choice  # whether the reader follows or mutes it

    @property
    def is_empty(self) -> bool:
        return not (self.leads or self.river)


@require_safe
def topic_page(request: HttpRequest, slug: str) -> HttpResponse:
    topic = topic_at(slug)
    if topic is None:
        raise Http404("no such topic")
    if topic.slug != slug:
        return HttpResponsePermanentRedirect(topic.get_absolute_url())
    cursor = request.GET.get("before", "")
    before = parse_cursor(cursor)
    if cursor and before is None:
        raise Http404("no such page of the topic")
    user = reader_of(request)
    page = build_topic_page(topic, user, before, timezone.now(), mutes_of(user))
    return render(request, "articles/topic.html", {"page": page, "told_mutes": told_mutes(request)})


def build_topic_page(
    topic: Topic, user: User | None, before: tuple[datetime, int] | None, now: datetime, mutes: Mutes = NO_MUTES
) -> TopicPage:
    """Eight queries at most, two more for readers, one or two with mutes; `before` is the time and the key of the last
    report of the page before.

    A muted topic's own page was asked for: it is shown, and says that it is muted.
    """
    others = mutes.but_for_topic(topic.key)
    article_ids = newest_on(topic)
    reports = others.visible(Article.objects.for_cards().filter(pk__in=article_ids, is_copy=False))
    found = newest_first(reports, before, now, max(LEAD_COUNTS) + RIVER_COUNT + 1)
    leads = [] if before else leading(article_ids, now, others)
    loaded = list(Article.objects.for_cards().in_bulk([one.article_id for one in leads]).values())
    river = [article for article in found if article.pk not in {one.pk for one in loaded}]
    shown = river[:RIVER_COUNT]
    drawn = recounted(cards_of([*loaded, *shown], saved_ids_of(user, [*loaded, *shown])), mutes)
    cards = {card.article.pk: card for card in drawn[: len(loaded)]}
    reasoned = ranks.reasoned(leads, cards, now)
    return TopicPage(
        topic=topic,
        leads=[*with_angles(reasoned[:1], LEAD_ANGLES, mutes), *reasoned[1:]],
        river=stretches(drawn[len(loaded) :], now),
        older_cursor=cursor_of(shown[-1].published_at, shown[-1].pk) if len(river) > RIVER_COUNT else "",
        is_first_page=before is None,
        is_listed=is_carried(topic, len(found)),
        reporters=reporters(article_ids, now, others),
        others=topics_on_offer(now, OTHER_COUNT, mutes, but_for=[topic]),
        choice=topic_choice(topic, *follows_and_mutes(user, topic.key in mutes.topics, topic=topic)),
    )


def leading(article_ids: Sequence[int], now: datetime, mutes: Mutes) -> list[Candidate]:
    """The best ranked stories of the last two days that several titles report, by a report that is on the topic itself.

    One with a picture stands at the head.
    """
    recent = Article.objects.visible().filter(
        pk__in=article_ids,
        published_at__gte=now - ranks.RECENT,
        story__title_count__gte=LEAST_TITLES,
        is_copy=False,
    )
    rows = (
        mutes.visible(recent)
        .order_by("-story__score", "-published_at", "-pk")
        .annotate(is_pictured=has_picture())
        .values_list(
            *("pk", "story_id", "source_id", "section", "is_pictured"),
            *("story__title_count", "story__first_at", "story__last_at"),
        )
    )
    candidates = [Candidate(*row[:5], Coverage(*row[5:])) for row in rows[:LEADING_COUNT]]
    chosen = list(spread(each_event_once(candidates), max(LEAD_COUNTS), is_strict=False))
    return picture_first(chosen[: next(count for count in LEAD_COUNTS if count <= len(chosen))]) if chosen else []


def reporters(article_ids: Sequence[int], now: datetime, mutes: Mutes) -> list[Reporter]:
    """Who has published most on it in the last seven days."""
    return reporters_of(
        mutes.visible(Article.objects.visible().filter(pk__in=article_ids, published_at__gte=now - WEEK))
    )
