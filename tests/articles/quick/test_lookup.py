"""What is looked up of the articles that a page names."""

from __future__ import annotations

import pytest
from django.utils import timezone

from articles.models import Reading, Saved
from articles.quick.lookup import Marks, marks_of
from tests.make import make_article, make_reader

pytestmark = pytest.mark.django_db


def test_marks_are_one_reader_s_own_and_of_the_articles_asked_for():
    reader, other, now = make_reader(), make_reader(), timezone.now()
    saved, read, both, plain, unasked = (make_article() for _ in range(5))
    gone = make_article(withdrawn_at=now)
    Saved.objects.bulk_create(Saved(user=reader, article=one) for one in (saved, both, unasked))
    Reading.objects.bulk_create(Reading(user=reader, article=one, read_at=now) for one in (read, both, gone, unasked))
    Saved.objects.create(user=other, article=plain)
    asked = frozenset(one.pk for one in (saved, read, both, plain, gone))
    assert marks_of(reader.pk, asked) == Marks(
        4, frozenset({saved.pk, both.pk}), frozenset({read.pk, both.pk, gone.pk})
    )
    assert marks_of(other.pk, frozenset({plain.pk, gone.pk})) == Marks(1, frozenset({plain.pk}), frozenset())
    assert marks_of(other.pk, frozenset()) == Marks(0, frozenset(), frozenset())
