from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from articles.models import ArticleTopic, Source, Topic
from articles.tasks import file_topics, file_topics_left_behind, renew_offered_topics
from articles.topics.store import file_articles, find_topics, offered_topics, topics_of
from tests.make import make_article, make_source

pytestmark = pytest.mark.django_db


def labelled(*labels: str, count: int = 3) -> list:
    """Articles with these labels, each of another title."""
    articles = [make_article(categories=list(labels)) for _ in range(count)]
    file_articles([article.pk for article in articles])
    return articles


def names_of(article) -> list[str]:
    return sorted(ArticleTopic.objects.filter(article=article).values_list("topic__name", flat=True))


def test_labels_of_one_meaning_are_one_topic():
    one, other = make_article(categories=["Wildfires"]), make_article(categories=["WILDFIRE", "Water"])
    file_articles([one.pk, other.pk])
    assert Topic.objects.count() == 2
    assert len(names_of(one)) == 1
    assert len(names_of(other)) == 2


def test_filing_twice_changes_nothing():
    article = labelled("Water", count=1)[0]
    file_topics([article.pk])
    assert names_of(article) == ["Water"]


def test_a_changed_article_leaves_its_old_topics():
    article = labelled("Water", "Ports", count=1)[0]
    article.categories = ["Ports", "Rail"]
    article.save()
    file_articles([article.pk])
    assert names_of(article) == ["Ports", "Rail"]


def test_articles_from_before_there_were_topics_are_filed():
    article = make_article(categories=["Water"])
    old = make_article(categories=["Rail"], published_at=timezone.now() - timedelta(days=60))
    file_topics_left_behind()
    assert names_of(article) == ["Water"]
    assert names_of(old) == []


def test_known_labels_cost_few_queries_however_many_articles(django_assert_num_queries):
    articles = labelled("Water", "Ports", count=30)
    with django_assert_num_queries(5):  # two of them begin and end the transaction
        file_articles([article.pk for article in articles])


def test_only_what_several_articles_carry_is_offered():
    article = labelled("Water")[0]
    rare = make_article(categories=["Water", "Rare"])
    file_articles([rare.pk])
    assert [topic.name for topic in topics_of(rare)] == ["Water"]
    assert [topic.name for topic in find_topics("wat", 5)] == ["Water"]
    assert find_topics("rare", 5) == []
    assert topics_of(article)[0].key == "water"


def test_offered_topics_are_carried_by_several_titles_now():
    labelled("Water", count=4)
    labelled("Ports")
    lantern = make_source()
    own = [make_article(lantern, categories=["House style"]) for _ in range(5)]
    old = [make_article(categories=["Yesteryear"], published_at=timezone.now() - timedelta(days=9)) for _ in range(5)]
    file_articles([article.pk for article in [*own, *old]])
    assert [topic.name for topic in offered_topics(timezone.now(), 10)] == ["Water", "Ports"]


def test_a_topic_of_titles_that_are_switched_off_is_not_offered():
    labelled("Water")
    Source.objects.update(is_active=False)
    labelled("Ports")
    assert [topic.name for topic in offered_topics(timezone.now(), 10)] == ["Ports"]


def test_what_is_offered_is_counted_in_a_worker(django_assert_num_queries):
    labelled("Water")
    renew_offered_topics()
    with django_assert_num_queries(1):
        assert [topic.name for topic in offered_topics(timezone.now(), 10)] == ["Water"]


@pytest.mark.parametrize("label", ["World", "News", "home", "Sports"])
def test_a_place_at_a_publisher_is_no_topic_to_offer(label):
    labelled(label)
    assert offered_topics(timezone.now(), 10) == []
    assert find_topics(label, 5) == []


@pytest.mark.parametrize("typed", ["", "%", "\x00", "x" * 10_000, "  "])
def test_odd_questions_find_nothing(typed):
    labelled("Water")
    assert find_topics(typed, 5) == []


def test_topics_are_found_by_any_of_their_words():
    labelled("Global water crisis")
    assert [topic.name for topic in find_topics("WATER", 5)] == ["Global water crisis"]
