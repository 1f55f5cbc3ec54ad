"""Finding an article, taking it down, opening it, picking it: over HTTP as an editor does."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from articles.admin.articles import FEW
from articles.models import Article, Pick
from billing.lists import NEWEST, NewestPaginator
from tests.conftest import SECRET_SENTENCE
from tests.make import make_article, make_pick, make_source, make_story

LIST = reverse("admin:articles_article_changelist")
HOUR = timedelta(hours=1)


@pytest.fixture
def at_desk(client, editor):
    client.force_login(editor)
    return client


def page_of(article: Article) -> str:
    return reverse("admin:articles_article_change", args=[article.pk])


def act(client, action: str, *articles: Article, **fields):
    chosen = {"action": action, "_selected_action": [article.pk for article in articles]}
    return client.post(LIST, {**chosen, **fields}, follow=True)


def names_on(page: str, *names: str) -> set[str]:
    return {name for name in names if f">{name}</a>" in page}


# Finding


def test_an_editor_finds_articles_by_words_newest_first(at_desk):
    now = timezone.now()
    make_article(headline="A ferry at dawn", published_at=now - 2 * HOUR)
    make_article(headline="Ferries at dusk", published_at=now - HOUR)
    make_article(headline="A bridge", published_at=now)
    page = at_desk.get(LIST, {"q": "dawn dusk"}).text
    assert names_on(page, "A ferry at dawn", "Ferries at dusk", "A bridge") == set()
    page = at_desk.get(LIST, {"q": "dusk OR"}).text
    assert names_on(page, "Ferries at dusk") == set()
    page = at_desk.get(LIST, {"q": "ferr"}).text
    assert names_on(page, "A ferry at dawn", "Ferries at dusk", "A bridge") == {"A ferry at dawn", "Ferries at dusk"}
    assert page.index("Ferries at dusk") < page.index("A ferry at dawn")


def test_what_was_taken_down_is_still_found_at_the_desk(at_desk):
    make_article(headline="Withdrawn thing", withdrawn_at=timezone.now())
    assert names_on(at_desk.get(LIST, {"q": "withdrawn", "reach": "withdrawn"}).text, "Withdrawn thing")


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ({"reach": "walled"}, {"Walled"}),
        ({"reach": "opened"}, {"Opened"}),
        ({"reach": "withdrawn"}, {"Down"}),
        ({"section__exact": "sport"}, {"Opened"}),
        ({"published": "24"}, {"Walled", "Opened"}),
        ({"published": "x"}, {"Walled", "Opened", "Down"}),
    ],
)
def test_the_list_is_narrowed_by_who_may_read_section_and_age(at_desk, asked, shown):
    now = timezone.now()
    source = make_source(permission="full")
    make_article(source, headline="Walled", body="<p>x</p>", published_at=now)
    make_article(source, headline="Opened", body="<p>x</p>", is_opened=True, section="sport", published_at=now)
    make_article(source, headline="Down", withdrawn_at=now, published_at=now - 48 * HOUR)
    assert names_on(at_desk.get(LIST, asked).text, "Walled", "Opened", "Down") == shown


def test_the_list_is_narrowed_to_one_title(at_desk):
    one, other = make_source(), make_source()
    make_article(one, headline="Of one")
    make_article(other, headline="Of the other")
    page = at_desk.get(LIST, {"source": one.pk, "published": "24"})
    assert names_on(page.text, "Of one", "Of the other") == {"Of one"}
    assert '<input type="hidden" name="published" value="24">' in page.text


@pytest.mark.parametrize("value", ["x", "-1", "9" * 400, "\x00", "²"])
def test_a_title_that_is_no_number_is_passed_over(at_desk, value):
    make_article(headline="Here")
    assert names_on(at_desk.get(LIST, {"source": value}).text, "Here")


def queries_of(client, **asked) -> list[str]:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(LIST, asked).status_code == 200
    return [query["sql"] for query in queries]


def test_the_list_costs_the_same_with_three_articles_and_with_forty(at_desk):
    for _ in range(3):
        make_article()
    few = len(queries_of(at_desk))
    for _ in range(37):
        make_article()
    assert len(queries_of(at_desk)) == few
    assert few <= 9


def test_the_archive_is_never_counted(at_desk):
    make_article()
    counts = [sql for sql in queries_of(at_desk, q="headline") if "COUNT(" in sql]
    assert counts
    assert all(sql.endswith(f"LIMIT {NEWEST}) subquery") for sql in counts)
    assert NewestPaginator(Article.objects.newest(), 50).count == 1


# Taking down and putting back


def test_an_article_goes_down_only_with_a_reason(at_desk, client):
    article = make_article()
    asked = act(at_desk, "take_down", article)
    assert "Why" in asked.text
    assert act(at_desk, "take_down", article, reason=" ").status_code == 200
    article.refresh_from_db()
    assert article.withdrawn_at is None


def test_an_article_that_is_taken_down_is_gone_for_readers_at_once_and_the_log_says_why(at_desk, visitor, editor):
    article = make_article(headline="A mistake of a story")
    act(at_desk, "take_down", article, reason="The publisher asked us to.")
    article.refresh_from_db()
    assert article.withdrawn_reason == "The publisher asked us to."
    assert visitor.get(article.get_absolute_url()).status_code == 410
    assert "A mistake of a story" not in visitor.get("/").text
    entry = LogEntry.objects.get()
    assert entry.user == editor
    assert "The publisher asked us to." in entry.change_message
    assert (
        "The publisher asked us to." in at_desk.get(reverse("admin:articles_article_history", args=[article.pk])).text
    )


def test_an_article_that_is_taken_down_leaves_our_picks(at_desk, visitor):
    pick = make_pick(make_article(headline="Picked in haste"))
    assert "Picked in haste" in visitor.get("/picks/").text
    act(at_desk, "take_down", pick.article, reason="Wrong.")
    assert "Picked in haste" not in visitor.get("/picks/").text


def test_an_article_is_put_back_as_it_was(at_desk, visitor):
    article = make_article(withdrawn_at=timezone.now(), withdrawn_reason="Wrong.")
    act(at_desk, "put_back", article)
    article.refresh_from_db()
    assert (article.withdrawn_at, article.withdrawn_reason) == (None, "")
    assert visitor.get(article.get_absolute_url()).status_code == 200


# Opening and closing


def test_an_opened_article_is_read_by_visitors_until_it_is_closed_again(at_desk, visitor, walled_article):
    url = walled_article.get_absolute_url()
    assert SECRET_SENTENCE not in visitor.get(url).text
    act(at_desk, "open_to_everybody", walled_article)
    assert SECRET_SENTENCE in visitor.get(url).text
    act(at_desk, "close_again", walled_article)
    assert SECRET_SENTENCE not in visitor.get(url).text
    assert [entry.change_message for entry in LogEntry.objects.order_by("pk")] == [
        "Opened to everybody.",
        "Closed again.",
    ]


@pytest.mark.parametrize(
    ("action", "answer"),
    [
        ("put_back", "nothing that you chose was taken down"),
        ("open_to_everybody", "none of them is behind the wall"),
        ("close_again", "none of them was opened"),
    ],
)
def test_an_action_that_changes_nothing_says_so(at_desk, action, answer):
    assert answer in act(at_desk, action, make_article()).text
    assert not LogEntry.objects.exists()


def test_the_whole_list_cannot_be_taken_down_by_one_click(at_desk):
    for _ in range(FEW + 1):
        make_article()
    page = act(at_desk, "take_down", *Article.objects.all(), select_across="1", reason="Slip of the hand.")
    assert f"Choose {FEW} articles at the most" in page.text
    assert "is down already" not in page.text
    assert not Article.objects.exclude(withdrawn_at=None).exists()


# Picking from the list


def test_articles_are_added_to_our_picks_live_and_at_the_end_with_a_link_to_write_why(at_desk, editor):
    make_pick(position=4)
    one, other = make_article(), make_article()
    page = act(at_desk, "add_to_picks", one, other)
    picks = list(Pick.objects.order_by("position"))[1:]
    assert {pick.article for pick in picks} == {one, other}
    assert [pick.position for pick in picks] == [5, 6]
    assert all(pick.editor == editor and pick.starts_at <= timezone.now() and pick.ends_at is None for pick in picks)
    for pick in picks:
        assert reverse("admin:articles_pick_change", args=[pick.pk]) in page.text
        assert LogEntry.objects.filter(object_id=str(pick.pk), user=editor).exists()


def test_what_is_in_our_picks_already_is_not_added_again(at_desk):
    live = make_pick().article
    coming = make_pick(starts_at=timezone.now() + HOUR).article
    down = make_article(withdrawn_at=timezone.now())
    page = act(at_desk, "add_to_picks", live, coming, down).text
    assert page.count("in Our Picks already, or will be") == 2
    assert "article withdrawn" in page
    assert Pick.objects.count() == 2


# An article's own page


def test_the_page_offers_what_would_change_something(at_desk, walled_article):
    def offered() -> set[str]:
        return {name for name, _ in at_desk.get(page_of(walled_article)).context["tools"]}

    assert offered() == {"take_down", "open_to_everybody", "add_to_picks"}
    act(at_desk, "open_to_everybody", walled_article)
    act(at_desk, "add_to_picks", walled_article)
    act(at_desk, "take_down", walled_article, reason="Wrong.")
    assert offered() == {"put_back", "close_again"}


def test_a_button_on_the_page_leads_back_to_the_page(at_desk, walled_article):
    answer = act(at_desk, "open_to_everybody", walled_article, on_page="yes")
    assert answer.redirect_chain == [(page_of(walled_article), 302)]


def test_the_desk_never_shows_the_text_that_readers_pay_for(at_desk, walled_article):
    """F60, A13: neither to read nor to copy."""
    make_story([walled_article])
    for url in (page_of(walled_article), LIST, f"{LIST}?q=quartermaster"):
        page = at_desk.get(url).text
        assert SECRET_SENTENCE not in page
        assert "quartermaster names" not in page


def test_hostile_headlines_and_links_are_text_at_the_desk(at_desk):
    """F60: nothing live in the admin."""
    hostile = make_article(
        make_source(name="<b>Title</b>"),
        headline='"><script>alert(1)</script>',
        canonical_url="javascript:alert(1)",
        withdrawn_reason="<img src=x onerror=alert(1)>",
    )
    make_pick(hostile, note="<script>alert(2)</script>")
    desk = reverse("admin:articles_pick_changelist")
    for url in (LIST, page_of(hostile), desk, reverse("admin:articles_pick_preview"), reverse("admin:index")):
        page = at_desk.get(url).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "<b>Title</b>" not in page
        assert 'href="javascript:' not in page


def test_nobody_adds_or_deletes_articles_at_the_desk(at_desk, admin_client, walled_article):
    for client in (at_desk, admin_client):
        assert client.get(reverse("admin:articles_article_add")).status_code == 403
        delete = reverse("admin:articles_article_delete", args=[walled_article.pk])
        assert client.post(delete, {"post": "yes"}).status_code == 403
    assert Article.objects.exists()


def test_facts_of_the_publisher_are_not_edited_here(at_desk, walled_article):
    at_desk.post(page_of(walled_article), {"headline": "Forged", "section": "sport"})
    walled_article.refresh_from_db()
    assert walled_article.headline == "The bridge that would not open"
