"""The kept edition, or a new one, and its stories as cards. What is the same for every reader is looked up once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from functools import cached_property
from zoneinfo import ZoneInfo

from django.conf import settings

from accounts.models import User
from articles.models import Article, Edition
from articles.muting import NO_MUTES, Mutes
from articles.newsletter import store
from articles.newsletter.choose import FEWEST, PICK, Place, Taste, choose, why
from articles.newsletter.store import Follows
from articles.newsletter.when import Slot, current_slot, is_elsewhere, slot_before
from articles.pages.cards import Card, card_of, recounted


def site_zone() -> tzinfo:
    return ZoneInfo(settings.TIME_ZONE)


def zone_of(user: User | None) -> tzinfo:
    return user.zone if user else site_zone()


@dataclass(frozen=True, slots=True)
class Before:
    """The edition before the one that is made."""

    made_at: datetime  # when it was due, where nobody made it
    events: frozenset[int] = frozenset()


class Maker:
    """Makes editions at one moment, for one reader or for thousands."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.articles: dict[int, Article] = {}

    @cached_property
    def for_everybody(self) -> store.Offered:
        return store.offered(self.now, NO_MUTES)

    def load(self, article_ids: Iterable[int]) -> None:
        """Those that are to be seen, each once. One query, none where all are known."""
        missing = set(article_ids) - self.articles.keys()
        if missing:
            self.articles |= Article.objects.for_cards().in_bulk(missing)

    def places(self, follows: Follows, mutes: Mutes, before: Before) -> list[Place]:
        """For one reader. At most three queries more for one who follows, however much."""
        offered = store.offered(self.now, mutes) if mutes else self.for_everybody
        taste = Taste(
            sections=frozenset(follows.sections),
            newest=store.newest_of(follows.source_ids, mutes, self.now),
            topics=store.newest_on(follows.topics, mutes, self.now),
            news=store.news_in(follows.story_ids, before.made_at, mutes, self.now),
        )
        places = choose(offered, taste, before.events)
        self.load(place.article_id for place in places)
        return [place for place in places if self._is_there(place, mutes)]

    def _is_there(self, place: Place, mutes: Mutes) -> bool:
        article = self.articles.get(place.article_id)
        return article is not None and not mutes.hides(article)


def open_edition(user: User | None, slot: Slot, mutes: Mutes, now: datetime) -> Edition:
    """The kept edition of the reader (None: everybody's), or one made now. One query where it is kept.

    A new one is kept where it is full enough, and not in a site's first hour: nobody freezes what came in first. For a
    reader who has moved far the same evening comes twice: the second time it is made anew, without what the first had.
    """
    user_id = user.pk if user else None
    previous = slot_before(slot, zone_of(user))
    found = store.editions_in([slot, previous], [user_id])
    kept, before = found.get((user_id, slot)), found.get((user_id, previous))
    elsewhere = kept if kept and is_elsewhere(slot, kept.due_at) else None
    if kept and kept.places and not elsewhere:
        return kept
    follows = store.follows_of([user.pk])[user.pk] if user else Follows()
    places = Maker(now).places(follows, mutes, before_of(elsewhere or before, previous))
    row = store.edition_row(user_id, slot, places, now)
    # One that is kept and empty was to be a letter, when there was no news.
    if (kept and not elsewhere) or len(places) < FEWEST or store.has_just_begun(now):
        return row
    if elsewhere:
        store.make_anew(elsewhere, row)
    else:
        store.keep([row])
    # Where another process kept one first, everybody sees that one.
    return store.editions_in([slot], [user_id])[user_id, slot]


def past_edition(user: User | None, slot: Slot) -> Edition | None:
    """The reader's own, else everybody's of that day."""
    user_id = user.pk if user else None
    found = store.editions_in([slot], {user_id, None})
    return found.get((user_id, slot)) or found.get((None, slot))


def before_of(edition: Edition | None, slot: Slot) -> Before:
    """`edition` is the kept one of that slot, None where there is none."""
    if edition is None:
        return Before(slot.due_at)
    return Before(edition.made_at, frozenset(place.event for place in store.places_of(edition)))


def make_everybodys(now: datetime) -> None:
    """Everybody's edition, when it is due and not when its first reader comes."""
    open_edition(None, current_slot(now, site_zone()), NO_MUTES, now)


def cards_in(
    places: Sequence[Place], articles: Mapping[int, Article], mutes: Mutes, saved_ids: frozenset[int] = frozenset()
) -> list[tuple[Place, Card]]:
    """In order, without what was withdrawn or muted since. No query; one with mutes."""
    found = [
        (place, article)
        for place in places
        if (article := articles.get(place.article_id)) is not None and not _is_muted(place, article, mutes)
    ]
    cards = recounted([card_of(article, saved_ids) for _, article in found], mutes)
    return [(place, _told(place, card)) for (place, _), card in zip(found, cards, strict=True)]


def _is_muted(place: Place, article: Article, mutes: Mutes) -> bool:
    """By the article's words and by an editor's own, which it stands with."""
    return mutes.hides(article) or mutes.hides_words(place.headline, place.note)


def _told(place: Place, card: Card) -> Card:
    # A copy is not among the titles that its story counts.
    titles = card.also_count + (0 if card.article.is_copy else 1)
    card = replace(card, why=why(place, titles, card.article.source.name))
    if place.kind != PICK:
        return card
    return replace(card, headline=place.headline or card.headline, note=place.note, dek="", is_thin=True)


def minutes_of(cards: Iterable[Card]) -> int:
    """To read them all; of a teaser a minute."""
    return sum(max(1, card.article.reading_minutes) for card in cards)
