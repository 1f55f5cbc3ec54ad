"""What stands below a visitor's article and in place of one that is gone: what members open, what editors chose."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from articles.models import Article
from articles.muting import NO_MUTES, Mutes
from articles.pages import ranks
from articles.pages.cards import Card, card_of, recounted
from articles.pages.news import pick_cards, picks_for
from articles.pages.picks import chosen_by

PICK_COUNT = 4


@dataclass(frozen=True, slots=True)
class Below:
    top_stories: ranks.Ranks
    picks: list[Card]
    picks_note: str


def build_below(now: datetime, mutes: Mutes = NO_MUTES) -> Below:
    """Four queries, however much stands there; one more where a lead was taken down, or with mutes."""
    picks = picks_for(now, mutes, PICK_COUNT)
    return Below(
        top_stories=top_stories_now(now, mutes),
        picks=pick_cards(picks),
        picks_note=chosen_by(picks) if picks else "",
    )


def top_stories_now(now: datetime, mutes: Mutes = NO_MUTES) -> ranks.Ranks:
    """For pages that show nothing else of the front. Three queries."""
    chosen = ranks.top_stories(ranks.leading(now, mutes=mutes), ranks.RANK_COUNT)
    articles = Article.objects.for_cards().in_bulk([one.article_id for one in chosen.candidates])
    cards = recounted([card_of(article) for article in articles.values()], mutes)
    return ranks.ranks_of(chosen, {card.article.pk: card for card in cards}, now)
