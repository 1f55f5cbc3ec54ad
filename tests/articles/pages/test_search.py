from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.models import Article, Mute, Reading, Saved
from articles.search import find
from articles.search.vocabulary import learn_words
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


def walk(visitor: Client, path: str) -> tuple[list[str], str]:
    """The headlines of all pages from this one on, and the last page."""
    seen: list[str] = []
    while path:
        page = visitor.get(path).text
        seen += hits(page)
        following = re.search(r'href="([^"]+)" rel="next"', page)
        path = "/search/" + unescape(following[1]) if following else ""
    return seen, page


def test_the_best_stand_on_pages_that_end_with_advice(visitor, monkeypatch):
    monkeypatch.setattr(find, "MOST", 45)
    make_many(60)
    seen, last = walk(visitor, "/search/?q=delta")
    assert seen == [f"Delta {number:04}" for number in range(45)]
    assert "There are more, but only these are put in order" in last
    assert 'href="?q=delta&amp;sort=new">By date' in last
    assert 'rel="prev"' in last


def test_the_newest_go_on_to_the_very_last_even_while_new_ones_come_in(visitor, monkeypatch):
    monkeypatch.setattr(find, "MOST", 25)
    make_many(60)
    first = visitor.get("/search/?q=delta&sort=new").text
    following = unescape(re.search(r'href="([^"]+)" rel="next"', first)[1])
    make_article(headline="Delta now", published_at=timezone.now())
    seen, last = walk(visitor, f"/search/{following}")
    assert hits(first) + seen == [f"Delta {number:04}" for number in range(60)]
    assert "Back to the newest" in last
    assert "There are more" not in last


def test_a_page_past_the_last_is_the_last(visitor):
    make_many(25)
    page = ask(visitor, q="delta", page=9)
    assert len(hits(page)) == 5
    assert "21 to 25 of 25" in page


def test_past_the_oldest_stand_the_newest(visitor):
    make_many(3)
    page = ask(visitor, q="delta", sort="new", before="1000000-1")
    assert len(hits(page)) == 3
    assert "Back to the newest" not in page


@pytest.mark.parametrize("typed", ["delta section:sport", "delta before:2001-01-01", "delta -river"])
def test_words_that_are_there_are_not_said_to_be_in_no_title(visitor, typed):
    make_article(headline="Delta river", section="world")
    page = ask(visitor, q=typed)
    assert heading(page) == f"Nothing for “{typed}”"
    assert "Nothing meets all of this" in page
    assert "has these words" not in page


@pytest.mark.parametrize("typed", ["ocean", "delta ocean", "C++"])
def test_words_that_are_not_there_are_said_to_be_in_no_title(visitor, typed):
    make_article(headline="Delta river C")
    assert "has these words" in ask(visitor, q=typed)


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
        {"q": "delta", "sort": "new", "before": "99999999999999999-999999999999999999"},
        {"q": "delta", "sort": "new", "before": "1' OR 1=1"},
        {"q": "delta", "from": "9999-12-31", "to": "0001-01-01", "section": "\0", "exact": "2"},
        {"q": "delta", "from": "2026-02-31", "to": "٢٠٢٦-٠١-٠١"},
        {"from": "2026-01-01"},
        {"q": " ".join(f"word{number}" for number in range(500))},
        {"q": "日本の首相 東京 😀 ✊🏽 العربية"},
        {"q": 'AND OR NOT NEAR ( ) * : ^ "'},
        {"q": 'after: before: source: section: - -- ""'},
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
    monkeypatch.setattr("articles.pages.search.MOST_SECONDS", 0.001)
    monkeypatch.setattr(find, "STEPS_BETWEEN_LOOKS", 10)
    assert heading(ask(visitor, q="delta")) == "That search takes too long"


def test_a_title_by_that_name_is_offered(visitor):
    source = make_source(name="The Harbour Ledger")
    page = ask(visitor, q="harbour ledger")
    assert f'<a class="txt" href="{source.get_absolute_url()}">The Harbour Ledger</a>' in page


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


