"""The store by itself: an application on a stage behind it, a clock in hand."""

from __future__ import annotations

import logging
import time
from threading import Thread

import pytest
from django.core.cache import caches
from django.db import OperationalError

from newssite.pagestore import counts, layer, making, shared
from newssite.pagestore.answers import MOST_BODY_BYTES
from newssite.pagestore.facts import Facts
from newssite.pagestore.shared import AWAY_SECONDS, release
from tests.newssite.asking import HTML, MEGABYTE, PUBLIC, Clock, Site, Stage, ask, crowd, shared_by

REDIS = "django.core.cache.backends.redis.RedisCache"
LONG = b"<p>All the news of the day.</p>" * 200


@pytest.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.service)])
def pages_cache(request, settings):
    """What processes share: here the memory of this one, in the run with services Redis itself."""
    if request.param == "redis" and not settings.CACHE_URL:
        pytest.skip("no Redis")
    if request.param == "memory":
        memory = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "pages"}
        settings.CACHES = {**settings.CACHES, "pages": memory}
    caches["pages"].clear()
    return caches["pages"]


def two_sites(stage: Stage, clock: Clock, releases: tuple[str, str] = ("1", "1")) -> tuple[Site, Site]:
    """Two processes: nothing in common but the cache, and the application that counts."""
    first, second = (Site(stage, clock=clock, shared=shared_by(clock, release)) for release in releases)
    return first, second


# What is kept


@pytest.mark.parametrize(
    "headers",
    [
        [HTML],
        [HTML, ("Cache-Control", "private, no-store")],
        [HTML, ("Cache-Control", "public, no-cache")],
        [HTML, ("Cache-Control", "max-age=60")],
        [HTML, PUBLIC, ("Cache-Control", "private")],
        [HTML, PUBLIC, ("Set-Cookie", "csrf=1")],
        [HTML, PUBLIC, ("Vary", "Accept-Language, Cookie")],
        [HTML, PUBLIC, ("Vary", "*")],
        [HTML, PUBLIC, ("Content-Encoding", "gzip")],
        [HTML, PUBLIC, ("Content-Security-Policy", "script-src 'nonce-abc'")],
        [PUBLIC],
    ],
    ids=lambda headers: "; ".join(value for _, value in headers[1:]) or "no policy",
)
def test_what_django_did_not_call_everybodys_is_made_for_each(headers):
    site = Site(Stage(*headers))
    assert [site.get().sent for _ in range(2)] == [b"page 1", b"page 2"]
    assert len(site.store.store.pages) == 0


def test_nobody_waits_for_another_ones_private_page(monkeypatch):
    monkeypatch.setattr(layer, "WAIT_SECONDS", 120)
    site = Site(Stage(HTML, ("Cache-Control", "private")))
    site.get()
    site.stage.may_answer.clear()
    with crowd(5, site.get) as replies:
        wait_until(lambda: len(site.stage.asked) == 6)
        site.stage.may_answer.set()
    assert len({reply.body for reply in replies}) == 5


def test_a_form_with_a_token_is_never_kept_whatever_its_page_says():
    site = Site(Stage(body=b'<input name="csrfmiddlewaretoken" value="abc">'))
    site.get()
    assert len(site.store.store.pages) == 0


@pytest.mark.parametrize("status", ["201 Created", "301 Moved", "302 Found", "403 Forbidden", "429 Many", "500 Error"])
def test_only_pages_and_their_absence_are_kept(status):
    site = Site(Stage(status=status))
    assert [site.get().body for _ in range(2)] == [b"page 1", b"page 2"]


def test_what_is_no_longer_public_is_dropped():
    site = Site()
    site.get()
    site.stage.headers = [HTML, ("Cache-Control", "private")]
    assert site.later(30).get().body == b"page 2"
    assert len(site.store.store.pages) == 0


@pytest.mark.parametrize(
    "path", ["/healthz", "/account/", "/admin/", "/membership/webhook/", "/saved/", "/static/x.css"]
)
def test_an_address_that_is_not_listed_is_not_kept_whatever_it_is_called(path):
    site = Site()
    assert [site.get(path).body for _ in range(2)] == [b"page 1", b"page 2"]


