from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.models import Article, Saved
from articles.pages.search import MOST_PAGES, PER_PAGE
from articles.search import find
from tests.conftest import SECRET_SENTENCE
from tests.make import make_article, make_reader, make_source, make_story

pytestmark = pytest.mark.django_db


def ask(visitor: Client, **values) -> str:
    answer = visitor.get("/search/", values)
    assert answer.status_code == 200
    return answer.text


def hits(page: str) -> list[str]:
    """Headlines without their marks."""
    found = re.findall(r'<h3 class="hed[^"]*"><a href="[^"]*">(.*?)</a>', page, re.S)
    return [unescape(re.sub(r"</?mark>", "", headline)).strip() for headline in found]


def heading(page: str) -> str:
    return re.sub(r"<[^>]*>", "", re.search(r'<h2 id="res">(.*?)</h2>', page)[1])


def make_many(count: int, **fields) -> None:
    source, now = make_source(), timezone.now()
    Article.objects.bulk_create(
        Article(
            **{
                "source": source,
                "section": "world",
                "headline": f"Delta {number:04}",
                "published_at": now - timedelta(minutes=number),
                "first_seen_at": now,
                **fields,
            }
        )
        for number in range(count)
    )


def test_a_visitor_finds_an_article_and_sees_where_its_words_are(visitor):
    make_article(headline="A shrinking delta, & <b>more</b>", standfirst="The water’s <i>price</i>")
    make_article(headline="Something else")
    page = ask(visitor, q="delta water more price")
    assert hits(page) == ["A shrinking delta, & <b>more</b>"]
    assert "A shrinking <mark>delta</mark>, &amp; &lt;b&gt;<mark>more</mark>&lt;/b&gt;" in page
    assert "The <mark>water</mark>’s &lt;i&gt;<mark>price</mark>&lt;/i&gt;" in page
    assert heading(page) == "1 result for “delta water more price”"


def test_a_visitor_leaves_without_a_cookie_and_search_engines_are_kept_out(visitor):
    make_article(headline="Delta")
    answer = visitor.get("/search/", {"q": "delta"})
    assert not answer.cookies
    assert "csrf" not in answer.text
    assert answer["Cache-Control"].startswith("public")
    assert '<meta name="robots" content="noindex">' in answer.text
    assert answer.text.count("<h1") == 1


def test_the_empty_field_explains_itself_and_its_examples_can_be_followed(visitor):
    page = ask(visitor)
    assert "Search every title at once" in page
    for link in re.findall(r'<li><a class="txt" href="(\?q=[^"]+)">', page):
        assert "Nothing for" in visitor.get(f"/search/{link}").text


def test_an_article_is_found_the_moment_it_is_stored_and_after_its_headline_was_changed(visitor):
    article = make_article(headline="Minister resigns")
    assert hits(ask(visitor, q="resigns")) == ["Minister resigns"]
    Article.objects.filter(pk=article.pk).update(headline="Minister stays")
    assert hits(ask(visitor, q="resigns")) == []
    assert hits(ask(visitor, q="stays")) == ["Minister stays"]


def test_arabic_and_french_words_are_found(visitor):
    make_article(headline="اتفاق المياه في أكتوبر", language="ar")
    make_article(headline="À Genève, l’école ferme", language="fr")
    page = ask(visitor, q="اكتوبر")
    assert hits(page) == ["اتفاق المياه في أكتوبر"]
    assert 'lang="ar" dir="rtl"' in page
    assert hits(ask(visitor, q="geneve ecole")) == ["À Genève, l’école ferme"]


def test_nothing_found_says_so_and_offers_each_word_alone(visitor):
    page = ask(visitor, q="ceremonial ballpoint")
    assert heading(page) == "Nothing for “ceremonial ballpoint”"
    assert '<a class="txt" href="?q=ceremonial">ceremonial</a>' in page


def test_words_behind_the_wall_neither_find_nor_show_a05(visitor, walled_article):
    for words in (SECRET_SENTENCE, f'"{SECRET_SENTENCE}"', "quartermaster"):
        assert hits(ask(visitor, q=words)) == []
    page = ask(visitor, q="engineers")
    assert hits(page) == [walled_article.headline]
    assert "quartermaster" not in page


def test_what_was_taken_down_or_switched_off_is_not_found(visitor):
    make_article(headline="Delta withdrawn", withdrawn_at=timezone.now())
    make_article(make_source(is_active=False), headline="Delta off")
    assert heading(ask(visitor, q="delta")) == "Nothing for “delta”"


def test_filters_narrow_stand_as_tags_and_can_be_taken_off(visitor):
    now = timezone.now()
    ledger = make_source(name="The Harbour Ledger", slug="ledger")
    lac = make_source(name="Le Lac", slug="lac", language="fr")
    make_article(ledger, headline="Delta one", published_at=now - timedelta(hours=2), language="en-GB")
    make_article(ledger, headline="Delta two", published_at=now - timedelta(days=3), language="en-GB")
    make_article(lac, headline="Delta trois", published_at=now - timedelta(days=3))
    assert hits(ask(visitor, q="delta", when="day")) == ["Delta one"]
    assert hits(ask(visitor, q="delta", lang="fr")) == ["Delta trois"]
    page = ask(visitor, q="delta", source="ledger", lang="en", when="week", sort="new")
    assert hits(page) == ["Delta one", "Delta two"]
    tags = re.findall(r'<li>([^<]+) <a href="([^"]+)" aria-label="Remove filter: ([^"]+)"', page)
    assert [(tag, label) for tag, _, label in tags] == [
        ("Past week", "Past week"),
        ("The Harbour Ledger", "The Harbour Ledger"),
        ("English", "English"),
    ]
    without_language = visitor.get("/search/" + unescape(tags[2][1])).text
    assert "Remove filter: English" not in without_language
    assert "Remove filter: The Harbour Ledger" in without_language


