from __future__ import annotations

import pytest

from articles.fulltext.hosts import belongs

FEEDS = ("https://feeds.host.example/paper.xml", "https://media.paper.example/rss")


@pytest.mark.parametrize(
    "url",
    [
        "https://www.paper.example/a",
        "https://paper.example/a",
        "http://PAPER.example:8080/a",
        "https://news.paper.example/a",
        "https://a.b.paper.example./a",
        "https://feeds.host.example/redirect/1",
        "https://media.paper.example/a",
    ],
)
def test_the_homepages_domain_and_the_feeds_hosts_are_the_titles_own(url):
    assert belongs(url, "https://www.paper.example/", FEEDS)


@pytest.mark.parametrize(
    "url",
    [
        "https://other.example/a",
        "https://notpaper.example/a",
        "https://paper.example.evil.example/a",
        "https://evil.example/paper.example",
        "https://paper.example@evil.example/a",
        "https://other.host.example/a",
        "https://host.example/a",
        "https://example/a",
        "file:///paper.example/a",
        "//paper.example/a",
        "https://[paper.example/a",
        "",
    ],
)
def test_every_other_server_is_not(url):
    assert not belongs(url, "https://www.paper.example/", FEEDS)


def test_a_homepage_that_is_a_bare_name_owns_nothing_below_it():
    assert not belongs("https://paper.example/", "https://example/", ())
