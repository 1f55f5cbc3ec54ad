"""A front page of the past in its order, each place with its reason: made again by the rules of then.

keep_front()  every quarter of an hour: what the visitors' page is made of now
build_past_front()  the page that shows one
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from django.db import transaction
from django.urls import reverse

from articles.models import Article, FrontSnapshot, Pick, Showing, Story, TopChoice
from articles.muting import NO_MUTES, Mutes
from articles.pages import reasons
from articles.pages.cards import article_url
from articles.pages.inputs import REPLAYS, Inputs, by_rank, inputs_of, packed, unpacked
from articles.pages.news import editor_of, gather
from articles.pages.picks import live_rows
from articles.pages.plan import ROWS, Candidate, Front, arrange
from articles.pages.showings import quarter_of
from articles.sections import SECTIONS
from articles.stories import rank
from billing.batches import forget

logger = logging.getLogger(__name__)

# A year back and a month over it: who compares this December with the last finds both.
FRONTS_KEPT = timedelta(days=396)
SHOWINGS_KEPT = timedelta(hours=24)  # they tell what a person saw; ranking looks back three hours
CHOICES_KEPT = timedelta(hours=48)  # a day counts
AT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?Z?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Place:
    """What stood somewhere. Without an address where it may not be shown any more: then `headline` says why."""

    headline: str
    why: str
    source_name: str = ""
    url: str = ""
    language: str = "en"
    is_rtl: bool = False
    rank: int = 0  # among all that were ranked; 0 where it had no rank


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the page: Top News, a section, Our Picks."""

    name: str
    places: list[Place]


