"""What stands below a visitor's article and in place of one that is gone: what members open, what editors chose."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from articles.models import Article
from articles.pages import ranks
from articles.pages.cards import Card, card_of, pick_card
from articles.pages.picks import chosen_by, live_picks

PICK_COUNT = 4


@dataclass(frozen=True, slots=True)
class Below:
    top_stories: ranks.Ranks
    picks: list[Card]
    picks_note: str


def build_below(now: datetime) -> Below:
    """Five queries, however much stands there; one more where a story's lead was taken down."""
    picks = live_picks(now, PICK_COUNT)
    return Below(
        top_stories=top_stories_now(now),
        picks=[pick_card(pick) for pick in picks],
        picks_note=chosen_by(picks) if picks else "",
    )


def top_stories_now(now: datetime) -> ranks.Ranks:
    """For pages that show nothing else of the front. Four queries."""
    chosen = ranks.top_stories(ranks.leading(now), now, ranks.RANK_COUNT)
    articles = Article.objects.for_cards().in_bulk([one.article_id for one in chosen.candidates])
    return ranks.ranks_of(chosen, {pk: card_of(article) for pk, article in articles.items()})
