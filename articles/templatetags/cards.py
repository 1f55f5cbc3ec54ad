"""{% load cards %}: a card, its parts and sections of cards, drawn in Python (articles/pages/drawing.py says why).

{% stories cards heading="h3" can_save=reader %} {% story card heading="h3" %} {% rank card %} {% source_line card %}
{% coverage count url label %} {% angles card.angles %} {% picture card is_large=True %}
{% card_row cards can_save=True %} {% section_rows rows can_save=True %} {% section_head title id="latest" note=note %}

Words are taken as they are, of everything else whether there is any.
"""

from django import template

from articles.pages import blocks, drawing

register = template.Library()

for part in ("stories", "story", "rank", "source_line", "coverage", "angles", "picture"):
    register.simple_tag(getattr(drawing, part))
for part in ("section_rows", "section_head", "card_row"):
    register.simple_tag(getattr(blocks, part))
