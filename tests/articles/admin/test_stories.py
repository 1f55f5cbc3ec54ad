"""Stories at the desk: found in a few keystrokes, looked at, merged, split, a report moved; as an editor does it."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from articles.models import Article, Copy, Placement, Story
from tests.make import make_article, make_source, make_story

LIST = reverse("admin:articles_story_changelist")
MERGE = reverse("admin:articles_story_merge")


@pytest.fixture
def at_desk(client, editor):
    client.force_login(editor)
    return client


@pytest.fixture
def delta(db):
    return make_story([make_article(headline=f"Delta {name}") for name in ("accord", "gauges", "opera")])


@pytest.fixture
def flood(db):
    return make_story([make_article(headline=f"Flood {name}") for name in ("at Low Marrick", "recedes")])


def page_of(story: Story) -> str:
    return reverse("admin:articles_story_change", args=[story.pk])


def act(name: str, story: Story) -> str:
    return reverse(f"admin:articles_story_{name}", args=[story.pk])


def ids_of(story: Story) -> list[int]:
    return list(Article.objects.filter(story=story).order_by("pk").values_list("pk", flat=True))


def join(*ids: int) -> str:
    return ",".join(map(str, ids))


def names_on(page: str) -> set[str]:
    return {unescape(name) for name in re.findall(r'field-headline"><a href="[^"]*">([^<]*)</a>', page)}


def fields_of(page: str) -> dict[str, list[str]]:
    """What the form would send as it stands."""
    sent: dict[str, list[str]] = {}
    for tag in re.findall(r'<input (?:type="(?:hidden|radio|checkbox)"[^>]*)>', page):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and value and ('type="hidden"' in tag or " checked" in tag):
            sent.setdefault(name[1], []).append(value[1])
    return sent


# Looking


def test_an_editor_sees_which_titles_report_a_story_and_what_to_know_of_each(at_desk, editor):
    lead = make_article(make_source(name="The Harbour Ledger"), headline="Report one", body="<p>x</p>")
    arabic = make_article(make_source(language="ar"), headline="تقرير")
    copy = make_article(headline="Report again", is_copy=True)
    down = make_article(headline="Report down", withdrawn_at=timezone.now())
    story = make_story([lead, arabic, copy, down])
    Copy.objects.create(article=copy, original=lead)
    Placement.objects.create(article=arabic, story=story, editor=editor, placed_at=timezone.now())
    rows = re.findall(r"<tr>.*?</tr>", at_desk.get(page_of(story)).text, re.S)[1:]
    said = {row.split('value="')[1].split('"')[0]: unescape(re.sub(r"<[^>]*>", "", row)) for row in rows}
    assert "leads" in said[str(lead.pk)]
    assert "members" in said[str(lead.pk)]
    assert "Arabic" in said[str(arabic.pk)]
    assert "placed by Ines Carrow" in said[str(arabic.pk)]
    assert "same words as The Harbour Ledger" in said[str(copy.pk)]
    assert "article withdrawn" in said[str(down.pk)]


def test_a_story_s_facts_are_looked_at_and_not_changed(at_desk, admin_client):
    story = make_story([make_article()])
    for client in (at_desk, admin_client):
        assert client.post(page_of(story), {"section": "sport"}).status_code == 403
        assert client.get(reverse("admin:articles_story_add")).status_code == 403


def test_a_story_whose_lead_is_gone_can_still_be_looked_at(at_desk):
    story = make_story([make_article()], lead=None)
    assert at_desk.get(LIST).status_code == 200
    assert at_desk.get(page_of(story)).status_code == 200


def test_a_story_that_was_merged_away_says_where_its_reports_are(at_desk, delta, flood):
    at_desk.post(MERGE, {"stories": join(delta.pk, flood.pk), "into": delta.pk})
    page = at_desk.get(page_of(flood)).text
    assert "stand in another story now" in page
    assert page_of(delta) in page
    assert "Merge with another story" not in page


def test_a_long_story_shows_its_newest_reports_and_says_how_many_there_are(at_desk):
    source = make_source()
    story = make_story([make_article(source) for _ in range(303)])
    page = at_desk.get(page_of(story)).text
    assert page.count('name="article"') == 300
    assert "The newest 300 of 303" in page


# Finding


def test_a_story_is_found_by_the_beginning_of_a_word_of_any_of_its_reports(at_desk, delta, flood):
    assert names_on(at_desk.get(LIST, {"q": "gaug"}).text) == {"Delta accord"}
    assert names_on(at_desk.get(LIST, {"q": "reced flood"}).text) == set()
    assert names_on(at_desk.get(LIST, {"q": "flood reced"}).text) == {"Flood at Low Marrick"}


@pytest.mark.parametrize("typed", ["#{}", "/story/{}/delta-accord/", "https://site.example/story/{}/x/"])
def test_a_story_is_found_by_its_number_or_address(at_desk, delta, flood, typed):
    assert names_on(at_desk.get(LIST, {"q": typed.format(delta.pk)}).text) == {"Delta accord"}
    assert "Delta accord" in names_on(at_desk.get(LIST, {"q": str(delta.pk)}).text)


def test_stories_stand_newest_first_and_are_narrowed(at_desk, delta, flood):
    sport = make_story([make_article(headline="A match", section="sport")], title_count=12)
    now = timezone.now()
    for number, story in enumerate((flood, sport, delta)):
        Story.objects.filter(pk=story.pk).update(last_at=now - timedelta(hours=number))
    page = at_desk.get(LIST).text
    assert page.index("Flood at") < page.index("A match</a>") < page.index("Delta accord")
    assert names_on(at_desk.get(LIST, {"section__exact": "sport"}).text) == {"A match"}
    assert names_on(at_desk.get(LIST, {"titles": "2"}).text) == {"Delta accord", "Flood at Low Marrick"}
    assert names_on(at_desk.get(LIST, {"titles": "10"}).text) == {"A match"}
    assert len(names_on(at_desk.get(LIST, {"titles": "x", "hand": "x"}).text)) == 3


def test_the_list_shows_what_editors_did_and_hides_what_was_merged_away(at_desk, delta, flood):
    make_story([make_article(headline="Untouched")])
    at_desk.post(MERGE, {"stories": join(delta.pk, flood.pk), "into": delta.pk})
    delta.refresh_from_db()
    assert names_on(at_desk.get(LIST).text) == {delta.lead.headline, "Untouched"}
    assert names_on(at_desk.get(LIST, {"hand": "placed"}).text) == {delta.lead.headline}
    assert names_on(at_desk.get(LIST, {"hand": "merged"}).text) == {f"story {flood.pk}"}


def test_the_other_story_is_found_by_typing_and_never_the_same_one(at_desk, delta, flood):
    page = at_desk.get(act("find", delta), {"q": "e"}).text
    assert "No other story answers" in page
    page = at_desk.get(act("find", delta), {"q": "reced"}).text
    assert "Flood at Low Marrick" in page
    assert f"{MERGE}?stories={delta.pk},{flood.pk}" in page
    assert f"into={delta.pk}" not in at_desk.get(act("find", delta), {"articles": join(*ids_of(delta)[:1])}).text


def queries_of(client, url: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


def test_pages_cost_the_same_with_few_and_with_many(at_desk):
    few, more = [make_story([make_article() for _ in range(count)]) for count in (2, 30)]
    at_desk.get(page_of(few))  # content types are asked for once
    assert queries_of(at_desk, page_of(few)) == queries_of(at_desk, page_of(more)) <= 9
    find = queries_of(at_desk, act("find", few)), queries_of(at_desk, LIST)
    for _ in range(15):
        make_story([make_article()])
    assert (queries_of(at_desk, act("find", few)), queries_of(at_desk, LIST)) == find


# Merging


def test_an_editor_merges_two_stories_after_seeing_both(at_desk, visitor, delta, flood):
    page = at_desk.get(MERGE, {"stories": join(flood.pk, delta.pk)}).text
    assert all(name in page for name in ("Delta gauges", "Delta opera", "Flood recedes", "Flood at Low Marrick"))
    sent = fields_of(page)
    assert sent["into"] == [str(delta.pk)], "the one with most reports is suggested"
    answer = at_desk.post(MERGE, sent, follow=True)
    assert answer.redirect_chain == [(page_of(delta), 302)]
    assert "Merged: 2 articles joined “Delta accord”" in unescape(answer.text)
    delta.refresh_from_db()
    assert visitor.get(f"/story/{flood.pk}/")["Location"] == delta.get_absolute_url()
    assert "Flood recedes" in visitor.get(delta.get_absolute_url()).text


def test_stories_are_chosen_for_merging_in_the_list(at_desk, delta, flood):
    chosen = {"action": "merge_chosen", "_selected_action": [delta.pk, flood.pk]}
    assert set(at_desk.post(LIST, chosen)["Location"].split("stories=")[1].split(",")) == {str(delta.pk), str(flood.pk)}
    page = at_desk.post(LIST, {**chosen, "_selected_action": [delta.pk]}, follow=True).text
    assert "Tick two stories or more" in page


def test_a_merge_is_undone_by_what_the_answer_offers(at_desk, delta, flood):
    reports = ids_of(flood)
    page = at_desk.post(MERGE, {"stories": join(delta.pk, flood.pk), "into": delta.pk}, follow=True).text
    undo = unescape(re.search(r'href="([^"]*ticked=[^"]*)"', page)[1])
    ticked = fields_of(at_desk.get(undo).text)["article"]
    assert sorted(map(int, ticked)) == reports
    at_desk.post(act("split", delta), {"article": ticked})
    (again,) = Story.objects.exclude(pk__in=[delta.pk, flood.pk])
    assert ids_of(again) == reports


def test_a_merge_of_what_has_changed_meanwhile_says_so_and_does_nothing(at_desk, delta, flood):
    sent = fields_of(at_desk.get(MERGE, {"stories": join(delta.pk, flood.pk)}).text)
    Article.objects.filter(headline="Flood recedes").update(story=make_story([make_article()]))
    page = at_desk.post(MERGE, sent, follow=True)
    assert "Nothing was changed. “Flood recedes” stands in another story by now" in unescape(page.text)
    assert len(ids_of(delta)) == 3
    assert "Merge these 2 stories?" in page.text, "back to what would be merged now"


# Splitting, moving, letting go


def test_ticked_reports_become_a_story_of_their_own(at_desk, visitor, editor, delta):
    opera = ids_of(delta)[2]
    answer = at_desk.post(act("split", delta), {"article": [opera]}, follow=True)
    (new,) = Story.objects.exclude(pk=delta.pk)
    assert answer.redirect_chain == [(page_of(new), 302)]
    assert visitor.get(new.get_absolute_url()).status_code == 200
    assert "Delta opera" not in visitor.get(delta.get_absolute_url()).text.split("Related Stories")[0]
    history = at_desk.get(reverse("admin:articles_story_history", args=[delta.pk])).text
    assert "Split off: 1 article, now “Delta opera”" in unescape(history)
    assert str(editor) in history
    assert "into a story of its own" in at_desk.get(reverse("admin:articles_article_history", args=[opera])).text


def test_ticked_reports_are_moved_by_a_form_a_search_and_a_look(at_desk, delta, flood):
    ticked = ids_of(delta)[1:]
    to_find = at_desk.post(act("find", delta), {"article": ticked})["Location"]
    assert "csrfmiddlewaretoken" not in to_find
    page = at_desk.get(to_find + "&q=reced").text
    to_look = unescape(re.search(r'<li><a href="([^"]*)"', page)[1])
    page = at_desk.get(to_look).text
    assert all(name in page for name in ("Move 2 reports?", "Delta gauges", "Delta opera", "Flood recedes"))
    answer = at_desk.post(act("move", delta), fields_of(page), follow=True)
    assert answer.redirect_chain == [(page_of(flood), 302)]
    assert set(ticked) < set(ids_of(flood))
    assert len(ids_of(delta)) == 1


def test_nothing_ticked_changes_nothing_and_says_what_to_do(at_desk, delta):
    assert "Tick the reports" in at_desk.post(act("split", delta), follow=True).text
    assert "Tick the reports" in at_desk.post(act("find", delta), follow=True).text
    assert not LogEntry.objects.exists()


def test_placed_articles_are_left_to_the_grouping_again_by_one_button(at_desk, delta):
    at_desk.post(act("split", delta), {"article": ids_of(delta)[:1]})
    page = at_desk.get(page_of(delta)).text
    assert "Let the grouping decide again" in page
    at_desk.post(act("release", delta))
    assert "Let the grouping decide again" not in at_desk.get(page_of(delta)).text
    assert not Placement.objects.filter(article__story=delta).exists()


# Who may, and what is refused


def acts_on(story: Story, other: Story) -> list[tuple[str, dict]]:
    one = ids_of(story)[0]
    return [
        (act("split", story), {"article": [one]}),
        (act("move", story), {"articles": str(one), "into": other.pk}),
        (act("release", story), {}),
        (act("find", story), {"article": [one]}),
        (MERGE, {"stories": join(story.pk, other.pk), "into": other.pk}),
    ]


def test_who_keeps_the_catalogue_looks_and_does_not_touch(client, cataloguer, delta, flood):
    client.force_login(cataloguer)
    page = client.get(page_of(delta)).text
    assert "Delta gauges" in page
    assert 'name="article"' not in page
    assert "Merge" not in page
    assert "merge_chosen" not in client.get(LIST).text
    for url, sent in acts_on(delta, flood):
        assert client.post(url, sent).status_code == 403
        assert client.get(url).status_code in {403, 405}
    assert not Placement.objects.exists()
    assert len(ids_of(delta)) == 3


def test_readers_staff_without_a_group_and_forged_forms_change_nothing(client, editor, staff, member, delta, flood):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(editor)
    for url, sent in acts_on(delta, flood):
        assert strict.post(url, sent).status_code == 403
        for user in (staff, member):
            client.force_login(user)
            assert client.post(url, sent, follow=True).status_code == 403
    assert len(ids_of(delta)) == 3
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize("name", ["split", "release"])
def test_an_address_that_only_takes_forms_changes_nothing_when_it_is_opened(at_desk, delta, name):
    assert at_desk.get(act(name, delta)).status_code == 405


@pytest.mark.parametrize("ids", ["x", "1;2", "-1", "9" * 40, "²", "\x00", "1"])
def test_addresses_that_make_no_sense_are_answered_with_400_or_404(at_desk, delta, ids):
    assert at_desk.get(MERGE, {"stories": ids}).status_code == 400
    assert at_desk.get(MERGE, {"stories": f"{delta.pk},{10**17}"}).status_code == 404
    if ids != "1":
        assert at_desk.get(act("find", delta), {"articles": ids}).status_code == 400
        assert at_desk.get(act("move", delta), {"articles": ids, "into": "1"}).status_code == 400
        assert at_desk.post(act("split", delta), {"article": [ids]}).status_code == 400
        assert at_desk.post(MERGE, {"stories": "1,2", "into": "1", "seen": [f"{ids}:1"]}).status_code == 400
    assert at_desk.get(f"/admin/articles/story/{10**30}/find/").status_code == 404


def test_hostile_headlines_and_names_are_text(at_desk, flood):
    source = make_source(name="<b>Title</b>")
    hostile = make_story([make_article(source, headline='"><script>alert(1)</script>'), make_article(source)])
    one = ids_of(hostile)[0]
    at_desk.post(act("split", hostile), {"article": [one]}, follow=True)
    urls = [LIST, page_of(hostile), act("find", flood), f"{act('find', flood)}?q=%3Cscript%3Ealert(1)%3C/script%3E"]
    moves = f"{act('move', Article.objects.get(pk=one).story)}?articles={one}&into={flood.pk}"
    for url in [*urls, moves, f"{MERGE}?stories={hostile.pk},{flood.pk}"]:
        page = at_desk.get(url).text
        assert "<script>alert" not in page
        assert "<b>Title" not in page
