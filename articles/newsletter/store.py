"""The briefing's rows: what may stand in an edition, editions kept, who wants letters, deliveries claimed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import astuple, dataclass, field
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from accounts.models import User
from articles.models import Article, ArticleQuerySet, Delivery, Edition, Follow, LetterChoice
from articles.muting import Mutes
from articles.newsletter.choose import Offered, OnTopic, Picked, Place
from articles.newsletter.when import SENT_WITHIN, Slot
from articles.pages import ranks
from articles.pages.news import editor_of
from articles.pages.picks import live_picks
from articles.pages.plan import Candidate
from articles.pages.reasons import why_picked
from articles.topics.store import recently_labelled

RECENT = timedelta(hours=48)
NEWEST_COUNT = 120
NEWEST_OF_TITLES = 20
NEWEST_OF_FOLLOWED = 400  # reports in followed stories, reports on followed topics
PICKS_KNOWN = 8
KEEP = timedelta(days=14)
FIRST_HOUR = timedelta(hours=1)
LEASE = timedelta(minutes=2)
FORGOTTEN_TOGETHER = 5000


# What may stand in an edition


def offered(now: datetime, mutes: Mutes) -> Offered:
    """Four queries, one more where a story's lead is not to be seen."""
    recent = Article.objects.visible().filter(published_at__gte=now - RECENT)
    picks = live_picks(now, PICKS_KNOWN, mutes)
    return Offered(
        leading=ranks.leading(now, mutes=mutes),
        newest=_candidates(mutes.visible(recent.filter(is_copy=False)), NEWEST_COUNT),
        picks=[
            Picked(
                ranks.candidate_of(pick.article),
                pick.note,
                pick.headline_override,
                why_picked(editor_of(pick)),
            )
            for pick in picks
        ],
    )


def newest_of(source_ids: Collection[int], mutes: Mutes, now: datetime) -> list[Candidate]:
    """Of these titles; no query for none."""
    if not source_ids:
        return []
    recent = Article.objects.visible().filter(published_at__gte=now - RECENT, source__in=source_ids, is_copy=False)
    return _candidates(mutes.visible(recent), NEWEST_OF_TITLES)


def news_in(story_ids: Collection[int], since: datetime, mutes: Mutes, now: datetime) -> list[Candidate]:
    """What these stories have brought since then, newest first; no query for none.

    By when it came to us: a report that a title dated an hour back is news all the same.
    """
    if not story_ids:
        return []
    recent = Article.objects.visible().filter(published_at__gte=now - RECENT, is_copy=False)
    news = recent.filter(story__in=story_ids, first_seen_at__gt=since)
    return _candidates(mutes.visible(news), NEWEST_OF_FOLLOWED)


def newest_on(topics: Mapping[int, str], mutes: Mutes, now: datetime) -> list[OnTopic]:
    """Reports on these topics (number -> name), those of the best ranked stories first; no query for none."""
    if not topics:
        return []
    recent = Article.objects.visible().filter(pk=OuterRef("article"), published_at__gte=now - RECENT, is_copy=False)
    rows = (
        recently_labelled(topics)
        .filter(Exists(mutes.visible(recent)))
        .values_list(
            *("article__story__score", "topic", "article", "article__story", "article__source", "article__section")
        )
    )
    best = sorted(rows[:NEWEST_OF_FOLLOWED], key=lambda row: -(row[0] or 0.0))
    return [OnTopic(Candidate(*facts), topics[topic_id]) for _, topic_id, *facts in best]


