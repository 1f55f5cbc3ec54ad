"""What the front page shows of the news, to visitors and readers alike.

choose() decides with light rows, build_news() loads what was chosen, lay_out() puts it in its places
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from accounts.models import User
from articles.models import Article, Pick
from articles.pages import ranks
from articles.pages.cards import Card, card_of, pick_card, saved_ids_of, with_angles
from articles.pages.picks import PICK_COUNT, chosen_by, live_picks
from articles.pages.plan import Block, Candidate, Layout, Plan, Rows, each_event_once, event_of, plan_front, spread
from articles.sections import SECTIONS

RAIL_COUNT = 3
LATEST_COUNT = 8
FOLLOWED_COUNT = 4
LEAD_ANGLES = 4
CLUSTER_ANGLES = 3
CLUSTER_COUNT = 3
# No row is laid out like its neighbour; two sections in one row stand side by side.
ROWS: Rows = (
    (("world", Layout.CLUSTERS),),
    (("business", Layout.SPLIT),),
    (("opinion", Layout.COLUMNS),),
    (("technology", Layout.HALF), ("science", Layout.HALF)),
    (("climate", Layout.CLUSTERS),),
    (("health", Layout.COLUMNS),),
    (("culture", Layout.FEATURE),),
    (("sport", Layout.COLUMNS),),
    (("politics", Layout.SPLIT),),
)


@dataclass(frozen=True, slots=True)
class SectionBlock:
    slug: str
    name: str
    layout: str
    cards: list[Card]

    @property
    def more(self) -> str:
        return f"More {self.name}"

    @property
    def is_opinion(self) -> bool:
        return self.slug == "opinion"

    @property
    def lead(self) -> Card:
        return self.cards[0]

    @property
    def rest(self) -> list[Card]:
        return self.cards[1:]

    @property
    def clusters(self) -> list[Card]:
        return self.cards[:CLUSTER_COUNT]

    @property
    def after_clusters(self) -> list[Card]:
        return self.cards[CLUSTER_COUNT:]


@dataclass(frozen=True, slots=True)
class News:
    """`top` is the lead and the six after it; a row is one block or two side by side."""

    top: list[Card]
    rows: list[list[SectionBlock]]
    picks: list[Card]
    picks_note: str
    top_stories: ranks.Ranks
    followed: list[Card]
    latest: list[Card]

    @property
    def is_empty(self) -> bool:
        return not (self.top or self.picks)

    @property
    def rail(self) -> list[Card]:
        return self.top[1 : 1 + RAIL_COUNT]

    @property
    def below(self) -> list[Card]:
        return self.top[1 + RAIL_COUNT :]


@dataclass(frozen=True, slots=True)
class Choice:
    """What stands on the page, before anything of it is loaded but the picks."""

    plan: Plan
    picks: list[Pick]
    top_stories: ranks.TopStories
    followed: list[Candidate]
    latest: list[Candidate]

    @property
    def article_ids(self) -> set[int]:
        chosen = [*self.plan.candidates, *self.top_stories.candidates, *self.followed, *self.latest]
        return {one.article_id for one in chosen}


def build_news(now: datetime, user: User | None = None, rows: Rows = ROWS, source_ids: Collection[int] = ()) -> News:
    """`source_ids` are the titles that the reader follows. Eight queries, one or two more for readers."""
    choice = choose(now, rows, source_ids)
    articles = Article.objects.for_cards().in_bulk(choice.article_ids)
    saved_ids = saved_ids_of(user, [*articles.values(), *(pick.article for pick in choice.picks)])
    cards = {pk: card_of(article, saved_ids) for pk, article in articles.items()}
    return lay_out(choice, cards | _with_angles(choice.plan, cards), saved_ids)


def choose(now: datetime, rows: Rows, source_ids: Collection[int]) -> Choice:
    leading, newest = ranks.leading(now), ranks.newest()
    picks = live_picks(now, PICK_COUNT)
    # An editor's choice claims its event first: nobody misses a rank, everybody a pick that does not appear.
    picked = {event_of(pick.article_id, pick.article.story_id) for pick in picks}
    plan = plan_front(leading, newest, picked, rows)
    above = picked | {one.event for one in plan.candidates}
    followed = list(spread(each_event_once(ranks.newest_of(source_ids), above), FOLLOWED_COUNT, is_strict=False))
    shown = {pick.article_id for pick in picks} | {one.article_id for one in [*plan.candidates, *followed]}
    late = each_event_once(one for one in newest if one.article_id not in shown)
    return Choice(
        plan=plan,
        picks=picks,
        top_stories=ranks.top_stories(leading, now, ranks.RANK_COUNT),
        followed=followed,
        latest=list(spread(late, LATEST_COUNT, is_strict=False)),
    )


def _with_angles(plan: Plan, cards: Mapping[int, Card]) -> dict[int, Card]:
    """The cards that show other titles' headlines: the lead and the clusters. One query."""
    clusters = [
        one
        for row in plan.rows
        for block in row
        if block.layout is Layout.CLUSTERS
        for one in block.candidates[:CLUSTER_COUNT]
    ]
    wanted = _found(cards, [*plan.top[:1], *clusters])
    lead_id = plan.top[0].article_id if plan.top else None
    return {
        card.article.pk: card if card.article.pk == lead_id else replace(card, angles=card.angles[:CLUSTER_ANGLES])
        for card in with_angles(wanted, LEAD_ANGLES)
    }


def lay_out(choice: Choice, cards: Mapping[int, Card], saved_ids: frozenset[int]) -> News:
    rows = [[_section_block(block, cards) for block in row] for row in choice.plan.rows]
    return News(
        top=_found(cards, choice.plan.top),
        rows=[blocks for row in rows if (blocks := [block for block in row if block.cards])],
        picks=[pick_card(pick, saved_ids) for pick in choice.picks],
        picks_note=chosen_by(choice.picks),
        top_stories=ranks.ranks_of(choice.top_stories, cards),
        followed=_found(cards, choice.followed),
        latest=_found(cards, choice.latest),
    )


def _section_block(block: Block, cards: Mapping[int, Card]) -> SectionBlock:
    return SectionBlock(block.section, SECTIONS[block.section], block.layout.word, _found(cards, block.candidates))


def _found(cards: Mapping[int, Card], candidates: Iterable[Candidate]) -> list[Card]:
    """Without those that were taken down after they were chosen."""
    return [cards[one.article_id] for one in candidates if one.article_id in cards]