def test_django_sees_nothing_of_a_visitor_but_the_address():
    site = Site()
    site.get(
        "/sources/?q=x&utm=1", cookie="a=b", accept_language="de", x_forwarded_host="evil.example", if_none_match="*"
    )
    asked = site.stage.asked[0]
    assert {name for name in asked if name.startswith("HTTP_")} == {"HTTP_HOST"}
    assert (asked["REQUEST_METHOD"], asked["PATH_INFO"], asked["QUERY_STRING"]) == ("GET", "/sources/", "q=x")


def test_an_answer_larger_than_the_store_takes_is_handed_on_whole():
    site = Site(Stage(body=b"x" * (MOST_BODY_BYTES + 1)))
    assert len(site.get().body) == MOST_BODY_BYTES + 1
    assert len(site.store.store.pages) == 0


# How it is sent


@pytest.mark.parametrize(
    ("accepts", "coding"),
    [("gzip, deflate, br", "br"), ("gzip", "gzip"), ("br;q=0, gzip", "gzip"), ("", None), ("deflate", None)],
)
def test_the_same_page_in_the_coding_that_a_browser_takes(accepts, coding):
    site = Site(Stage(body=LONG))
    for _ in range(2):
        page = site.get(accept_encoding=accepts)
        assert (page.body, page.headers.get("content-encoding")) == (LONG, coding)
        assert int(page.headers["content-length"]) == len(page.sent)
        assert page.headers["vary"] == "Cookie, Accept-Encoding"
    assert len(site.stage.asked) == 1


def test_each_coding_has_a_mark_of_its_own_and_it_spares_the_page():
    site = Site(Stage(body=LONG))
    marks = {coding: site.get(accept_encoding=coding).headers["etag"] for coding in ("br", "gzip", "identity")}
    assert len({*marks.values()}) == 3
    for coding, mark in marks.items():
        known = site.get(accept_encoding=coding, if_none_match=f'"other", W/{mark}')
        assert (known.status, known.sent, known.headers["etag"]) == (304, b"", mark)
        assert {"cache-control", "vary", "age"} <= known.headers.keys()
        assert "content-length" not in known.headers
    assert site.get(accept_encoding="gzip", if_none_match=marks["br"]).status == 200


def test_a_date_counts_where_no_mark_is_sent():
    changed = "Fri, 27 Nov 2026 12:00:00 GMT"
    site = Site(Stage(HTML, PUBLIC, ("Last-Modified", changed), ("ETag", '"of-the-view"')))
    assert site.get().headers["etag"] != '"of-the-view"'
    assert site.get(if_modified_since=changed).status == 304
    assert site.get(if_modified_since="Fri, 27 Nov 2026 11:00:00 GMT").status == 200
    assert site.get(if_modified_since=changed, if_none_match='"other"').status == 200
    assert site.get(if_modified_since="yesterday").status == 200


def test_a_head_request_fills_and_reads_the_same_page():
    site = Site(Stage(body=LONG))
    first, second, page = site.get(method="HEAD"), site.get(method="HEAD"), site.get()
    assert (first.sent, second.sent, len(site.stage.asked)) == (b"", b"", 1)
    assert first.headers == second.headers == page.headers
    assert site.stage.asked[0]["REQUEST_METHOD"] == "GET"


# How long it is sent


def test_a_page_is_sent_as_it_is_then_made_anew():
    site = Site()
    bodies = [site.later(seconds).get("/sources/").body for seconds in (0, 19, 1, 19)]
    assert bodies == [b"page 1", b"page 1", b"page 2", b"page 2"]


def test_news_makes_the_pages_that_are_read_for_it_anew_within_a_second():
    """And every other second after that, until it has been grouped and ranked; without news they are as others."""
    site = Site()
    site.get()
    assert [site.later(30).get().body, site.later(19).get().body] == [b"page 2", b"page 2"]
    site.news = "2"
    bodies = [site.later(1).get().body for _ in range(4)]
    assert bodies == [b"page 3", b"page 3", b"page 4", b"page 4"]
    assert [site.later(20).get().body, site.later(19).get().body] == [b"page 5", b"page 5"]


