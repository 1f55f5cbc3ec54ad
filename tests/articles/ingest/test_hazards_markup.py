"""What hostile entries become: in a draft, and on every page and in every document that shows them."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from urllib.parse import urlsplit
from xml.etree import ElementTree

import nh3
import pytest
from django.core.mail import EmailMultiAlternatives
from django.core.management import call_command

from articles.ingest.clean import ATTRIBUTES, TAGS
from articles.ingest.prose import text_of_clean
from articles.models import Article
from tests.articles.ingest.answers import digested
from tests.hostile import FIRST, LAST, MARKUP, SHOWN, TITLE, entry, hostile_feed
from tests.make import make_feed, make_source, make_user
from tests.publishers import item, rss

BASE = "https://paper.example/hostile/"
TEXT_ATTRIBUTES = {"alt", "title", "content", "aria-label", "value", "placeholder", "data-share"}
LINK_ATTRIBUTES = {"href", "src", "action"}


class Page(HTMLParser):
    """What a browser makes of a page, as far as a payload could have got into it."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.links: list[str] = []
        self.open_script = ""
        self.feed(markup)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        named = dict(attributes)
        self.open_script = named.get("type") or "code" if tag == "script" else ""
        if tag in {"iframe", "object", "embed", "base", "math", "marquee", "template"} or "pwned" in tag:
            self.found.append(tag)
        for name, value in attributes:
            value = value or ""
            if name in LINK_ATTRIBUTES:
                self.links.append(value)
                is_bad = urlsplit(value.strip()).scheme not in {"", "http", "https", "mailto"}
            else:
                is_bad = "pwned" in name or ("pwned" in value and name not in TEXT_ATTRIBUTES)
            if is_bad or (name.startswith("on") and "pwned" in value):
                self.found.append(f"{tag} {name}={value}")

    def handle_data(self, data: str) -> None:
        if self.open_script and self.open_script != "application/ld+json" and "pwned" in data:
            self.found.append(f"script: {data[:80]}")

    def handle_endtag(self, tag: str) -> None:
        self.open_script = ""


def body_of(name: str) -> str:
    return digested(rss(entry(1, MARKUP[name]))).drafts[0].body_html


# In a draft --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MARKUP)
def test_nothing_live_is_left_of_it_and_the_text_around_it_stays_f60_f61_f62_f63(name):
    body = body_of(name)
    assert Page(body).found == []
    assert text_of_clean(body).startswith(FIRST)
    if name not in {"mathml that changes its mind", "form inside a form", "template", "frames"}:  # end in raw text
        assert text_of_clean(body).endswith(LAST.format(1))
    for tag, attributes in re.findall(r"<([a-z0-9]+)((?: [a-z]+=\"[^\"]*\")*)>", body):
        assert tag in TAGS
        allowed = ATTRIBUTES.get(tag, set()) | {"rel", "loading", "referrerpolicy"}
        assert {name for name, _ in re.findall(r'([a-z]+)="([^"]*)"', attributes)} <= allowed - {"style", "hidden"}


@pytest.mark.parametrize("name", MARKUP)
def test_a_second_parser_finds_nothing_that_the_first_has_missed_f61(name):
    body = body_of(name)
    again = nh3.clean(body, tags=TAGS, attributes={**ATTRIBUTES, "img": {"src", "alt", "loading"}}, link_rel=None)
    assert re.findall(r"<[a-z0-9]+", again) == re.findall(r"<[a-z0-9]+", body)


def test_an_update_is_sanitised_as_the_first_text_was_f51():
    first = digested(rss(item(1), item(2)))
    known = {draft.entry_id: draft.content_hash for draft in first.drafts}
    for markup in MARKUP.values():
        update = digested(rss(item(1, text=f"<![CDATA[<p>Edited.</p>{markup}]]>"), item(2)), known=known)
        assert [draft.entry_id for draft in update.drafts] == ["id-1"]
        assert Page(update.drafts[0].body_html + update.drafts[0].opening_html).found == []


