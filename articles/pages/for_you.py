"""For You: stories chosen for one reader, each with its reason, from the newest back to where they end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.context import reader_of
from accounts.models import User
from articles.interests import store as interests
from articles.interests.learn import KINDS, Interest, Subject
from articles.models import Article, Reading, Source, Topic
from articles.muting import NO_MUTES, Mutes, mutes_of
from articles.pages.back import back, sign_in
from articles.pages.cards import Card, card_of, recounted, saved_ids_of
from articles.pages.chosen import Reason, Taste, Waiting, choose, reason_for
from articles.pages.following import (
    SECTIONS_TO_FOLLOW,
    Followable,
    Follows,
    follows_of,
    section_followable,
    source_followable,
    topic_followable,
    topics_on_offer,
)
from articles.pages.keyset import cursor_of, parse_cursor
from articles.pages.plan import Candidate
from articles.sections import SECTIONS
from articles.topics.store import recently_labelled

WITHIN = timedelta(days=7)
MOST_WAITING = 1500
TOPICS_OFFERED = 8
TITLES_OFFERED = 12


@dataclass(frozen=True, slots=True)
class Learned:
    """One learned interest with the form values that take it off the list."""

    kind: str
    key: str
    name: str


@dataclass(frozen=True, slots=True)
class ForYouPage:
    cards: list[Card]
    older_cursor: str
    is_first_page: bool
    follows_nothing: bool
    learned: list[Learned] | None  # None: not switched on
    sections: list[Followable]  # to begin with
    topics: list[Followable]
    titles: list[Followable]

    @property
    def has_nothing_to_go_by(self) -> bool:
        return self.follows_nothing and not self.learned


@require_http_methods(["GET", "HEAD", "POST"])
def for_you_page(request: HttpRequest) -> HttpResponse:
    user, now = reader_of(request), timezone.now()
    if user is None:
        return sign_in(request)
    if request.method == "POST":
        messages.success(request, change_interests(user, request.POST, now))
        return back(request, "for_you")
    cursor = request.GET.get("before", "")
    before = parse_cursor(cursor)
    if cursor and before is None:
        raise Http404("no such page")
    page = build_for_you(user, before[0] if before else None, now, mutes_of(user))
    return render(request, "articles/for_you.html", {"page": page, "here": "for_you"})


def change_interests(user: User, form: QueryDict, now: datetime) -> str:
    """What was done, in words. Each may be sent twice. BadRequest for anything else."""
    match form.get("action", ""):
        case "learn":
            interests.switch(user.pk, is_on=True)
            return "For You now also goes by what you open. What it makes of that stands beside the stories."
        case "stop":
            interests.switch(user.pk, is_on=False)
            return "For You goes by what you follow alone."
        case "clear":
            interests.clear(user.pk, now)
            return "Everything learned is cleared. Only what you open from now on counts."
        case "remove":
            subject = subject_of(form)
            interests.take_off(user.pk, subject)
            return f"{subject.name} is off the list."
    raise BadRequest("action must be learn, stop, clear or remove")


def subject_of(form: QueryDict) -> Subject:
    """The topic, section or source that a form names by `kind` and `key`. BadRequest or Http404."""
    kind, key = form.get("kind", ""), form.get("key", "")
    if kind == "section" and key in SECTIONS:
        return Subject("section", key, SECTIONS[key])
    if kind not in KINDS or not (key.isascii() and key.isdigit() and len(key) <= 18):
        raise BadRequest("Name a topic, a section or a source")
    model = Topic if kind == "topic" else Source
    found = model.objects.filter(pk=int(key)).first()
    if found is None:
        raise Http404(f"no such {kind}")
    return Subject(kind, found.pk, found.name)


def build_for_you(user: User, before: datetime | None, now: datetime, mutes: Mutes = NO_MUTES) -> ForYouPage:
    """A fixed number of queries, however much is followed or learned. `before`: where the page before ended."""
    follows = follows_of(user)
    learned = interests.interests_of(user.pk, now)
    if learned:
        learned = [one for one in learned if not _is_muted(one.subject, mutes)]
    taste = taste_of(follows, learned or [])
    is_blank = not follows and not learned
    chosen = choose([] if is_blank else waiting_for(user, taste, now, mutes), before or now + timedelta(days=1))
    return ForYouPage(
        cards=_cards(user, chosen.reports, mutes),
        older_cursor=cursor_of(chosen.older_than, 0) if chosen.older_than else "",
        is_first_page=before is None,
        follows_nothing=not follows,
        learned=None if learned is None else [_learned(one.subject) for one in learned],
        sections=[section_followable(slug, False) for slug in SECTIONS_TO_FOLLOW] if is_blank else [],
        topics=[topic_followable(topic, False) for topic in topics_on_offer(now, TOPICS_OFFERED, mutes)]
        if is_blank
        else [],
        titles=popular_titles(now, mutes) if is_blank else [],
    )


def taste_of(follows: Follows, learned: Iterable[Interest]) -> Taste:
    often: dict[str, dict] = {kind: {} for kind in KINDS}
    for interest in learned:
        often[interest.subject.kind][interest.subject.key] = interest.subject.name
    return Taste(
        story_ids=follows.story_ids,
        topics={topic.pk: topic.name for topic in follows.topics},
        sources={source.pk: source.name for source in follows.sources},
        sections={slug: SECTIONS[slug] for slug in follows.sections},
        often_topics=often["topic"],
        often_sources=often["source"],
        often_sections=often["section"],
    )


def waiting_for(user: User, taste: Taste, now: datetime, mutes: Mutes) -> list[Waiting]:
    """The newest reports that answer something, without copies and what is muted. Four queries at most."""
    since = now - WITHIN
    topics = _topics_of({*taste.topics, *taste.often_topics}, since)
    wanted = (
        Q(source__in=[*taste.sources, *taste.often_sources])
        | Q(section__in=[*taste.sections, *taste.often_sections])
        | Q(story__in=taste.story_ids)
        | Q(pk__in=list(topics))
    )
    recent = Article.objects.visible().filter(wanted, published_at__gte=since, is_copy=False)
    rows = list(
        mutes.visible(recent)
        .newest()
        .values_list("pk", "story_id", "source_id", "section", "published_at", "story__title_count")[:MOST_WAITING]
    )
    read = _read_among(user, [row[0] for row in rows])
    return [
        Waiting(candidate, published_at, title_count or 1, reason, candidate.article_id in read)
        for *facts, published_at, title_count in rows
        if (reason := _reason(candidate := Candidate(*facts), topics, taste))
    ]


def _reason(candidate: Candidate, topics: dict[int, set[int]], taste: Taste) -> Reason | None:
    return reason_for(candidate, topics.get(candidate.article_id, ()), taste)


def _topics_of(topic_ids: Collection[int], since: datetime) -> dict[int, set[int]]:
    """article id -> those of the topics that it carries, of the newest articles. No query for none."""
    if not topic_ids:
        return {}
    recent = recently_labelled(topic_ids).filter(article__published_at__gte=since)
    rows = recent.values_list("article_id", "topic_id")[:MOST_WAITING]
    found: defaultdict[int, set[int]] = defaultdict(set)
    for article_id, topic_id in rows:
        found[article_id].add(topic_id)
    return found


def _read_among(user: User, article_ids: Collection[int]) -> set[int]:
    rows = Reading.objects.filter(user=user, article__in=article_ids).values_list("article_id", flat=True)
    return set(rows) if article_ids else set()


def _cards(user: User, reports: Sequence[Waiting], mutes: Mutes) -> list[Card]:
    if not reports:
        return []
    articles = Article.objects.for_cards().in_bulk([one.candidate.article_id for one in reports])
    saved_ids = saved_ids_of(user, list(articles.values()))
    cards = [
        replace(card_of(articles[one.candidate.article_id], saved_ids), why=one.reason.why)
        for one in reports
        if one.candidate.article_id in articles
    ]
    return recounted(cards, mutes)


def _is_muted(subject: Subject, mutes: Mutes) -> bool:
    """What was read before it was muted is no interest any more, and is not named."""
    if subject.kind == "source":
        return subject.key in mutes.source_ids
    return subject.kind == "topic" and mutes.hides_words(subject.name)


def _learned(subject: Subject) -> Learned:
    return Learned(subject.kind, str(subject.key), subject.name)


def popular_titles(now: datetime, mutes: Mutes) -> list[Followable]:
    """Titles to begin with: the weightiest, without those that are muted."""
    rows = Source.objects.filter(is_active=True).exclude(pk__in=mutes.source_ids).order_by("-weight", "name")
    return [source_followable(row.name, row.slug, row.language, False) for row in rows[:TITLES_OFFERED]]
