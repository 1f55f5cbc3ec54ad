"""The picks desk, over HTTP as an editor works at it."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from articles.models import Pick
from tests.make import make_article, make_pick, make_source

DESK = reverse("admin:articles_pick_changelist")
ADD = reverse("admin:articles_pick_add")
ORDER = reverse("admin:articles_pick_sortable_update")
HOUR = timedelta(hours=1)


@pytest.fixture
def at_desk(client, editor):
    client.force_login(editor)
    return client


def change_url(pick: Pick) -> str:
    return reverse("admin:articles_pick_change", args=[pick.pk])


def typed(article, **fields) -> dict:
    return {
        "article": article.pk,
        "note": "",
        "headline_override": "",
        "starts_at": "2026-03-04T06:00",
        "ends_at": "",
        **fields,
    }


def pick_named(headline: str, **fields) -> Pick:
    return make_pick(make_article(headline=headline), **fields)


def drag(client, *picks: Pick):
    """What the script sends: the rows between the two places, in their new turn."""
    body = json.dumps({"updatedItems": [[str(pick.pk), number] for number, pick in enumerate(picks)]})
    return client.post(ORDER, body, content_type="application/json")


def shown_order(client) -> list[str]:
    page = client.get(DESK).text
    return sorted((pick.headline for pick in Pick.objects.all()), key=lambda headline: page.index(f">{headline}</a>"))


# Adding and changing


def test_an_editor_who_adds_a_pick_is_named_as_who_chose_it(at_desk, editor):
    article = make_article()
    at_desk.post(ADD, typed(article, note="Read it to the end."))
    pick = Pick.objects.get()
    assert (pick.article, pick.editor, pick.note) == (article, editor, "Read it to the end.")


def test_a_new_pick_goes_to_the_end_of_the_order(at_desk):
    make_pick(position=7)
    at_desk.post(ADD, typed(make_article()))
    assert Pick.objects.latest("pk").position == 8


def test_another_editor_who_corrects_a_pick_does_not_take_it_over(at_desk, staff):
    pick = make_pick(editor=staff)
    at_desk.post(change_url(pick), typed(pick.article, note="Corrected."))
    pick.refresh_from_db()
    assert (pick.editor, pick.note) == (staff, "Corrected.")


def test_times_are_those_of_the_editors_zone_and_the_form_says_which(at_desk, editor):
    editor.time_zone = "Asia/Tokyo"
    editor.save()
    assert "Asia/Tokyo" in at_desk.get(ADD).text
    at_desk.post(ADD, typed(make_article(), starts_at="2026-03-04T06:00"))
    assert Pick.objects.get().starts_at.isoformat() == "2026-03-03T21:00:00+00:00"


def test_the_form_shows_the_publishers_headline_beside_our_own(at_desk):
    pick = make_pick(make_article(headline="As the publisher has it"), headline_override="As we have it")
    for url in (DESK, change_url(pick)):
        page = at_desk.get(url).text
        assert "As the publisher has it" in page
        assert "As we have it" in page


@pytest.mark.parametrize("ends_at", ["2026-03-04T06:00", "2026-03-04T05:59"])
def test_an_end_that_does_not_come_after_the_start_is_refused_in_one_sentence(at_desk, ends_at):
    page = at_desk.post(ADD, typed(make_article(), ends_at=ends_at)).text
    assert page.count("The end must come after the start.") == 1
    assert "violated" not in page
    assert not Pick.objects.exists()


def test_without_a_script_an_article_is_named_by_its_number_or_its_address(at_desk):
    """The list that is searched by typing stays empty then: its field comes first, and the typed one counts."""
    page = at_desk.get(ADD).text
    assert re.search(r'<noscript>.*<input [^>]*name="article".*</noscript>', page, re.S)
    for address in ("{}", "/article/{}/", "https://news.example/article/{}/a-ferry-timetable/?from=front"):
        article = make_article()
        at_desk.post(ADD, {**typed(article), "article": ["", address.format(article.pk)]})
        assert Pick.objects.latest("pk").article == article


def test_without_a_script_what_is_no_article_is_refused(at_desk):
    page = at_desk.post(ADD, {**typed(make_article()), "article": ["", "https://news.example/picks/"]}).text
    assert "Select a valid choice" in page
    assert not Pick.objects.exists()


def test_without_a_script_a_pick_keeps_its_article_when_it_is_changed(at_desk):
    pick = make_pick()
    assert f'name="article" value="{pick.article_id}"' in at_desk.get(change_url(pick)).text


def test_an_article_is_not_picked_twice_for_the_same_time(at_desk):
    pick = make_pick(starts_at=timezone.now() - HOUR, ends_at=None)
    page = at_desk.post(ADD, typed(pick.article)).text
    assert f'already in Our Picks during that time: <a href="{change_url(pick)}">' in page
    assert Pick.objects.count() == 1


def test_an_article_may_be_picked_again_after_its_first_time_is_over(at_desk):
    now = timezone.now()
    pick = make_pick(starts_at=now - 3 * HOUR, ends_at=now - HOUR)
    at_desk.post(ADD, typed(pick.article, starts_at=f"{now:%Y-%m-%dT%H:%M}"))
    assert Pick.objects.count() == 2


def test_an_article_may_be_picked_for_a_time_that_ends_before_its_next_one(at_desk):
    now = timezone.now()
    pick = make_pick(starts_at=now + 48 * HOUR)
    at_desk.post(ADD, typed(pick.article, ends_at=f"{now + HOUR:%Y-%m-%dT%H:%M}"))
    assert Pick.objects.count() == 2


def test_a_pick_that_nobody_would_ever_see_is_not_added(at_desk):
    page = at_desk.post(ADD, typed(make_article(), ends_at="2026-03-05T06:00")).text
    assert "The end has passed: readers would never see this pick." in page
    assert not Pick.objects.exists()


def test_who_saves_a_pick_whose_end_has_passed_is_told_that_it_is_gone(at_desk):
    pick = make_pick(starts_at=timezone.now() - 48 * HOUR)
    over = f"{timezone.now() - HOUR:%Y-%m-%dT%H:%M}"
    saved = at_desk.post(change_url(pick), typed(pick.article, ends_at=over), follow=True).text
    assert "Readers do not see this pick: it ended" in saved
    saved = at_desk.post(change_url(pick), typed(pick.article), follow=True).text
    assert "Readers do not see this pick" not in saved


def test_a_pick_can_be_changed_without_being_in_its_own_way(at_desk):
    pick = make_pick()
    at_desk.post(change_url(pick), typed(pick.article, note="Why."))
    pick.refresh_from_db()
    assert pick.note == "Why."


@pytest.mark.parametrize("hidden", [{"withdrawn_at": timezone.now()}, {"is_active": False}])
def test_what_readers_cannot_see_is_not_picked(at_desk, hidden):
    source = make_source(**{name: value for name, value in hidden.items() if name == "is_active"})
    article = make_article(source, **{name: value for name, value in hidden.items() if name == "withdrawn_at"})
    assert "Readers cannot see this article" in at_desk.post(ADD, typed(article)).text
    assert not Pick.objects.exists()


def test_a_pick_whose_article_was_taken_down_can_still_be_ended_by_its_form(at_desk):
    pick = make_pick(make_article(withdrawn_at=timezone.now()), starts_at=timezone.now() - 48 * HOUR)
    at_desk.post(change_url(pick), typed(pick.article, ends_at="2026-03-04T07:00"))
    pick.refresh_from_db()
    assert pick.ends_at is not None


# Finding


def find(client, words: str) -> list[dict]:
    wanted = {"app_label": "articles", "model_name": "pick", "field_name": "article", "term": words}
    return client.get(reverse("admin:autocomplete"), wanted).json()["results"]


def test_an_article_is_found_by_a_word_with_its_title_and_age(at_desk):
    now = timezone.now()
    source = make_source(name="The Harbour Ledger")
    make_article(source, headline="A ferry timetable", published_at=now - 2 * HOUR)
    make_article(source, headline="A bridge", published_at=now)
    assert [found["text"] for found in find(at_desk, "ferry")] == ["A ferry timetable · The Harbour Ledger · 2 h"]


def test_the_newest_articles_are_offered_first_and_hidden_ones_never(at_desk):
    now = timezone.now()
    make_article(headline="Old", published_at=now - 5 * HOUR)
    make_article(headline="New", published_at=now - HOUR)
    make_article(headline="Gone", published_at=now, withdrawn_at=now)
    make_article(make_source(is_active=False), headline="Off", published_at=now)
    assert [found["name"] for found in find(at_desk, "")] == ["New", "Old"]


@pytest.mark.parametrize("words", ["\x00", "%", '"', "a" * 10_000, "🙂", "' OR 1=1 --"])
def test_odd_words_find_nothing_and_break_nothing(at_desk, words):
    make_article(headline="A ferry timetable")
    assert find(at_desk, words) == []


# Order


def test_dragging_changes_the_order_and_says_in_history_who_moved_what(at_desk, editor):
    first, second, third = (pick_named(f"P{number}", position=number) for number in (1, 2, 3))
    assert drag(at_desk, third, first, second).status_code == 200
    assert shown_order(at_desk) == ["P3", "P1", "P2"]
    entry = LogEntry.objects.get(object_id=str(third.pk))
    assert (entry.user, entry.change_message) == (editor, "Moved from place 3 to place 1.")


def test_picks_that_share_a_number_can_be_ordered_all_the_same(at_desk):
    now = timezone.now()
    picks = [pick_named(f"P{n}", position=0, starts_at=now - n * HOUR) for n in (1, 2, 3)]
    drag(at_desk, picks[2], picks[0], picks[1])
    assert shown_order(at_desk) == ["P3", "P1", "P2"]


def test_what_a_filter_hides_keeps_its_place(at_desk):
    live_one, scheduled, live_two = (make_pick(position=number) for number in (1, 2, 3))
    Pick.objects.filter(pk=scheduled.pk).update(starts_at=timezone.now() + HOUR)
    drag(at_desk, live_two, live_one)
    assert list(Pick.objects.values_list("pk", flat=True)) == [live_two.pk, scheduled.pk, live_one.pk]


def test_a_new_order_makes_the_kept_front_page_old(at_desk):
    """The page's key holds the newest changed_at of the picks."""
    first, second = make_pick(position=1), make_pick(position=2)
    before = max(first.changed_at, second.changed_at)
    drag(at_desk, second, first)
    assert Pick.objects.latest("changed_at").changed_at > before