def _candidates(articles: ArticleQuerySet, most: int) -> list[Candidate]:
    rows = articles.newest().values_list("pk", "story_id", "source_id", "section")[:most]
    return [Candidate(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class Follows:
    """One reader's."""

    sections: set[str] = field(default_factory=set)
    source_ids: set[int] = field(default_factory=set)
    topics: dict[int, str] = field(default_factory=dict)  # number -> name
    story_ids: set[int] = field(default_factory=set)


def follows_of(user_ids: Collection[int]) -> defaultdict[int, Follows]:
    """One query, none for nobody."""
    found: defaultdict[int, Follows] = defaultdict(Follows)
    rows = Follow.objects.filter(user__in=user_ids) if user_ids else Follow.objects.none()
    for user_id, section, source_id, topic_id, topic_name, story_id in rows.values_list(
        "user_id", "section", "source_id", "topic_id", "topic__name", "report__story_id"
    ):
        mine = found[user_id]
        if section:
            mine.sections.add(section)
        elif source_id:
            mine.source_ids.add(source_id)
        elif topic_id:
            mine.topics[topic_id] = topic_name
        elif story_id:
            mine.story_ids.add(story_id)
    return found


# Editions


def has_just_begun(now: datetime) -> bool:
    """Whether the site's first article came in within the hour."""
    first_at = Article.objects.order_by("pk").values_list("first_seen_at", flat=True).first()
    return first_at is None or first_at > now - FIRST_HOUR


def editions_in(slots: Collection[Slot], user_ids: Collection[int | None]) -> dict[tuple[int | None, Slot], Edition]:
    """The kept editions of these readers (None: everybody's) in these slots. One query."""
    by_slot = {(slot.day, slot.part): slot for slot in slots}
    wanted = Q()
    for day, part in by_slot:
        wanted |= Q(day=day, part=part)
    whose = Q(user__in=[user_id for user_id in user_ids if user_id is not None])
    if None in user_ids:
        whose |= Q(user=None)
    rows = Edition.objects.filter(wanted, whose)
    return {(row.user_id, by_slot[row.day, row.part]): row for row in rows}


def edition_row(user_id: int | None, slot: Slot, places: Iterable[Place], now: datetime) -> Edition:
    """Not kept yet."""
    return Edition(
        user_id=user_id,
        day=slot.day,
        part=slot.part,
        due_at=slot.due_at,
        made_at=now,
        places=[list(astuple(place)) for place in places],
    )


def places_of(edition: Edition) -> list[Place]:
    return [Place(*row) for row in edition.places]


def keep(rows: Collection[Edition]) -> None:
    """Where another process kept one first, its stands."""
    Edition.objects.bulk_create(rows, ignore_conflicts=True)


def make_anew(kept: Edition, row: Edition) -> None:
    """Of the same day and part, which has come again elsewhere. Where another process was first, its stands."""
    same = Edition.objects.filter(pk=kept.pk, due_at=kept.due_at)
    same.update(due_at=row.due_at, made_at=row.made_at, places=row.places)


def past_editions(user: User | None, since: datetime, until: datetime) -> list[tuple]:
    """(day, part), newest first: the reader's own and everybody's. One query."""
    rows = Edition.objects.filter(Q(user=None) | Q(user=user), due_at__gte=since, due_at__lt=until)
    return sorted(set(rows.values_list("day", "part")), key=lambda row: (row[0], row[1] == "evening"), reverse=True)


def forget_editions(now: datetime) -> int:
    """Deliveries go with them. How many rows; some thousands at a time, so that it fits in memory."""
    old, count = Edition.objects.filter(due_at__lt=now - KEEP), 0
    while chunk := list(old.values_list("pk", flat=True)[:FORGOTTEN_TOGETHER]):
        count += Edition.objects.filter(pk__in=chunk).delete()[0]
    return count


# Letters


def wanting() -> QuerySet[LetterChoice]:
    """Choices of readers whom a letter may be sent to: asked for, not stopped, to an address that is proven."""
    proven = EmailAddress.objects.filter(user=OuterRef("user_id"), verified=True, email__iexact=OuterRef("user__email"))
    asked = LetterChoice.objects.filter(Q(morning=True) | Q(evening=True), stopped_at=None, user__is_active=True)
    return asked.filter(Exists(proven))


def zones_wanting() -> list[str]:
    """The time zones of those who asked for letters; "" is the site's."""
    rows = LetterChoice.objects.filter(Q(morning=True) | Q(evening=True), stopped_at=None)
    return list(rows.order_by().values_list("user__time_zone", flat=True).distinct())


def due_readers(zones: Collection[str], slot: Slot, most: int) -> list[User]:
    """Of these zones, who asked for this edition before it was due and has no delivery of it yet."""
    delivered = Delivery.objects.filter(user=OuterRef("user_id"), edition__day=slot.day, edition__part=slot.part)
    rows = wanting().filter(**{slot.part: True}, user__time_zone__in=zones, asked_at__lte=slot.due_at)
    rows = rows.exclude(Exists(delivered)).order_by("user_id").values_list("user_id", flat=True)
    return list(User.objects.filter(pk__in=list(rows[:most])).order_by("pk"))


def want_deliveries(editions: Iterable[Edition], now: datetime) -> None:
    rows = [Delivery(edition=edition, user_id=edition.user_id, try_at=now) for edition in editions]
    Delivery.objects.bulk_create(rows, ignore_conflicts=True)


def waiting(now: datetime) -> QuerySet[Delivery]:
    """Those that a worker may take now, whose edition is still of its time."""
    return _free(now).filter(try_at__lte=now, edition__due_at__gt=now - SENT_WITHIN)


def _free(now: datetime) -> QuerySet[Delivery]:
    is_free = Q(lease_until=None) | Q(lease_until__lte=now)
    return Delivery.objects.filter(is_free, handed_at=None, sent_at=None, dropped_at=None)


def handed_since(then: datetime) -> int:
    return Delivery.objects.filter(handed_at__gt=then).count()


def claim(pk: int, now: datetime) -> Delivery | None:
    """The delivery, ours until its lease ends, with its reader as of this moment; None where another was first."""
    lease_until = now + LEASE
    # By columns of the row itself: PostgreSQL looks at those again when it has waited for another's claim.
    if _free(now).filter(pk=pk).update(lease_until=lease_until) != 1:
        return None
    found = Delivery.objects.select_related("edition", "user__membership", "user__letter_choice")
    proven = EmailAddress.objects.filter(user=OuterRef("user_id"), verified=True, email__iexact=OuterRef("user__email"))
    row = found.annotate(is_proven=Exists(proven)).filter(pk=pk, lease_until=lease_until).first()
    if row is not None:
        row.user.has_verified_address = row.is_proven
    return row


def mark_handed(row: Delivery, now: datetime) -> bool:
    """From here on it is nobody else's. False where our lease ended and another took it."""
    mine = Delivery.objects.filter(pk=row.pk, lease_until=row.lease_until, handed_at=None, dropped_at=None)
    return mine.update(handed_at=now) == 1


def mark_sent(row: Delivery, now: datetime) -> None:
    Delivery.objects.filter(pk=row.pk).update(sent_at=now)


def drop(row: Delivery, now: datetime) -> None:
    Delivery.objects.filter(pk=row.pk).update(dropped_at=now)


def defer(row: Delivery, try_at: datetime) -> None:
    Delivery.objects.filter(pk=row.pk).update(
        attempts=F("attempts") + 1, lease_until=None, handed_at=None, try_at=try_at
    )