# The wall ----------------------------------------------------------------------------------------


def asked_and_masked(browser: Client, word: str, **values) -> str:
    """The page with what was asked for taken out of it."""
    page = ask(browser, q=word, **values)
    return re.sub(r'value="[a-zA-Z0-9]{40,}"', "", page.replace(word, "…"))


@pytest.mark.parametrize("who", ["visitor", "lapsed_reader"])
@pytest.mark.parametrize("values", [{}, {"sort": "new"}, {"exact": "1"}, {"source": "ledger"}])
def test_a_word_behind_the_wall_is_to_an_outsider_a_word_that_stands_nowhere_a05(who, values, request):
    browser = Client()
    if who != "visitor":
        browser.force_login(request.getfixturevalue(who))
    ledger = make_source(slug="ledger")
    for _ in range(3):
        make_article(ledger, headline="The quarter of masters", body="<p>Only the quartermaster knows.</p>")
    learn_words(timezone.now())
    behind, nowhere = (asked_and_masked(browser, word, **values) for word in ("quartermaster", "quartermistez"))
    assert behind == nowhere
    near_behind, near_nowhere = (asked_and_masked(browser, word) for word in ("quartermastr", "quartermistzz"))
    assert near_behind == near_nowhere


@pytest.mark.parametrize("who", ["trial_reader", "member", "staff"])
def test_who_may_read_a_text_finds_it_by_its_words_and_sees_a_few_of_them(who, client, walled_article, request):
    client.force_login(request.getfixturevalue(who))
    answer = client.get("/search/", {"q": "quartermaster"})
    assert hits(answer.text) == [walled_article.headline]
    assert "names the <mark>quartermaster</mark>." in answer.text
    assert answer["Cache-Control"] == "private, no-store"
    assert not answer.has_header("ETag")
    assert not Reading.objects.exists(), "a few words under a search are no reading"


@pytest.mark.parametrize("permission", ["teaser", "headline"])
def test_a_text_kept_from_an_earlier_agreement_is_found_by_nobody(permission, client, member, walled_article):
    type(walled_article.source).objects.update(permission=permission)
    client.force_login(member)
    assert hits(ask(client, q="quartermaster")) == []


def test_an_opened_text_is_found_and_quoted_to_everybody(visitor, walled_article):
    Article.objects.filter(pk=walled_article.pk).update(is_opened=True)
    page = ask(visitor, q="quartermaster")
    assert hits(page) == [walled_article.headline]
    assert "<mark>quartermaster</mark>" in page


def test_what_one_reader_found_is_not_shown_to_the_next(client, visitor, member, lapsed_reader, walled_article):
    client.force_login(member)
    for browser, expected in ((visitor, 0), (client, 1), (visitor, 0), (client, 1)):
        assert len(hits(ask(browser, q="quartermaster"))) == expected
    client.force_login(lapsed_reader)
    assert hits(ask(client, q="quartermaster")) == []


def test_words_of_a_text_are_escaped(client, member):
    make_article(body="<p>He wrote &lt;script&gt;alert(1)&lt;/script&gt; the quartermaster</p>")
    client.force_login(member)
    page = ask(client, q="quartermaster")
    assert "&lt;script&gt;alert(1)&lt;/script&gt; the <mark>quartermaster</mark>" in page


def test_an_article_found_by_its_opening_shows_those_words(visitor):
    make_article(headline="Other", standfirst="Nothing.", opening_html="<p>At four the <b>pilot</b> left.</p>")
    assert "At four the <mark>pilot</mark> left." in ask(visitor, q="pilot")


# Spelling ----------------------------------------------------------------------------------------


@pytest.fixture
def ferries(db) -> None:
    for number in range(4):
        make_article(headline=f"Ferry strike, day {number}")
    learn_words(timezone.now())


