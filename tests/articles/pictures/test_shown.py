"""What pages show in each mode, and that nothing in them sends a reader's browser to somebody else."""

from __future__ import annotations

import json
import re
import runpy
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.models import Article, Follow, Saved, Source
from articles.pages import ranks
from articles.pages.cards import card_of
from articles.pictures.keys import path_of
from articles.stories.run import rank_all_stories
from newssite import settings as settings_module
from tests.make import (
    make_article,
    make_feed,
    make_pick,
    make_picture,
    make_pictured_article,
    make_source,
    make_story,
)

pytestmark = pytest.mark.django_db

THEIRS = "https://elsewhere.example"
# What makes a browser ask for something by itself; links wait for a click.
ASKS = re.compile(
    r"<source [^>]*src[^>]*>|<(?:img|script|iframe|video|audio|embed|object|input|use)\b[^>]*>"
    r'|<link\b[^>]*rel="(?!canonical|alternate)[^>]*>|url\([^)]*\)|<meta[^>]*og:image[^>]*>'
)


def image(url: str) -> str:
    return f'<img src="{url}" alt="Inside" loading="lazy" referrerpolicy="no-referrer">'


def open_source(**fields) -> Source:
    """Whose texts everybody may read whole."""
    licence = {"licence": "CC-BY-4.0", "licence_url": "https://licences.example/by/"}
    return make_source(permission="open", **licence, **fields)


@pytest.fixture
def paper() -> list[Article]:
    """Articles with pictures above them, on cards and in texts: ready, wanted and refused ones."""
    inside, late = make_picture(f"{THEIRS}/inside.jpg"), f"{THEIRS}/late.jpg"
    body = f"<p>Text.</p><figure>{image(inside.url)}<figcaption>Low tide.</figcaption></figure>"
    body += f"<figure>{image(late)}<figcaption>High tide.</figcaption></figure>"
    ledger = open_source(slug="ledger")
    ready = [
        make_pictured_article(ledger, opening_html=body, body=body, thumbnail_url=f"{THEIRS}/thumb.jpg")
        for _ in range(3)
    ]
    waiting = [
        make_article(ledger, image_url=f"{THEIRS}/{number}.jpg", thumbnail_url=f"{THEIRS}/thumb.jpg", body=body)
        for number in range(3)
    ]
    articles = [*ready, *waiting]
    make_feed(ledger)
    make_story(articles[:2], score=9)
    for article in articles[2:]:
        make_story([article], score=2)
        make_pick(article)
    return articles


PATHS = ("/", "/news/world/", "/sources/ledger/", "/search/?q=headline", "/picks/", "/saved/", "/following/")
FEEDS = ("/feeds/top.xml", "/feeds/picks.xml", "/feeds/world.xml", "/sitemap.xml?page=pages", "/news-sitemap.xml")


def walked(paper: list[Article], reader) -> dict[str, str]:
    """(who, path) -> the answer's text, for a visitor and for a reader who has saved and follows all of it."""
    Saved.objects.bulk_create([Saved(user=reader, article=article) for article in paper])
    Follow.objects.create(user=reader, source=paper[0].source)
    signed_in = Client()
    signed_in.force_login(reader)
    paths = [*PATHS, *FEEDS, "/offline/", "/app/", "/service-worker.js", "/saved/offline/"]
    paths += [article.get_absolute_url() for article in paper] + [paper[0].story.get_absolute_url()]
    paths += [f"/offline/{article.pk}/" for article in paper]
    return {
        f"{who} {path}": client.get(path, follow=True).text
        for who, client in (("visitor", Client()), ("reader", signed_in))
        for path in paths
    }


# No page asks anybody else -----------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["proxy", "off"])
def test_no_page_sends_a_browser_to_somebody_else(paper, member, settings, mode):
    settings.IMAGES = mode
    wrong = [
        (where, found)
        for where, text in walked(paper, member).items()
        for found in ASKS.findall(text)
        if re.search(r"(?:https?:)?//(?!testserver/)", found.replace("http://www.w3.org/", ""))
    ]
    assert wrong == []


