"""Work for later: tasks are named, not imported, so that rows and pages need not know them.

Celery, Kombu and their client of Redis are loaded by the first task of a process: most processes of the site send none
for a long time, and a new one shows its first page a tenth of a second sooner.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from celery import Celery

logger = logging.getLogger(__name__)


def task_app() -> Celery:
    """The site's Celery app. A setting names it, because no import leads from here to where it is made."""
    return import_string(settings.TASK_APPLICATION)


def hand_over(task: str, **arguments: object) -> bool:
    """Send a task to the workers by its name. False without a broker: the round of its kind finds what is to be done.

    `arguments` are the task's own, by name, as JSON can carry them.
    """
    from kombu.exceptions import OperationalError  # late, as the module says
    from redis.exceptions import RedisError

    try:
        task_app().signature(task, kwargs=arguments).apply_async(retry=False)
    except (OperationalError, RedisError, OSError) as error:
        logger.warning("left to the next round task=%s error=%s", task, type(error).__name__)
        return False
    return True
