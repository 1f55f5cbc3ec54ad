"""Several workers at the same moment, on a database that lets them."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.utils import timezone

from articles.models import Article, PictureUse, StoredPicture
from articles.pictures import store
from articles.pictures.run import fetch_pictures, want_for
from tests.make import make_article

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.service]


@pytest.fixture(autouse=True)
def real_database():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite lets one write at a time: set DATABASE_URL")


def at_once(work, count: int = 4) -> list:
    def one(number: int):
        try:
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def test_two_workers_never_claim_one_picture():
    now = timezone.now()
    want_for([make_article(image_url=f"https://cdn.example/{number}.jpg").pk for number in range(60)], now)
    claims = at_once(lambda number: [one.key for _ in range(8) for one in store.claim(now, 2)])
    counts = Counter(key for claim in claims for key in claim)
    assert set(counts.values()) == {1}
    assert len(counts) >= 30  # what is locked by another is left to it


def test_workers_that_want_the_same_pictures_do_not_wait_for_each_other_for_ever():
    urls = [f"https://cdn.example/{number}.jpg" for number in range(40)]
    articles = [make_article(image_url=url) for url in (*urls, *reversed(urls))]
    ids = [article.pk for article in articles]
    now = timezone.now()
    at_once(lambda number: want_for(ids[number * 20 : number * 20 + 20] if number % 2 else ids, now))
    assert StoredPicture.objects.count() == 40
    assert PictureUse.objects.count() == 80


def test_several_workers_fetch_each_picture_once(desk):
    urls = [desk.serve(f"{number}.jpg", 400, 300) for number in range(12)]
    for url in urls:
        desk.write(url)
    now = timezone.now()
    assert sum(at_once(lambda number: fetch_pictures(now), 3)) == 12
    assert len(desk.publisher.requests) == 12
    assert not Article.objects.filter(picture=None).exists()
