from __future__ import annotations

import pytest

from articles.ingest.canonical import canonical_url


@pytest.mark.parametrize(
    ("link", "canonical"),
    [
        ("HTTPS://WWW.Paper.Example:443/A?id=3#top", "https://www.paper.example/A?id=3"),
        ("http://paper.example:80", "http://paper.example/"),
        ("http://paper.example:8080/a", "http://paper.example:8080/a"),
        ("https://paper.example/a?utm_source=rss&UTM_Medium=feed&id=3&fbclid=x", "https://paper.example/a?id=3"),
        ("https://paper.example/a?at_medium=RSS&at_campaign=KARANGA", "https://paper.example/a"),
        ("https://paper.example/a?CMP=Share&ns_mchannel=rss&mc_cid=1&gclid=2", "https://paper.example/a"),
        ("https://paper.example/a?partner=rss&emc=rss&page=2", "https://paper.example/a?page=2"),
        ("https://paper.example/a?source=agency&b=&c", "https://paper.example/a?source=agency&b=&c"),
        ("https://paper.example/?b=2&a=1", "https://paper.example/?b=2&a=1"),
        ("https://bücher.example/ä?q=ü", "https://xn--bcher-kva.example/%C3%A4?q=%C3%BC"),
        ("https://paper.example/%7Eada/%c3%a4%2f", "https://paper.example/~ada/%C3%A4%2F"),
        ("https://paper.example/two words", "https://paper.example/two%20words"),
        ("https://paper.example/100%", "https://paper.example/100%25"),
        ("https://paper.example/a/amp/", "https://paper.example/a/"),
        ("https://paper.example/a?amp=1&outputType=amp", "https://paper.example/a"),
        ("https://en.m.wikipedia.org/wiki/Port", "https://en.wikipedia.org/wiki/Port"),
        ("https://amp.theguardian.com/world/1", "https://www.theguardian.com/world/1"),
        ("https://m.paper.example/a", "https://m.paper.example/a"),
        ("https://amp.paper.example/a", "https://amp.paper.example/a"),
        ("https://mobile.nytimes.com/a", "https://www.nytimes.com/a"),
        ("https://amp.dw.com/en/a/a-1", "https://www.dw.com/en/a/a-1"),
        ("https://paper.example/a.amp.html?_amp=true", "https://paper.example/a.html"),
        ("https://paper.example/a.amp", "https://paper.example/a"),
        ("https://paper.example/a/amp/amp/", "https://paper.example/a/"),
        ("https://paper.example/champ", "https://paper.example/champ"),
        ("https://paper.example/a?view=amp&amp=&b=2", "https://paper.example/a?b=2"),
        ("https://www.bbc.co.uk/news/amp/uk-123", "https://www.bbc.co.uk/news/uk-123"),
        ("https://paper.example/news/amp/uk-123", "https://paper.example/news/amp/uk-123"),
        ("https://www-paper-example.cdn.ampproject.org/c/s/www.paper.example/a?b=2", "https://www.paper.example/a?b=2"),
        ("https://cdn.ampproject.org/v/s/paper.example/a/amp/?amp_js_v=0.1&usqp=x#h", "https://paper.example/a/"),
        ("https://paper-example.cdn.ampproject.org/c/paper.example/a", "http://paper.example/a"),
        (
            "https://paper-example.cdn.ampproject.org/i/s/paper.example/a.jpg",
            "https://paper-example.cdn.ampproject.org/i/s/paper.example/a.jpg",
        ),
        ("https://www.google.com/amp/s/amp.theguardian.com/a", "https://www.theguardian.com/a"),
        ("https://www.google.co.uk/amp/paper.example/a", "http://paper.example/a"),
        ("https://www.google.com/amp/s/www.google.com/amp/s/paper.example/a", "https://paper.example/a"),
        ("https://www.google.com/search?q=a", "https://www.google.com/search?q=a"),
        ("https://www.paper.example/a?ref=paper.example", "https://www.paper.example/a"),
        ("https://paper.example/a?ref=other.example", "https://paper.example/a?ref=other.example"),
        ("https://paper.example/a?mtm_campaign=x&pk_kwd=y&_gl=1&mkt_tok=z&srsltid=q", "https://paper.example/a"),
        ("https://paper.example/a?id=3&amp;utm_source=rss", "https://paper.example/a?id=3"),
        ("  https://paper.example/a\n", "https://paper.example/a"),
        ("https://paper.example/می\u200cشود", "https://paper.example/%D9%85%DB%8C%E2%80%8C%D8%B4%D9%88%D8%AF"),
        ("\ufeffhttps://paper.example/a\u200b", "https://paper.example/a"),
        ("https://paper.example/#!/a/1", "https://paper.example/#!/a/1"),
        ("https://paper.example/#/a b", "https://paper.example/#/a%20b"),
        ("https://paper.example/a#/", "https://paper.example/a"),
        ("https://paper.example/a#!", "https://paper.example/a"),
        ("\u202ahttps://paper.example/a\u202c", "https://paper.example/a"),
    ],
)
def test_links_to_one_article_come_to_one_address(link, canonical):
    assert canonical_url(link) == canonical
    assert canonical_url(canonical) == canonical


@pytest.mark.parametrize(
    "link",
    [
        "",
        "/a",
        "//paper.example/a",
        "paper.example/a",
        "javascript:alert(1)",
        "mailto:a@paper.example",
        "https://ada@paper.example/",
        "https://paper.example\\@evil.example/",
        "https://paper.example:99999/",
        "https://paper.example/\r\nX: y",
        "https://",
        "https://[::1",
        "https://../a",
        "https://paper..example/a",
        "https://a b.example/",
        "https://paper.example/" + "a" * 1000,
        "https://paper.example/" + "ä" * 400,
        "https://www.google.com/amp/s/ada@paper.example/a",
        "https://cdn.ampproject.org/c/s/paper.example\\@evil.example/",
    ],
)
def test_what_is_no_web_address_has_no_canonical_form_f41_f65(link):
    assert canonical_url(link) is None
