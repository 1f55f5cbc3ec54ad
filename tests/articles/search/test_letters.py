"""Muted words and topics are folded anew when the index compares letters in another way."""

from importlib import import_module

import pytest
from django.apps import apps

from articles.models import ArticleTopic, Follow, Mute, Topic
from tests.make import make_article, make_reader

fold_anew = import_module("articles.migrations.0026_search_letters").fold_anew

pytestmark = pytest.mark.django_db


def test_a_muted_word_is_kept_and_one_that_is_muted_twice_goes():
    reader = make_reader()
    for word in ("łodz", "straße", "strasse", "elan", "か\u3099ん"):
        Mute.objects.create(user=reader, word=word, typed=word)
    fold_anew(apps, None)
    assert set(Mute.objects.values_list("word", flat=True)) == {"lodz", "strasse", "elan", "がん"}


def test_topics_that_become_one_keep_the_readers_and_articles_of_both():
    old, new, other = (Topic.objects.create(key=key, name=key) for key in ("straße", "strasse", "øl"))
    first, both = make_reader(), make_reader()
    for user, topic in ((first, old), (both, old), (both, new)):
        Follow.objects.create(user=user, topic=topic)
    mine, shared = make_article(), make_article()
    for article, topic in ((mine, old), (shared, old), (shared, new)):
        ArticleTopic.objects.create(article=article, topic=topic)
    fold_anew(apps, None)
    assert set(Topic.objects.values_list("pk", "key")) == {(new.pk, "strasse"), (other.pk, "ol")}
    assert set(Follow.objects.values_list("user", "topic")) == {(first.pk, new.pk), (both.pk, new.pk)}
    assert set(ArticleTopic.objects.values_list("article", "topic")) == {(mine.pk, new.pk), (shared.pk, new.pk)}
