"""What the front page shows of the news, to visitors and readers alike.

gather() brings light rows, plan.arrange() decides, build_news() loads what was chosen, lay_out() puts it in its places
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from accounts.models import User
from articles.models import Article, Pick
from articles.muting import NO_MUTES, Mutes
from articles.pages import ranks, words
from articles.pages.cards import Card, card_of, pick_card, recounted, saved_ids_of, with_angles
from articles.pages.moment import kept
from articles.pages.picks import live_rows
from articles.pages.plan import ROWS, Block, Candidate, Day, Field, Front, Layout, Plan, Rows, arrange
from articles.pages.reasons import why_followed, why_picked
from articles.pages.rows import ArticleRow, PickRow, rows_by_id
from articles.sections import SECTIONS

RAIL_COUNT = 3
LEAD_ANGLES = 4
CLUSTER_ANGLES = 3
CLUSTER_COUNT = 3


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
    def articles(self) -> list[Article | ArticleRow]:
        """Everything that the page shows."""
        blocks = [card for row in self.rows for block in row for card in block.cards]
        shown = [*self.top, *blocks, *self.picks, *self.top_stories.cards, *self.followed, *self.latest]
        return [card.article for card in shown]

    @property
    def rail(self) -> list[Card]:
        return self.top[1 : 1 + RAIL_COUNT]

    @property
    def below(self) -> list[Card]:
        return self.top[1 + RAIL_COUNT :]


@dataclass(frozen=True, slots=True)
class Choice:
    """What stands on the page, before anything of it is loaded."""

    front: Front
    picks: list[PickRow]

    @property
    def plan(self) -> Plan:
        return self.front.plan

    @property
    def article_ids(self) -> set[int]:
        return {one.article_id for one in [*self.front.candidates, *self.picks]}


def build_news(
    now: datetime,
    user: User | None = None,
    rows: Rows = ROWS,
    source_ids: Collection[int] = (),
    mutes: Mutes = NO_MUTES,
) -> News:
    """`source_ids` are the titles that the reader follows. Eight queries, one or two more for readers, one or two more
    with mutes; one where a title has had its share of the day."""
    choice = choose(now, rows, source_ids, mutes)
    articles = rows_by_id(choice.article_ids)
    saved_ids = saved_ids_of(user, list(articles.values()))
    drawn = recounted([card_of(article, saved_ids) for article in articles.values()], mutes)
    cards = {card.article.pk: card for card in drawn}
    picks = pick_cards(choice.picks, articles, saved_ids)
    return lay_out(choice, cards | _with_angles(choice.plan, cards, mutes), picks, now)


def choose(now: datetime, rows: Rows, source_ids: Collection[int], mutes: Mutes = NO_MUTES) -> Choice:
    picks = live_rows(now, mutes)
    return Choice(front=arrange(gather(now, picks, source_ids, mutes), rows), picks=picks)


def gather(now: datetime, picks: Iterable[PickRow], source_ids: Collection[int] = (), mutes: Mutes = NO_MUTES) -> Field:
    day = kept("day", now, lambda: ranks.day_of(now))
    return Field(
        leading=leading(now, day, mutes),
        newest=ranks.newest(mutes) if mutes else kept("newest", now, ranks.newest),
        picked=[Candidate(one.article_id, one.story_id, one.source_id, one.section) for one in picks],
        day=day,
        followed=ranks.newest_of(source_ids, now, mutes),
    )


def leading(now: datetime, day: Day, mutes: Mutes) -> list[Candidate]:
    """The same for everybody who mutes nothing."""
    if mutes:
        return ranks.with_other_faces(ranks.leading(now, mutes=mutes), day, mutes)
    return kept("leading", now, lambda: ranks.with_other_faces(ranks.leading(now), day))


def _with_angles(plan: Plan, cards: Mapping[int, Card], mutes: Mutes) -> dict[int, Card]:
    """The cards that show other titles' headlines: the lead and the clusters. One query."""
    clusters = [
        one
        for row in plan.rows
        for block in row
        if block.layout is Layout.CLUSTERS
        for one in block.candidates[:CLUSTER_COUNT]
    ]
    wanted = [cards[one.article_id] for one in [*plan.top[:1], *clusters] if one.article_id in cards]
    lead_id = plan.top[0].article_id if plan.top else None
    return {
        card.article.pk: card if card.article.pk == lead_id else replace(card, angles=card.angles[:CLUSTER_ANGLES])
        for card in with_angles(wanted, LEAD_ANGLES, mutes)
    }


def lay_out(choice: Choice, cards: Mapping[int, Card], picks: list[Card], now: datetime) -> News:
    rows = [[_section_block(block, cards, now) for block in row] for row in choice.plan.rows]
    return News(
        top=ranks.reasoned(choice.plan.top, cards, now),
        rows=[blocks for row in rows if (blocks := [block for block in row if block.cards])],
        picks=picks,
        picks_note=words.chosen_by(one.editor_name for one in choice.picks),
        top_stories=ranks.ranks_of(ranks.told(choice.front.top_stories), cards, now),
        followed=[
            ranks.with_reason(card, why_followed(card.article.source.name))
            for card in _found(cards, choice.front.followed)
        ],
        latest=_found(cards, choice.front.latest),
    )


def pick_cards(
    picks: Iterable[PickRow], articles: Mapping[int, ArticleRow], saved_ids: frozenset[int] = frozenset()
) -> list[Card]:
    """`articles` by id; without those that were taken down after they were chosen."""
    found = [(one, articles[one.article_id]) for one in picks if one.article_id in articles]
    return [ranks.with_reason(pick_card(one, row, saved_ids), why_picked(one.editor_name)) for one, row in found]


def editor_of(pick: Pick) -> str:
    """By name; empty where the editor has left or gave none."""
    return pick.editor.name if pick.editor else ""


def _section_block(block: Block, cards: Mapping[int, Card], now: datetime) -> SectionBlock:
    return SectionBlock(
        block.section, SECTIONS[block.section], block.layout.word, ranks.reasoned(block.candidates, cards, now)
    )


def _found(cards: Mapping[int, Card], candidates: Iterable[Candidate]) -> list[Card]:
    """Without those that were taken down after they were chosen."""
    return [cards[one.article_id] for one in candidates if one.article_id in cards]
