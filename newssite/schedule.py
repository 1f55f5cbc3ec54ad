"""The beat table: what runs when. Data only; every task in it may run twice."""

from celery.schedules import crontab
from django.conf import settings

BEAT = {
    "refresh feeds": {
        "task": "articles.tasks.refresh_feeds",
        "schedule": settings.FEED_ROUND_SECONDS,
        "options": {"expires": settings.FEED_ROUND_SECONDS},
    },
    "rank stories": {"task": "articles.tasks.rank_stories", "schedule": 300, "options": {"expires": 290}},
    "fetch pictures": {"task": "articles.tasks.fetch_pictures", "schedule": 60, "options": {"expires": 55}},
    "fetch pages": {"task": "articles.tasks.fetch_pages", "schedule": 60, "options": {"expires": 55}},
    "ask hubs": {"task": "articles.tasks.ask_hubs", "schedule": 60, "options": {"expires": 55}},
    "take pushes": {"task": "articles.tasks.take_pushes", "schedule": 60, "options": {"expires": 55}},
    "watch freshness": {"task": "articles.tasks.watch_freshness", "schedule": 300, "options": {"expires": 290}},
    "keep feeds' history": {
        "task": "articles.tasks.keep_feed_history",
        "schedule": crontab(minute=58),
        "options": {"expires": 3500},
    },
    "forget pictures": {"task": "articles.tasks.forget_pictures", "schedule": crontab(hour=4, minute=20)},
    "follow up Stripe's events": {
        "task": "billing.tasks.sweep_stripe_events",
        "schedule": 60,
        "options": {"expires": 55},
    },
    "send letters": {"task": "billing.tasks.send_due_letters", "schedule": 60, "options": {"expires": 55}},
    "letters that time asks for": {
        "task": "billing.tasks.write_time_letters",
        "schedule": crontab(minute=5),
        "options": {"expires": 3500},
    },
    "lines that time asks for": {
        "task": "billing.tasks.write_time_lines",
        "schedule": crontab(minute="*/10"),
        "options": {"expires": 590},
    },
    "compare with Stripe": {"task": "billing.tasks.reconcile", "schedule": crontab(hour=3, minute=40)},
    "forget what was kept for a time": {"task": "billing.tasks.forget_old", "schedule": crontab(hour=4, minute=10)},
}
