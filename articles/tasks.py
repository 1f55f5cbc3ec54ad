"""Celery tasks: plain functions that hold one call each and may run twice."""

import logging

from celery import Task, shared_task
from django.utils import timezone
from kombu.exceptions import OperationalError

from articles.ingest.run import ROUND_SECONDS, new_articles, refresh_due
from articles.stories.run import group_new_articles, rank_all_stories

logger = logging.getLogger(__name__)


@shared_task
def refresh_feeds() -> None:
    """Fetch what is due, then place what came in. A new entry is on the front page when this chain ends."""
    for new_ids in new_articles(refresh_due(timezone.now(), ROUND_SECONDS)):
        hand_on(group_articles, article_ids=new_ids)


def hand_on(task: Task, **arguments: object) -> None:
    """To another worker. Where the broker is away, the sweep of that kind of work finds what was left behind."""
    try:
        task.apply_async(kwargs=arguments, retry=False)
    except OperationalError:
        logger.warning("not handed on, the broker is away: %s", task.name)


@shared_task
def group_articles(article_ids: list[int]) -> None:
    group_new_articles(article_ids, timezone.now())


@shared_task
def rank_stories() -> None:
    rank_all_stories(timezone.now())
