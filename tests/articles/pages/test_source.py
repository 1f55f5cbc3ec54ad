from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.models import Follow, Reading
from articles.pages.source import STORIES_PER_PAGE
from tests.conftest import SECRET_SENTENCE
from tests.make import make_article, make_picture, make_reader, make_source, make_story

pytestmark = pytest.mark.django_db


@pytest.fixture
def ledger():
    return make_source(
        name="The Harbour Ledger",
        slug="ledger",
        homepage="https://www.ledger.example/news",
        description="The daily of the lower Calder.",
        country="NZ",
        language="en-NZ",
    )


def make_articles(source, count: int, **fields) -> list:
    now = timezone.now()
    return [
        make_article(source, headline=f"Report {number:02}", published_at=now - timedelta(hours=number), **fields)
        for number in range(count)
    ]


def test_the_page_says_what_the_title_is(visitor, ledger):
    page = visitor.get("/sources/ledger/").text
    assert "<h1><bdi>The Harbour Ledger</bdi></h1>" in page
    assert "The daily of the lower Calder." in page
    assert "<dd>New Zealand</dd>" in page
    assert "<dd>English</dd>" in page
    assert f"<dd>{ledger.created_at:%B %Y}</dd>" in page
    assert 'href="https://www.ledger.example/news" rel="external">ledger.example' in page


@pytest.mark.parametrize(
    ("permission", "sentence"),
    [
        ("headline", "Headlines. The articles are read at Blue Nile."),
        ("teaser", "Headlines and the opening of each article. The rest is read at Blue Nile, on its own terms."),
        ("full", "The opening of every article for everybody, the whole text for members and during the free days."),
    ],
)
def test_what_is_included_follows_from_the_permission(visitor, permission, sentence):
    make_source(name="Blue Nile", slug="nile", permission=permission)
    assert sentence in visitor.get("/sources/nile/").text


def test_an_open_title_names_its_licence_with_a_link(visitor):
    make_source(
        slug="open",
        permission="open",
        licence="CC-BY-ND-4.0",
        licence_url="https://creativecommons.org/licenses/by-nd/4.0/",
    )
    page = visitor.get("/sources/open/").text
    assert "Every article whole, for everybody." in page
    assert 'href="https://creativecommons.org/licenses/by-nd/4.0/" rel="license external">CC BY-ND 4.0</a>' in page


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "https://[bad", "ftp://x.example/"])
def test_an_address_that_is_no_web_page_becomes_no_link(visitor, url):
    """F65."""
    make_source(slug="odd", homepage=url, permission="open", licence="CC-BY-4.0", licence_url=url)
    page = visitor.get("/sources/odd/")
    assert page.status_code == 200
    assert url not in page.text


def test_the_newest_article_leads_and_the_others_follow(visitor, ledger):
    make_articles(ledger, 3, image_url=(picture := make_picture()).url, picture=picture)
    page = visitor.get("/sources/ledger/").text
    assert page.index("Report 00") < page.index("Report 01") < page.index("Report 02")
    assert page.count("story--wide") == 1


def test_a_lead_without_a_picture_takes_the_whole_width(visitor, ledger):
    make_article(ledger)
    assert "story--wide" not in visitor.get("/sources/ledger/").text


def test_on_its_own_page_a_title_is_not_named_over_every_article(visitor, ledger):
    make_article(ledger, section="climate")
    make_article(ledger, section="top")
    page = visitor.get("/sources/ledger/").text
    assert '<p class="src"><a href="/news/climate/" lang="en">Climate</a>' in page
    assert '<p class="src"><a href="/" lang="en">Top News</a>' in page


def test_older_stories_follow_without_gap_or_repetition(visitor, ledger):
    at = timezone.now() - timedelta(hours=1)
    # One moment for all: only the key orders them.
    made = [make_article(ledger, headline=f"Report {number:03}.", published_at=at) for number in range(45)]
    seen, url = [], "/sources/ledger/"
    while url:
        page = visitor.get(url)
        seen += [card.headline for card in [page.context["page"].lead, *page.context["page"].cards] if card]
        older = page.context["page"].older_url
        url = f"/sources/ledger/{older}" if older else ""
    assert seen == [article.headline for article in reversed(made)]