@dataclass(frozen=True, slots=True)
class PastFront:
    at: datetime
    taken_at: datetime
    version: int
    parts: list[Part]
    ranked_count: int


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The front pages kept before and after an instant."""

    earlier_at: datetime | None
    later_at: datetime | None

    @property
    def earlier_url(self) -> str:
        return url_at(self.earlier_at) if self.earlier_at else ""

    @property
    def later_url(self) -> str:
        return url_at(self.later_at) if self.later_at else ""


def keep_front(now: datetime) -> None:
    """What the front page is made of, once in a quarter of an hour, with the scores of this moment."""
    # Late: numpy comes along, and the page that shows what was kept goes without.
    from articles.stories.run import score_stories
    from articles.stories.store import strengths_of

    at = quarter_of(now)
    if FrontSnapshot.objects.filter(at=at).exists():
        return
    score_stories(now)
    picks = live_rows(now)
    field = gather(now, picks)
    strengths = strengths_of(Story.objects.filter(pk__in={one.event for one in field.leading}), now)
    inputs = packed(inputs_of(field, [pick.pk for pick in picks], strengths))
    row = FrontSnapshot(at=at, taken_at=now, version=rank.VERSION, inputs=inputs)
    with transaction.atomic():
        FrontSnapshot.objects.bulk_create([row], ignore_conflicts=True)
        note_choices(arrange(field, ROWS).plan.top, now)
    logger.info("front page kept at=%s bytes=%d", at.isoformat(), len(inputs))


def note_choices(top: Iterable[Candidate], now: datetime) -> None:
    """These articles stand in Top News."""
    rows = [TopChoice(article_id=one.article_id, source_id=one.source_id, first_at=now, last_at=now) for one in top]
    TopChoice.objects.bulk_create(rows, update_conflicts=True, unique_fields=["article"], update_fields=["last_at"])


def forget_old(now: datetime) -> int:
    """Safe to run twice; how many rows went."""
    return (
        FrontSnapshot.objects.filter(at__lt=now - FRONTS_KEPT).delete()[0]
        + forget(Showing.objects.filter(quarter_at__lt=now - SHOWINGS_KEPT).order_by("quarter_at"))
        + TopChoice.objects.filter(last_at__lt=now - CHOICES_KEPT).delete()[0]
    )


def parse_at(text: str, zone: tzinfo) -> datetime | None:
    """ "2026-11-27T09:15" as the clock in `zone` says it, with "Z" by universal time; None for anything else."""
    if not AT.fullmatch(text):
        return None
    try:
        at = datetime.fromisoformat(text)
        at = (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return at if 1 < at.year < 9999 else None  # at the ends of the calendar some zone has no such time


def url_at(at: datetime) -> str:
    """The same for everybody who follows it, whatever their clocks say, and on the night when an hour comes twice."""
    return f"{reverse('how_we_choose')}?at={at.astimezone(UTC):%Y-%m-%dT%H:%MZ}"


def neighbours(at: datetime) -> Neighbours:
    """Two queries."""
    snapshots = FrontSnapshot.objects.values_list("at", flat=True)
    return Neighbours(snapshots.before(at).first(), snapshots.after(at).first())


def build_past_front(snapshot: FrontSnapshot, mutes: Mutes = NO_MUTES) -> PastFront | None:
    """Two queries; None where it was made by rules that are not kept."""
    if snapshot.version not in REPLAYS:
        return None
    inputs = unpacked(bytes(snapshot.inputs))
    front = REPLAYS[snapshot.version](inputs)
    drawing = Drawing(inputs, front, mutes, snapshot.taken_at)
    parts = [
        drawing.part("Top News", front.plan.top),
        Part("Our Picks", drawing.picks()),
        *(drawing.part(SECTIONS[block.section], block.candidates) for row in front.plan.rows for block in row),
        Part("Top stories right now", [drawing.top_story(one) for one in front.top_stories]),
        drawing.part("Latest", front.latest),
    ]
    return PastFront(
        at=snapshot.at,
        taken_at=snapshot.taken_at,
        version=snapshot.version,
        parts=[part for part in parts if part.places],
        ranked_count=len(inputs.ranked),
    )


class Drawing:
    """Numbers of articles become places. What was taken down, or is muted, has no headline any more."""

    def __init__(self, inputs: Inputs, front: Front, mutes: Mutes, taken_at: datetime) -> None:
        self.inputs, self.mutes, self.taken_at = inputs, mutes, taken_at
        self.ranks = {one.article_id: number for number, one in enumerate(by_rank(inputs.ranked), 1)}
        shown = {one.article_id for one in front.candidates} | {one.article_id for one, _ in inputs.picked}
        self.articles: Mapping[int, Article] = Article.objects.visible().select_related("source").in_bulk(shown)

    def part(self, name: str, candidates: Iterable[Candidate]) -> Part:
        return Part(name, [self.place(one) for one in candidates])

    def place(self, one: Candidate) -> Place:
        return self._place(one, reasons.why_ranked(one, self._told(one), self.taken_at))

    def top_story(self, one: Candidate) -> Place:
        return self._place(one, reasons.why_in_top_stories(one, self._told(one), self.taken_at))

    def picks(self) -> list[Place]:
        picks = Pick.objects.select_related("editor").in_bulk([pick_id for _, pick_id in self.inputs.picked])
        editors = {pk: editor_of(pick) for pk, pick in picks.items()}
        return [self._place(one, reasons.why_picked(editors.get(pick_id, ""))) for one, pick_id in self.inputs.picked]

    def _told(self, one: Candidate) -> reasons.Told:
        """Titles are counted as they were then: that a report is a copy may have come out since."""
        article = self.articles.get(one.article_id)
        name = article.source.name if article else "one title"
        return reasons.Told(name, max(0, one.coverage.title_count - 1) if one.coverage else 0)

    def _place(self, one: Candidate, why: str) -> Place:
        article, number = self.articles.get(one.article_id), self.ranks.get(one.article_id, 0)
        if article is None:
            return Place("Taken down since", why, rank=number)
        if self.mutes.hides(article):
            return Place("Something that you mute", "", rank=number)
        return Place(
            headline=article.headline,
            why=why,
            source_name=article.source.name,
            url=article_url(article.pk, article.headline),
            language=article.language,
            is_rtl=article.is_rtl,
            rank=number,
        )
