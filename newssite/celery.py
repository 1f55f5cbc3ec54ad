"""The Celery app. Redis where REDIS_URL is set, else Celery's file-system broker: always a real worker."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newssite.settings")

app = Celery("newssite")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.beat_schedule_filename = os.path.join(os.environ.get("VAR_DIR") or "var", "beat")
app.autodiscover_tasks()


@app.on_after_finalize.connect
def set_beat_schedule(sender: Celery, **kwargs: object) -> None:
    from newssite.schedule import BEAT

    sender.conf.beat_schedule = BEAT