def test_another_titles_articles_and_withdrawn_ones_are_not_here(visitor, ledger):
    make_article(headline="From another title")
    make_article(ledger, headline="Taken down", withdrawn_at=timezone.now())
    page = visitor.get("/sources/ledger/").text
    assert "From another title" not in page
    assert "Taken down" not in page
    assert "Nothing from this title yet" in page


def test_the_end_of_the_record_says_so(visitor, ledger):
    make_article(ledger)
    assert "Nothing older" in visitor.get("/sources/ledger/?before=1-1").text


@pytest.mark.parametrize("before", ["x", "\x00", "9" * 10_000, "1-", "99999999999999999-999999999999999999"])
def test_an_odd_place_shows_the_newest_or_nothing_but_no_error(visitor, ledger, before):
    """A29."""
    make_article(ledger)
    assert visitor.get("/sources/ledger/", {"before": before}).status_code == 200


@pytest.mark.parametrize("path", ["/sources/stopped/", "/sources/never-was/"])
def test_a_title_that_is_switched_off_or_unknown_is_not_found(visitor, path):
    make_source(slug="stopped", is_active=False)
    assert visitor.get(path).status_code == 404


def test_what_members_open_most_stands_in_the_rail(visitor, ledger):
    first, second, _ = make_articles(ledger, 3)
    now = timezone.now()
    for _ in range(3):
        Reading.objects.create(user=make_reader(), article=second, read_at=now)
    Reading.objects.create(user=make_reader(), article=first, read_at=now - timedelta(days=2))
    most = visitor.get("/sources/ledger/").context["page"].most_read
    assert [card.headline for card in most] == [second.headline, first.headline]


def test_without_readings_of_this_week_there_is_no_such_list(visitor, ledger):
    (article,) = make_articles(ledger, 1)
    Reading.objects.create(user=make_reader(), article=article, read_at=timezone.now() - timedelta(days=8))
    assert "Most read here" not in visitor.get("/sources/ledger/").text


def test_where_it_reports_counts_the_last_seven_days(visitor, ledger):
    make_articles(ledger, 2, section="climate")
    make_articles(ledger, 1, section="sport")
    make_article(ledger, section="world", published_at=timezone.now() - timedelta(days=8))
    counts = visitor.get("/sources/ledger/").context["page"].sections
    assert [(count.name, count.count) for count in counts] == [("Climate", 2), ("Sport", 1)]


def test_a_visitor_who_wants_to_follow_is_led_to_sign_up_and_back(visitor, ledger):
    page = visitor.get("/sources/ledger/")
    assert 'href="/account/signup/?next=/sources/ledger/"' in page.text
    assert "csrfmiddlewaretoken" not in page.text
    assert not page.cookies
    assert page["Cache-Control"].startswith("public")


def test_a_reader_follows_from_here_and_sees_that_it_is_so(client, trial_reader, ledger):
    client.force_login(trial_reader)
    assert ">Follow<" in client.get("/sources/ledger/").text
    answer = client.post("/following/", {"source": "ledger", "action": "follow", "next": "/sources/ledger/"})
    assert (answer.status_code, answer["Location"]) == (303, "/sources/ledger/")
    assert Follow.objects.get().source == ledger
    assert "Following<span" in client.get("/sources/ledger/").text


def test_no_body_is_on_the_page(client, member, walled_article):
    """A01: a list never holds the text behind the wall, not even for members."""
    client.force_login(member)
    assert SECRET_SENTENCE not in client.get(walled_article.source.get_absolute_url()).text


@pytest.mark.parametrize(("is_reader", "queries"), [(False, 7), (True, 12)])
def test_a_full_page_costs_as_many_queries_as_one_article(client, ledger, trial_reader, is_reader, queries):
    if is_reader:
        client.force_login(trial_reader)
    make_story([make_article(ledger)])
    Reading.objects.create(user=trial_reader, article=ledger.articles.get(), read_at=timezone.now())
    client.get("/sources/ledger/")
    with CaptureQueriesContext(connection) as few:
        client.get("/sources/ledger/")
    for article in make_articles(ledger, STORIES_PER_PAGE + 5):
        make_story([article])
        Reading.objects.create(user=trial_reader, article=article, read_at=timezone.now())
    with CaptureQueriesContext(connection) as many:
        client.get("/sources/ledger/")
    assert len(few) == len(many) <= queries
