"""What editors decide about stories: merged, split, a report moved, left to the grouping again.

Each act is one transaction behind the lock that grouping takes, and looks again there at what the editor was shown.
Afterwards every article of the stories it touched is placed where it stands (Placement), so that no pass undoes it; a
new report may still join by itself. Undoing one act is another.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence, Sized
from dataclasses import dataclass
from datetime import datetime

from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.db import OperationalError, connection, transaction
from django.db.models import F, Max, Min

from accounts.models import User
from articles.models import Article, Placement, Story
from articles.stories import cluster, store
from articles.stories.moves import note_moves

MOST_STORIES = 20  # merged at once
LONGEST_WAIT_SECONDS = 8  # for a pass over the whole window: nobody sits longer before a page that does nothing
BATCH = 200


@dataclass(frozen=True, slots=True)
class Done:
    story_id: int  # where to see what was done
    words: str
    article_ids: tuple[int, ...] = ()  # those that changed their story


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing was changed."""

    why: str


BUSY = Refused("Stories are being grouped at this moment. Try again in a minute.")


def merge(
    story_ids: Collection[int], into_id: int, seen: Mapping[int, int], editor: User, now: datetime
) -> Done | Refused:
    """Every article of these stories into one of them. `seen`: article id -> the story the editor saw it in."""
    others = sorted(set(story_ids) - {into_id})
    if into_id not in story_ids or not others:
        return Refused("Choose two stories or more, and the one that stays.")
    if len(others) >= MOST_STORIES:
        return Refused(f"Choose {MOST_STORIES} stories at the most.")
    return _at_once(_merge, others, into_id, seen, editor, now)


def split(story_id: int, article_ids: Collection[int], editor: User, now: datetime) -> Done | Refused:
    """These reports into a new story of their own."""
    if not article_ids:
        return Refused("Tick the reports that make another story.")
    return _at_once(_split, story_id, article_ids, editor, now)


def move(story_id: int, article_ids: Collection[int], into_id: int, editor: User, now: datetime) -> Done | Refused:
    """These reports of one story into another."""
    if not article_ids:
        return Refused("Tick the reports that belong elsewhere.")
    if story_id == into_id:
        return Refused("They stand in that story already.")
    return _at_once(_move, story_id, article_ids, into_id, editor, now)


def release(story_id: int, editor: User, now: datetime) -> Done | Refused:
    """Nobody says any more where its articles stand: the next pass decides."""
    return _at_once(_release, story_id, editor, now)


def _at_once(act: Callable[..., Done | Refused], *arguments: object) -> Done | Refused:
    """One act at a time, and none while stories are grouped."""
    try:
        with transaction.atomic():
            _lock()
            return act(*arguments)
    except OperationalError as error:
        if "lock" not in str(error):  # "canceling statement due to lock timeout", "database is locked"
            raise
        return BUSY


def _lock() -> None:
    if connection.vendor != "postgresql":
        return store.lock()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = %s", [int(LONGEST_WAIT_SECONDS * 1000)])
        store.lock()
        cursor.execute("SET LOCAL lock_timeout = DEFAULT")


def _merge(others: Sequence[int], into_id: int, seen: Mapping[int, int], editor: User, now: datetime) -> Done | Refused:
    if why := _moved_away(seen) or _is_empty([*others, into_id]):
        return Refused(why)
    moved = Article.objects.filter(story__in=others)
    moved_ids = tuple(moved.values_list("pk", flat=True))
    names = _names([*others, into_id])
    moved.update(story=into_id)
    _settle([*others, into_id], into_id, editor, now)
    _log(editor, others, f"Merged into {names[into_id]}.")
    merged = "; ".join(names[story_id] for story_id in others)
    _log(editor, [into_id], f"Took over {_articles(moved_ids)} of {merged}.")
    return Done(into_id, f"Merged: {_articles(moved_ids)} joined {names[into_id]}.", moved_ids)


def _split(story_id: int, article_ids: Collection[int], editor: User, now: datetime) -> Done | Refused:
    if why := _moved_away(dict.fromkeys(article_ids, story_id)):
        return Refused(why)
    parted = Article.objects.filter(pk__in=article_ids)
    if not Article.objects.visible().filter(story=story_id).exclude(pk__in=article_ids).exists():
        return Refused("Every report is ticked: that is the story as it stands. Leave one at least.")
    names = _names([story_id])
    new_id = _new_story(article_ids).pk
    parted.update(story=new_id)
    _settle([story_id, new_id], story_id, editor, now)
    names |= _names([new_id])
    what = _articles(article_ids)
    _log(editor, [story_id], f"Split off: {what}, now {names[new_id]}.")
    _log(editor, [new_id], f"Split off {names[story_id]}.", ADDITION)
    _log_articles(editor, article_ids, f"Split off {names[story_id]} into a story of its own.")
    return Done(new_id, f"Split off {names[story_id]}: {what}.", tuple(article_ids))