def test_news_leaves_the_archive_as_it_is():
    site = Site()
    site.get("/sources/")
    site.news = "2"
    assert site.later(5).get("/sources/").body == b"page 1"


def test_a_shorter_time_of_the_view_holds():
    site = Site(Stage(HTML, ("Cache-Control", "public, max-age=5")))
    assert [site.later(seconds).get("/sources/").body for seconds in (0, 4, 1)] == [b"page 1", b"page 1", b"page 2"]


def test_a_clock_that_is_put_back_keeps_nothing_for_ever():
    site = Site()
    site.get()
    assert site.later(-3600).get().body == b"page 2"


def test_while_one_makes_it_anew_the_others_read_the_last_one():
    site = Site()
    site.get()
    site.stage.may_answer.clear()
    maker = Thread(target=site.later(30).get)
    maker.start()
    wait_until(lambda: len(site.stage.asked) == 2)
    assert site.get().body == b"page 1"
    site.stage.may_answer.set()
    maker.join()
    assert site.get().body == b"page 2"


@pytest.mark.parametrize("seconds", [0, 61])
def test_twenty_at_once_ask_django_once(seconds):
    """Nothing is there, or nothing that may still be sent, whatever the view says: one makes it, all get it (L01)."""
    site = Site(Stage(HTML, ("Cache-Control", "public, max-age=300")))
    if seconds:
        site.get()
    site.later(seconds).stage.may_answer.clear()
    before = len(site.stage.asked)
    with crowd(20, lambda: site.get().body) as bodies:
        wait_until(lambda: len(site.stage.asked) > before)
        site.stage.may_answer.set()
    assert bodies == [b"page %d" % (before + 1)] * 20
    assert len(site.stage.asked) == before + 1


def test_whoever_comes_into_the_turn_after_it_was_made_asks_nobody():
    """Between the look of one thread and its turn another may have made the page."""
    site = Site()
    site.get()
    environ = environ_of(site)
    page = site.store.maker.page_or_answer(site.store.visitors.raw_key(environ), site.store.watch.current(), environ)
    assert page.encoded.plain() == b"page 1"


def test_an_editors_change_ends_every_older_page_at_once():
    """Also for those who could have read the last one while one makes the new one."""
    site = Site()
    site.get()
    site.editors = "2"
    site.later(1).stage.may_answer.clear()
    with crowd(5, lambda: site.get().body) as bodies:
        wait_until(lambda: len(site.stage.asked) == 2)
        site.stage.may_answer.set()
    assert bodies == [b"page 2"] * 5


def test_what_was_begun_before_an_editors_change_is_not_taken_for_new():
    site = Site()
    site.stage.may_answer.clear()
    maker = Thread(target=site.get)
    maker.start()
    wait_until(lambda: len(site.stage.asked) == 1)
    site.editors = "2"
    site.later(1).stage.may_answer.set()
    maker.join()
    assert site.get().body == b"page 2"


# When something is away


@pytest.mark.parametrize("how", ["500 Error", "503 Away", "raises"])
def test_where_no_new_page_can_be_made_the_last_one_is_sent_for_a_while_o06(how, caplog):
    site = Site()
    site.get()
    break_it(site.stage, how)
    with caplog.at_level(logging.ERROR):
        assert site.later(290).get().body == b"page 1"
    assert "the last one is sent path=/" in caplog.text
    assert site.get().headers["age"] == "290"
    assert len(site.stage.asked) == 2  # what is in trouble is not asked by everybody
    if how != "raises":
        assert site.later(20).get().status == int(how[:3])


def test_an_error_is_nobodys_page_where_there_is_no_last_one():
    site = Site(Stage(status="500 Error"))
    assert [site.get().status for _ in range(2)] == [500, 500]
    site.stage.status = "200 OK"
    assert site.get().status == 200


@pytest.mark.parametrize("how", ["500 Error", "503 Away", "raises"])
def test_what_an_editor_may_have_taken_down_is_not_sent_in_place_of_an_error(how):
    site = Site()
    site.get()
    break_it(site.stage, how)
    site.editors = "2"
    site.later(1)
    if how == "raises":
        with pytest.raises(OperationalError):
            site.get()
    else:
        assert site.get().status == int(how[:3])


