from __future__ import annotations

import time

import pytest

from articles.ingest.robots import FORBIDDEN, UNREADABLE, may_visit, page_refusal, product_token

US = "Broadsheet/1.0 (+https://broadsheet.example/about/fetcher/)"
PAGE = "https://paper.example/world/ferry?id=1"


def is_allowed(robots_txt: str, url: str = PAGE) -> bool:
    return may_visit(robots_txt, 200, US, url).is_allowed


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 410])
def test_a_file_that_is_not_there_forbids_nothing(status):
    assert may_visit("User-agent: *\nDisallow: /", status, US, PAGE).is_allowed


@pytest.mark.parametrize("status", [None, 429, 500, 503])
def test_a_server_that_cannot_say_forbids_everything_for_now(status):
    verdict = may_visit("", status, US, PAGE)
    assert (verdict.is_allowed, verdict.reason, verdict.is_for_now) == (False, UNREADABLE, True)


@pytest.mark.parametrize(
    ("robots_txt", "expected"),
    [
        ("", True),
        ("<!doctype html><p>Not found, but with 200", True),
        ("User-agent: *\nDisallow:", True),
        ("User-agent: *\nDisallow: /", False),
        ("User-agent: *\nDisallow: /world/", False),
        ("User-agent: *\nDisallow: /sport/", True),
        ("User-agent: *\nDisallow: /*?id=", False),
        ("User-agent: *\nDisallow: /world/ferry$", True),
        ("User-agent: *\nDisallow: /world/\nAllow: /world/ferry", True),
        ("\ufeffUser-agent: *\nDisallow: /", False),
        ("USER-AGENT : * # everybody\r\nDISALLOW : /", False),
    ],
)
def test_rules_for_everybody(robots_txt, expected):
    assert is_allowed(robots_txt) == expected


@pytest.mark.parametrize(
    ("name", "is_ours"),
    [
        ("broadsheet", True),
        ("BROADSHEET", True),
        ("Broadsheet/2.0", True),
        ("Broad", False),
        ("BroadsheetImages", False),
        ("Googlebot", False),
    ],
)
def test_rules_for_our_name_take_the_place_of_those_for_everybody(name, is_ours):
    assert is_allowed(f"User-agent: *\nDisallow: /\n\nUser-agent: {name}\nDisallow: /private/\n") == is_ours
    assert is_allowed(f"User-agent: {name}\nDisallow: /\n") == (not is_ours)


def test_a_group_with_several_names_is_ours_where_one_of_them_is():
    assert not is_allowed("User-agent: other\nUser-agent: broadsheet\nUser-agent: third\nDisallow: /")


def test_a_name_of_several_words_is_found():
    us = "The Harbour Post/1.0 (+https://harbour.example/)"
    assert product_token(us) == "the harbour post"
    assert not may_visit("User-agent: The Harbour Post\nDisallow: /", 200, us, PAGE).is_allowed


def test_what_is_forbidden_says_so_and_is_not_asked_again():
    verdict = may_visit("User-agent: *\nDisallow: /", 200, US, PAGE)
    assert (verdict.reason, verdict.is_for_now) == (FORBIDDEN, False)


@pytest.mark.parametrize(
    ("value", "seconds"), [("7", 7), ("0.5", 0.5), ("soon", 0), ("-3", 0), ("nan", 0), ("1e99", 86_400), ("", 0)]
)
def test_the_delay_that_is_asked_for_is_told(value, seconds):
    assert may_visit(f"User-agent: *\nCrawl-delay: {value}", 200, US, PAGE).crawl_delay_seconds == seconds


@pytest.mark.parametrize(
    "robots_txt",
    [
        "\n".join([*(f"User-agent:a{n}" for n in range(16_000)), *(f"Disallow:/{n}" for n in range(20_000))]),
        "User-agent: *\n" + "\n".join(f"Disallow: /*{'a*' * 30}b{n}" for n in range(7_000)),
        "User-agent: *\nDisallow: /" + "a*" * 250_000,
        "<p>User-agent: *" * 40_000,
    ],
)
def test_hostile_rules_are_read_quickly_f42(robots_txt):
    started = time.process_time()
    may_visit(robots_txt, 200, US, "https://paper.example/" + "a" * 900)
    assert time.process_time() - started < 2


# Pages -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "is_refused", "is_noindex"),
    [
        ("", False, False),
        ("all", False, False),
        ("index, follow, max-snippet:-1, max-image-preview:large", False, False),
        ("noindex", False, True),
        ("NoIndex, NoFollow", False, True),
        ("noarchive", True, False),
        ("none", True, True),
        ("nosnippet", True, False),
        ("max-snippet: 0", True, False),
        ("noai, noimageai", True, False),
        ("noimageai", False, False),
        ("noindex,noarchive", True, True),
    ],
)
def test_marks_of_a_page_count_in_its_head_and_in_its_header(content, is_refused, is_noindex):
    head = f'<html><head><META Name="Robots" CONTENT="{content}"></head>'
    for found in (page_refusal(head, {}), page_refusal("<html>", {"x-robots-tag": content})):
        assert (bool(found.reason), found.is_noindex) == (is_refused, is_noindex)


def test_the_reason_names_the_marks():
    assert "(noai, noarchive)" in page_refusal('<meta name=robots content="noarchive,noai">', {}).reason


@pytest.mark.parametrize(
    ("header", "is_refused"),
    [
        ("otherbot: noarchive", False),
        ("broadsheet: noarchive", True),
        ("otherbot: nofollow, noarchive", False),
        ("otherbot: noindex,\nnoarchive", True),
        ("unavailable_after: 25 Jun 2010 15:00:00 PST, noarchive", True),
    ],
)
def test_a_header_may_mean_one_robot_only(header, is_refused):
    assert bool(page_refusal("", {"x-robots-tag": header}, US).reason) == is_refused


def test_a_mark_for_our_name_counts_and_one_for_another_does_not():
    assert page_refusal('<meta name="Broadsheet" content="noarchive">', {}, US).reason
    assert not page_refusal('<meta name="googlebot" content="noarchive">', {}, US).reason


@pytest.mark.parametrize(
    ("head", "headers"),
    [
        ('<link rel="license" type="application/rsl+xml" href="/licence.xml">', {}),
        ('<script type="application/rsl+xml"><rsl/></script>', {}),
        ("", {"link": '</licence.xml>; rel="license"; type="application/rsl+xml"'}),
    ],
)
def test_licence_terms_are_seen_and_refuse_nothing(head, headers):
    found = page_refusal(f"<html><head>{head}</head>", headers)
    assert (found.names_licence, found.reason) == (True, "")
    assert not page_refusal('<link rel="license" href="https://creativecommons.org/">', {}).names_licence


def test_a_mark_in_a_comment_is_none():
    assert not page_refusal('<html><!-- <meta name="robots" content="noarchive"> --><p>x', {}).reason


@pytest.mark.parametrize("head", ["", "\0", "<meta " * 40_000, "<!--" * 50_000, "<div>" * 40_000, "\ud800<p>x"])
def test_no_head_raises_f42(head):
    assert page_refusal(head, {}).reason == ""