@pytest.mark.parametrize("permission", ["headline", "teaser", "open", "full"])
def test_names_are_plain_text_on_one_line_f64_f69(permission):
    title = TITLE + "\r\nBcc: all@mail.example\r\n\r\n\x00\u202egnp"
    draft = digested(rss(entry(1, "", title)), permission=permission).drafts[0]
    for text in (draft.headline, draft.standfirst, draft.author, *draft.categories):
        assert text.isprintable()
    assert "Bcc:" in draft.headline
    assert draft.headline.count("<script") == 1
    assert SHOWN in draft.headline
    assert draft.picture is None or draft.picture.url.startswith("https://evil.example/pwned.jpg")


@pytest.mark.parametrize(
    "link",
    [
        "javascript:window.__pwned=1",
        "JaVaScRiPt:window.__pwned=1",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "ftp://paper.example/x",
        "https://ada:secret@paper.example/x",
        "https://paper.example\\@evil.example/",
        "https://paper.example/\r\nSet-Cookie: a=1",
        "//",
        "https://",
        "https:///x",
    ],
)
def test_only_absolute_web_addresses_are_links_f65(link):
    written = link.replace("\r", "&#13;").replace("\n", "&#10;")
    update = digested(rss(item(1, text=f"<![CDATA[<p>a <a href='{written}'>link</a></p>]]>", link=written, guid="1")))
    (draft,) = update.drafts
    assert draft.canonical_url is None or re.fullmatch(r"https://(?:paper\.example|x)/[\w%.:=-]*", draft.canonical_url)
    for href in re.findall(r'href="([^"]*)"', draft.body_html):
        assert re.fullmatch(r"https://(?:paper\.example|x)/[\w%.:=-]*", href)
    assert "link" in draft.body_html


def test_a_look_alike_host_is_written_in_ascii_f65():
    draft = digested(rss(item(1, link="https://pаper.example/1"))).drafts[0]  # the first "а" is Cyrillic
    assert draft.canonical_url == "https://xn--pper-53d.example/1"


def test_relative_addresses_never_lead_to_our_own_site_f66():
    body = body_of("picture on our own site")
    links = Page(body).links
    assert links
    assert all(link.startswith("https://paper.example/") for link in links)
    text = "<![CDATA[<a href='//other.example/x'>a</a> <a href='?x=1'>b</a> <a href='#top'>c</a>]]>"
    body = digested(rss(item(1, text=text))).drafts[0].body_html
    assert Page(body).links == [
        "https://other.example/x",
        "https://paper.example/1?x=1",
        "https://paper.example/1#top",
    ]


@pytest.mark.parametrize(
    "markup",
    [
        '<img src="/p.png" width="1" height="1">',
        '<img src="/p.png" width="0">',
        '<img src="/p.png" height="1px" width="400">',
        '<img src="/p.png" style="width:1px;height:1px">',
        '<img src="/p.png" style="max-height: 0">',
        '<img src="/p.png" style="DISPLAY:NONE">',
        '<img src="/p.png" style="position:absolute;left:-9999px">',
        '<img src="/p.png" style="opacity:0.0">',
        '<img src="/p.png" style="opacity:.001">',
        '<img src="/p.png" style="transform:scale(0)">',
        '<img src="/p.png" style="position:absolute;clip:rect(0,0,0,0)">',
        '<img src="/p.png" style="width:.1px">',
        '<img src="/p.png" width="1.0" height="1.0">',
        '<img src="/p.png" width="0.5em">',
        '<div style="display:none"><img src="/p.png" width="400"></div>',
        '<span hidden><a href="/x"><img src="/p.png"></a></span>',
        '<p style="margin: 0; visibility:hidden"> <img src="/p.png"> </p>',
        '<img src="">',
        '<img src="#">',
        "<img src>",
        '<img src="/p.png" hidden>',
        '<img src="/content/123/count.gif?distributor=x">',
        '<img src="/spacer.gif">',
        '<img src="/img/1x1.png">',
        '<img src="/track-1x1.gif">',
        '<img src="/b/pixel?u=1">',
        '<img src="https://pixel.stats.example/g.gif">',
        '<img src="https://counter.paper.example/a.png">',
        '<img src="https://feeds.feedburner.com/~r/paper/~4/x">',
        '<img src="data:," data-src="/1x1.gif">',
        '<img src="http://127.0.0.1/p.png">',
        '<img src="http://[::1]/p.png">',
        '<img src="http://10.0.0.1/p.png">',
        '<img src="http://0x7f.1/p.png">',
        '<img src="http://printer.local/p.png">',
        '<img src="http://localhost:8000/p.png">',
        '<img src="data:image/png;base64,AAAA">',
        '<img src="https://ada:secret@paper.example/p.png">',
    ],
)
def test_what_counts_readers_or_lies_on_a_private_host_is_dropped_f67(markup):
    draft = digested(rss(item(1, text=f"<![CDATA[<p>One.</p>{markup}<p>Two.</p>]]>"))).drafts[0]
    assert draft.body_html == "<p>One.</p><p>Two.</p>"
    assert draft.picture is None