def _move(story_id: int, article_ids: Collection[int], into_id: int, editor: User, now: datetime) -> Done | Refused:
    if why := _moved_away(dict.fromkeys(article_ids, story_id)) or _is_empty([into_id]):
        return Refused(why)
    names = _names([story_id, into_id])
    Article.objects.filter(pk__in=article_ids).update(story=into_id)
    _settle([story_id, into_id], into_id, editor, now)
    what = _articles(article_ids)
    _log(editor, [story_id], f"{what} moved to {names[into_id]}.")
    _log(editor, [into_id], f"{what} moved here from {names[story_id]}.")
    _log_articles(editor, article_ids, f"Moved from {names[story_id]} to {names[into_id]}.")
    return Done(into_id, f"{what} of {names[story_id]} moved here.", tuple(article_ids))


def _release(story_id: int, editor: User, now: datetime) -> Done | Refused:
    count, _ = Placement.objects.filter(article__story=story_id).delete()
    if not count:
        return Refused("No editor has placed any of its articles.")
    words = f"Left to the grouping again: {_articles(range(count))}."
    _log(editor, [story_id], words)
    return Done(story_id, words)


def _moved_away(seen: Mapping[int, int]) -> str:
    """A sentence where an article does not stand any more where it was seen; empty where all do."""
    rows = Article.objects.filter(pk__in=seen).values_list("pk", "story_id", "headline")
    standing = {pk: (story_id, headline) for pk, story_id, headline in rows}
    for pk, story_id in seen.items():
        if pk not in standing:
            return f"Article {pk} is gone. Look again at what there is."
        if standing[pk][0] != story_id:
            return f"“{standing[pk][1]}” stands in another story by now. Look again at what there is."
    return ""


def _is_empty(story_ids: Collection[int]) -> str:
    """A sentence where one of the stories has no article, as after somebody else merged it."""
    full = set(Article.objects.filter(story__in=story_ids).values_list("story_id", flat=True).distinct())
    gone = sorted(set(story_ids) - full)
    return f"Story {gone[0]} has no article any more. Look again at what there is." if gone else ""


def _new_story(article_ids: Collection[int]) -> Story:
    times = Article.objects.filter(pk__in=article_ids).aggregate(
        first_at=Min("published_at"), last_at=Max("published_at")
    )
    return Story.objects.create(section="top", cluster_version=cluster.VERSION, **times)


def _settle(story_ids: Collection[int], heir_id: int, editor: User, now: datetime) -> None:
    """Every article of these stories is placed where it stands, and the stories say what they are now."""
    _place(story_ids, editor, now)
    shown = set(Article.objects.visible().filter(story__in=story_ids).values_list("story_id", flat=True).distinct())
    note_moves(dict.fromkeys(set(story_ids) - shown - {heir_id}, heir_id), now)
    store.settle(set(story_ids), now)


def _place(story_ids: Collection[int], editor: User, now: datetime) -> None:
    """A placement that holds still keeps who made it, and when."""
    Placement.objects.filter(article__story__in=story_ids).exclude(story=F("article__story")).delete()
    standing = Article.objects.filter(story__in=story_ids).values_list("pk", "story_id")
    Placement.objects.bulk_create(
        [Placement(article_id=pk, story_id=story_id, editor=editor, placed_at=now) for pk, story_id in standing],
        batch_size=BATCH,
        ignore_conflicts=True,
    )


def _articles(some: Sized) -> str:
    """ "1 article", "3 articles"."""
    return f"{len(some):,} article{'' if len(some) == 1 else 's'}"


def _names(story_ids: Collection[int]) -> dict[int, str]:
    """story id -> “its lead's headline” (story 4)."""
    stories = Story.objects.filter(pk__in=story_ids).select_related("lead")
    return {story.pk: f"“{story.lead.headline}” (story {story.pk})" if story.lead else str(story) for story in stories}


def _log(editor: User, story_ids: Collection[int], message: str, flag: int = CHANGE) -> None:
    stories = Story.objects.filter(pk__in=story_ids).select_related("lead")
    LogEntry.objects.log_actions(editor.pk, stories, flag, message)


def _log_articles(editor: User, article_ids: Collection[int], message: str) -> None:
    LogEntry.objects.log_actions(editor.pk, Article.objects.filter(pk__in=article_ids), CHANGE, message)
