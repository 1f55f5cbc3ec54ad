from __future__ import annotations

import json

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from articles.models import Article, Feed
from tests.make import make_feed
from tests.publishers import item, rss

pytestmark = pytest.mark.django_db


def refresh(capsys, *arguments: str) -> list[dict]:
    call_command("refresh", "--json", *arguments)
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_line_of_json_says_what_came_of_a_feed(publisher, capsys):
    feed = make_feed(url=publisher.serve("/feed", rss(item(1), item(2))))
    (line,) = refresh(capsys, feed.url)
    assert list(line) == ["url", "outcome", "status", "entries", "new", "changed", "reason", "seconds", "bytes"]
    assert line["url"] == feed.url
    assert (line["outcome"], line["status"], line["entries"], line["new"]) == ("new", 200, 2, 2)
    assert (line["changed"], line["reason"]) == (0, "")
    assert line["bytes"] == len(rss(item(1), item(2)))
    assert line["seconds"] >= 0


def test_new_articles_stand_in_stories_at_once(publisher, capsys):
    today = f"{timezone.now():%d %b %Y}"
    refresh(capsys, make_feed(url=publisher.serve("/feed", rss(item(1).replace("02 Jun 2025", today)))).url)
    assert Article.objects.get().story is not None


def test_a_failure_says_why(publisher, capsys):
    feed = make_feed(url=publisher.serve("/feed", status=503))
    (line,) = refresh(capsys, feed.url)
    assert (line["outcome"], line["status"], line["new"]) == ("failed", 503, 0)
    assert line["reason"] == "The server answered 503 (Service Unavailable)."


def test_an_edit_is_counted(publisher, capsys):
    feed = make_feed(url=publisher.serve("/feed", rss(item(1))))
    refresh(capsys, feed.url)
    publisher.serve("/feed", rss(item(1, text="Corrected.")))
    (line,) = refresh(capsys, feed.url)
    assert (line["new"], line["changed"]) == (0, 1)


def test_without_names_those_that_are_due_are_fetched(publisher, capsys):
    feed = make_feed(url=publisher.serve("/feed", rss(item(1))))
    assert len(refresh(capsys)) == 1
    assert refresh(capsys) == []
    assert [line["outcome"] for line in refresh(capsys, "--all")] == ["unchanged"]
    Feed.objects.filter(pk=feed.pk).update(is_active=False)
    assert refresh(capsys, "--all") == []


def test_an_unknown_address_is_an_error_before_anything_is_fetched(publisher):
    known = make_feed(url=publisher.serve("/feed", rss(item(1))))
    off = make_feed(url=publisher.serve("/off", rss(item(1))), is_active=False)
    for unknown in ("https://nobody.example/feed", off.url):
        with pytest.raises(CommandError, match="No feed that is switched on has this address"):
            call_command("refresh", known.url, unknown)
    assert publisher.requests == []


def test_where_nothing_is_due_it_says_so(publisher, capsys):
    call_command("refresh")
    assert "No feed is due now." in capsys.readouterr().out
    call_command("refresh", "--json")
    assert capsys.readouterr().out == ""


def test_names_and_all_do_not_go_together():
    with pytest.raises(CommandError, match="not both"):
        call_command("refresh", "--all", "https://nobody.example/feed")


def test_for_people_the_line_is_in_words(publisher, capsys):
    feed = make_feed(url=publisher.serve("/feed", rss(item(1))))
    call_command("refresh", feed.url)
    assert capsys.readouterr().out == f"new          {feed.url}  1 new, 0 changed of 1\n"
