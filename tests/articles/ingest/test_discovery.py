from __future__ import annotations

import pytest

from articles.ingest.discovery import FoundFeed, feeds_in, likely_feed_urls

PAGE = "https://paper.example/news/today"


def link(href: str, title: str = "", kind: str = "application/rss+xml", rel: str = "alternate") -> str:
    return f'<link rel="{rel}" type="{kind}" title="{title}" href="{href}">'


def urls_in(page: str, url: str = PAGE) -> list[str]:
    return [feed.url for feed in feeds_in(page, url)]


def test_a_page_tells_its_feeds_in_its_order_and_those_of_comments_last():
    page = (
        "<!doctype html><html><head><title>The Paper</title>"
        + link("/comments/feed/", "The Paper » Comments Feed")
        + link("/ships/?feed=comments-rss2", "Ships")
        + link("/feed/", "The &amp; Paper")
        + link("world.xml", "World", "application/atom+xml; charset=utf-8")
        + link("https://cdn.example/feed.json", kind="application/feed+json")
        + "</head><body>"
        + link("/late.rdf", kind="APPLICATION/RDF+XML", rel="home ALTERNATE")
    )
    assert feeds_in(page, PAGE) == [
        FoundFeed("https://paper.example/feed/", "The & Paper", "rss"),
        FoundFeed("https://paper.example/news/world.xml", "World", "atom"),
        FoundFeed("https://cdn.example/feed.json", "", "json"),
        FoundFeed("https://paper.example/late.rdf", "", "rss"),
        FoundFeed("https://paper.example/comments/feed/", "The Paper » Comments Feed", "rss"),
        FoundFeed("https://paper.example/ships/?feed=comments-rss2", "Ships", "rss"),
    ]


@pytest.mark.parametrize(
    ("base", "url"),
    [
        ("<base href='/en/'>", "https://paper.example/en/feed"),
        ("<base href='https://mirror.example/x/y'>", "https://mirror.example/x/feed"),
        ("<base href='/en/'><base href='/fr/'>", "https://paper.example/en/feed"),
        ("<base href='http://[::1'>", "https://paper.example/news/feed"),
        ("<base target='_top'>", "https://paper.example/news/feed"),
    ],
)
def test_addresses_start_from_the_page_s_base(base, url):
    assert urls_in(base + link("feed")) == [url]


@pytest.mark.parametrize(
    "markup",
    [
        link("javascript:alert(1)"),
        link("file:///etc/passwd"),
        link("feed:https://paper.example/feed"),
        link("data:application/rss+xml,x"),
        link("https://"),
        link("http://[::1"),
        link(""),
        link("/" + "x" * 1000),
        link("/feed", kind="text/html"),
        link("/feed", kind=""),
        link("/feed", rel="stylesheet"),
        link("/wp-json/wp/v2/pages/2", kind="application/json"),
        f"<!-- {link('/feed')} -->",
        f"<script>document.write('{link('/feed')}')</script>",
        f"<textarea>{link('/feed')}</textarea>",
        "<a rel='alternate' type='application/rss+xml' href='/feed'>RSS</a>",
        "",
        "\0\ud800",
        "<?xml version='1.0' encoding='utf-16'?>",
    ],
)
def test_what_is_no_advertised_feed_is_not_found_f22_f23_f26(markup):
    assert feeds_in(markup, PAGE) == []


def test_at_most_twenty_different_feeds_are_told():
    page = "".join(link(f"/feed/{number // 2}#top") for number in range(200))
    assert urls_in(page) == [f"https://paper.example/feed/{number}" for number in range(20)]


@pytest.mark.parametrize("unit", ["<div>", "<link rel=alternate ", "<base ", "<!--", "&", "<link rel='"])
def test_no_page_takes_long_to_look_through_f43_f44(unit):
    assert feeds_in(unit * (400_000 // len(unit)), PAGE) == []


@pytest.mark.parametrize("site", ["https://paper.example", "https://paper.example/news/today?x=1#y"])
def test_where_feeds_are_likely_starts_from_the_site(site):
    guesses = likely_feed_urls(site)
    assert guesses[0] == "https://paper.example/feed/"
    assert len(set(guesses)) == len(guesses) <= 8
    assert all(url.startswith("https://paper.example/") for url in guesses)


@pytest.mark.parametrize("site", ["", "paper", "javascript:alert(1)", "file:///etc", "http://[::1", "//paper.example"])
def test_no_feed_is_likely_at_what_is_no_web_address_f23(site):
    assert likely_feed_urls(site) == []