def test_the_answer_to_a_drag_is_the_strip_as_it_is_now(at_desk):
    first, second = make_pick(position=1), make_pick(position=2)
    page = drag(at_desk, second, first).text
    assert page.index(second.headline) < page.index(first.headline)


@pytest.mark.parametrize(("way", "moved"), [("up", ["P2", "P1", "P3"]), ("down", ["P1", "P3", "P2"])])
def test_the_buttons_order_without_a_script_and_keep_the_place_in_the_list(at_desk, way, moved):
    first, second, third = (pick_named(f"P{number}", position=number) for number in (1, 2, 3))
    neighbour = first if way == "up" else third
    assert f'name="{way}" value="{second.pk},{neighbour.pk}"' in at_desk.get(DESK).text
    answer = at_desk.post(ORDER, {way: f"{second.pk},{neighbour.pk}", "_changelist_filters": "state=live"})
    assert answer.url == f"{DESK}?state=live#place-{second.pk}"
    assert shown_order(at_desk) == moved


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("{}", "application/json"),
        ("[]", "application/json"),
        ("null", "application/json"),
        ("\x00", "application/json"),
        ("[" * 100_000, "application/json"),
        ('{"updatedItems": [["x", 1]]}', "application/json"),
        ('{"updatedItems": [[99999999999999999999999, 1]]}', "application/json"),
        ('{"updatedItems": [[-1, 1]]}', "application/json"),
        ('{"updatedItems": [[Infinity, 1]]}', "application/json"),
        ("up=", "application/x-www-form-urlencoded"),
        ("up=1,x", "application/x-www-form-urlencoded"),
        ("", "application/x-www-form-urlencoded"),
    ],
)
def test_an_order_that_cannot_be_read_is_refused(at_desk, body, kind):
    assert at_desk.post(ORDER, body, content_type=kind).status_code == 400


