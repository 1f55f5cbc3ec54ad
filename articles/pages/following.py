"""What a reader follows, what else there is to follow, and the newest of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.db.models import F, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.context import reader_of
from accounts.models import User
from articles.models import Article, ArticleQuerySet, Follow, Source, StoryMove, Topic
from articles.muting import NO_MUTES, Mutes, mutes_of
from articles.pages.back import back, sign_in
from articles.pages.cards import Card, cards_of, recounted, saved_ids_of, story_url
from articles.pages.keyset import cursor_of, parse_cursor
from articles.pages.source import section_url
from articles.pages.sources import clean_query, find_titles
from articles.sections import SECTIONS
from articles.topics.store import MOST_LISTED, MOST_OFFERED, find_topics, offered_topics, recently_labelled

STORIES_PER_PAGE = 30
TITLES_FOUND = 12
TOPICS_FOUND = 8
TOPICS_OFFERED = 12
MOST_FOLLOWS = 1000
LOOKED_THROUGH = timedelta(days=7)
KINDS = ("source", "section", "topic", "story")
# Top News is what everybody gets; it is no subject to follow.
SECTIONS_TO_FOLLOW = {slug: name for slug, name in SECTIONS.items() if slug != "top"}
IN_A_STORY = "New in a story you follow"


class TooMany(Exception):
    """The reader follows or mutes as much as one can."""


@dataclass(frozen=True, slots=True)
class Followable:
    """Something with the form values that follow it, or stop following it."""

    kind: str  # one of KINDS, the name of the form's field
    slug: str
    name: str
    url: str
    language: str = ""  # of the name, where it is not plain Latin
    is_followed: bool = False


@dataclass(frozen=True, slots=True)
class Follows:
    """What one reader follows, as far as it can be shown."""

    sources: tuple[Source, ...] = ()
    sections: frozenset[str] = frozenset()
    topics: tuple[Topic, ...] = ()
    reports: tuple[Article, ...] = ()  # one for each story

    def __bool__(self) -> bool:
        return bool(self.sources or self.sections or self.topics or self.reports)

    @property
    def story_ids(self) -> set[int]:
        return {report.story_id for report in self.reports if report.story_id is not None}


@dataclass(frozen=True, slots=True)
class FollowingPage:
    followed: list[Followable]
    sections: list[Followable]  # not followed yet
    topics: list[Followable]  # not followed yet
    find: str
    found: list[Followable]
    cards: list[Card]
    is_first_page: bool
    older_url: str


@require_http_methods(["GET", "HEAD", "POST"])
def following_page(request: HttpRequest) -> HttpResponse:
    user = reader_of(request)
    if user is None:
        return sign_in(request)
    if request.method == "POST":
        try:
            change_follow(user, request.POST)
        except TooMany:
            messages.error(
                request, f"You follow {MOST_FOLLOWS:,} things, and that is the most: stop following one first."
            )
        return back(request, "following")
    before = parse_cursor(request.GET.get("before", ""))
    page = build_following_page(user, clean_query(request.GET.get("find", "")), before, timezone.now(), mutes_of(user))
    return render(request, "articles/following.html", {"page": page, "here": "following"})


def change_follow(user: User, form: QueryDict) -> None:
    """Follows or unfollows the one thing that a form names; without an `action` whatever it is not yet.

    Safe to send twice with an action named. Http404 for what does not exist, BadRequest for none or several, TooMany.
    """
    named = [kind for kind in KINDS if form.get(kind)]
    if len(named) != 1:
        raise BadRequest("Name one source, section, topic or story")
    follow = NAMED[named[0]](user, form[named[0]].replace("\0", ""))  # PostgreSQL refuses NUL in a value.
    mine, action = same_as(follow), form.get("action", "")
    if action != "follow" and mine.delete()[0]:
        return
    if action == "unfollow" or mine.exists():
        return
    if Follow.objects.filter(user=user).count() >= MOST_FOLLOWS:
        raise TooMany
    # The unique constraints make the second of two equal requests a line that changes nothing.
    Follow.objects.bulk_create([follow], ignore_conflicts=True)


def same_as(follow: Follow) -> QuerySet[Follow]:
    """The reader's rows that follow the same; of a story the follow may stand on any of its reports."""
    mine = Follow.objects.filter(user=follow.user)
    if follow.report is None:
        return mine.filter(source=follow.source, section=follow.section, topic=follow.topic, report=None)
    return mine.filter(report__story=follow.report.story_id)


def _section_follow(user: User, section: str) -> Follow:
    if section not in SECTIONS_TO_FOLLOW:
        raise Http404("No such section")
    return Follow(user=user, section=section)


def _source_follow(user: User, slug: str) -> Follow:
    return Follow(user=user, source=get_object_or_404(Source, slug=slug, is_active=True))


def _topic_follow(user: User, key: str) -> Follow:
    return Follow(user=user, topic=get_object_or_404(Topic, key=key))


def _story_follow(user: User, number: str) -> Follow:
    if not (number.isascii() and number.isdigit() and len(number) <= 18):
        raise Http404("No such story")
    if report := _leading_report(int(number)):
        return Follow(user=user, report=report)
    # To be given up also when nothing of it is left; to be followed also under the number it had a moment ago.
    if mine := Follow.objects.filter(user=user, report__story=int(number)).select_related("report").first():
        return mine
    move = StoryMove.objects.filter(old_story_id=int(number)).first()
    report = _leading_report(move.story_id) if move else None
    if report is None:
        raise Http404("No such story, or nothing is left of it")
    return Follow(user=user, report=report)


def _leading_report(story_id: int) -> Article | None:
    reports = Article.objects.visible().filter(story=story_id).newest()
    return reports.filter(pk=F("story__lead")).first() or reports.first()


