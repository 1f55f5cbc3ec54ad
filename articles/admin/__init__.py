"""The editors' desk, in Django's admin. The site itself, its name and its autocomplete: newssite/admin.py.

first.py     the first page
picks.py     Our Picks: find, say why, date, order, see the strip as readers will
  pick_form.py   the form and what it refuses
  order.py       places in the list, a new order from a request, its log
  desk.py        what stands on the desk, strips at instants to come, reordering (database)
  states.py      a pick's state and places in words (pure)
articles.py  find an article, pick it, take it down, open it
  article_list.py filters, and a paginator that never counts the archive
sources.py   titles and feeds: what publishers allow, health, fetch now
  permission.py  a change of permission, foreseen and made
  feed_health.py feeds by their health
stories.py   stories as they are grouped, to look at
tools.py     actions on a row's own page

Every action is written to Django's log, so History says who did what.
"""

from articles.admin import articles, picks, sources, stories

__all__ = ["articles", "picks", "sources", "stories"]
