"""The beat table: what runs when. Data only; every task in it may run twice.

`schedule` is in seconds, or a time by UTC. `expires`, in seconds too, ends what no worker has taken up before the next
is sent; what runs once a day has none.
"""

from celery.schedules import crontab
from django.conf import settings

BEAT = {
    "refresh feeds": {
        "task": "articles.tasks.refresh_feeds",
        "schedule": settings.FEED_ROUND_SECONDS,
        "options": {"expires": settings.FEED_ROUND_SECONDS},
    },
    "regroup stories": {
        "task": "articles.tasks.regroup_stories",
        "schedule": crontab(minute="7,27,47"),
        "options": {"expires": 900},
    },
    "relate articles": {
        "task": "articles.tasks.relate_articles",
        "schedule": crontab(minute="*/10"),
        "options": {"expires": 590},
    },
    "rank stories": {"task": "articles.tasks.rank_stories", "schedule": 300, "options": {"expires": 290}},
    "keep the front page": {
        "task": "articles.tasks.keep_front",
        "schedule": crontab(minute="*/15"),
        "options": {"expires": 600},
    },
    "forget rankings": {
        "task": "articles.tasks.forget_rankings",
        "schedule": crontab(minute=25),
        "options": {"expires": 3500},
    },
    "renew offered topics": {
        "task": "articles.tasks.renew_offered_topics",
        "schedule": 600,
        "options": {"expires": 590},
    },
    "file topics": {
        "task": "articles.tasks.file_topics_left_behind",
        "schedule": crontab(minute="*/10"),
        "options": {"expires": 590},
    },
    "fetch pictures": {"task": "articles.tasks.fetch_pictures", "schedule": 60, "options": {"expires": 55}},
    "fetch pages": {"task": "articles.tasks.fetch_pages", "schedule": 60, "options": {"expires": 55}},
    "ask hubs": {"task": "articles.tasks.ask_hubs", "schedule": 60, "options": {"expires": 55}},
    "take pushes": {"task": "articles.tasks.take_pushes", "schedule": 60, "options": {"expires": 55}},
    "watch freshness": {"task": "articles.tasks.watch_freshness", "schedule": 300, "options": {"expires": 290}},
    # Of a site that others can reach; while developing there is nobody to leak to.
    **(
        {}
        if settings.DEBUG
        else {
            "look for leaks": {
                "task": "articles.tasks.watch_for_leaks",
                "schedule": crontab(minute=17),
                "options": {"expires": 1800},
            }
        }
    ),
    "learn search words": {"task": "articles.tasks.learn_search_words", "schedule": 60, "options": {"expires": 55}},
    "keep feeds' history": {
        "task": "articles.tasks.keep_feed_history",
        "schedule": crontab(minute=58),
        "options": {"expires": 3500},
    },
    "make the edition": {"task": "articles.tasks.make_edition", "schedule": 60, "options": {"expires": 55}},
    "send briefings": {"task": "articles.tasks.send_briefings", "schedule": 60, "options": {"expires": 55}},
    "forget editions": {"task": "articles.tasks.forget_old_editions", "schedule": crontab(hour=4, minute=30)},
    "forget readings": {"task": "articles.tasks.forget_readings", "schedule": crontab(hour=4, minute=40)},
    "renew secrets": {"task": "accounts.tasks.renew_secrets", "schedule": crontab(hour=4, minute=45)},
    "forget sessions": {"task": "accounts.tasks.forget_sessions", "schedule": crontab(hour=4, minute=50)},
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
