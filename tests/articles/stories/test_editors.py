"""What editors decide: done at once, written down, safe where two decide together, and left alone by later passes."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection, connections, transaction
from django.utils import timezone

from articles.models import Article, Placement, Story, StoryMove
from articles.stories import editors, store
from articles.stories.editors import Done, Refused
from articles.stories.run import group_new_articles, rank_all_stories, regroup
from tests.articles.stories.test_run import FLOOD, FLOOD_TOO, STRIKE, WIRE, fill_the_paper, write
from tests.make import make_article, make_story, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def delta(now):
    return make_story([make_article(headline=f"Delta {number}") for number in (1, 2, 3)])


@pytest.fixture
def gauges(now):
    return make_story([make_article(headline=f"Gauges {number}") for number in (1, 2)])


def articles_of(story: Story) -> list[Article]:
    return list(Article.objects.filter(story=story).order_by("pk"))


def ids_of(story: Story) -> list[int]:
    return [article.pk for article in articles_of(story)]


def seen(*stories: Story) -> dict[int, int]:
    return dict(Article.objects.filter(story__in=stories).values_list("pk", "story_id"))


def placed() -> dict[int, int]:
    return dict(Placement.objects.values_list("article_id", "story_id"))


# Merging


def test_merged_stories_are_one_with_all_their_titles(delta, gauges, editor, now):
    done = editors.merge([delta.pk, gauges.pk], delta.pk, seen(delta, gauges), editor, now)
    assert isinstance(done, Done)
    assert done.story_id == delta.pk
    delta.refresh_from_db()
    assert (delta.title_count, delta.article_count, len(articles_of(delta))) == (5, 5, 5)
    gauges.refresh_from_db()
    assert (gauges.lead_id, gauges.article_count) == (None, 0)


def test_every_article_of_a_merged_story_is_placed_by_the_editor_who_did_it(delta, gauges, editor, now):
    editors.merge([delta.pk, gauges.pk], delta.pk, {}, editor, now)
    assert placed() == dict.fromkeys(ids_of(delta), delta.pk)
    assert {(one.editor, one.placed_at) for one in Placement.objects.all()} == {(editor, now)}


def test_an_article_that_was_taken_down_goes_along(delta, gauges, editor, now):
    down = articles_of(gauges)[0]
    Article.objects.filter(pk=down.pk).update(withdrawn_at=now)
    editors.merge([delta.pk, gauges.pk], delta.pk, {}, editor, now)
    down.refresh_from_db()
    assert down.story_id == delta.pk
    delta.refresh_from_db()
    assert delta.article_count == 4


def test_the_old_address_leads_on_also_after_a_second_merge(delta, gauges, editor, now):
    third = make_story([make_article()])
    editors.merge([delta.pk, gauges.pk], delta.pk, {}, editor, now)
    editors.merge([delta.pk, third.pk], third.pk, {}, editor, now)
    assert dict(StoryMove.objects.values_list("old_story_id", "story_id")) == {gauges.pk: third.pk, delta.pk: third.pk}


def test_what_an_editor_did_is_in_the_log_of_both_stories(delta, gauges, editor, now):
    editors.merge([delta.pk, gauges.pk], delta.pk, {}, editor, now)
    entries = {entry.object_id: entry for entry in LogEntry.objects.all()}
    assert entries[str(gauges.pk)].change_message == f"Merged into “Delta 1” (story {delta.pk})."
    assert entries[str(delta.pk)].change_message == f"Took over 2 articles of “Gauges 1” (story {gauges.pk})."
    assert {entry.user_id for entry in entries.values()} == {editor.pk}


@pytest.mark.parametrize(
    ("chosen", "into"), [(["delta"], "delta"), (["delta", "gauges"], "other"), ([], "delta"), (["gauges"], "delta")]
)
def test_a_merge_names_two_stories_and_the_one_that_stays(delta, gauges, editor, now, chosen, into):
    ids = {"delta": delta.pk, "gauges": gauges.pk, "other": 0}
    assert isinstance(editors.merge([ids[name] for name in chosen], ids[into], {}, editor, now), Refused)
    assert not Placement.objects.exists()


# Splitting, moving, letting go


def test_a_split_makes_a_story_of_the_ticked_and_places_both_halves(delta, editor, now):
    one, other, third = ids_of(delta)
    done = editors.split(delta.pk, [third], editor, now)
    assert done.story_id != delta.pk
    new = Story.objects.get(pk=done.story_id)
    assert (new.lead_id, new.article_count, new.title_count, new.section) == (third, 1, 1, "world")
    assert placed() == {one: delta.pk, other: delta.pk, third: new.pk}
    delta.refresh_from_db()
    assert delta.article_count == 2
    assert {entry.object_id for entry in LogEntry.objects.all()} == {str(delta.pk), str(new.pk), str(third)}


def test_a_story_is_not_split_into_itself_and_nothing(delta, editor, now):
    assert "Leave one" in editors.split(delta.pk, ids_of(delta), editor, now).why
    assert "Tick" in editors.split(delta.pk, [], editor, now).why
    assert Story.objects.count() == 1


def test_a_moved_report_stands_in_the_other_story_and_all_of_both_stay_where_they_are(delta, gauges, editor, now):
    moved = ids_of(delta)[0]
    done = editors.move(delta.pk, [moved], gauges.pk, editor, now)
    assert done.story_id == gauges.pk
    assert placed() == {**dict.fromkeys(ids_of(delta), delta.pk), **dict.fromkeys(ids_of(gauges), gauges.pk)}
    assert moved in ids_of(gauges)
    delta.refresh_from_db()
    assert delta.lead_id in ids_of(delta), "its lead was moved away"


def test_the_last_report_that_is_moved_leaves_the_address_behind(gauges, editor, now):
    single = make_story([make_article()])
    editors.move(single.pk, ids_of(single), gauges.pk, editor, now)
    assert StoryMove.objects.get().story_id == gauges.pk


def test_the_last_visible_report_that_is_moved_leaves_the_address_behind(visitor, delta, gauges, editor, now):
    moved, down = ids_of(gauges)
    Article.objects.filter(pk=down).update(withdrawn_at=now)
    assert isinstance(editors.split(gauges.pk, [moved], editor, now), Refused)
    editors.move(gauges.pk, [moved], delta.pk, editor, now)
    assert ids_of(gauges) == [down]
    delta.refresh_from_db()
    assert visitor.get(f"/story/{gauges.pk}/old/")["Location"] == delta.get_absolute_url()


def test_a_move_back_undoes_a_move(delta, gauges, editor, now):
    before = seen(delta, gauges)
    moved = ids_of(delta)[2]
    editors.move(delta.pk, [moved], gauges.pk, editor, now)
    editors.move(gauges.pk, [moved], delta.pk, editor, now)
    assert seen(delta, gauges) == before == placed()


def test_a_split_undoes_a_merge(delta, gauges, editor, now):
    done = editors.merge([delta.pk, gauges.pk], delta.pk, {}, editor, now)
    again = editors.split(delta.pk, done.article_ids, editor, now)
    assert sorted(done.article_ids) == ids_of(Story.objects.get(pk=again.story_id))
    assert len(articles_of(delta)) == 3


def test_who_placed_an_article_first_is_kept_while_it_stays(delta, gauges, editor, now):
    editors.split(delta.pk, ids_of(delta)[:1], editor, now)
    other = make_user("other@site.example", is_staff=True)
    stays = ids_of(delta)
    editors.merge([delta.pk, gauges.pk], delta.pk, {}, other, now + timedelta(hours=1))
    assert {one.editor for one in Placement.objects.filter(article__in=stays)} == {editor}


def test_left_to_the_grouping_nothing_is_placed_any_more(delta, gauges, editor, now):
    editors.merge([delta.pk, gauges.pk], delta.pk, {}, editor, now)
    assert isinstance(editors.release(delta.pk, editor, now), Done)
    assert placed() == {}
    assert "No editor" in editors.release(delta.pk, editor, now).why


def test_copies_are_judged_again_where_they_stand_now(editor, now):
    paper, agency = write("Lander down", opening_html=WIRE), write("Lander down", hours_ago=2, opening_html=WIRE)
    one, other = make_story([paper]), make_story([agency])
    editors.merge([one.pk, other.pk], one.pk, {}, editor, now)
    paper.refresh_from_db()
    assert paper.is_copy
    one.refresh_from_db()
    assert (one.title_count, one.lead_id) == (1, agency.pk)
    editors.split(one.pk, [paper.pk], editor, now)
    paper.refresh_from_db()
    assert not paper.is_copy


# Two at once


def test_what_was_ticked_and_has_been_moved_meanwhile_is_left_alone_and_named(delta, gauges, editor, now):
    ticked = ids_of(delta)[:2]
    Article.objects.filter(pk=ticked[1]).update(story=gauges)
    before = seen(delta, gauges)
    for act in (
        editors.split(delta.pk, ticked, editor, now),
        editors.move(delta.pk, ticked, gauges.pk, editor, now),
        editors.merge([delta.pk, gauges.pk], delta.pk, dict.fromkeys(ticked, delta.pk), editor, now),
    ):
        assert isinstance(act, Refused)
        assert "“Delta 2” stands in another story by now" in act.why
    assert seen(delta, gauges) == before
    assert not LogEntry.objects.exists()
    assert not Placement.objects.exists()


def test_a_story_that_somebody_merged_away_takes_nothing(delta, gauges, editor, now):
    third = make_story([make_article()])
    editors.merge([delta.pk, gauges.pk], delta.pk, {}, editor, now)
    for act in (
        editors.move(third.pk, ids_of(third), gauges.pk, editor, now),
        editors.merge([third.pk, gauges.pk], gauges.pk, {}, editor, now),
    ):
        assert f"Story {gauges.pk} has no article any more" in act.why


def test_a_report_that_came_in_meanwhile_does_not_stop_a_merge(delta, gauges, editor, now):
    shown = seen(delta, gauges)
    late = make_article()
    Article.objects.filter(pk=late.pk).update(story=gauges)
    assert isinstance(editors.merge([delta.pk, gauges.pk], delta.pk, shown, editor, now), Done)
    assert late.pk in ids_of(delta)


@pytest.mark.service
@pytest.mark.django_db(transaction=True)
def test_editors_at_once_never_leave_an_article_between_two_stories(now):
    """One merges while others split and move: one of them is done first, the others are done or told why not."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite in memory has one connection")
    editor = make_user(is_staff=True)
    story, other = make_story([make_article() for _ in range(4)]), make_story([make_article()])
    shown, ticked = seen(story, other), ids_of(story)[:2]
    acts = [
        lambda: editors.merge([story.pk, other.pk], other.pk, shown, editor, now),
        lambda: editors.split(story.pk, ticked, editor, now),
        lambda: editors.move(story.pk, ticked[:1], other.pk, editor, now),
    ]
    answers: list[Done | Refused] = []

    def work(act) -> None:
        try:
            answers.append(act())
        finally:
            connections.close_all()

    workers = [threading.Thread(target=work, args=(act,)) for act in acts]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(answers) == 3
    assert any(isinstance(answer, Done) for answer in answers)
    # A split that comes first leaves the other story as it was: nobody placed what stands there.
    assert placed().items() <= dict(Article.objects.values_list("pk", "story_id")).items()
    for one in Story.objects.all():
        assert one.article_count == one.articles.count()


