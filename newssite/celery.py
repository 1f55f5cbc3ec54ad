"""The Celery app. Redis where BROKER_URL or REDIS_URL names it, else Celery's file-system broker: a real worker."""

import logging
import logging.config
import os
import time

from celery import Celery, signals

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newssite.settings")

app = Celery("newssite")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@app.on_after_finalize.connect
def set_beat_schedule(sender: Celery, **kwargs: object) -> None:
    from newssite.schedule import BEAT

    sender.conf.beat_schedule = BEAT


@signals.setup_logging.connect
def log_as_the_site_does(loglevel: int | str | None = None, **kwargs: object) -> None:
    """One format, and one sieve for personal data, in web processes and workers; --loglevel still counts."""
    from django.conf import settings

    logging.config.dictConfig(settings.LOGGING)
    if loglevel:
        logging.getLogger().setLevel(loglevel)


@signals.before_task_publish.connect
def note_when(headers: dict[str, object] | None = None, **kwargs: object) -> None:
    """When a task was handed over, in its message: newssite/waiting.py tells from it how long a queue keeps work."""
    if headers is not None:
        headers["handed_at"] = time.time()