NAMED = {"source": _source_follow, "section": _section_follow, "topic": _topic_follow, "story": _story_follow}


def follows_of(user: User) -> Follows:
    """One query."""
    rows = list(
        Follow.objects.filter(user=user).select_related(
            "source", "topic", "report__source", "report__story__lead__source"
        )
    )
    sources = [row.source for row in rows if row.source and row.source.is_active]
    reports = {row.report.story_id: row.report for row in rows if row.report and row.report.story_id}
    return Follows(
        sources=tuple(sorted(sources, key=lambda source: source.name.casefold())),
        sections=frozenset(row.section for row in rows if row.section in SECTIONS_TO_FOLLOW),
        topics=tuple(sorted((row.topic for row in rows if row.topic), key=lambda topic: topic.name.casefold())),
        reports=tuple(reports.values()),
    )


def build_following_page(
    user: User, find: str, before: tuple[datetime, int] | None, now: datetime, mutes: Mutes = NO_MUTES
) -> FollowingPage:
    """A fixed number of queries however much is followed."""
    follows = follows_of(user)
    found = _newest_of(follows, before, now, mutes) if follows else []
    shown = found[:STORIES_PER_PAGE]
    story_ids = follows.story_ids
    cards = recounted(cards_of(shown, saved_ids_of(user, shown)), mutes)
    return FollowingPage(
        followed=_followed(follows, mutes),
        sections=[section_followable(slug, False) for slug in SECTIONS_TO_FOLLOW if slug not in follows.sections],
        topics=[
            topic_followable(topic, False)
            for topic in topics_on_offer(now, TOPICS_OFFERED, mutes, but_for=follows.topics)
        ],
        find=find,
        found=_found(find, follows),
        cards=[replace(card, why=IN_A_STORY) if card.article.story_id in story_ids else card for card in cards],
        is_first_page=before is None,
        older_url=f"?before={cursor_of(shown[-1].published_at, shown[-1].pk)}" if len(found) > len(shown) else "",
    )


def _newest_of(follows: Follows, before: tuple[datetime, int] | None, now: datetime, mutes: Mutes) -> list[Article]:
    """One more than a page holds, to know whether there is another."""
    wanted = Q(source__in=follows.sources) | Q(section__in=follows.sections) | Q(story__in=follows.story_ids)
    if follows.topics:
        labelled = recently_labelled(topic.pk for topic in follows.topics).values_list("article", flat=True)
        wanted |= Q(pk__in=list(labelled[:MOST_LISTED]))
    return newest_first(mutes.visible(Article.objects.for_cards().filter(wanted)), before, now, STORIES_PER_PAGE + 1)


def newest_first(
    articles: ArticleQuerySet, before: tuple[datetime, int] | None, now: datetime, count: int
) -> list[Article]:
    """`count` of them, from `before` on, where no index has them in their order: all that a query finds is sorted.

    So first those of a week, and the whole archive's only where a week holds less, as then all its weeks do.
    """
    newest = articles.newest()
    older = newest.before(*before) if before else newest
    week = older.filter(published_at__gte=(before[0] if before else now) - LOOKED_THROUGH)
    found = list(week[:count])
    return found if len(found) == count else list(older[:count])


def topics_on_offer(now: datetime, most: int, mutes: Mutes, but_for: Collection[Topic] = ()) -> list[Topic]:
    """What is widely reported these days, without what is muted. One query."""
    topics = offered_topics(now, MOST_OFFERED)
    return [one for one in topics if one not in but_for and not mutes.hides_words(one.name)][:most]


def _found(find: str, follows: Follows) -> list[Followable]:
    """Titles and topics by name."""
    if not find:
        return []
    slugs = {source.slug for source in follows.sources}
    return [
        *(topic_followable(topic, topic in follows.topics) for topic in find_topics(find, TOPICS_FOUND)),
        *(
            source_followable(title.name, title.slug, title.language, title.slug in slugs)
            for title in find_titles(find, TITLES_FOUND)
        ),
    ]


def _followed(follows: Follows, mutes: Mutes) -> list[Followable]:
    return [
        *(section_followable(slug, True) for slug in SECTIONS_TO_FOLLOW if slug in follows.sections),
        *(topic_followable(topic, True) for topic in follows.topics),
        *(_story(report, mutes) for report in follows.reports),
        *(source_followable(source.name, source.slug, source.language, True) for source in follows.sources),
    ]


def _story(report: Article, mutes: Mutes) -> Followable:
    """By the headline that leads the story today, as far as it may be shown and the reader wants to see it."""
    visible = [one for one in (report.story.lead, report) if one and not one.withdrawn_at and one.source.is_active]
    shown = next((one for one in visible if not mutes.hides(one)), None)
    unseen = "A story that you have muted" if visible else "A story whose report was taken down"
    headline = shown.headline if shown else unseen
    url = story_url(Article(story_id=report.story_id, headline=headline))
    language = shown.language if shown and not headline.isascii() else ""
    return Followable("story", str(report.story_id), headline, url, language, is_followed=True)


def topic_followable(topic: Topic, is_followed: bool) -> Followable:
    return Followable("topic", topic.key, topic.name, topic.get_absolute_url(), is_followed=is_followed)


def section_followable(slug: str, is_followed: bool) -> Followable:
    return Followable("section", slug, SECTIONS[slug], section_url(slug), is_followed=is_followed)


def source_followable(name: str, slug: str, language: str, is_followed: bool) -> Followable:
    url = Source(slug=slug).get_absolute_url()
    return Followable("source", slug, name, url, "" if name.isascii() else language, is_followed)
