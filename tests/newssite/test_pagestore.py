"""Visitors' pages from the store, with Django behind it."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from articles.leakcheck import PUBLIC_ROUTES
from articles.models import Pick
from articles.topics.store import file_articles
from newssite.caching import own_cookies
from newssite.pagestore.facts import facts_now
from newssite.pagestore.routes import ROUTES
from tests.conftest import SECRET_SENTENCE
from tests.make import make_article, make_source
from tests.newssite.asking import Clock, Site, ask

pytestmark = pytest.mark.django_db

OUTSIDE = "https://evil.example"
STRANGE_HEADERS = [
    {"x_forwarded_host": "evil.example"},
    {"x_forwarded_proto": "https"},
    {"x_forwarded_for": "198.51.100.1"},
    {"x_forwarded_port": "8443", "x_forwarded_server": "evil.example", "forwarded": "host=evil.example"},
    {"x_original_url": "/account/", "x_rewrite_url": "/account/"},
    {"x_http_method_override": "POST", "x_http_method": "DELETE"},
    {"accept_language": "de-DE", "accept": "application/json", "user_agent": "Googlebot/2.1"},
    {"referer": OUTSIDE, "origin": OUTSIDE},
    {"range": "bytes=0-99"},
    {"cookie": "_analytics=1; consent=yes"},
    {"cookie": ""},
    {"cache_control": "no-cache", "pragma": "no-cache"},
    {"sec_purpose": "prefetch", "purpose": "prefetch"},
    {"host": "TESTSERVER"},
    {"if_modified_since": "Mon, 01 Jan 2035 00:00:00 GMT"},
]
NEVER_STORED = (
    *("/healthz", "/account/", "/account/login/", "/account/signup/", "/admin/", "/admin/login/", "/saved/"),
    *("/following/", "/for-you/", "/preferences/mutes/", "/membership/cancel/", "/membership/welcome/"),
    *("/membership/webhook/", "/briefing/unsubscribe/x/", "/websub/x/", "/service-worker.js", "/favicon.ico"),
)


class Counted:
    """Django, and how often it was asked."""

    def __init__(self) -> None:
        self.count, self._django = 0, WSGIHandler()

    def __call__(self, environ, start_response):
        self.count += 1
        # As Django's own test client does: a request's end must not close the connection that holds the test's data.
        for signal in (request_started, request_finished):
            signal.disconnect(close_old_connections)
        return self._django(environ, start_response)


@pytest.fixture(autouse=True)
def one_connection():
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def site() -> Site:
    return Site(Counted(), read_facts=facts_now)


@pytest.fixture
def cookie(settings):
    def cookie(user) -> str:
        client = Client()
        client.force_login(user)
        return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"

    return cookie


def stored_text(site: Site) -> str:
    return "\n".join(
        page.encoded.plain().decode() for shelf in (site.store.store.pages, site.store.store.endless) for page in shelf
    )


def test_the_second_visitor_is_answered_without_django(site):
    first, second = site.get("/sources/"), site.get("/sources/")
    assert (first.status, second.status, site.stage.count) == (200, 200, 1)
    assert second.body == first.body == ask(site.stage, "/sources/").body
    assert second.headers["vary"] == "Cookie, Accept-Encoding"
    assert second.headers["cache-control"] == "public, max-age=60, stale-while-revalidate=30"
    assert "set-cookie" not in second.headers


@pytest.mark.parametrize("headers", STRANGE_HEADERS, ids=lambda headers: "+".join(headers))
def test_what_one_visitor_sends_is_in_nobodys_page_a09(site, headers):
    """Whoever comes first, and whatever they say: the same bytes."""
    plain = ask(site.stage, "/sources/").body
    assert site.get("/sources/", **headers).body == plain
    assert site.get("/sources/").body == plain
    assert site.stage.count == 2


@pytest.mark.parametrize("query", ["utm_source=evil", "x=<script>", "before=&utm=1", "=", "&&&", "q=ledger", "a=1&a=2"])
def test_a_query_that_means_nothing_makes_no_copy_and_is_on_no_page(site, query):
    plain = site.get("/").body
    assert site.get(f"/?{query}").body == plain
    assert site.stage.count == 1
    other = Site(Counted())
    assert other.get(f"/?{query}").body == plain


def test_a_query_that_means_something_has_a_page_of_its_own(site):
    make_source(name="The Harbour Ledger", slug="ledger")
    assert "Harbour" in site.get("/sources/?q=harbour").text
    assert "Harbour" not in site.get("/sources/?q=orchard").text
    assert site.stage.count == 2
    assert "Harbour" in site.get("/sources/?utm=1&q=orchard&q=harbour&country=").text
    assert site.stage.count == 2


def test_every_parameter_that_a_stored_page_reads_is_known_to_the_store():
    """A view that reads another one would not see it."""
    reads = re.compile(r"""(?:request\.GET|asked)(?:\.get(?:list)?\(|\[)"(\w+)\"""")
    modules = {"search", "sources", "source", "section", "story", "picks", "how_we_choose", "outgoing", "front"}
    modules |= {"article", "article_history", "briefing", "about", "topic"}
    read = {name for module in modules for name in reads.findall(Path(f"articles/pages/{module}.py").read_text())}
    assert read == {name for names in ROUTES.values() for name in names}


@pytest.mark.parametrize("route", sorted({*PUBLIC_ROUTES} - {"account_login", "account_signup", "service_worker"}))
def test_public_pages_are_stored_and_hold_nothing_of_one_visitor_a09(site, route):
    """A page that began to need a cookie, a token or a nonce would be made anew for every visitor."""
    make_article(make_source(slug="ledger"))
    first, second = site.get(reverse(route)), site.get(reverse(route))
    assert (site.stage.count, second.status) == (1, 200)
    assert second.body == first.body
    assert "csrfmiddlewaretoken" not in second.text
    assert "set-cookie" not in second.headers
    assert "nonce" not in second.headers["content-security-policy"]


def test_a_topic_is_stored_as_sections_are_page_by_page(site):
    article = make_article(categories=["Shipping"])
    file_articles([article.pk])
    for path in ("/topic/shipping/", "/topic/shipping/?before=0-0", "/feeds/topic/shipping.xml"):
        assert [site.get(path).status for _ in range(2)] == [200, 200]
    assert site.stage.count == 3


@pytest.mark.parametrize("path", NEVER_STORED)
def test_what_is_somebodys_own_is_never_stored(site, path):
    for _ in range(2):
        site.get(path)
    assert (site.stage.count, stored_text(site)) == (2, "")


@pytest.mark.parametrize("is_member_first", [True, False])
def test_the_wall_stands_before_and_after_a_member_a09(site, cookie, member, walled_article, is_member_first):
    """Neither reads the other's page, and nothing of a member's is in the store."""
    path, session = walled_article.get_absolute_url(), cookie(member)
    for is_member in (is_member_first, not is_member_first, is_member_first, not is_member_first):
        page = site.get(path, **({"cookie": session} if is_member else {}))
        assert (SECRET_SENTENCE in page.text) == (member.email in page.text) == is_member
        assert ("age" in page.headers) != is_member
    assert SECRET_SENTENCE not in stored_text(site)
    assert member.email not in stored_text(site)


def test_a_visitors_mark_does_not_spare_a_member_the_page_nor_the_other_way_a10(site, cookie, member, walled_article):
    path, session = walled_article.get_absolute_url(), cookie(member)
    mark = site.get(path).headers["etag"]
    members_page = site.get(path, cookie=session, if_none_match=mark)
    assert (members_page.status, "etag" in members_page.headers) == (200, False)
    assert SECRET_SENTENCE in members_page.text
    assert site.get(path, if_none_match='"of-the-member"').status == 200
    assert site.get(path, if_none_match=mark).status == 304


@pytest.mark.parametrize("suffix", ["?print=1", "?amp", "?format=json", "?page=2", ""])
@pytest.mark.parametrize("headers", [{}, {"range": "bytes=0-999999"}, {"accept": "application/json"}])
def test_no_form_of_an_address_opens_the_wall_a02(site, cookie, member, walled_article, suffix, headers):
    path = walled_article.get_absolute_url()
    site.get(path, cookie=cookie(member))
    page = site.get(path + suffix, **headers)
    assert page.status == 200
    assert SECRET_SENTENCE not in page.text
    head = site.get(path + suffix, "HEAD", **headers)
    assert (head.sent, head.headers["content-length"]) == (b"", page.headers["content-length"])


@pytest.mark.parametrize("path", ["/sources/page.css", "/sources/;.css", "/static/nothing.css", "/saved/x.js"])
def test_a_members_address_with_a_files_name_is_not_kept_for_others_a11(site, cookie, member, path):
    """Cache deception."""
    assert site.get(path, cookie=cookie(member)).status == 404
    assert stored_text(site) == ""
    assert member.email not in site.get(path).text


def test_access_that_ends_is_walled_at_the_next_request_whatever_is_stored_a12(site, cookie, member, walled_article):
    path, session = walled_article.get_absolute_url(), cookie(member)
    site.get(path)
    assert SECRET_SENTENCE in site.get(path, cookie=session).text
    member.membership.__class__.objects.filter(user=member).update(paid_until=timezone.now() - timedelta(days=40))
    assert SECRET_SENTENCE not in site.get(path, cookie=session).text


@pytest.mark.parametrize("name", [0, 1, 2, 3, 4, 5])
def test_whoever_sends_a_cookie_of_ours_neither_fills_the_store_nor_is_answered_from_it(site, name):
    cookie = f"a=b; {own_cookies()[name]}=x"
    site.get("/sources/", cookie=cookie)
    assert stored_text(site) == ""
    site.get("/sources/")
    assert "age" not in site.get("/sources/", cookie=cookie).headers
    assert site.stage.count == 3


@pytest.mark.parametrize(
    "cookie",
    [
        *("session", "session=", "session =x", 'a="; session=x"', "a=1,session=x", "a=1;\tsession=x", "=session"),
        *("a=b\\073 x", "a", ";", "a=b; ", "a=\x00", "a=é", "x__Host-session=1", "a=b;  c=d", "theme=dark"),
    ],
)
def test_a_cookie_that_can_be_read_in_two_ways_is_left_to_django(site, cookie):
    site.get("/sources/")
    assert "age" not in site.get("/sources/", cookie=cookie).headers
    assert site.stage.count == 2


@pytest.mark.parametrize(
    "odd",
    [
        {"authorization": "Basic x"},
        {"CONTENT_LENGTH": "5"},
        {"transfer_encoding": "chunked"},
        {"SCRIPT_NAME": "/elsewhere"},
        {"host": "testserver:8443"},
    ],
    ids=lambda odd: next(iter(odd)),
)
def test_what_is_odd_is_left_to_django(site, odd):
    site.get("/sources/")
    site.get("/sources/", **odd)
    assert site.stage.count == 2


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE"])
def test_only_reading_is_answered_from_the_store(site, method):
    site.get("/sources/")
    assert "age" not in site.get("/sources/", method).headers
    assert site.stage.count == 2


def test_a_foreign_host_is_refused_and_not_stored_a22(site):
    assert site.get("/", host="evil.example").status == 400
    assert stored_text(site) == ""


def test_a_pattern_of_hosts_keeps_nothing(settings):
    """Else anybody could make any number of copies."""
    settings.ALLOWED_HOSTS = ["*", ".example.com"]
    site = Site(Counted())
    for host in ("a.example.com", "a.example.com", "testserver"):
        assert site.get("/sources/", host=host).status == 200
    assert (site.stage.count, stored_text(site)) == (3, "")


def test_https_and_plain_http_are_kept_apart(settings):
    """The header of a proxy counts where settings name one; the redirect to https is Django's, each time."""
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_HSTS_SECONDS = 60
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    site = Site(Counted())
    for _ in range(2):
        assert site.get("/sources/?utm=1").headers["location"] == "https://testserver/sources/?utm=1"
        assert site.get("/sources/", x_forwarded_proto="http").status == 301
        page = site.get("/sources/", x_forwarded_proto="https")
        assert (page.status, page.headers["strict-transport-security"]) == (200, "max-age=60")
    assert site.stage.count == 5


def test_a_new_article_shows_within_a_minute(site):
    """Nothing is purged: the copy is asked for again when its time is over. No copy below lasts longer either."""
    source = make_source(slug="ledger")
    make_article(source, headline="A ferry timetable")
    site.get("/sources/ledger/")
    site.later(50).get("/sources/ledger/")
    make_article(source, headline="An orchard")
    page = site.later(10).get("/sources/ledger/")
    while "An orchard" not in page.text:
        assert site.clock.now < 1_800_000_000 + 110
        page = site.later(5).get("/sources/ledger/")
    assert int(page.headers["age"]) < 60


def test_news_is_on_the_front_page_within_seconds_p11(site):
    make_article(headline="A ferry timetable", published_at=timezone.now())
    site.get("/")
    assert "An orchard" not in site.later(60).get("/").text
    make_article(headline="An orchard", published_at=timezone.now())
    assert "An orchard" in site.later(2).get("/").text


def test_a_page_says_how_old_it_is_so_that_no_later_copy_outlives_the_minute(site):
    site.get("/sources/")
    assert site.later(12).get("/sources/").headers["age"] == "12"


def test_a_pick_shows_a_second_after_its_editor_saved_it(site, editor):
    article = make_article(make_source(slug="ledger"), headline="A ferry timetable")
    assert "A ferry timetable" not in site.get("/picks/").text
    client = Client()
    client.force_login(editor)
    client.post(
        reverse("admin:articles_article_changelist"), {"action": "add_to_picks", "_selected_action": [article.pk]}
    )
    assert Pick.objects.count() == 1
    assert "A ferry timetable" in site.later(1).get("/picks/").text


def test_what_was_taken_down_is_gone_a_second_later(site, editor):
    article = make_article(make_source(slug="ledger"), headline="A ferry timetable")
    assert site.get(article.get_absolute_url()).status == 200
    client = Client()
    client.force_login(editor)
    client.post(
        reverse("admin:articles_article_changelist"),
        {"action": "take_down", "_selected_action": [article.pk], "reason": "publisher"},
    )
    article.refresh_from_db()
    assert article.withdrawn_at
    for _ in range(2):
        assert site.later(1).get(article.get_absolute_url()).status == 410
    assert site.stage.count == 2
    assert "A ferry timetable" not in site.get("/sources/ledger/").text


def test_an_article_that_goes_behind_the_wall_is_there_a_second_later(site, editor, walled_article):
    walled_article.is_opened = True
    walled_article.save()
    assert SECRET_SENTENCE in site.get(walled_article.get_absolute_url()).text
    walled_article.is_opened = False
    walled_article.save()
    LogEntry.objects.log_actions(editor.pk, [walled_article], CHANGE, "Closed.")
    assert SECRET_SENTENCE not in site.later(1).get(walled_article.get_absolute_url()).text


def test_what_editors_did_is_asked_once_a_second_with_two_queries(site, django_assert_num_queries):
    site.get("/sources/")
    with django_assert_num_queries(0):
        site.get("/sources/")
    with django_assert_num_queries(2):
        site.later(1).get("/sources/")
        site.get("/sources/")


def test_of_two_editors_the_one_who_saves_last_is_seen_too(editor, walled_article):
    """A key is taken when a change begins, so the line of a slow one stands below a newer line when it is seen."""
    for _ in range(2):
        LogEntry.objects.log_actions(editor.pk, [walled_article], CHANGE, "Changed.")
    late, _newest = LogEntry.objects.order_by("pk")
    LogEntry.objects.filter(pk=late.pk).delete()
    before = facts_now().editors
    LogEntry.objects.create(
        pk=late.pk, user=editor, content_type=late.content_type, object_id=late.object_id, action_flag=CHANGE
    )
    assert facts_now().editors != before


def test_an_address_that_leads_nowhere_is_remembered_but_not_its_query(site):
    for path in ("/nowhere/", "/nowhere/", "/article/9999999/", "/article/9999999/"):
        assert site.get(path).status == 404
    assert site.stage.count == 2
    # Django's own redirect to the address with a slash keeps the query.
    for _ in range(2):
        assert site.get("/search?q=ferry").headers["location"] == "/search/?q=ferry"


def test_the_same_article_under_another_name_is_sent_to_its_own_each_time(site):
    article = make_article(make_source(), headline="A ferry timetable")
    for _ in range(2):
        moved = site.get(reverse("article_short", args=[article.pk]))
        assert (moved.status, moved.headers["location"]) == (301, article.get_absolute_url())
    assert stored_text(site) == ""


def test_without_room_every_page_is_made_anew():
    """As in development."""
    site = Site(Counted(), most_bytes=0, clock=Clock())
    site.get("/sources/")
    assert site.get("/sources/").status == 200
    assert site.stage.count == 2