def test_ids_that_are_not_on_the_desk_are_passed_over(at_desk):
    first, second = make_pick(position=1), make_pick(position=2)
    body = json.dumps({"updatedItems": [[999_999, 1], [second.pk, 2], [first.pk, 3]]})
    assert at_desk.post(ORDER, body, content_type="application/json").status_code == 200
    assert list(Pick.objects.values_list("pk", flat=True)) == [second.pk, first.pk]


def test_the_order_is_not_changed_by_a_link(at_desk):
    assert at_desk.get(ORDER).status_code == 405


# The list


def test_the_list_says_what_each_pick_is_doing(at_desk):
    now = timezone.now()
    make_pick(starts_at=now - 72 * HOUR)
    make_pick(starts_at=now + 72 * HOUR)
    make_pick(make_article(withdrawn_at=now), starts_at=now - HOUR)
    page = at_desk.get(DESK).text
    for words in ("live since", "starts ", "article withdrawn"):
        assert words in page


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        ("", {"Alive", "Coming"}),
        ("live", {"Alive"}),
        ("scheduled", {"Coming"}),
        ("ended", {"Over"}),
        ("x", {"Alive", "Coming"}),
    ],
)
def test_the_desk_holds_what_is_live_or_coming_and_the_rest_on_request(at_desk, state, shown):
    now = timezone.now()
    pick_named("Alive", starts_at=now - HOUR)
    pick_named("Coming", starts_at=now + HOUR)
    pick_named("Over", starts_at=now - 2 * HOUR, ends_at=now - HOUR)
    page = at_desk.get(DESK, {"state": state} if state else {}).text
    assert {name for name in ("Alive", "Coming", "Over") if f">{name}</a>" in page} == shown


