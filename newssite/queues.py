"""A queue for each kind of work: letters do not wait behind feeds, and each kind can have workers of its own.

Data only. A worker that is told of no queue serves them all: `make run`, `make worker`, a small site.
"""

from __future__ import annotations

# Where tasks without a kind wait, and where an earlier version of the site has left some.
DEFAULT = "celery"

# The first pattern that holds.
ROUTES = {
    "articles.tasks.refresh_feeds": "feeds",
    "articles.tasks.ask_hubs": "feeds",
    "articles.tasks.take_pushes": "feeds",
    "articles.tasks.keep_feed_history": "feeds",
    "articles.tasks.*_pictures": "pages",
    "articles.tasks.fetch_pages": "pages",
    "articles.tasks.make_edition": "letters",
    "articles.tasks.send_briefings": "letters",
    "articles.tasks.forget_old_editions": "letters",
    "articles.tasks.watch_*": DEFAULT,
    "articles.tasks.*": "stories",
    "accounts.tasks.forget_*": DEFAULT,
    "accounts.tasks.renew_*": DEFAULT,
    "accounts.tasks.*": "letters",
    "billing.tasks.*letter*": "letters",
    "billing.tasks.*": "billing",
}
QUEUES = (DEFAULT, *sorted({*ROUTES.values()} - {DEFAULT}))
# Served by no worker: what stands in it, parking.py brings back.
PARKED = "parked"


def queues() -> dict[str, dict[str, str]]:
    """Each with an exchange of its own: on a shared one with a shared key every message would reach all of them."""
    return {name: {"exchange": name, "routing_key": name} for name in QUEUES}
