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