@pytest.mark.parametrize(
    "source", ["/pixel-art.png", "/a/countdown.gif", "/clear-skies.png", "/team_1x1_992.jpg", "/tracks/blank-page.jpg"]
)
def test_a_picture_with_such_a_word_in_its_name_stays_f67(source):
    draft = digested(rss(item(1, text=f'<![CDATA[<p>One.</p><img src="{source}" style="width:100%"><p>Two.</p>]]>')))
    assert f'src="https://paper.example{source}"' in draft.drafts[0].body_html


@pytest.mark.parametrize(
    "markup",
    [
        '<div style="overflow:hidden"><img src="/p.png"></div>',
        '<div class="x hidden md:block"><img src="/p.png"></div>',
        '<div aria-hidden="true"><img src="/p.png" width="100%" height="600.5"></div>',
        '<p style="display:none">Shown by a script <img src="/p.png"></p>',
        '<img src="/p.png" style="transform:scale(0.9);opacity:0.5">',
    ],
)
def test_a_picture_that_only_looks_hidden_stays_f67(markup):
    draft = digested(rss(item(1, text=f"<![CDATA[<p>One.</p>{markup}<p>Two.</p>]]>"))).drafts[0]
    assert 'src="https://paper.example/p.png"' in draft.body_html


@pytest.mark.parametrize("address", ["", "#", "https://paper.example/1"])
def test_no_article_is_its_own_picture_f67(address):
    draft = digested(rss(item(1, extra=f'<media:content url="{address}" medium="image"/>'))).drafts[0]
    assert draft.picture is None


def test_a_small_picture_for_lists_does_not_stand_above_an_article():
    pictures = '<media:thumbnail url="/small.jpg" width="75"/><media:content url="/large.jpg" medium="image"/>'
    assert digested(rss(item(1, extra=pictures))).drafts[0].picture.url == "https://paper.example/large.jpg"


def test_every_picture_comes_without_a_referrer_and_late_f67():
    for name in MARKUP:
        for image in re.findall(r"<img [^>]*>", body_of(name)):
            assert image.endswith(' loading="lazy" referrerpolicy="no-referrer">')


@pytest.mark.parametrize("source", ["data:image/svg+xml,<svg onload=x>", "blob:https://x/1", "javascript:1", "x.svg#<"])
def test_no_picture_carries_markup_of_its_own_f68(source):
    for markup in (f"<img src='{source}'>", f"<img data-src='{source}'>", f"<img srcset='{source} 2x' src='data:,'>"):
        body = digested(rss(item(1, text=f"<![CDATA[<p>One.</p>{markup}]]>"))).drafts[0].body_html
        assert re.findall(r'src="(?!https://paper\.example/x\.svg)', body) == []


# On the pages ------------------------------------------------------------------------------------