@pytest.mark.service
@pytest.mark.django_db(transaction=True)
def test_an_editor_does_not_wait_for_a_long_pass(delta, gauges, now, monkeypatch):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite in memory has one connection")
    editor = make_user(is_staff=True)
    monkeypatch.setattr(editors, "LONGEST_WAIT_SECONDS", 0.1)
    held, free = threading.Event(), threading.Event()

    def a_long_pass() -> None:
        with transaction.atomic():
            store.lock()
            held.set()
            free.wait(10)
        connections.close_all()

    worker = threading.Thread(target=a_long_pass)
    worker.start()
    held.wait(10)
    answer = editors.merge([delta.pk, gauges.pk], delta.pk, {}, editor, now)
    free.set()
    worker.join()
    assert answer == editors.BUSY
    assert isinstance(editors.merge([delta.pk, gauges.pk], delta.pk, {}, editor, now), Done)


# What the passes make of it


def group_everything(now) -> None:
    group_new_articles(Article.objects.values_list("pk", flat=True), now)


def test_a_split_stays_split_when_stories_are_built_again_and_new_reports_come_in(editor, now):
    fill_the_paper()
    one, other = write(FLOOD, hours_ago=3), write(FLOOD_TOO, hours_ago=2)
    group_everything(now)
    one.refresh_from_db()
    editors.split(one.story_id, [other.pk], editor, now)
    parted = placed()
    assert len(set(parted.values())) == 2
    for number in range(3):
        late = write(FLOOD if number % 2 else FLOOD_TOO, hours_ago=0.5)
        group_new_articles([late.pk], now)
    rank_all_stories(now)
    assert dict(Article.objects.filter(pk__in=parted).values_list("pk", "story_id")) == parted
    regroup(72, now)
    assert dict(Article.objects.filter(pk__in=parted).values_list("pk", "story_id")) == parted
    assert placed() == parted


