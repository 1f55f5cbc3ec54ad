from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from articles.stories.run import related_articles
from tests.make import make_article, make_story

pytestmark = pytest.mark.django_db


def test_after_what_is_near_comes_what_ranks_highest():
    now = timezone.now()
    told = ("Ferry strike closes the harbour of Lisbon", "Pilots refuse to bring ferries into the harbour.")
    article = make_article(headline=told[0], standfirst=told[1])
    near = make_article(headline="Lisbon harbour pilots and the ferry strike: what they want", standfirst=told[1])
    others = ["A violin is found in an attic", "Frost threatens the vineyards", "Chess champion resigns his title"]
    low, high, middle = (
        make_article(headline=headline, standfirst="", published_at=now - timedelta(minutes=number))
        for number, headline in enumerate(others)
    )
    for one, score in ((article, 9), (near, 1), (low, 2), (high, 8), (middle, 5)):
        make_story([one], score=score)
    assert related_articles(article, 4, now) == [near, high, middle, low]