def test_the_walk_would_see_an_address_of_theirs(paper, member, settings):
    settings.IMAGES = "link"
    seen = {where for where, text in walked(paper, member).items() for found in ASKS.findall(text) if THEIRS in found}
    assert {f"visitor {path}" for path in ("/", "/news/world/", "/sources/ledger/", "/picks/")} <= seen
    assert f"reader {paper[0].get_absolute_url()}" in seen


def test_no_address_of_a_publisher_s_picture_is_in_any_page(paper, member):
    assert [where for where, text in walked(paper, member).items() if THEIRS in text] == []


def test_with_pictures_off_there_is_none_anywhere(paper, member, settings):
    settings.IMAGES = "off"
    for where, text in walked(paper, member).items():
        assert "/pictures/" not in text or where.endswith("/service-worker.js"), where
        assert "<img" not in text, where
        assert "Low tide." not in text, where


# Proxy -------------------------------------------------------------------------------------------


def test_an_article_shows_our_copies_with_their_sizes(visitor, paper):
    article = paper[0]
    page = visitor.get(article.get_absolute_url()).text
    key = article.picture.key
    figure = page.partition('<figure class="fig art-f">')[2].partition("</figure>")[0]
    assert f'src="{path_of(key, 800)}"' in figure
    assert f'srcset="{path_of(key, 320)} 320w, {path_of(key, 800)} 800w, {path_of(key, 1200)} 1200w"' in figure
    assert 'width="1200" height="800"' in figure
    assert "sizes=" in figure
    assert "referrerpolicy" not in page
    assert "Low tide." in page
    assert "High tide." not in page


def test_machines_are_told_our_own_address(visitor, paper, settings):
    page = visitor.get(paper[0].get_absolute_url()).text
    address = f"http://testserver{path_of(paper[0].picture.key, 1200)}"
    assert f'<meta property="og:image" content="{address}">' in page
    facts = json.loads(page.partition("application/ld+json")[2].partition(">")[2].partition("</script>")[0])
    assert facts["image"] == [address]


def test_a_picture_that_is_not_ready_is_no_picture(visitor, paper):
    article = Article.objects.for_cards().get(pk=paper[4].pk)
    assert not card_of(article).has_picture
    page = visitor.get(article.get_absolute_url()).text
    assert "og:image" not in page
    assert "summary_large_image" not in page
    assert "art-f" not in page


def test_a_picture_that_was_taken_out_of_the_text_is_not_shown_twice(visitor):
    inside = make_picture()
    article = make_article(
        open_source(),
        image_url=f"{THEIRS}/gone.jpg",
        picture=inside,
        body=f"<p>{image(inside.url)}</p>",
    )
    page = visitor.get(article.get_absolute_url()).text
    assert page.count(f'src="{path_of(inside.key, 800)}"') == 1


@pytest.mark.parametrize(("width", "is_above"), [(1200, True), (600, False)])
def test_a_picture_stands_above_an_article_or_where_its_text_begins(visitor, width, is_above):
    url = f"{THEIRS}/tide.jpg"
    text = f"<p>One.</p><figure>{image(url)}<figcaption>Low tide.</figcaption></figure><p>Two.</p>"
    picture = make_picture(url, width=width)
    article = make_article(open_source(), image_url=url, image_width=width, picture=picture, body=text)
    page = visitor.get(article.get_absolute_url()).text
    assert page.count(f'<img src="/pictures/{picture.key}') == 1
    assert ("art-f" in page) == is_above
    assert ("Low tide." in page) != is_above


def test_every_picture_on_a_page_holds_its_place(paper, member):
    for where, text in walked(paper, member).items():
        for tag in re.findall(r"<img\b[^>]*>", text):
            assert re.search(r'width="[1-9]\d*" height="[1-9]\d*"', tag), where


def test_pictures_in_a_text_cost_one_query_and_a_text_without_none(visitor):
    def queries(body: str) -> int:
        article = make_article(open_source(), body=body)
        with CaptureQueriesContext(connection) as found:
            visitor.get(article.get_absolute_url())
        return len(found)

    queries("<p>The first one warms up.</p>")
    many = "".join(f"<p>{image(make_picture().url)}</p>" for _ in range(9))
    assert queries(many) == queries("<p>Text.</p>") + 1


