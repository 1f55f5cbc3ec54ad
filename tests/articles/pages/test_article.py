"""The article page: every permission, every reader's state, and what it says to machines."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from articles.models import Article, Reading, Saved
from articles.stories.run import keep_related
from billing.models import Membership
from tests.conftest import SECRET_SENTENCE
from tests.make import (
    make_article,
    make_pick,
    make_picture,
    make_pictured_article,
    make_reader,
    make_source,
    make_story,
)

pytestmark = pytest.mark.django_db

NOW_AGAIN = timedelta(days=40)
LONG_AGO = timezone.now() - timedelta(days=30)


def sign_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text_of(answer) -> str:
    """What a person reads: without tags, blanks folded."""
    body = re.sub(r"<(script|style)[^>]*>.*?</\1>", " ", answer.text, flags=re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


def attributes(answer) -> list[tuple[str, str, str]]:
    """Every (tag, name, value) as a browser would read them."""
    found: list[tuple[str, str, str]] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attrs):
            found.extend((tag, name, value or "") for name, value in attrs)

    Reader().feed(answer.text)
    return found


def linked_data(answer) -> dict:
    return json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', answer.text, re.S)[1])


# What stands on the page -------------------------------------------------------------------------


def test_the_page_says_who_reported_it_when_and_how_long_it_takes(visitor):
    source = make_source(name="The Harbour Ledger")
    article = make_article(
        source,
        headline="The bridge that would not open",
        standfirst="Engineers waited for a tide.",
        author="Marta Okonjo",
        word_count=1380,
        published_at="2026-03-02T05:40:00Z",
    )
    page = visitor.get(article.get_absolute_url())
    text = text_of(page)
    for words in (
        "The Harbour Ledger",
        "Engineers waited for a tide.",
        "By Marta Okonjo",
        "Monday 2 March",
        "05:40",
        "6 min read",
    ):
        assert words in text
    assert page.text.count("<h1") == 1
    assert "<h1>The bridge that would not open</h1>" in page.text
    assert 'datetime="2026-03-02T05:40:00+00:00"' in page.text


def test_what_a_publisher_did_not_give_leaves_no_hole(visitor):
    article = make_article(standfirst="", author="", image_url="", word_count=0)
    page = visitor.get(article.get_absolute_url())
    assert "By <b" not in page.text
    assert "min read" not in text_of(page).split("Related")[0]
    assert 'class="page-d"' not in page.text
    assert "art-f" not in page.text


def test_a_picture_comes_with_its_caption_and_a_small_one_is_not_blown_up(visitor):
    words = {"image_alt": "A bridge", "image_caption": "At low tide."}
    large, small = make_pictured_article(**words), make_pictured_article(width=320, height=200, **words)
    page = visitor.get(large.get_absolute_url())
    assert f'<figure class="fig art-f"><img src="/pictures/{large.picture.key}-800.webp"' in page.text
    assert "<figcaption>At low tide.</figcaption>" in page.text
    assert "art-f" not in visitor.get(small.get_absolute_url()).text


def test_times_are_in_the_readers_own_zone(member):
    member.time_zone = "Asia/Tokyo"
    member.save()
    article = make_article(published_at="2026-03-02T20:40:00Z")
    assert "Tuesday 3 March, 05:40" in text_of(sign_in(member).get(article.get_absolute_url()))


def test_a_right_to_left_article_is_turned_and_our_own_words_are_not(visitor):
    source = make_source(name="المرفأ", language="ar")
    article = make_article(source, headline="المدينة القديمة", author="سلمى", body="<p>نص</p>" * 9)
    page = visitor.get(article.get_absolute_url())
    assert '<article class="art" lang="ar" dir="rtl">' in page.text
    assert '<section class="wall wall-text" lang="en" dir="ltr"' in page.text
    assert '<bdi lang="en" dir="ltr">By <b lang="ar">سلمى</b></bdi>' in page.text


def test_tools_share_and_set_the_text_size_without_a_script(visitor, member):
    article = make_article()
    path = article.get_absolute_url()
    page = visitor.get(path)
    assert f'data-share="{settings.SITE_URL}{path}"' in page.text
    form = page.text.split('<div class="tools"')[1].split("</form>")[0]
    assert f'action="{reverse("preferences")}"><input type="hidden" name="next" value="{path}">' in form
    assert re.findall(r'name="size" value="(\w+)"', form) == ["s", "m", "l", "xl"]
    assert 'form="save"' not in page.text
    assert f'<button form="save" name="id" value="{article.pk}" aria-pressed="false">' in sign_in(member).get(path).text


def test_a_saved_article_says_so(member):
    article = make_article()
    Saved.objects.create(user=member, article=article)
    page = sign_in(member).get(article.get_absolute_url())
    assert f'value="{article.pk}" aria-pressed="true"' in page.text


def test_other_titles_on_the_same_event_stand_beside_it(visitor, member):
    article, *others = [make_article(make_source(name=f"Paper {letter}")) for letter in "ABC"]
    story = make_story([article, *others])
    page = visitor.get(article.get_absolute_url())
    assert "Also covered by 2 titles" in text_of(page)
    assert reverse("story", args=[story.pk, article.slug]) in page.text
    for other in others:
        assert f"<b>{other.source.name}</b> {other.headline}" in page.text
    assert "Full coverage" in text_of(page)


def test_readers_find_the_full_coverage_below_their_text(visitor, member):
    article, *others = [make_article(make_source(name=f"Paper {letter}")) for letter in "ABC"]
    make_story([article, *others, make_article(article.source), make_article(is_copy=True)])
    page = sign_in(member).get(article.get_absolute_url())
    rows = page.text.partition('<ol class="rows cov">')[2].partition("</ol>")[0]
    assert re.findall(r'<p class="cov-h serif"><a href="([^"]+)">', rows) == [
        other.get_absolute_url() for other in others
    ]
    assert "How others report it" in text_of(page)
    assert '<ol class="rows cov">' not in visitor.get(article.get_absolute_url()).text


def test_related_stories_are_other_events(visitor):
    article = make_article()
    twin, other = make_article(), make_article(headline="Something else in the world")
    make_story([article, twin])
    make_story([other])
    related = visitor.get(article.get_absolute_url()).text.partition("Related Stories")[2].partition("</section>")[0]
    assert other.headline in related
    assert twin.headline not in related


def test_visitors_find_top_stories_and_picks_below_readers_their_text(visitor, member):
    article = make_article()
    make_story([make_article(headline="What everybody reads")])
    make_pick(make_article(), note="Stay for the last line.")
    text = text_of(visitor.get(article.get_absolute_url()))
    assert "Top stories on Broadsheet right now" in text
    assert "What everybody reads" in text
    assert "Our Picks" in text
    assert "Stay for the last line." in text
    assert "Stay for the last line." not in text_of(sign_in(member).get(article.get_absolute_url()))


# Permission --------------------------------------------------------------------------------------


def test_of_a_headline_source_only_the_headline_shows(visitor, member):
    article = make_article(
        make_source(name="Cape Sentinel", permission="headline"),
        standfirst="Not ours to print.",
        opening_html="<p>Nor this.</p>",
        image_url=(picture := make_picture("https://t.example/nor-this.webp")).url,
        picture=picture,
        body="<p>Least of all this.</p>",
    )
    for client in (visitor, sign_in(member)):
        page = client.get(article.get_absolute_url())
        assert article.headline in page.text
        assert not re.search(f"ours to print|[Nn]or.this|Least of all|{picture.key}", page.text)
        assert f'href="{article.canonical_url}" rel="external noopener">Read at Cape Sentinel' in page.text


def test_of_a_teaser_source_the_opening_shows_and_leads_on(visitor, member):
    article = make_article(
        make_source(name="Cape Sentinel", permission="teaser"), opening_html="<p>It began with rain.</p>"
    )
    for client in (visitor, sign_in(member)):
        page = client.get(article.get_absolute_url())
        assert "<p>It began with rain.</p>" in page.text
        assert f'href="{article.canonical_url}" rel="external noopener">Continue at Cape Sentinel' in page.text
        assert 'class="wall' not in page.text
        assert "fade" not in page.text


def test_a_teaser_is_not_said_twice(visitor):
    """Of a teaser source we keep a few words, which are its standfirst in lists and its text here."""
    words = "Rain & wind kept the bridge shut."
    article = make_article(
        make_source(permission="teaser"), standfirst=words, opening_html="<p>Rain &amp; wind kept the bridge shut.</p>"
    )
    main = visitor.get(article.get_absolute_url()).text.partition("<main")[2]
    assert main.count("wind kept the bridge shut") == 1


def test_openly_licensed_text_is_whole_and_names_its_licence(visitor):
    source = make_source(
        name="Commons Daily", permission="open", licence="CC-BY-4.0", licence_url="https://licences.example/by/4.0/"
    )
    article = make_article(source, body="<p>The whole text.</p>")
    page = visitor.get(article.get_absolute_url())
    assert "<p>The whole text.</p>" in page.text
    assert "Reported by Commons Daily . Republished under CC-BY-4.0 ." in text_of(page)
    assert '<a class="txt" href="https://licences.example/by/4.0/" rel="license external noopener">' in page.text
    assert f'href="{article.canonical_url}" rel="external noopener">Read it at Commons Daily' in page.text


def test_what_an_editor_opened_is_whole_for_everybody_and_says_so(visitor, walled_article):
    Article.objects.filter(pk=walled_article.pk).update(is_opened=True)
    page = visitor.get(walled_article.get_absolute_url())
    assert SECRET_SENTENCE in page.text
    assert "Our editors have opened this article to everybody." in page.text
    assert 'class="wall' not in page.text
    assert page["Cache-Control"].startswith("public")


def test_a_report_without_an_address_leads_to_its_publishers_home(visitor):
    article = make_article(make_source(permission="teaser"), canonical_url=None)
    assert f'href="{article.source.homepage}" rel="external' in visitor.get(article.get_absolute_url()).text


def test_a_link_that_is_no_web_address_is_not_offered(visitor):
    """F65: also if one ever got past the cleaning."""
    source = make_source(permission="teaser", homepage="javascript:alert(1)")
    article = make_article(source, canonical_url="javascript:alert(2)")
    page = visitor.get(article.get_absolute_url())
    assert [found for found in attributes(page) if found[2].startswith("javascript:")] == []


# The wall ----------------------------------------------------------------------------------------


def test_a_visitor_reads_the_opening_and_then_the_wall(visitor, walled_article):
    page = visitor.get(walled_article.get_absolute_url())
    assert "The engineers had been waiting since four." in page.text
    assert SECRET_SENTENCE not in page.text
    wall = page.text.partition('<section class="wall')[2].partition("</section>")[0]
    assert 'aria-labelledby="wall"' in wall
    assert '<h2 id="wall">Sign up to read this article</h2>' in wall
    assert "Fourteen days free. No card. Then £10 a month if you decide to stay." in wall
    assert "Already a member?" in wall


def test_the_wall_leads_to_sign_up_and_sign_in_and_back_here(visitor, walled_article):
    path = walled_article.get_absolute_url()
    wall = visitor.get(path).text.partition('<section class="wall')[2].partition("</section>")[0]
    assert f'<form method="post" action="{reverse("begin_sign_up")}"' in wall
    assert "csrfmiddlewaretoken" not in wall  # the page is everybody's
    assert f'<input type="hidden" name="next" value="{path}">' in wall
    assert '<label for="wall-email">E-mail</label>' in wall
    sign_in_url = urlsplit(re.search(r'href="([^"]+)">Sign in here', wall)[1])
    assert sign_in_url.path == reverse("account_login")
    assert parse_qs(sign_in_url.query) == {"next": [path]}


def test_the_wall_claims_no_more_titles_than_there_are(visitor, walled_article):
    path = walled_article.get_absolute_url()
    assert "Read news from 1 title, curated specifically for you." in text_of(visitor.get(path))
    make_source()
    assert "Read news from 2 titles, curated specifically for you." in text_of(visitor.get(path))
    for _ in range(98):
        make_source()
    assert "Read news from 100s of titles, curated specifically for you." in text_of(visitor.get(path))


def test_the_wall_names_the_operators_days_and_prices(visitor, walled_article, settings):
    settings.TRIAL_DAYS, settings.PLAN_MONTHLY_CENTS, settings.PLAN_CURRENCY = 30, 1250, "EUR"
    text = text_of(visitor.get(walled_article.get_absolute_url()))
    assert "30 days free. No card. Then €12.50 a month if you decide to stay." in text


def ended(**membership):
    return make_reader(timezone.now() - timedelta(days=40), **membership)


def no_trial():
    user = ended()
    Membership.objects.filter(user=user).update(trial_started_at=None, trial_ends_at=None)
    return user


def unverified():
    user = make_reader(timezone.now() - timedelta(hours=25))
    user.emailaddress_set.update(verified=False)
    return user


@pytest.mark.parametrize(
    ("reader", "heading", "action", "route", "has_prices"),
    [
        (ended, "Your free days are over", "Choose a plan", "plans", True),
        (no_trial, "Become a member to read this article", "Choose a plan", "plans", True),
        (unverified, "Confirm your address to read on", "Send a new link", "account_email", False),
        (
            lambda: ended(status="past_due", past_due_since=timezone.now() - timedelta(days=8)),
            "Your payment did not go through",
            "Go to your account",
            "account",
            False,
        ),
        *[
            (lambda facts=facts: ended(**facts), "Your membership has ended", "Choose a plan", "plans", True)
            for facts in (
                {"status": "canceled"},
                {"status": "incomplete_expired"},
                {"status": "active", "cancels_at": LONG_AGO},
            )
        ],
        *[
            (
                lambda status=status: ended(status=status, paid_until=LONG_AGO),
                heading,
                "Go to your account",
                "account",
                False,
            )
            for status, heading in {
                "unpaid": "Your membership is not paid",
                "paused": "Your membership is paused",
                "incomplete": "Your membership was not completed",
                "hibernating": "Your membership is not running",
                "active": "Reading waits for word of your payment",
            }.items()
        ],
    ],
)
def test_each_reader_at_the_wall_is_told_what_to_do(reader, heading, action, route, has_prices, walled_article):
    path = walled_article.get_absolute_url()
    page = sign_in(reader()).get(path)
    wall = page.text.partition('<section class="wall')[2].partition("</section>")[0]
    way = f"{reverse(route)}?next={path}" if route == "plans" else reverse(route)
    assert f'<h2 id="wall">{heading}</h2>' in wall
    assert f'<a class="btn" href="{way}">{action}</a>' in wall
    assert ("£10 a month or £96 a year" in wall) == has_prices
    assert (f'href="{reverse("plans")}?next={path}"' in wall) == has_prices
    assert SECRET_SENTENCE not in page.text
    assert "Sign up" not in wall


@pytest.mark.parametrize(
    "membership",
    [
        {"status": "active", "paid_until": timezone.now() + NOW_AGAIN},
        {"status": "active", "paid_until": timezone.now() + NOW_AGAIN, "cancels_at": timezone.now() + NOW_AGAIN},
        {"status": "trialing", "paid_until": timezone.now() + NOW_AGAIN},
        {"status": "past_due", "past_due_since": timezone.now() - timedelta(days=2)},
    ],
)
def test_members_read_to_the_end_and_see_whose_it_is(membership, walled_article):
    page = sign_in(ended(**membership)).get(walled_article.get_absolute_url())
    assert SECRET_SENTENCE in page.text
    assert 'class="wall ' not in page.text
    assert f"Reported by <b>{walled_article.source.name}</b>" in page.text
    assert f'href="{walled_article.canonical_url}" rel="external noopener">Read it at' in page.text


def test_the_text_fades_only_where_it_is_cut(visitor, member):
    long_opening = "<p>" + "The engineers had been waiting since four in the morning. " * 10 + "</p>"
    article = make_article(opening_html=long_opening, body=long_opening * 5)
    short = make_article(opening_html="<p>Four words stand here.</p>", body=long_opening)
    assert 'class="text fade"' in visitor.get(article.get_absolute_url()).text
    assert "fade" not in visitor.get(short.get_absolute_url()).text  # nothing would be left to read
    assert "fade" not in sign_in(member).get(article.get_absolute_url()).text


# Headers -----------------------------------------------------------------------------------------


def test_a_page_with_the_text_is_kept_by_nobody(walled_article, member, trial_reader, staff):
    """A08, A09, A10."""
    for user in (member, trial_reader, staff):
        page = sign_in(user).get(walled_article.get_absolute_url())
        assert SECRET_SENTENCE in page.text
        assert page["Cache-Control"] == "private, no-store"
        assert "ETag" not in page
        assert "Last-Modified" not in page


def test_a_visitors_page_is_public_and_sets_no_cookie(visitor, walled_article):
    page = visitor.get(walled_article.get_absolute_url())
    assert page["Cache-Control"].startswith("public")
    assert "Cookie" in page["Vary"]
    assert not page.cookies
    assert "csrfmiddlewaretoken" not in page.text


def test_a_members_validator_gives_a_visitor_nothing(visitor, walled_article, member):
    """A10."""
    path = walled_article.get_absolute_url()
    sign_in(member).get(path)
    for headers in ({"If-None-Match": "*"}, {"If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"}):
        page = visitor.get(path, headers=headers)
        assert page.status_code == 200
        assert SECRET_SENTENCE not in page.text


def test_readers_in_turn_each_get_their_own_page(walled_article, member, lapsed_reader):
    """A09: in both orders."""
    path = walled_article.get_absolute_url()
    for user, is_whole in ((member, True), (None, False), (lapsed_reader, False), (member, True), (None, False)):
        page = (sign_in(user) if user else Client()).get(path)
        assert (SECRET_SENTENCE in page.text) == is_whole


@pytest.mark.parametrize("who", ["visitor", "member"])
def test_head_tells_no_more_than_get(who, request, walled_article):
    """A02: the length is that of the page this reader would get."""
    client = Client() if who == "visitor" else sign_in(request.getfixturevalue(who))
    path = walled_article.get_absolute_url()
    client.get(path)
    head, get = client.head(path), client.get(path)
    assert head.content == b""
    names = ("Content-Type", "Cache-Control", "Vary", "Content-Length")
    assert {name: head.get(name) for name in names} == {name: get.get(name) for name in names}


@pytest.mark.parametrize(
    "query", ["print=1", "amp=1", "format=json", "format=.json", "page=2", "preview=1", "q=%00", "x=" + "y" * 10_000]
)
def test_a_query_gives_nothing_more(visitor, walled_article, query):
    """A02."""
    page = visitor.get(f"{walled_article.get_absolute_url()}?{query}")
    assert page.status_code in (200, 400)
    assert SECRET_SENTENCE not in page.text


def test_other_spellings_of_the_address_lead_to_the_page_or_nowhere(member, walled_article):
    """A02, A11: no second address from which a cache or a proxy could serve the text."""
    client, path = sign_in(member), walled_article.get_absolute_url()
    for other in (
        path.upper(),
        f"{path[:-1]}.json",
        f"{path}page.css",
        f"{path[:-1]};.js",
        f"{path}amp/",
        f"{path}%00",
    ):
        answer = client.get(other)
        assert answer.status_code == 404, other
        assert SECRET_SENTENCE not in answer.text


@pytest.mark.parametrize(
    "headers", [{"User-Agent": "Googlebot/2.1"}, {"Referer": "https://www.google.com/"}, {"Range": "bytes=0-99999"}]
)
def test_nobody_is_believed_to_be_somebody(visitor, walled_article, headers):
    """A06."""
    assert SECRET_SENTENCE not in visitor.get(walled_article.get_absolute_url(), headers=headers).text


def test_the_page_takes_no_post(visitor, walled_article):
    assert visitor.post(walled_article.get_absolute_url()).status_code == 405


# Readings ----------------------------------------------------------------------------------------


def test_looking_ahead_is_not_reading(member, walled_article):
    client, path = sign_in(member), walled_article.get_absolute_url()
    client.head(path)
    client.get(path, headers={"Sec-Purpose": "prefetch;prerender"})
    client.get(path, headers={"Purpose": "prefetch"})
    assert not Reading.objects.exists()
    client.get(path)
    client.get(path)
    assert list(Reading.objects.values_list("user_id", "article_id")) == [(member.pk, walled_article.pk)]


# Addresses ---------------------------------------------------------------------------------------


def test_an_old_headline_in_the_address_leads_to_the_new_one(visitor, walled_article):
    """F56."""
    for path in (f"/article/{walled_article.pk}/", f"/article/{walled_article.pk}/another-headline/"):
        answer = visitor.get(path)
        assert (answer.status_code, answer["Location"]) == (301, walled_article.get_absolute_url())


@pytest.mark.parametrize("pk", ["0", "999999", "9" * 18, "9" * 30, "9" * 5000])
def test_an_article_that_is_not_there_is_a_404(visitor, pk):
    assert visitor.get(f"/article/{pk}/headline/").status_code == 404


def test_an_article_of_a_source_that_is_switched_off_is_a_404(member):
    """A13."""
    article = make_article(make_source(is_active=False), body=f"<p>{SECRET_SENTENCE}</p>")
    answer = sign_in(member).get(article.get_absolute_url())
    assert answer.status_code == 404
    assert SECRET_SENTENCE not in answer.text


def test_a_withdrawn_article_is_gone_for_everybody_and_says_whose_it_was(visitor, member, staff, walled_article):
    """A13."""
    Article.objects.filter(pk=walled_article.pk).update(
        withdrawn_at=timezone.now(), withdrawn_reason="A court asked.", published_at="2026-03-02T05:40:00Z"
    )
    for client in (visitor, sign_in(member), sign_in(staff)):
        for path in (walled_article.get_absolute_url(), f"/article/{walled_article.pk}/"):
            page = client.get(path)
            assert page.status_code == 410
            assert walled_article.source.name in page.text
            assert "Monday 2 March" in page.text
            for words in (walled_article.headline, "waiting since four", SECRET_SENTENCE, "A court asked."):
                assert words not in page.text
            assert '<meta name="robots" content="noindex">' in page.text


# What it says to machines ------------------------------------------------------------------------


def test_machines_are_told_that_walled_text_is_not_free(visitor, member, walled_article):
    """A04: the same to everybody, and never the body."""
    for client in (visitor, sign_in(member)):
        page = client.get(walled_article.get_absolute_url())
        facts = linked_data(page)
        assert facts["@type"] == "NewsArticle"
        assert facts["isAccessibleForFree"] is False
        assert facts["hasPart"] == {
            "@type": "WebPageElement",
            "isAccessibleForFree": False,
            "cssSelector": ".wall-text",
        }
        assert "wall-text" in page.text.partition("<main")[2]
        assert "articleBody" not in facts
        assert SECRET_SENTENCE not in json.dumps(facts)
        assert 'content="noarchive, max-image-preview:large"' in page.text


def test_machines_are_told_the_facts(visitor):
    source = make_source(name="The Harbour Ledger", homepage="https://ledger.example/")
    article = make_article(
        source,
        headline="The bridge",
        standfirst="Engineers waited.",
        author="Marta Okonjo",
        body="<p>x</p>",
        published_at="2026-03-02T05:40:00Z",
        updated_at="2026-03-02T06:00:00Z",
    )
    facts = linked_data(visitor.get(article.get_absolute_url()))
    publisher = {"@type": "NewsMediaOrganization", "name": "The Harbour Ledger", "url": "https://ledger.example/"}
    expected = {
        "headline": "The bridge",
        "description": "Engineers waited.",
        "datePublished": "2026-03-02T05:40:00+00:00",
        "dateModified": "2026-03-02T06:00:00+00:00",
        "author": {"@type": "Person", "name": "Marta Okonjo"},
        "publisher": publisher,
    }
    assert {name: facts[name] for name in expected} == expected


def test_free_text_is_called_free_and_a_teaser_is_not_spoken_for(visitor):
    free = make_article(make_source(permission="open", licence="CC0-1.0"), body="<p>Whole.</p>")
    teaser = make_article(make_source(permission="teaser"))
    assert linked_data(visitor.get(free.get_absolute_url()))["isAccessibleForFree"] is True
    assert "isAccessibleForFree" not in linked_data(visitor.get(teaser.get_absolute_url()))


def test_where_we_hold_the_text_the_page_is_its_home_else_its_publisher_is(visitor):
    held = [
        make_article(body="<p>x</p>"),
        make_article(make_source(permission="open", licence="CC0-1.0"), body="<p>x</p>"),
    ]
    for article in held:
        page = visitor.get(article.get_absolute_url())
        assert f'<link rel="canonical" href="{settings.SITE_URL}{article.get_absolute_url()}">' in page.text
    for permission in ("teaser", "headline"):
        article = make_article(make_source(permission=permission))
        page = visitor.get(article.get_absolute_url())
        assert f'<link rel="canonical" href="{article.canonical_url}">' in page.text
        assert "noarchive" not in page.text


def test_descriptions_are_made_of_public_words_only(visitor):
    article = make_article(
        standfirst="", opening_html="<p>Rain &amp; wind, <em>all night</em>.</p>", body=f"<p>{SECRET_SENTENCE}</p>"
    )
    page = visitor.get(article.get_absolute_url())
    assert '<meta name="description" content="Rain &amp; wind, all night.">' in page.text
    assert '<meta property="og:description" content="Rain &amp; wind, all night.">' in page.text
    assert linked_data(page)["description"] == "Rain & wind, all night."


def test_no_text_breaks_out_of_the_page_or_of_its_script(visitor):
    """F38, F60, F64."""
    hostile = "</script><script>alert(1)</script>\"'<img src=x onerror=alert(1)>\u2028\u2029]]>"
    article = make_article(
        make_source(name=hostile[:100]),
        headline=hostile,
        standfirst=hostile,
        author=hostile,
        categories=[hostile],
        image_url=(picture := make_picture('https://t.example/"onload="alert(1)')).url,
        picture=picture,
        image_alt=hostile,
        image_caption=hostile,
        body="<p>x</p>",
    )
    page = visitor.get(article.get_absolute_url())
    assert [found for found in attributes(page) if found[1].startswith("on")] == []
    assert page.text.count("<script") == 2  # the site's own and the linked data
    assert "<img src=x" not in page.text
    assert linked_data(page)["headline"] == hostile
    block = page.text.partition("application/ld+json")[2].partition("</script>")[0]
    assert not set(block[2:]) & {"<", "\u2028", "\u2029"}


# Cost --------------------------------------------------------------------------------------------


def queries_of(client, path) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200
    return len(queries)


def surroundings(article: Article, count: int) -> None:
    """`count` of everything that the page may list, and what is related worked out."""
    make_story([article, *(make_article() for _ in range(count))])
    for _ in range(count):
        other = make_article()
        make_story([other, make_article()])
        make_pick(other)
    keep_related(timezone.now())


@pytest.mark.parametrize(("who", "most"), [("visitor", 11), ("member", 17), ("lapsed_reader", 13)])
def test_the_page_costs_the_same_however_much_stands_around_it(who, most, request, walled_article):
    client = Client() if who == "visitor" else sign_in(request.getfixturevalue(who))
    path = walled_article.get_absolute_url()
    surroundings(walled_article, 2)
    client.get(path)  # a first visit also counts a reading
    few = queries_of(client, path)
    surroundings(walled_article, 12)
    assert queries_of(client, path) == few
    assert few <= most


@pytest.mark.parametrize("body", ["<p>x</p>", None])
def test_what_a_publisher_keeps_from_search_engines_is_kept_from_them_here_too(visitor, body):
    shown = make_article(body=body)
    kept = make_article(body=body, is_noindex=True)
    robots = [robots_of(visitor.get(article.get_absolute_url())) for article in (shown, kept)]
    assert "noindex" not in robots[0]
    assert robots[1] == f"noindex, {robots[0]}"


def robots_of(answer) -> str:
    return re.search(r'<meta name="robots" content="([^"]*)">', answer.text)[1]