def test_filters_offer_what_was_found_and_how_often(visitor):
    ledger = make_source(name="The Harbour Ledger", slug="ledger")
    for number in range(3):
        make_article(ledger, headline=f"Delta {number}")
    make_article(make_source(name="Le Lac", slug="lac", language="fr"), headline="Delta trois")
    page = ask(visitor, q="delta", source="lac")
    assert '<span>The Harbour Ledger</span><span class="num">3</span>' in page
    assert re.search(r'value="lac" checked><span>Le Lac</span><span class="num">1</span>', page)
    assert '<span>French</span><span class="num">1</span>' in page


def test_a_filter_reaches_past_the_newest_that_are_ranked(visitor):
    lac = make_source(slug="lac")
    make_article(lac, headline="Delta of old", published_at=timezone.now() - timedelta(days=400))
    make_many(find.MOST + 1)
    page = ask(visitor, q="delta")
    assert heading(page) == f"More than {find.MOST} results for “delta”"
    assert "Delta of old" not in page
    assert 'class="num"' not in page.split('id="filters"')[1].split("</form>")[0]
    assert hits(ask(visitor, q="delta", source="lac")) == ["Delta of old"]


def test_the_newest_come_first_when_asked_for(visitor):
    now = timezone.now()
    make_article(headline="Other news", standfirst="The delta, too.", published_at=now)
    make_article(headline="The delta", published_at=now - timedelta(hours=5))
    assert hits(ask(visitor, q="delta")) == ["The delta", "Other news"]
    assert hits(ask(visitor, q="delta", sort="new")) == ["Other news", "The delta"]


def test_pages_follow_each_other_and_end_with_advice(visitor):
    make_many(MOST_PAGES * PER_PAGE + 5)
    seen: list[str] = []
    path = "/search/?q=delta&sort=new"
    while path:
        page = visitor.get(path).text
        seen += hits(page)
        following = re.search(r'href="([^"]+)" rel="next"', page)
        path = "/search/" + unescape(following[1]) if following else ""
    assert seen == [f"Delta {number:04}" for number in range(MOST_PAGES * PER_PAGE)]
    assert "There are more, but these are the last we show" in page
    assert 'rel="prev"' in page


def test_one_page_of_results_has_nothing_to_turn(visitor):
    make_many(3)
    page = ask(visitor, q="delta")
    assert 'aria-label="Pages of results"' not in page
    assert "There are more" not in page


@pytest.mark.parametrize(
    "values",
    [
        {"q": "\0"},
        {"q": "x" * 10_000},
        {"q": '"' * 300},
        {"q": "delta", "page": "0"},
        {"q": "delta", "page": "999999999999999999999"},
        {"q": "delta", "page": "-1"},
        {"q": "delta", "page": "٣"},
        {"q": "delta", "page": "1' OR 1=1"},
        {"q": "delta", "when": "year 0", "sort": "\0", "lang": "\0", "source": "\0"},
        {"q": "delta", "source": ["s" * 5000] * 50, "lang": ["en"] * 50},
        {"when": "day"},
        {"q": "-delta", "lang": "fr"},
        {"q": "%F0%9F %s {{ 7|add:7 }} <script>alert(1)</script>"},
    ],
)
def test_odd_input_is_ignored_a29_f69(visitor, values):
    make_article(headline="Delta")
    page = ask(visitor, **values)
    assert "<script>alert" not in page


def test_bytes_that_are_no_text_are_a_search_like_any_other(visitor):
    assert visitor.get("/search/?q=%ff%fe&source=%00&page=%ff").status_code == 200


def test_a_search_is_read_only(visitor):
    assert visitor.post("/search/", {"q": "delta"}).status_code == 405


def test_a_search_that_takes_too_long_says_so_l05(visitor, monkeypatch):
    if connection.vendor != "sqlite":
        pytest.skip("nothing here is slow enough for PostgreSQL")
    make_many(400)
    monkeypatch.setattr(find, "MOST_SECONDS", 0.001)
    monkeypatch.setattr(find, "STEPS_BETWEEN_LOOKS", 10)
    assert heading(ask(visitor, q="delta")) == "That search takes too long"


def test_a_title_by_that_name_is_offered(visitor):
    source = make_source(name="The Harbour Ledger")
    page = ask(visitor, q="harbour ledger")
    assert f'<a href="{source.get_absolute_url()}">The Harbour Ledger</a>' in page


def test_a_reader_sees_what_is_saved_already(client):
    reader = make_reader()
    saved, other = make_article(headline="Delta saved"), make_article(headline="Delta other")
    Saved.objects.create(user=reader, article=saved)
    client.force_login(reader)
    page = ask(client, q="delta")
    assert re.search(rf'value="{saved.pk}" aria-pressed="true" aria-label="Save: Delta saved"', page)
    assert re.search(rf'value="{other.pk}" aria-pressed="false"', page)


def test_other_titles_on_the_event_are_named(visitor):
    make_story([make_article(headline="Delta treaty"), make_article(headline="Accord signed")])
    assert "Also covered by 1 title" in re.sub(r"<[^>]+>", "", ask(visitor, q="treaty"))


def test_a_search_costs_the_same_however_many_cards_it_shows(visitor, client):
    client.force_login(make_reader())
    make_many(1)
    costs = []
    for _ in range(2):
        for browser, values in ((visitor, {}), (visitor, {"lang": "en"}), (client, {})):
            with CaptureQueriesContext(connection) as queries:
                ask(browser, q="delta", **values)
            costs.append(len([query for query in queries if query["sql"].startswith("SELECT")]))
        make_many(30)
    assert costs[:3] == costs[3:]
    assert costs[0] <= 6
