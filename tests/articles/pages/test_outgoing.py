"""What leaves the site for machines: valid, small, the same for everybody, and never a body."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from datetime import timedelta
from email.utils import parsedate_to_datetime

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from articles.models import Article, Story
from articles.pages import outgoing
from articles.sections import SECTIONS
from articles.topics.store import renew_offered
from tests.conftest import SECRET_SENTENCE
from tests.make import make_article, make_pick, make_source, make_story

pytestmark = pytest.mark.django_db

MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
NEWS = "{http://www.google.com/schemas/sitemap-news/0.9}"
HOSTILE = "Rain </title><script>alert('1')</script> & \"wind\" ]]> \x00\x0b\x1f\ufffe\U0001f327 المرفأ"
CLEAN = HOSTILE.translate(dict.fromkeys(map(ord, "\x00\x0b\x1f\ufffe")))


def items_of(answer) -> list[ET.Element]:
    assert answer.status_code == 200
    return ET.fromstring(answer.content).findall("channel/item")


def titles_of(answer) -> list[str]:
    return [item.findtext("title") for item in items_of(answer)]


def locations_of(answer) -> list[str]:
    assert answer.status_code == 200
    return [element.text for element in ET.fromstring(answer.content).iter(f"{MAP}loc")]


def url_of(article: Article) -> str:
    return settings.SITE_URL + article.get_absolute_url()


# Feeds -------------------------------------------------------------------------------------------


def test_a_feed_item_leads_here_and_names_the_title_that_reported_it(visitor):
    article = make_article(
        make_source(name="The Harbour Ledger", homepage="https://ledger.example/"),
        headline="The bridge",
        standfirst="Engineers waited.",
        author="Marta Okonjo",
        published_at="2026-03-02T05:40:00Z",
    )
    (item,) = items_of(visitor.get(reverse("feed_section", args=["world"])))
    assert {child.tag.split("}")[-1]: child.text for child in item} == {
        "title": "The bridge",
        "link": url_of(article),
        "description": "Engineers waited.",
        "creator": "Marta Okonjo",
        "pubDate": "Mon, 02 Mar 2026 05:40:00 +0000",
        "guid": f"{settings.SITE_URL}/article/{article.pk}/",
        "source": "The Harbour Ledger",
    }
    assert item.find("source").get("url") == "https://ledger.example/"
    assert visitor.get(item.findtext("guid").removeprefix(settings.SITE_URL)).status_code == 301


def test_no_feed_holds_a_text(visitor, walled_article):
    """A03."""
    make_story([walled_article])
    make_pick(walled_article)
    for path in (reverse("feed_top"), reverse("feed_picks"), reverse("feed_section", args=["world"])):
        answer = visitor.get(path)
        assert titles_of(answer) == [walled_article.headline]
        assert SECRET_SENTENCE not in answer.text
        assert "waiting since four" not in answer.text


def test_the_feed_of_top_news_follows_the_ranks_and_names_an_event_once(visitor):
    first, twin, second = make_article(), make_article(), make_article()
    make_story([first, twin], score=9.0)
    make_story([second], score=3.0)
    assert titles_of(visitor.get(reverse("feed_top"))) == [first.headline, second.headline]


def test_the_feed_of_picks_keeps_the_editors_order_words_and_dates(visitor):
    now = timezone.now()
    second = make_pick(position=2, note="Stay for the last line.")
    first = make_pick(position=1, headline_override="In our words")
    make_pick(position=0, starts_at=now + timedelta(hours=1))
    make_pick(position=0, ends_at=now - timedelta(minutes=1))
    answer = visitor.get(reverse("feed_picks"))
    assert titles_of(answer) == ["In our words", second.article.headline]
    assert [item.findtext("description") for item in items_of(answer)] == [
        first.article.standfirst,
        "Stay for the last line.",
    ]


def test_a_section_feed_is_newest_first_without_copies_or_what_was_taken_down(visitor):
    now = timezone.now()
    old = make_article(section="sport", published_at=now - timedelta(hours=3))
    new = make_article(section="sport", published_at=now)
    make_article(section="sport", is_copy=True)
    make_article(section="sport", withdrawn_at=now)
    make_article(make_source(is_active=False), section="sport")
    make_article(section="world")
    assert titles_of(visitor.get(reverse("feed_section", args=["sport"]))) == [new.headline, old.headline]


def test_of_a_headline_source_a_feed_carries_the_headline_alone(visitor):
    make_article(make_source(permission="headline"), standfirst="Not ours to print.")
    (item,) = items_of(visitor.get(reverse("feed_section", args=["world"])))
    assert item.find("description") is None


@pytest.mark.parametrize("slug", ["top-stories", "weather", "x" * 500])
def test_a_section_that_is_not_there_has_no_feed(visitor, slug):
    assert visitor.get(f"/feeds/{slug}.xml").status_code == 404


def test_hostile_words_leave_every_document_well_formed(visitor):
    """F36, F64: one control character makes a whole feed unreadable."""
    article = make_article(
        make_source(name=CLEAN[:100], homepage="https://t.example/?a=1&b=<2>"), standfirst="x", body="<p>x</p>"
    )
    # A database refuses some of these characters; what it holds might be older than the cleaning.
    article.headline, article.author = HOSTILE.replace("\x00", ""), HOSTILE.replace("\x00", "")
    article.save()
    make_story([article])
    make_pick(article, note=CLEAN)
    for path in (reverse("feed_top"), reverse("feed_picks"), reverse("feed_section", args=["world"])):
        assert titles_of(visitor.get(path)) == [CLEAN]
    news = ET.fromstring(visitor.get(reverse("news_sitemap")).content)
    assert [element.text for element in news.iter(f"{NEWS}title")] == [CLEAN]


def test_xml_text_drops_what_xml_does_not_know_and_nothing_else():
    assert outgoing.xml_text(HOSTILE) == CLEAN
    assert outgoing.xml_text("a\tb\nc\ud800d") == "a\tb\ncd"


def test_a_feed_is_public_and_the_same_for_everybody(visitor, member, walled_article):
    reader = Client()
    reader.force_login(member)
    path = reverse("feed_section", args=["world"])
    answer = visitor.get(path)
    assert answer["Cache-Control"] == "public, max-age=300"
    assert answer["Content-Type"] == "application/rss+xml; charset=utf-8"
    assert not answer.cookies
    assert reader.get(path).content == answer.content


def test_a_reader_that_has_the_feed_is_told_so_in_a_line(visitor):
    make_article(published_at=timezone.now() - timedelta(hours=1))
    path = reverse("feed_section", args=["world"])
    first = visitor.get(path)
    for headers in (
        {"If-None-Match": first["ETag"]},
        {"If-None-Match": f'"other", W/{first["ETag"]}'},
        {"If-Modified-Since": first["Last-Modified"]},
    ):
        again = visitor.get(path, headers=headers)
        assert (again.status_code, again.content) == (304, b"")
        assert (again["ETag"], again["Cache-Control"]) == (first["ETag"], first["Cache-Control"])
    make_article(published_at=timezone.now())
    for headers in ({"If-None-Match": first["ETag"]}, {"If-Modified-Since": first["Last-Modified"]}):
        assert visitor.get(path, headers=headers).status_code == 200


def test_what_was_taken_down_changes_the_feeds_mark(visitor):
    make_article()
    gone = make_article()
    path = reverse("feed_section", args=["world"])
    etag = visitor.get(path)["ETag"]
    Article.objects.filter(pk=gone.pk).update(withdrawn_at=timezone.now())
    assert visitor.get(path, headers={"If-None-Match": etag}).status_code == 200


def test_last_modified_is_the_newest_change(visitor):
    make_article(published_at="2026-03-02T05:40:00Z", updated_at="2026-03-02T07:00:00Z")
    make_article(published_at="2026-03-02T06:00:00Z")
    answer = visitor.get(reverse("feed_section", args=["world"]))
    assert parsedate_to_datetime(answer["Last-Modified"]).isoformat() == "2026-03-02T07:00:00+00:00"


@pytest.mark.parametrize("name", ["feed_top", "feed_picks", "news_sitemap", "sitemap"])
def test_an_empty_site_still_answers(visitor, name):
    ET.fromstring(visitor.get(reverse(name)).content)


def test_a_feed_is_bounded_and_costs_the_same_with_more_in_it(visitor):
    def queries(path) -> int:
        with CaptureQueriesContext(connection) as found:
            assert visitor.get(path).status_code == 200
        return len(found)

    def more(count: int) -> None:
        for _ in range(count):
            article = make_article()
            make_story([article])
            make_pick(article)

    paths = [reverse("feed_top"), reverse("feed_picks"), reverse("feed_section", args=["world"])]
    more(2)
    few = [queries(path) for path in paths]
    more(outgoing.FEED_SIZE)
    assert [queries(path) for path in paths] == few
    assert max(few) <= 3
    assert max(len(items_of(visitor.get(path))) for path in paths) == outgoing.FEED_SIZE


def test_the_page_of_feeds_names_every_feed_and_each_answers(visitor):
    page = visitor.get(reverse("feeds"))
    assert page.text.count("<h1") == 1
    paths = [reverse("feed_top"), reverse("feed_picks")]
    paths += [reverse("feed_section", args=[slug]) for slug in SECTIONS if slug != "top"]
    for path in paths:
        assert f'href="{path}"' in page.text
        assert visitor.get(path).status_code == 200


# Sitemaps ----------------------------------------------------------------------------------------


def test_the_sitemap_lists_files_and_the_files_list_what_can_be_read_here(visitor):
    walled = make_article(body="<p>x</p>")
    free = make_article(make_source(permission="open", licence="CC0-1.0"), body="<p>x</p>")
    files = locations_of(visitor.get(reverse("sitemap")))
    assert files[0] == f"{settings.SITE_URL}/sitemap.xml?page=pages"
    found = [url for file in files for url in locations_of(visitor.get(file.removeprefix(settings.SITE_URL)))]
    assert {url_of(walled), url_of(free), f"{settings.SITE_URL}/news/world/"} <= set(found)


def test_search_engines_are_not_sent_to_teasers_or_to_what_is_gone(visitor):
    now = timezone.now()
    shown = make_article(body="<p>x</p>")
    make_article(make_source(permission="teaser"))
    make_article(make_source(permission="headline"))
    make_article(body="<p>x</p>", withdrawn_at=now)
    make_article(make_source(is_active=False), body="<p>x</p>")
    make_article(body="<p>x</p>", is_noindex=True)
    make_article(body="<p>x</p>", published_at=now - outgoing.SITEMAP_AGE - timedelta(days=1))
    files = locations_of(visitor.get(reverse("sitemap")))
    found = [url for file in files[1:] for url in locations_of(visitor.get(file.removeprefix(settings.SITE_URL)))]
    assert found == [url_of(shown)]
    assert locations_of(visitor.get(reverse("news_sitemap"))) == [url_of(shown)]


def test_a_sitemap_file_covers_a_stretch_of_keys_and_no_article_is_lost(visitor, monkeypatch):
    monkeypatch.setattr(outgoing, "SITEMAP_SIZE", 3)
    articles = [make_article(body="<p>x</p>") for _ in range(10)]
    Article.objects.filter(pk__in=[articles[4].pk, articles[5].pk]).delete()
    files = locations_of(visitor.get(reverse("sitemap")))[1:]
    lists = [locations_of(visitor.get(file.removeprefix(settings.SITE_URL))) for file in files]
    assert max(map(len, lists)) <= 3
    assert sorted(url for urls in lists for url in urls) == sorted(
        url_of(article) for article in articles if article not in (articles[4], articles[5])
    )


def test_the_index_goes_back_only_so_many_files(visitor, monkeypatch):
    monkeypatch.setattr(outgoing, "SITEMAP_SIZE", 2)
    monkeypatch.setattr(outgoing, "SITEMAP_FILES", 3)
    articles = [make_article(body="<p>x</p>") for _ in range(12)]
    files = locations_of(visitor.get(reverse("sitemap")))[1:]
    assert len(files) <= 3
    newest = locations_of(visitor.get(files[0].removeprefix(settings.SITE_URL)))
    assert url_of(articles[-1]) in newest


@pytest.mark.parametrize("page", ["", "-1", "x", "99999999", "9" * 5000, "1%00", "٣", "1.5", "pages2"])
def test_a_sitemap_file_that_is_not_there_is_a_404(visitor, page):
    assert visitor.get(f"/sitemap.xml?page={page}").status_code == 404


def test_sitemaps_are_public_and_cost_one_query_each(visitor):
    renew_offered(timezone.now())
    for _ in range(3):
        make_article(body="<p>x</p>")
    last = Article.objects.newest().last()
    paths = [f"/sitemap.xml?page={last.pk // outgoing.SITEMAP_SIZE}", "/sitemap.xml?page=pages", "/news-sitemap.xml"]
    for path in paths:
        with CaptureQueriesContext(connection) as found:
            answer = visitor.get(path)
        assert len(found) == 1, path
        assert answer["Cache-Control"].startswith("public")
        assert not answer.cookies


def test_the_news_sitemap_is_of_two_days_and_newest_first(visitor, monkeypatch):
    now = timezone.now()
    monkeypatch.setattr(outgoing, "NEWS_SITEMAP_SIZE", 2)
    old, late, new = [make_article(body="<p>x</p>", published_at=now - timedelta(hours=hours)) for hours in (49, 47, 1)]
    make_article(body="<p>x</p>", published_at=now - timedelta(hours=47.5))
    answer = visitor.get(reverse("news_sitemap"))
    assert locations_of(answer) == [url_of(new), url_of(late)]
    entry = ET.fromstring(answer.content).find(f"{MAP}url/{NEWS}news")
    assert entry.findtext(f"{NEWS}publication/{NEWS}name") == settings.SITE_NAME
    assert entry.findtext(f"{NEWS}publication/{NEWS}language") == "en"
    assert entry.findtext(f"{NEWS}title") == new.headline
    assert entry.findtext(f"{NEWS}publication_date") == new.published_at.isoformat(timespec="seconds")
    assert old.headline not in answer.text


# robots.txt --------------------------------------------------------------------------------------


def test_robots_says_the_same_to_every_crawler(visitor):
    answer = visitor.get("/robots.txt")
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    lines = answer.text.splitlines()
    assert [line for line in lines if line.startswith("User-agent")] == ["User-agent: *"]
    for path in ("/account/", "/search/", "/saved/", "/following/", "/preferences/", "/admin/"):
        assert f"Disallow: {path}" in lines
    assert f"Sitemap: {settings.SITE_URL}/sitemap.xml" in lines
    assert f"Sitemap: {settings.SITE_URL}/news-sitemap.xml" in lines
    assert not any(line.startswith("Disallow: /article") or line == "Disallow: /" for line in lines)


def test_a_host_header_gets_into_no_document(visitor, walled_article, settings):
    settings.ALLOWED_HOSTS = ["*"]
    make_story([walled_article])
    for name in ("feed_top", "sitemap", "news_sitemap", "robots"):
        assert "evil.example" not in visitor.get(reverse(name), headers={"Host": "evil.example"}).text
    assert Story.objects.count() == 1
