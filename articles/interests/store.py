"""A reader's switch, readings and what they say. Off means that readings are not even looked at."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from django.utils import timezone

from articles.interests.learn import WITHIN, Interest, Opened, Subject, learn
from articles.models import ArticleTopic, Interests, Reading, Unwanted
from articles.sections import SECTIONS
from articles.topics.store import NO_TOPICS

MOST_READINGS = 500  # the newest


def interests_of(user_id: int, now: datetime) -> list[Interest] | None:
    """None where the reader has not switched it on. One query, three more where it is on."""
    switch = Interests.objects.filter(user=user_id).first()
    if switch is None or not switch.is_on:
        return None
    since = now - WITHIN
    opened = _opened(user_id, max(since, switch.counted_from or since))
    return learn(opened, _unwanted(user_id), now)


def _opened(user_id: int, since: datetime) -> list[Opened]:
    rows = list(
        Reading.objects.filter(user=user_id, read_at__gte=since)
        .order_by("-read_at")
        .values_list("read_at", "article_id", "article__section", "article__source_id", "article__source__name")[
            :MOST_READINGS
        ]
    )
    topics: defaultdict[int, list[Subject]] = defaultdict(list)
    labelled = ArticleTopic.objects.filter(article__in=[row[1] for row in rows]).exclude(topic__key__in=NO_TOPICS)
    for article_id, topic_id, name in labelled.values_list("article_id", "topic_id", "topic__name"):
        topics[article_id].append(Subject("topic", topic_id, name))
    return [
        Opened(
            timezone.localtime(read_at),  # a reader's evening is one day
            (
                Subject("source", source_id, source_name),
                *([Subject("section", section, SECTIONS[section])] if section != "top" else []),
                *topics[article_id],
            ),
        )
        for read_at, article_id, section, source_id, source_name in rows
    ]


def _unwanted(user_id: int) -> set[tuple[str, int | str]]:
    rows = Unwanted.objects.filter(user=user_id).values_list("source_id", "section", "topic_id")
    return {
        ("source", source_id) if source_id else ("section", section) if section else ("topic", topic_id)
        for source_id, section, topic_id in rows
    }


def switch(user_id: int, *, is_on: bool) -> None:
    Interests.objects.update_or_create(user_id=user_id, defaults={"is_on": is_on})


def clear(user_id: int, now: datetime) -> None:
    """Nothing read until now is a sign any more, and what was taken off the list may come back."""
    Interests.objects.update_or_create(user_id=user_id, defaults={"counted_from": now})
    Unwanted.objects.filter(user=user_id).delete()


def take_off(user_id: int, subject: Subject) -> None:
    """Not learned again until everything is cleared."""
    fields = {"section": subject.key} if subject.kind == "section" else {f"{subject.kind}_id": subject.key}
    Unwanted.objects.bulk_create([Unwanted(user_id=user_id, **fields)], ignore_conflicts=True)
