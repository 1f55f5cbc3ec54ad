"""What stands below a visitor's article and in place of one that is gone: what members open, what editors chose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from articles.muting import NO_MUTES, Mutes
from articles.pages import ranks, words
from articles.pages.cards import Card, cards_of, recounted
from articles.pages.news import pick_cards
from articles.pages.picks import live_rows
from articles.pages.rows import ArticleRow, rows_by_id


@dataclass(frozen=True, slots=True)
class Below:
    top_stories: ranks.Ranks
    picks: list[Card]
    picks_note: str


def build_below(now: datetime, mutes: Mutes = NO_MUTES) -> Below:
    """Four queries, however much stands there; one more where a lead was taken down, or with mutes."""
    picks, chosen = live_rows(now, mutes), _chosen(now, mutes)
    articles = rows_by_id(one.article_id for one in [*picks, *chosen.candidates])
    return Below(
        top_stories=_ranks(chosen, articles, now, mutes),
        picks=pick_cards(picks, articles),
        picks_note=words.chosen_by(one.editor_name for one in picks) if picks else "",
    )


def top_stories_now(now: datetime, mutes: Mutes = NO_MUTES) -> ranks.Ranks:
    """For pages that show nothing else of the front. Three queries."""
    chosen = _chosen(now, mutes)
    return _ranks(chosen, rows_by_id(one.article_id for one in chosen.candidates), now, mutes)


def _chosen(now: datetime, mutes: Mutes) -> ranks.TopStories:
    return ranks.top_stories(ranks.leading(now, mutes=mutes), ranks.RANK_COUNT)


def _ranks(chosen: ranks.TopStories, articles: Mapping[int, ArticleRow], now: datetime, mutes: Mutes) -> ranks.Ranks:
    cards = {card.article.pk: card for card in recounted(cards_of(articles.values()), mutes)}
    return ranks.ranks_of(chosen, cards, now)
