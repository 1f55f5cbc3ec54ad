"""An editor's morning, over HTTP, and what readers and visitors see of it at their next load."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from articles.models import Pick
from tests.make import make_article, make_source

DESK = reverse("admin:articles_pick_changelist")


@pytest.fixture
def desk(editor) -> Client:
    client = Client()
    client.force_login(editor)
    return client


@pytest.fixture
def reader(member) -> Client:
    client = Client()
    client.force_login(member)
    return client


def strip(client: Client) -> list[str]:
    """The headlines of Our Picks on somebody's front page, in order."""
    section = re.search(r'aria-labelledby="picks">(.*?)</section>', client.get("/").text, re.S)
    return re.findall(r'<h3[^>]*><a href="[^"]*">(.*?)</a></h3>', section[1]) if section else []


def change(desk: Client, pick: Pick, **fields) -> None:
    local = timezone.localtime
    now_saved = {
        "article": pick.article_id,
        "note": pick.note,
        "headline_override": pick.headline_override,
        "starts_at": f"{local(pick.starts_at):%Y-%m-%dT%H:%M}",
        "ends_at": f"{local(pick.ends_at):%Y-%m-%dT%H:%M}" if pick.ends_at else "",
    }
    answer = desk.post(reverse("admin:articles_pick_change", args=[pick.pk]), {**now_saved, **fields})
    assert answer.status_code == 302
    pick.refresh_from_db()


def test_what_an_editor_does_shows_on_the_front_page_for_readers_and_visitors(desk, reader, visitor, editor):
    source = make_source(name="The Harbour Ledger")
    ferry, orchard = make_article(source, headline="A ferry timetable"), make_article(headline="An orchard")
    everybody = (reader, visitor)

    # Found by a word, added from the list.
    page = desk.get(reverse("admin:articles_article_changelist"), {"q": "ferry"}).text
    assert f'value="{ferry.pk}"' in page
    for article in (ferry, orchard):
        chosen = {"action": "add_to_picks", "_selected_action": [article.pk]}
        desk.post(reverse("admin:articles_article_changelist"), chosen)
    first, second = Pick.objects.order_by("position")
    assert [strip(client) for client in everybody] == [["A ferry timetable", "An orchard"]] * 2

    # A line saying why, and a headline of our own; the publisher's stays on the article's page.
    change(desk, first, note="Stay for the last line.", headline_override="Everything a timetable promised")
    for client in everybody:
        assert strip(client)[0] == "Everything a timetable promised"
        assert "Stay for the last line." in client.get("/").text
    assert "A ferry timetable" in visitor.get(ferry.get_absolute_url()).text

    # Dragged to another place.
    body = json.dumps({"updatedItems": [[str(second.pk), 1], [str(first.pk), 2]]})
    desk.post(reverse("admin:articles_pick_sortable_update"), body, content_type="application/json")
    assert [strip(client) for client in everybody] == [["An orchard", "Everything a timetable promised"]] * 2

    # Put off until tomorrow: it leaves the page and the desk says when it comes.
    tomorrow = timezone.now() + timedelta(days=1)
    change(desk, second, starts_at=f"{timezone.localtime(tomorrow):%Y-%m-%dT%H:%M}")
    assert [strip(client) for client in everybody] == [["Everything a timetable promised"]] * 2
    assert "starts tomorrow" in desk.get(DESK).text
    preview = desk.get(reverse("admin:articles_pick_preview"), {"at": tomorrow.isoformat()}).text
    assert preview.index("An orchard") < preview.index("Everything a timetable promised")

    # Ended.
    desk.post(DESK, {"action": "end_now", "_selected_action": [first.pk]})
    assert [strip(client) for client in everybody] == [[], []]

    # Who did what.
    assert set(LogEntry.objects.values_list("user__email", flat=True)) == {editor.email}
    history = desk.get(reverse("admin:articles_pick_history", args=[first.pk])).text
    for line in (
        "Added from the list of articles.",
        "Changed Our headline and Why.",
        "Moved from place 1 to place 2.",
        "Ended.",
    ):
        assert line in history


def test_a_scheduled_pick_appears_and_leaves_by_its_dates_with_nothing_running(visitor, desk):
    article = make_article(headline="For the evening")
    now = timezone.now()
    pick = Pick.objects.create(article=article, starts_at=now + timedelta(hours=1), ends_at=now + timedelta(hours=2))
    assert strip(visitor) == []
    Pick.objects.filter(pk=pick.pk).update(starts_at=now - timedelta(minutes=1))
    assert strip(visitor) == ["For the evening"]
    Pick.objects.filter(pk=pick.pk).update(starts_at=now - timedelta(hours=2), ends_at=now - timedelta(seconds=1))
    assert strip(visitor) == []


def test_a_visitors_front_page_is_kept_for_a_minute_and_no_longer(visitor, db):
    assert "max-age=60" in visitor.get("/")["Cache-Control"]
