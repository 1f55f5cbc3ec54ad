"""Ten saved feeds of real publishers, served on loopback, added by address at the desk, read on the site."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.core.management import call_command

from articles.models import Article, Feed
from tests.make import make_source, make_user

CORPUS = Path(__file__).parents[3] / "shared" / "feeds" / "corpus"
NEWS = (
    "bbci.co.uk_news_world",
    "dawn.com",
    "npr.org",
    "japantoday",
    "allafrica",
    "csmonitor",
    "elpais",
    "mercopress",
    "restofworld",
    "boston.com",
)

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not CORPUS.is_dir(), reason="the saved feeds of real publishers are not on this machine"),
]


def saved_feeds() -> list[Path]:
    found = [next(iter(sorted(CORPUS.glob(f"*{name}*"))), None) for name in NEWS]
    return [path for path in found if path]


def test_ten_feeds_are_added_by_address_fetched_and_read(publisher, client, visitor, capsys):
    client.force_login(make_user("operator@site.example", is_staff=True, is_superuser=True))
    paths = saved_feeds()
    assert len(paths) == 10
    for path in paths:
        source = make_source(permission="teaser")
        answer = client.post(
            "/admin/articles/feed/add/",
            {
                "source": source.pk,
                "url": publisher.serve(f"/{path.name}", path.read_bytes()),
                "section": "world",
                "is_active": "on",
            },
        )
        assert answer.status_code == 302, answer.context["errors"]
    call_command("refresh", "--all", "--json")
    results = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
    assert {result["outcome"] for result in results} == {"new"}
    assert Feed.objects.exclude(last_outcome="new").count() == 0
    for feed in Feed.objects.all():
        article = Article.objects.filter(source=feed.source).newest().first()
        page = visitor.get(article.get_absolute_url())
        assert page.status_code == 200
        assert f"Continue at {feed.source.name}" in page.text
        assert not article.has_body
        assert visitor.get(feed.source.get_absolute_url()).status_code == 200
    front = visitor.get("/").text
    assert (
        sum(
            article.headline[:40] in front.replace("&#x27;", "'").replace("&quot;", '"')
            for article in Article.objects.all()
        )
        > 5
    )
