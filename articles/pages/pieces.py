"""Cards as rendered pieces, kept in this process: drawing sixty of them costs more than all else on a front page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from operator import attrgetter

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString

from articles.models import Article
from articles.pages import words
from articles.pages.cards import Card
from articles.quick.holes import is_leaving_holes

MOST_KEPT = 3000  # some two kilobytes each
# Everything that a template could draw: a field added tomorrow is part of the key by itself.
CARD_VALUES = attrgetter(*[field.name for field in fields(Card) if field.name != "article"])
ARTICLE_VALUES = attrgetter(
    *[field.attname for field in Article._meta.concrete_fields if field.name not in {"opening_html", "categories"}]
)

_kept: dict[tuple, SafeString] = {}


def story_piece(card: Card, options: Mapping[str, str | bool]) -> SafeString:
    """components/story.html for this card; `options` are the template's own: words and flags."""
    if is_leaving_holes():
        card = replace(card, is_saved=False, is_read=False)  # both are holes then, and the piece is everybody's
    key = _key(card, options)
    piece = _kept.get(key)
    if piece is None:
        piece = render_to_string("components/story.html", {"card": card, **options})
        _keep(key, piece)
    return piece


def _key(card: Card, options: Mapping[str, str | bool]) -> tuple:
    """All that the piece depends on, the clock and the reader's zone included. No dependency, no invalidation."""
    article, zone = card.article, timezone.get_current_timezone()
    return (
        *CARD_VALUES(card),
        *ARTICLE_VALUES(article),
        article.source.name,
        article.source.slug,
        words.age(article.published_at, timezone.now(), zone),
        str(zone),
        is_leaving_holes(),
        *options.items(),
    )


def _keep(key: tuple, piece: SafeString) -> None:
    """Everything goes when it is full: the pages of the next minute bring back what they need."""
    if settings.DEBUG:
        return  # an edited template shows at once
    if len(_kept) >= MOST_KEPT:
        _kept.clear()
    _kept[key] = piece
