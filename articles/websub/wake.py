"""Have a task done now rather than at the next round."""

from __future__ import annotations

import logging

from celery import current_app
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

ASK_HUBS = "articles.tasks.ask_hubs"
TAKE_PUSHES = "articles.tasks.take_pushes"
REFRESH_FEEDS = "articles.tasks.refresh_feeds"


def wake(task: str) -> bool:
    """By name, so that rows need not know the tasks. Without a broker the next round finds the row."""
    try:
        current_app.send_task(task, retry=False)
    except (OperationalError, RedisError, OSError) as error:
        logger.warning("left to the next round task=%s error=%s", task, type(error).__name__)
        return False
    return True