def test_a_misspelt_search_shows_what_was_meant_and_a_way_back(visitor, ferries):
    page = ask(visitor, q="feery strike", sort="new")
    assert len(hits(page)) == 4
    assert "Showing results for <b><bdi>ferry strike</bdi></b>" in page
    assert 'value="feery strike" maxlength' in page, "what was typed stays in the field"
    back = unescape(re.search(r'href="([^"]+)">Search instead for', page)[1])
    exact = visitor.get(f"/search/{back}").text
    assert heading(exact) == "Nothing for “feery strike”"
    assert 'Did you mean <a class="txt" href="?q=ferry+strike&amp;sort=new">' in exact


def test_a_misspelt_word_is_put_right_beside_a_word_that_only_one_text_has(visitor):
    for number in range(3):
        make_article(headline=f"How to treat water {number}")
    make_article(headline="The water treaty")
    learn_words(timezone.now())
    page = ask(visitor, q="watr treaty")
    assert hits(page) == ["The water treaty"]
    assert "water treaty" in page


def test_a_search_with_a_few_results_asks_whether_another_word_was_meant(visitor, ferries):
    make_article(headline="The Feery family")
    page = ask(visitor, q="feery")
    assert hits(page) == ["The Feery family"]
    assert 'Did you mean <a class="txt" href="?q=ferry"><bdi>ferry</bdi></a>?' in page


def test_nothing_is_suggested_that_finds_nothing(visitor, ferries):
    assert "Did you mean" not in ask(visitor, q="ferry")
    Article.objects.update(withdrawn_at=timezone.now())
    page = ask(visitor, q="feery")
    assert "ferry" not in page
    assert heading(page) == "Nothing for “feery”"


def test_filters_hold_for_the_corrected_search(visitor, ferries):
    assert heading(ask(visitor, q="feery", section="sport")) == "Nothing for “feery”"


# Filters, help and mutes -------------------------------------------------------------------------


def test_a_section_and_two_days_narrow_a_search(visitor):
    make_article(headline="Delta old", section="climate", published_at=datetime(2026, 1, 30, 12, tzinfo=UTC))
    make_article(headline="Delta in", section="climate", published_at=datetime(2026, 1, 31, 23, tzinfo=UTC))
    make_article(headline="Delta world", section="world", published_at=datetime(2026, 1, 31, 12, tzinfo=UTC))
    page = ask(visitor, q="delta", section="climate", **{"from": "2026-01-31", "to": "2026-01-31"})
    assert hits(page) == ["Delta in"]
    for label in ("From 2026-01-31", "Until 2026-01-31", "Climate"):
        assert f'aria-label="Remove filter: {label}"' in page
    assert '<span>World</span><span class="num">1</span>' in page


@pytest.mark.parametrize(
    ("typed", "advice"),
    [
        ("delta section:nowhere", "There is no section “nowhere”. The sections are top, world"),
        ("delta after:yesterday", "“yesterday” is no date. A date is written after:2026-01-31."),
        ("delta source:nobody", "No title is called “nobody” here."),
        ("delta source:“no body”", "No title is called “no body” here."),
        ("delta after:2026-11-27 before:2026-11-01", "These days end before they begin."),
        ("delta OR river", "OR is looked for as a word here: an article has to have all of them."),
        ("nowhere source:", "Nothing stands behind “source:”."),
    ],
)
def test_an_operator_that_means_nothing_is_explained(visitor, typed, advice):
    make_article(headline="Delta")
    page = ask(visitor, q=typed)
    assert advice in page
    assert "has these words" not in page  # the words are not to blame
    assert "How to search" in page


def test_days_that_were_chosen_the_wrong_way_round_are_told(visitor):
    make_article(headline="Delta")
    assert "These days end before they begin." in ask(visitor, q="delta", **{"from": "2026-11-27", "to": "2026-11-01"})


def test_an_operator_whose_value_is_still_to_come_is_no_word(visitor):
    make_article(headline="Delta")
    assert hits(ask(visitor, q="delta source: after:")) == ["Delta"]


def test_of_a_text_that_is_too_long_whole_words_are_looked_for(visitor):
    make_article(headline=f"{'delta ' * 33}")
    assert len(hits(ask(visitor, q="delta " * 32 + "delta deltas rivers"))) == 1
    assert "Only the first 200 characters were looked for." in ask(visitor, q="river " * 40)


