"""The editors' desk, in Django's admin. The site itself, its name and its autocomplete: newssite/admin.py.

first.py     the first page
picks.py     Our Picks: find, say why, date, order, see the strip as readers will
  pick_form.py   the form and what it refuses
  order.py       places in the list, a new order from a request, its log
  desk.py        what stands on the desk, strips at instants to come, reordering (database)
  states.py      a pick's state and places in words (pure)
articles.py  find an article, pick it, take it down, open it
  article_list.py filters; its pages are those of billing/lists.py, which never count the archive
  versions.py     what an article said before its publisher changed it
sources.py   titles and feeds: what publishers allow, health, fetch now
  permission.py  a change of permission, foreseen and made
  feed_form.py   adding a feed by its own address or its site's
  feed_health.py feeds by their health
  feed_history.py thirty days of a feed as charts
categories.py where publishers' categories belong
stories.py   stories: found, merged, split, a report moved (decided and written in articles/stories/editors.py)
  story_list.py   filters, and a search through all their reports
  story_reports.py a story's reports as an editor sees them, and what came back ticked
hubs.py      what hubs have promised to push; ask again
leak_checks.py the hourly look at the wall, to look at
publishers.py pages we wanted and hosts we visit, to look at
tools.py     actions on a row's own page

Every action is written to Django's log, so History says who did what.
"""

from articles.admin import articles, categories, hubs, leak_checks, picks, publishers, sources, stories

__all__ = ["articles", "categories", "hubs", "leak_checks", "picks", "publishers", "sources", "stories"]