@pytest.mark.parametrize(("mode", "pictured"), [("proxy", {0}), ("link", {0, 1}), ("off", set())])
def test_a_picture_counts_for_places_and_ranks_where_it_can_be_shown(settings, mode, pictured):
    settings.IMAGES = mode
    articles = [make_pictured_article(), make_article(image_url=f"{THEIRS}/1.jpg"), make_article()]
    assert {one.article_id for one in ranks.newest() if one.has_picture} == {articles[place].pk for place in pictured}
    cards = [card_of(article) for article in Article.objects.for_cards().order_by("pk")]
    assert {place for place, card in enumerate(cards) if card.has_picture} == pictured
    assert {place for place, card in enumerate(cards) if ranks.candidate_of(card.article).has_picture} == pictured


def test_a_report_leads_its_story_by_a_picture_that_is_ready_only():
    waiting = make_article(image_url=f"{THEIRS}/1.jpg", word_count=500)
    pictured = make_pictured_article(word_count=500)
    plain = make_article(word_count=500)
    story = make_story([waiting, pictured, plain])
    rank_all_stories(timezone.now())
    story.refresh_from_db()
    assert story.lead == pictured


@pytest.mark.parametrize(
    ("mode", "to_readers", "to_publishers"),
    [
        ("proxy", "Pictures come from our own servers", "fetched from your server once"),
        ("link", "loaded from the publishers’ own servers", "we keep no copies"),
        ("off", "We show no pictures of theirs", "We show no pictures of yours"),
    ],
)
def test_readers_and_publishers_are_told_the_truth(visitor, settings, mode, to_readers, to_publishers):
    settings.IMAGES = mode
    assert to_readers in visitor.get("/privacy/").text
    assert to_publishers in visitor.get("/about/fetcher/").text


# Link --------------------------------------------------------------------------------------------


def test_as_links_pictures_come_from_their_publishers_without_a_referrer(visitor, settings):
    settings.IMAGES = "link"
    article = make_article(
        open_source(),
        image_url=f"{THEIRS}/large.jpg",
        image_width=1200,
        image_height=700,
        image_alt='A "map"',
        thumbnail_url=f"{THEIRS}/small.jpg",
        thumbnail_width=640,
        body=f"<p>{image(f'{THEIRS}/inside.jpg')}</p>",
    )
    make_pick(article)
    page = visitor.get(article.get_absolute_url()).text
    assert (
        f'<img src="{THEIRS}/large.jpg" srcset="{THEIRS}/small.jpg 640w, {THEIRS}/large.jpg 1200w" '
        'sizes="(width < 62rem) 100vw, 62rem" width="1200" height="700" alt="A &quot;map&quot;" '
        'referrerpolicy="no-referrer" fetchpriority="high">'
    ) in page
    assert image(f"{THEIRS}/inside.jpg") in page
    assert f'<meta property="og:image" content="{THEIRS}/large.jpg">' in page
    card = visitor.get("/picks/").text
    assert f'<img src="{THEIRS}/small.jpg" width="1200" height="700"' in card


def test_a_link_breaks_out_of_no_attribute_f64(visitor, settings):
    settings.IMAGES = "link"
    page = visitor.get(make_article(image_url='https://t.example/"onload="alert(1)').get_absolute_url()).text
    assert 'onload="' not in page
    assert "onload=&quot;" in page


# The policy --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "sources"), [("", ["'self'"]), ("proxy", ["'self'"]), ("off", ["'self'"]), ("link", ["'self'", "https:"])]
)
def test_browsers_are_told_where_pictures_may_come_from(visitor, settings, monkeypatch, mode, sources):
    monkeypatch.setenv("IMAGES", mode)
    made = runpy.run_path(str(Path(settings_module.__file__)))
    settings.CONTENT_SECURITY_POLICY = made["CONTENT_SECURITY_POLICY"]
    policy = visitor.get("/").headers["Content-Security-Policy"]
    assert f"img-src {' '.join(sources)};" in f"{policy};"
    assert made["IMAGES"] == (mode or "proxy")