def test_a_merge_stays_merged_when_stories_are_built_again_and_new_reports_come_in(editor, now):
    fill_the_paper()
    flood, strike = write(FLOOD, hours_ago=3), write(STRIKE, hours_ago=2)
    group_everything(now)
    flood.refresh_from_db()
    strike.refresh_from_db()
    assert flood.story_id != strike.story_id
    editors.merge([flood.story_id, strike.story_id], flood.story_id, {}, editor, now)
    for headline in (FLOOD_TOO, STRIKE):
        group_new_articles([write(headline, hours_ago=0.5).pk], now)
    rank_all_stories(now)
    regroup(72, now)
    strike.refresh_from_db()
    assert strike.story_id == flood.story_id
    assert Story.objects.filter(pk=flood.story_id, article_count__gte=2).exists()


def test_a_report_that_was_moved_and_taken_down_stands_where_it_was_moved_to_when_it_is_put_back(editor, now):
    fill_the_paper()
    old, one, other = write(STRIKE, hours_ago=90), write(FLOOD, hours_ago=3), write(FLOOD_TOO, hours_ago=2)
    group_everything(now)
    old.refresh_from_db()
    one.refresh_from_db()
    editors.move(one.story_id, [other.pk], old.story_id, editor, now)
    Article.objects.filter(pk=other.pk).update(withdrawn_at=now)
    rank_all_stories(now)
    Article.objects.filter(pk=other.pk).update(withdrawn_at=None)
    rank_all_stories(now)
    regroup(72, now)
    other.refresh_from_db()
    assert other.story_id == old.story_id == placed()[other.pk]


def test_what_was_left_to_the_grouping_again_is_grouped_again(editor, now):
    fill_the_paper()
    one, other = write(FLOOD, hours_ago=3), write(FLOOD_TOO, hours_ago=2)
    group_everything(now)
    one.refresh_from_db()
    new_id = editors.split(one.story_id, [other.pk], editor, now).story_id
    editors.release(new_id, editor, now)
    editors.release(one.story_id, editor, now)
    regroup(72, now)
    one.refresh_from_db()
    other.refresh_from_db()
    assert one.story_id == other.story_id
