"""Celery tasks: plain functions that hold one call each and may run twice."""

from celery import shared_task
from django.utils import timezone

from articles.ingest.run import ROUND_SECONDS, new_articles, refresh_due
from articles.stories.run import group_new_articles, rank_all_stories


@shared_task
def refresh_feeds() -> None:
    """Fetch what is due, then place what came in. A new entry is on the front page when this chain ends."""
    for new_ids in new_articles(refresh_due(timezone.now(), ROUND_SECONDS)):
        group_articles.delay(article_ids=new_ids)


@shared_task
def group_articles(article_ids: list[int]) -> None:
    group_new_articles(article_ids, timezone.now())


@shared_task
def rank_stories() -> None:
    rank_all_stories(timezone.now())