@pytest.fixture
def hostile_articles(publisher, db) -> list[Article]:
    """All of it, through the whole pipeline."""
    body = hostile_feed(TITLE)
    feed = make_feed(
        make_source(permission="open", licence="CC-BY-4.0"), url=publisher.serve("/feed", body), section="world"
    )
    call_command("refresh", feed.url)
    articles = list(Article.objects.order_by("pk"))
    assert len(articles) == len(MARKUP)
    return articles


@pytest.mark.parametrize("path", ["/", "/news/world/", "/search/?q=ships", "/sources/", "/feeds/"])
def test_no_list_of_articles_is_touched_f60_f63_f64(visitor, hostile_articles, path):
    answer = visitor.get(path)
    assert answer.status_code == 200
    assert Page(answer.text).found == []
    assert ("{{ 7|add:7 }}" in answer.text) == (path not in {"/sources/", "/feeds/"})


def test_no_article_page_is_touched_f60_f61_f62_f63_f64(visitor, hostile_articles):
    for article in hostile_articles:
        page = visitor.get(article.get_absolute_url())
        assert page.status_code == 200
        assert (article.pk, Page(page.text).found) == (article.pk, [])
        assert "Content-Security-Policy" in page
    source_page = visitor.get(hostile_articles[0].source.get_absolute_url())
    assert Page(source_page.text).found == []


def test_our_templates_do_not_run_a_headline_f69(visitor, hostile_articles):
    page = visitor.get(hostile_articles[0].get_absolute_url())
    assert "{{ 7|add:7 }}" in page.text
    assert hostile_articles[0].headline.count("{{ 7|add:7 }}") == 1


@pytest.mark.parametrize("model", ["article", "feed", "source", "story"])
def test_the_desk_is_not_touched_f64(client, hostile_articles, model):
    client.force_login(make_user("operator@site.example", is_staff=True, is_superuser=True))
    answer = client.get(f"/admin/articles/{model}/")
    assert answer.status_code == 200
    assert Page(answer.text).found == []
    if model == "article":
        change = client.get(f"/admin/articles/article/{hostile_articles[0].pk}/change/")
        assert Page(change.text).found == []


@pytest.mark.parametrize("path", ["/feeds/top.xml", "/feeds/world.xml", "/sitemap.xml", "/news-sitemap.xml"])
def test_our_own_feeds_and_maps_stay_well_formed_f64(visitor, hostile_articles, path):
    answer = visitor.get(path)
    assert answer.status_code == 200
    root = ElementTree.fromstring(answer.content)
    assert path == "/sitemap.xml" or "{{ 7|add:7 }}" in "".join(root.itertext())
    assert {element.tag.rpartition("}")[2] for element in root.iter()} & {"script", "img", "svg", "iframe"} == set()
    for element in root.iter():
        if element.tag.rpartition("}")[2] in {"description", "encoded", "summary", "content"} and element.text:
            assert Page(element.text).found == []
        if element.tag.rpartition("}")[2] in {"link", "loc"} and element.text:
            assert urlsplit(element.text).scheme in {"http", "https"}


def test_a_headline_is_a_subject_of_one_line_f69(hostile_articles):
    for article in hostile_articles[:3]:
        letter = EmailMultiAlternatives(article.headline, "text", to=["ada@mail.example"]).message()
        assert letter["To"] == "ada@mail.example"
        assert letter["Bcc"] is None


@pytest.mark.parametrize(
    "query",
    [
        "'; DROP TABLE articles_article; --",
        '"unclosed',
        "a AND OR NOT NEAR(",
        "ships:* & | ! <-> (",
        "headline:x OR *",
        "{{ 7|add:7 }}",
        "\x00",
        "%' OR 1=1 --",
        "\\",
        "(" * 500,
        "é" * 5000,
        "=HYPERLINK(1)",
        "\ud800",
        "<script>window.__pwned=1</script>",
    ],
)
def test_any_search_is_answered_and_shown_as_it_was_written_f69(visitor, hostile_articles, query):
    answer = visitor.get("/search/", {"q": query.encode("utf-8", "surrogatepass")})
    assert answer.status_code == 200
    assert Page(answer.text).found == []
    assert Article.objects.count() == len(MARKUP)
