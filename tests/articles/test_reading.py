"""One gate to every body: who gets the text, and what is counted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.models import Article, Reading
from articles.reading import open_article, walled_texts
from billing.entitlement import Access
from tests.conftest import SECRET_SENTENCE
from tests.make import make_article, make_source

pytestmark = pytest.mark.django_db


def opened(article, user, **options):
    return open_article(Article.objects.for_cards().get(pk=article.pk), user, timezone.now(), **options)


def test_a_visitor_gets_no_licensed_text(walled_article):
    opening = opened(walled_article, None)
    assert (opening.access, opening.body_html) == (Access.VISITOR, None)


def test_behind_the_wall_the_body_is_not_even_asked_for(walled_article, lapsed_reader):
    with CaptureQueriesContext(
        connection,
    ) as queries:
        opened(walled_article, lapsed_reader)
    assert not any("articlebody" in query["sql"] for query in queries)


def test_a_reader_in_trial_and_a_member_get_the_whole_text(walled_article, trial_reader, member):
    for reader in (trial_reader, member):
        assert SECRET_SENTENCE in opened(walled_article, reader).body_html


def test_a_reader_whose_trial_ended_a_second_ago_gets_nothing(walled_article, trial_reader):
    """A12: nothing has to run for access to end."""
    ends_at = trial_reader.membership.trial_ends_at
    article = Article.objects.for_cards().get(pk=walled_article.pk)
    assert open_article(article, trial_reader, ends_at - timedelta(seconds=1)).body_html
    assert open_article(article, trial_reader, ends_at).body_html is None


def test_everybody_reads_what_an_editor_has_opened(walled_article):
    Article.objects.filter(pk=walled_article.pk).update(is_opened=True)
    opening = opened(walled_article, None)
    assert opening.access is Access.FREE
    assert SECRET_SENTENCE in opening.body_html


def test_everybody_reads_openly_licensed_text():
    article = make_article(make_source(permission="open", licence="CC-BY-4.0"), body="<p>Whole.</p>")
    assert opened(article, None).body_html == "<p>Whole.</p>"


@pytest.mark.parametrize("permission", ["teaser", "headline"])
def test_an_agreement_that_ended_shuts_what_was_stored_under_it(walled_article, member, permission):
    source = walled_article.source
    source.permission = permission
    source.save()
    for user in (None, member):
        assert opened(walled_article, user).body_html is None
    Article.objects.filter(pk=walled_article.pk).update(is_opened=True)
    assert opened(walled_article, member).body_html is None


def test_an_article_without_text_is_free_and_empty(member):
    assert opened(make_article(), member).body_html is None


def test_a_reading_is_counted_once_for_each_reader(walled_article, member, trial_reader):
    for reader in (member, member, trial_reader):
        opened(walled_article, reader)
    assert sorted(Reading.objects.values_list("user_id", flat=True)) == sorted([member.pk, trial_reader.pk])


def test_the_first_opening_is_the_one_that_is_dated(walled_article, member):
    opened(walled_article, member)
    first = Reading.objects.get().read_at
    opened(walled_article, member)
    assert Reading.objects.get().read_at == first


def test_who_sees_the_wall_has_not_read(walled_article, lapsed_reader):
    opened(walled_article, lapsed_reader)
    opened(walled_article, None)
    assert not Reading.objects.exists()


def test_staff_at_work_are_not_counted(walled_article, staff):
    assert SECRET_SENTENCE in opened(walled_article, staff).body_html
    assert not Reading.objects.exists()


def test_openly_licensed_text_is_not_counted(member):
    opened(make_article(make_source(permission="open", licence="CC-BY-4.0"), body="<p>Whole.</p>"), member)
    assert not Reading.objects.exists()


def test_licensed_text_that_an_editor_opened_is_counted(walled_article, member):
    Article.objects.filter(pk=walled_article.pk).update(is_opened=True)
    opened(walled_article, member)
    assert Reading.objects.count() == 1


def test_a_look_that_is_no_visit_is_not_counted(walled_article, member):
    assert opened(walled_article, member, is_visit=False).body_html
    assert not Reading.objects.exists()


def test_the_leak_check_is_given_walled_texts_only(walled_article):
    free = make_article(make_source(permission="open", licence="CC-BY-4.0"), body="<p>Whole.</p>")
    assert walled_texts([walled_article, free]).keys() == {walled_article.pk}
