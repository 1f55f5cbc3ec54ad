"""{% load cards %}: a card and its parts, drawn in Python (articles/pages/drawing.py says why).

{% stories cards heading="h3" can_save=reader %} {% story card heading="h3" %} {% rank card %} {% source_line card %}
{% coverage count url label %} {% angles card.angles %} {% picture card is_large=True %}

Words are taken as they are, of everything else whether there is any.
"""

from django import template

from articles.pages import drawing

register = template.Library()

for part in ("stories", "story", "rank", "source_line", "coverage", "angles", "picture"):
    register.simple_tag(getattr(drawing, part))