def test_with_the_database_away_readers_read_on_and_nobody_waits_for_it_o06():
    looks = []

    def read_facts() -> Facts:
        looks.append(1)
        if len(looks) > 1:
            raise OperationalError("gone")
        return Facts("1", "1")

    site = Site(read_facts=read_facts)
    site.get()
    site.stage.error = OperationalError("gone")
    assert {site.later(1).get().body for _ in range(9)} == {b"page 1"}
    assert (len(looks), len(site.stage.asked)) == (2, 1)


def test_nothing_is_served_before_it_is_known_what_editors_did():
    def read_facts() -> Facts:
        raise OperationalError("gone")

    site = Site(read_facts=read_facts)
    assert [site.get().body for _ in range(2)] == [b"page 1", b"page 2"]


# Memory


def test_the_memory_is_bounded_and_what_is_read_stays():
    site = Site(Stage(body=LONG), most_bytes=MEGABYTE // 2)
    for number in range(300):
        site.later(0.001).get(f"/article/{number}/history/")
        site.get("/")
        figures = counts.figures()
        assert figures["bytes"] <= MEGABYTE // 2
    assert figures["pages"] > 50
    assert asked_count(site, "/") == 1


def test_what_anybody_can_ask_for_without_end_takes_no_room_from_the_sites_own_pages():
    """Searches and addresses that lead nowhere (L05)."""
    site = Site(Stage(body=LONG), most_bytes=MEGABYTE // 2)
    site.get("/sources/")
    for number in range(200):
        site.stage.status = "200 OK"
        site.later(0.001).get(f"/search/?q={number}")
        site.stage.status = "404 Not Found"
        site.get(f"/nowhere/{number}/")
    site.get("/sources/")
    assert asked_count(site, "/sources/") == 1


def test_a_page_that_would_fill_the_memory_pushes_nothing_out():
    site = Site(Stage(HTML, PUBLIC), most_bytes=MEGABYTE)
    site.get("/")
    site.stage.headers[0], site.stage.body = ("Content-Type", "application/octet-stream"), bytes(200_000)
    assert len(site.get("/sources/").body) == 200_000
    assert counts.figures()["pages"] == 1


# Between processes


def test_a_page_that_one_process_made_is_sent_by_all(pages_cache):
    stage, clock = Stage(body=LONG), Clock()
    first, second = two_sites(stage, clock)
    made, taken = (site.later(5).get("/sources/", accept_encoding="br") for site in (first, second))
    assert (made.sent, made.headers["etag"]) == (taken.sent, taken.headers["etag"])
    assert taken.headers["age"] == "5"
    assert len(stage.asked) == 1


def test_of_two_processes_one_makes_it_anew_and_the_other_sends_the_last_one(pages_cache):
    stage, clock = Stage(), Clock()
    first, second = two_sites(stage, clock)
    first.get()
    second.get()
    stage.may_answer.clear()
    maker = Thread(target=first.later(30).get)
    maker.start()
    wait_until(lambda: len(stage.asked) == 2)
    assert second.get().body == b"page 1"
    stage.may_answer.set()
    maker.join()
    assert second.get().body == b"page 2"


def test_twenty_in_two_processes_ask_django_once(pages_cache):
    stage, clock = Stage(), Clock()
    first, second = two_sites(stage, clock)
    stage.may_answer.clear()
    with crowd(10, lambda: first.get().body) as some, crowd(10, lambda: second.get().body) as others:
        wait_until(lambda: len(stage.asked) == 1)
        stage.may_answer.set()
    assert [*some, *others] == [b"page 1"] * 20
    assert len(stage.asked) == 1


@pytest.mark.parametrize("status", ["404 Not Found", "301 Moved"])
def test_what_another_process_did_not_keep_is_not_waited_for(pages_cache, monkeypatch, status):
    monkeypatch.setattr(making, "WAIT_SECONDS", 120)
    stage, clock = Stage(status=status), Clock()
    first, second = two_sites(stage, clock)
    stage.may_answer.clear()
    with crowd(1, first.get):
        wait_until(lambda: len(stage.asked) == 1)
        with crowd(1, second.get) as replies:
            wait_until(lambda: second.store.turns._taken)
            stage.may_answer.set()
    assert replies[0].body == b"page 2"


def test_a_process_that_died_in_its_turn_holds_up_nobody_for_long(pages_cache, monkeypatch):
    monkeypatch.setattr(making, "WAIT_SECONDS", 0.1)
    stage, clock = Stage(), Clock()
    first, second = two_sites(stage, clock)
    assert first.store.maker.shared.take_turn(first.store.visitors.raw_key(environ_of(first)), "1")
    assert second.get().body == b"page 1"


def test_an_editors_change_is_one_for_all_processes(pages_cache):
    stage, clock = Stage(), Clock()
    first, second = two_sites(stage, clock)
    first.get()
    second.editors = "2"
    assert second.get().body == b"page 2"


def test_another_release_makes_its_own_pages(pages_cache):
    stage, clock = Stage(), Clock()
    first, second = two_sites(stage, clock, ("1", "2"))
    assert (first.get().body, second.get().body) == (b"page 1", b"page 2")
    assert len(release()) == 24


def test_what_has_no_end_is_not_put_where_everybody_shares_the_room(pages_cache, monkeypatch):
    monkeypatch.setattr(making, "WAIT_SECONDS", 120)
    monkeypatch.setattr(shared, "TURN_SECONDS", 120)
    stage, clock = Stage(), Clock()
    first, second = two_sites(stage, clock)
    stage.may_answer.clear()
    searches = [lambda: first.get("/search/?q=x").body, lambda: second.get("/search/?q=x").body]
    with crowd(1, searches[0]) as some, crowd(1, searches[1]) as others:
        wait_until(lambda: len(stage.asked) == 2)  # neither waits for the other's
        stage.may_answer.set()
    assert {*some, *others} == {b"page 1", b"page 2"}


def test_what_stands_there_and_cannot_be_read_counts_for_nothing(pages_cache):
    stage, clock = Stage(), Clock()
    first, second = two_sites(stage, clock)
    first.get()
    key = first.store.visitors.raw_key(environ_of(first))
    pages_cache.set(first.store.maker.shared._name("page", key, "1"), ("of", "another", "release"))
    assert second.get().body == b"page 2"


def test_with_redis_away_each_process_goes_on_by_itself_o03(settings, caplog):
    """And asks again after a while only."""
    settings.CACHES = {**settings.CACHES, "pages": {"BACKEND": REDIS, "LOCATION": "redis://127.0.0.1:1/0"}}
    clock = Clock()
    site = Site(clock=clock, shared=shared_by(clock))
    with caplog.at_level(logging.ERROR):
        assert [site.get(path).body for path in ("/", "/", "/sources/")] == [b"page 1", b"page 1", b"page 2"]
        assert caplog.text.count("does not answer") == 1
        site.later(AWAY_SECONDS).get("/picks/")
        assert caplog.text.count("does not answer") == 2


# What it tells


def test_the_figures_say_what_was_sent_from_the_store():
    site, before = Site(), counts.figures()
    site.get()
    site.get()
    site.get(method="POST")
    after = counts.figures()
    assert {name: after[name] - before[name] for name in ("hits", "misses", "rebuilt", "passed", "stale")} == {
        "hits": 1,
        "misses": 1,
        "rebuilt": 1,
        "passed": 1,
        "stale": 0,
    }
    assert after["pages"] == 1


def break_it(stage: Stage, how: str) -> None:
    if how == "raises":
        stage.error = OperationalError("gone")
    else:
        stage.status = how
        stage.headers = [HTML, ("Cache-Control", "private, no-store")]


def asked_count(site: Site, path: str) -> int:
    return len([asked for asked in site.stage.asked if asked["PATH_INFO"] == path])


def environ_of(site: Site) -> dict:
    seen = Stage()
    ask(seen)
    return seen.asked[0]


def wait_until(is_so) -> None:
    give_up_at = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < give_up_at, "it never came"
        time.sleep(0.005)
