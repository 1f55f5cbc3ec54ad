from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.utils import timezone

from articles.models import Article, Story, StoryAudience, StoryMove
from articles.stories.moves import leave_addresses, note_moves
from articles.stories.run import regroup
from articles.stories.store import delete_empty
from tests.articles.stories.test_run import FLOOD, FLOOD_TOO, fill_the_paper, write
from tests.make import make_article, make_story

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    return timezone.now()


def test_the_address_of_a_story_that_a_pass_emptied_leads_to_where_its_reports_went(visitor, now):
    fill_the_paper()
    small = make_story([write(FLOOD, hours_ago=2)])
    large = make_story([write(FLOOD_TOO), write(FLOOD + " again")])
    regroup(24, now)
    kept, gone = (large, small) if Story.objects.filter(pk=large.pk).exists() else (small, large)
    assert not Story.objects.filter(pk=gone.pk).exists()
    kept.refresh_from_db()
    answer = visitor.get(f"/story/{gone.pk}/any-headline/")
    assert (answer.status_code, answer["Location"]) == (301, kept.get_absolute_url())


def test_the_address_leads_on_also_where_only_what_was_taken_down_is_left_behind(visitor, now):
    fill_the_paper()
    small = make_story([write(FLOOD, hours_ago=2), write(FLOOD, withdrawn_at=now)])
    large = make_story([write(FLOOD_TOO), write(FLOOD + " again"), write(FLOOD_TOO, withdrawn_at=now)])
    regroup(24, now)
    [kept_id] = set(Article.objects.visible().filter(story__in=[small, large]).values_list("story_id", flat=True))
    kept, gone = (large, small) if kept_id == large.pk else (small, large)
    kept.refresh_from_db()
    answer = visitor.get(f"/story/{gone.pk}/any-headline/")
    assert (answer.status_code, answer["Location"]) == (301, kept.get_absolute_url())
    Article.objects.filter(story=gone).update(withdrawn_at=None)
    assert visitor.get(f"/story/{gone.pk}/", follow=True).context["page"].story_id == gone.pk


def test_moves_never_chain_and_may_be_noted_twice(now):
    one, two, three = (make_story([make_article()]) for _ in range(3))
    note_moves({one.pk: two.pk}, now)
    for _ in range(2):
        note_moves({two.pk: three.pk}, now + timedelta(hours=1))
    assert dict(StoryMove.objects.values_list("old_story_id", "story_id")) == {one.pk: three.pk, two.pk: three.pk}


def test_a_story_that_has_articles_again_is_no_old_address(now):
    one, two = make_story([make_article()]), make_story([make_article()])
    note_moves({one.pk: two.pk}, now)
    note_moves({two.pk: one.pk}, now)
    assert dict(StoryMove.objects.values_list("old_story_id", "story_id")) == {two.pk: one.pk}


def test_no_story_moved_to_itself(now):
    story = make_story([make_article()])
    with pytest.raises(IntegrityError):
        StoryMove.objects.create(old_story_id=story.pk, story=story, moved_at=now)


def test_a_story_without_any_article_left_behind_names_no_heir(now):
    story = make_story([make_article()])
    Article.objects.all().delete()
    regroup(24, now)
    assert not StoryMove.objects.filter(old_story_id=story.pk).exists()


def test_an_empty_story_goes_with_what_is_about_it_and_one_with_a_report_stays(now):
    bare, opened, led_to, kept = (make_story([make_article()]) for _ in range(4))
    Article.objects.exclude(story=kept).update(story=None)
    StoryAudience.objects.create(story=opened, shown=3, opened=1)
    StoryMove.objects.create(old_story_id=led_to.pk + 1000, story=led_to, moved_at=now)
    delete_empty({bare.pk, opened.pk, led_to.pk, kept.pk})
    assert set(Story.objects.values_list("pk", flat=True)) == {kept.pk}
    assert not StoryAudience.objects.exists()
    assert not StoryMove.objects.exists()


def test_what_led_to_a_story_that_is_empty_now_leads_on(now):
    first, second, third = (make_story([make_article()]) for _ in range(3))
    article = Article.objects.get(story=first)
    Article.objects.exclude(pk=article.pk).update(story=None)
    for story, before in ((second, first), (third, second), (second, third)):
        Article.objects.filter(pk=article.pk).update(story=story)
        leave_addresses({article.pk: before.pk}, now)
    assert dict(StoryMove.objects.values_list("old_story_id", "story_id")) == {
        first.pk: second.pk,
        third.pk: second.pk,
    }