def test_a_title_may_be_called_by_its_name_in_an_operator(visitor):
    make_article(make_source(name="The Harbour Ledger", slug="hl"), headline="Delta")
    make_article(headline="Delta elsewhere")
    assert hits(ask(visitor, q="delta source:ledger")) == ["Delta"]
    assert hits(ask(visitor, q='delta source:"harbour ledger"')) == ["Delta"]
    assert hits(ask(visitor, q="delta source:“Harbour Ledger”")) == ["Delta"]
    assert hits(ask(visitor, q='delta source:"ledger harbour"')) == []


@pytest.mark.parametrize("typed", ["source:Süddeutsche", "source:suddeutsche", 'source:"süddeutsche zeitung"'])
def test_a_title_may_be_called_by_a_name_with_letters_of_its_own(visitor, typed):
    make_article(make_source(name="Süddeutsche Zeitung", slug="sz"), headline="Delta")
    make_article(headline="Delta elsewhere")
    page = ask(visitor, q=f"delta {typed}")
    assert hits(page) == ["Delta"]
    assert "No title is called" not in page


@pytest.mark.parametrize(
    ("name", "found"),
    [("Pacific/Auckland", ["Delta at ten"]), ("America/Los_Angeles", ["Delta at twelve"]), ("", ["Delta at twelve"])],
)
@pytest.mark.parametrize(
    "values", [{"q": "delta after:2026-01-31 before:2026-02-01"}, {"q": "delta", "to": "2026-01-31"}]
)
def test_days_are_those_of_the_readers_clock(client, name, found, values):
    """Auckland is thirteen hours ahead of UTC then, Los Angeles eight behind."""
    make_article(headline="Delta at ten", published_at=datetime(2026, 1, 31, 10, tzinfo=UTC))
    make_article(headline="Delta at twelve", published_at=datetime(2026, 1, 31, 12, tzinfo=UTC))
    make_article(headline="Delta long ago", published_at=datetime(2026, 1, 30, 7, tzinfo=UTC))
    reader = make_reader()
    reader.time_zone = name
    reader.save()
    client.force_login(reader)
    page = ask(client, sort="new", **{"from": "2026-01-31", **values})
    assert hits(page)[0] == found[0]
    assert "Delta long ago" not in page


@pytest.mark.parametrize("day", ["0001-01-01", "9998-12-31", "9999-12-31"])
def test_the_ends_of_the_calendar_are_days_like_any_other(client, day):
    reader = make_reader()
    client.force_login(reader)
    for reader.time_zone in ("Pacific/Auckland", "America/Los_Angeles"):
        reader.save()
        ask(client, q=f"delta after:{day} before:{day}", **{"from": day, "to": day})


def test_what_a_reader_has_muted_is_neither_found_nor_counted_nor_named(client):
    reader, muted = make_reader(), make_source(name="Delta Post", slug="delta-post")
    make_article(muted, headline="Delta one", body="<p>The quartermaster.</p>")
    make_article(headline="Delta football")
    make_article(headline="Delta two")
    Mute.objects.create(user=reader, source=muted)
    Mute.objects.create(user=reader, word="football")
    client.force_login(reader)
    page = ask(client, q="delta")
    assert hits(page) == ["Delta two"]
    assert heading(page) == "1 result for “delta”"
    assert "Delta Post" not in page
    assert hits(ask(client, q="quartermaster")) == []


def test_a_search_costs_the_same_however_many_cards_it_shows(visitor, client):
    client.force_login(make_reader())
    make_many(5)
    costs = []
    for _ in range(2):
        for browser, values in ((visitor, {}), (visitor, {"lang": "en"}), (client, {})):
            with CaptureQueriesContext(connection) as queries:
                ask(browser, q="delta", **values)
            costs.append(len([query for query in queries if query["sql"].startswith("SELECT")]))
        make_many(30)
    assert costs[:3] == costs[3:]
    assert costs[0] <= 6
