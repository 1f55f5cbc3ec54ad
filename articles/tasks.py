"""Celery tasks: plain functions that hold one call each and may run twice."""

from celery import shared_task
from django.utils import timezone

from articles.ingest.run import refresh_due_feeds
from articles.stories.run import group_new_articles, rank_all_stories


@shared_task
def refresh_feeds() -> None:
    """Fetch what is due, then place what came in. A new entry is on the front page when this chain ends."""
    new_ids = refresh_due_feeds(timezone.now())
    if new_ids:
        group_articles.delay(article_ids=new_ids)


@shared_task
def group_articles(article_ids: list[int]) -> None:
    group_new_articles(article_ids, timezone.now())


@shared_task
def rank_stories() -> None:
    rank_all_stories(timezone.now())
