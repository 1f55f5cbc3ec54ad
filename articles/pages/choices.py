"""What of one article a reader may follow, stop following or mute: its story, its title, its topics."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Q

from accounts.models import User
from articles.models import Article, Follow, Mute, Source, Topic
from articles.muting import Mutes


@dataclass(frozen=True, slots=True)
class Choice:
    """`field` is the form's: "source", "topic" or "story", `value` what stands in it."""

    field: str
    value: str
    name: str
    language: str = ""  # of the name, where it is not plain Latin
    is_followed: bool = False
    mute_id: int | None = None
    url: str = ""

    @property
    def can_be_muted(self) -> bool:
        return self.field != "story"


@dataclass(frozen=True, slots=True)
class Choices:
    lines: tuple[Choice, ...]


def choices_of(article: Article, topics: Sequence[Topic], user: User, mutes: Mutes) -> Choices:
    """`topics` are the article's. One query, two with mutes."""
    wanted = Q(source=article.source_id) | Q(topic__in=topics)
    followed = wanted | Q(report__story=article.story_id) if article.story_id else wanted
    follows = list(Follow.objects.filter(followed, user=user).select_related("report"))
    muted = list(Mute.objects.filter(wanted, user=user)) if mutes else []
    story = [Choice("story", str(article.story_id), "This story", is_followed=any(row.report_id for row in follows))]
    return Choices(
        (
            *(story if article.story_id else []),
            source_choice(article.source, follows, muted),
            *(topic_choice(topic, follows, muted) for topic in topics),
        )
    )


def follows_and_mutes(
    user: User | None, is_muted: bool, **about: Source | Topic
) -> tuple[Iterable[Follow], Iterable[Mute]]:
    """A reader's follows and mutes of one thing, named as their column is. Two queries at most, once they are read."""
    if user is None:
        return (), ()
    return Follow.objects.filter(user=user, **about), Mute.objects.filter(user=user, **about) if is_muted else ()


def source_choice(source: Source, follows: Iterable[Follow], muted: Iterable[Mute]) -> Choice:
    return Choice(
        "source",
        source.slug,
        source.name,
        "" if source.name.isascii() else source.language,
        is_followed=any(row.source_id == source.pk for row in follows),
        mute_id=next((row.pk for row in muted if row.source_id == source.pk), None),
        url=source.get_absolute_url(),
    )


def topic_choice(topic: Topic, follows: Iterable[Follow], muted: Iterable[Mute]) -> Choice:
    return Choice(
        "topic",
        topic.key,
        topic.name,
        is_followed=any(row.topic_id == topic.pk for row in follows),
        mute_id=next((row.pk for row in muted if row.topic_id == topic.pk), None),
        url=topic.get_absolute_url(),
    )