def test_picks_end_now_and_scheduled_ones_are_left_alone_with_a_word(at_desk, editor):
    live, coming = make_pick(), make_pick(starts_at=timezone.now() + HOUR)
    answer = at_desk.post(DESK, {"action": "end_now", "_selected_action": [live.pk, coming.pk]}, follow=True)
    assert "Not live, so not ended: 1" in answer.text
    live.refresh_from_db()
    coming.refresh_from_db()
    assert live.ends_at is not None
    assert coming.ends_at is None
    assert LogEntry.objects.get(object_id=str(live.pk)).change_message == "Ended."


def test_the_history_of_a_pick_says_who_did_what(at_desk, editor):
    at_desk.post(ADD, typed(make_article()))
    pick = Pick.objects.get()
    at_desk.post(change_url(pick), typed(pick.article, note="Why."))
    page = at_desk.get(reverse("admin:articles_pick_history", args=[pick.pk])).text
    assert "Added." in page
    assert "Changed Why." in page
    assert editor.name in page


def queries_of(client, url: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


def test_the_list_costs_the_same_with_three_picks_and_with_thirty(at_desk):
    for _ in range(3):
        make_pick()
    at_desk.get(DESK)
    few = queries_of(at_desk, DESK)
    for _ in range(27):
        make_pick()
    assert queries_of(at_desk, DESK) == few
    assert few <= 14


# The strip as readers will see it


def test_the_desk_shows_the_strip_now_and_after_each_coming_change(at_desk):
    now = timezone.now()
    make_pick(headline_override="Now here", position=1, starts_at=now - HOUR, ends_at=now + 48 * HOUR)
    make_pick(headline_override="Soon here", position=2, starts_at=now + 24 * HOUR)
    strips = at_desk.get(DESK).context["strips"]
    assert [[pick.headline for pick in strip.on_front] for strip in strips] == [
        ["Now here"],
        ["Now here", "Soon here"],
        ["Soon here"],
    ]


def test_the_strip_shows_no_article_that_readers_are_not_shown(at_desk):
    make_pick(make_article(withdrawn_at=timezone.now()))
    make_pick(make_article(make_source(is_active=False)))
    assert "readers see no Our Picks at all" in at_desk.get(DESK).text


def test_picks_beyond_the_room_of_the_front_page_are_named_as_such(at_desk):
    for number in range(1, 6):
        make_pick(position=number, headline_override=f"Pick {number}")
    assert "the front page has room for 4: Pick 5" in at_desk.get(DESK).text


def test_the_preview_is_the_front_page_of_a_visitor_at_that_instant(at_desk):
    now = timezone.now()
    make_pick(headline_override="Here today", ends_at=now + HOUR)
    make_pick(headline_override="Here tomorrow", starts_at=now + 24 * HOUR)
    url = reverse("admin:articles_pick_preview")
    today = at_desk.get(url).text
    tomorrow = at_desk.get(url, {"at": (now + 25 * HOUR).isoformat()}).text
    assert "Here today" in today
    assert "Here tomorrow" not in today
    assert "Here tomorrow" in tomorrow
    assert "Here today" not in tomorrow
    assert "Start reading" in tomorrow


@pytest.mark.parametrize(
    "at", ["", "x", "\x00", "9999-12-31T23:59:59Z", "0001-01-01T00:00", "2026-13-45T99:99", "1" * 10_000]
)
def test_a_preview_of_no_instant_is_one_of_now(at_desk, at):
    page = at_desk.get(reverse("admin:articles_pick_preview"), {"at": at})
    assert page.status_code == 200
    assert "the front page now" in page.text


def test_previews_and_desk_hold_nothing_from_behind_the_wall(at_desk, walled_article):
    """A13: the desk shows headlines and notes, never a text."""
    pick = make_pick(walled_article)
    for url in (DESK, change_url(pick), reverse("admin:articles_pick_preview")):
        assert "quartermaster" not in at_desk.get(url).text
