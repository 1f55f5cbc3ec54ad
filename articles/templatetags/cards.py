"""{% load cards %}: a story's card, drawn once and kept."""

from django import template
from django.utils.safestring import SafeString

from articles.pages.cards import Card
from articles.pages.pieces import story_piece

register = template.Library()


@register.simple_tag
def story(card: Card, **options: object) -> SafeString:
    """components/story.html with its own options: {% story card heading="h3" can_save=reader %}.

    Words are taken as they are, of everything else only whether there is any.
    """
    return story_piece(
        card, {name: value if isinstance(value, str) else True for name, value in options.items() if value}
    )
