"""Work that this version of the site cannot do waits for one that can: a task of a later version, or of another shape.

While a new version is rolled out, old workers meet its tasks and new workers meet those of the old. Celery throws away
both. Here they go to a queue of their own, from which every worker brings back each minute whatever it can do: where
an old one takes it up again, it is parked again.

Imported by every worker (CELERY_IMPORTS).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from inspect import signature
from typing import Any

from celery import Celery, Task, current_app, signals
from kombu import Exchange, Queue
from kombu.exceptions import OperationalError
from kombu.message import Message
from redis.exceptions import RedisError

from newssite import queues

logger = logging.getLogger(__name__)

EVERY_SECONDS = 60
PARKED = Queue(queues.PARKED, Exchange(queues.PARKED), routing_key=queues.PARKED)


@signals.task_unknown.connect
def park_unknown(message: Message, name: str, **kwargs: object) -> None:
    """What beat sends carries an end of its own, and beat sends it again."""
    if not message.headers.get("expires"):
        arguments, named, _ = message.decode()
        park(name, arguments, named)


@signals.task_failure.connect
def park_misshapen(
    sender: Task, exception: BaseException, args: Sequence[Any], kwargs: Mapping[str, Any], **others: object
) -> None:
    if isinstance(exception, TypeError) and not fits(sender, args, kwargs):
        park(sender.name, args, kwargs)


@signals.worker_ready.connect
def keep_looking(sender: Any, **kwargs: object) -> None:
    """`sender` is the worker's consumer; its timer runs in the process that takes tasks, not in those that do them."""
    look()
    sender.timer.call_repeatedly(EVERY_SECONDS, look)


def look() -> None:
    try:
        bring_back()
    except (OperationalError, RedisError, OSError):
        logger.warning("parked tasks wait, the broker is away")


def bring_back() -> int:
    """Send on what this worker knows, put back the rest; how much was sent on."""
    app, count = current_app, 0
    with app.connection_for_write() as connection:
        for message in list(waiting(connection)):
            name, (arguments, named, _) = message.headers["task"], message.decode()
            task = app.tasks.get(name)
            if task is not None and fits(task, arguments, named):
                app.send_task(name, args=arguments, kwargs=named)
                count += 1
            else:
                park(name, arguments, named)
            message.ack()
    if count:
        logger.warning("parked tasks brought back count=%d", count)
    return count


def park(name: str, arguments: Sequence[Any], named: Mapping[str, Any]) -> None:
    logger.error("task parked until a worker knows it task=%s", name)
    app: Celery = current_app
    app.send_task(name, args=list(arguments), kwargs=dict(named), queue=PARKED)


def waiting(connection: Any) -> Iterator[Message]:
    queue = PARKED(connection.default_channel)
    queue.declare()
    while (message := queue.get()) is not None:
        yield message


def fits(task: Task, arguments: Sequence[Any], named: Mapping[str, Any]) -> bool:
    """Whether the task can be called with these."""
    try:
        signature(task.run).bind(*arguments, **named)
    except TypeError:
        return False
    return True
