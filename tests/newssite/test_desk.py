"""The desk as a whole: how it writes times, in which order it lists, and that no link of it leads to a refusal."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape

import pytest
from django import forms
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group, Permission
from django.http import HttpResponse
from django.template import Context, Template
from django.test import Client
from django.urls import reverse

from articles.models import ArticlePage, Source, SourceChange
from billing.models import Customer, Subscription
from tests.make import make_article, make_feed, make_pick, make_reader, make_story, make_user

THEN = datetime(2026, 11, 28, 13, 3, tzinfo=UTC)
HREF = re.compile(r'href="(/admin/[^"#]*)')
DJANGOS = re.compile(
    r">\s*(Home|Welcome,|Log out|View site|View on site|Recent actions|Change password|Add pick)\s*<"
    r"|<h1>\s*((?:Add|Change(?! history)|View) [^<]*|[^<]* administration)</h1>"
)
LABELS = ["Published", "Came in", "Why it was taken down"]


def test_the_desk_writes_a_time_as_the_house_does(admin_client, admin_user):
    article = make_article(published_at=THEN)
    page = admin_client.get(reverse("admin:articles_article_change", args=[article.pk])).text
    assert "28 November 2026, 13:03" in page
    LogEntry.objects.log_actions(admin_user.pk, [article], CHANGE, "Put back.")
    LogEntry.objects.update(action_time=THEN)
    assert "28 November 2026, 13:03" in admin_client.get(f"/admin/articles/article/{article.pk}/history/").text


def test_what_a_template_writes_out_itself_is_as_it_was():
    written = Template('{{ at|date:"j M H:i" }} | {{ at|date:"c" }} | {{ number|floatformat:2 }} | {{ 12345 }}')
    context = Context({"at": THEN, "number": 1234.5})
    assert written.render(context) == "28 Nov 13:03 | 2026-11-28T13:03:00+00:00 | 1234.50 | 12345"


@pytest.mark.parametrize("typed", ["2026-11-28T13:03", "2026-11-28 13:03", "28/11/2026 13:03"])
def test_a_time_is_read_as_it_was_typed_before(typed):
    assert forms.DateTimeField(localize=True).clean(typed) == THEN


def test_what_editors_need_comes_before_what_operators_look_at(admin_client):
    shown = re.search(r'<nav class="desk-nav".*?</nav>', admin_client.get("/admin/").text, re.S)[0]
    names = re.findall(r">([^<>]+)</a>", shown)
    assert names[:6] == ["Desk", "Picks", "Articles", "Stories", "Sources", "Feeds"]
    assert names.index("Memberships") < names.index("Users") < names.index("Groups")


def staff_in(*groups: str, rights: tuple[str, ...] = ()) -> Client:
    user = make_user(is_staff=True, name="Ines Carrow")
    user.groups.set(Group.objects.filter(name__in=groups))
    user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def rows(db) -> None:
    """One of everything that a page of the desk links to."""
    someone = make_user("somebody@site.example", is_staff=True, name="Somebody Else")
    article = make_article()
    make_story([article])
    make_feed(article.source)
    make_pick(article, editor=someone)
    ArticlePage.objects.create(article=article, due_at=THEN)
    SourceChange.objects.create(
        source=article.source, editor=someone, old_permission="full", new_permission="teaser", effect="As it was."
    )
    customer = Customer.objects.create(user=make_reader(status="active", plan="monthly"), stripe_id="cus_1")
    Subscription.objects.create(customer=customer, stripe_id="sub_1", status="active", plan="monthly", began_at=THEN)


@pytest.mark.parametrize(
    ("groups", "rights", "must_see"),
    [
        (("Editors",), (), "/admin/articles/pick/N/change/"),
        (("Catalogue",), (), "/admin/articles/source/N/change/"),
        ((), ("support_membership",), "/admin/billing/membership/N/change/"),
    ],
)
def test_no_link_of_the_desk_leads_to_a_refusal(rows, groups, rights, must_see):
    seen = set()
    for url, answer in walk(staff_in(*groups, rights=rights)):
        assert answer.status_code in {200, 302}, url
        seen.add(kind_of(url))
    assert must_see in seen


def test_no_page_of_the_desk_speaks_as_django_does(rows, admin_client):
    """Who works here has a desk, signs out, and is on the page of a pick whether it may be changed or only seen."""
    found = {(kind_of(url), words) for url, answer in walk(admin_client) for words in DJANGOS.findall(answer.text)}
    assert found == set()
    page = admin_client.get("/admin/articles/pick/add/").text
    assert re.search(r"<h1>\s*New pick\s*</h1>", page)
    assert re.search(
        r'breadcrumbs"><a href="/admin/">Desk</a> &rsaquo; <a href="/admin/articles/pick/">Picks</a>', page
    )


def test_whoever_may_only_see_a_source_is_on_the_source_s_page(rows):
    client = staff_in(rights=("view_source",))
    page = client.get(reverse("admin:articles_source_change", args=[Source.objects.get().pk])).text
    assert re.search(r"<h1>\s*Source\s*</h1>", page)


def test_an_article_s_page_says_in_our_words_when_it_came_in_and_why_it_is_gone(admin_client):
    article = make_article(withdrawn_at=THEN, withdrawn_reason="By a court")
    page = admin_client.get(reverse("admin:articles_article_change", args=[article.pk])).text
    assert [label for label in re.findall(r"<label>([^<]+):</label>", page) if label in LABELS] == LABELS


def walk(client: Client) -> Iterator[tuple[str, HttpResponse]]:
    """Every page that the desk links to from its first one, of each kind three at most."""
    seen: Counter[str] = Counter()
    waiting = ["/admin/"]
    while waiting:
        url = waiting.pop(0)
        if seen[kind_of(url)] >= 3 or "/logout/" in url:
            continue
        seen[kind_of(url)] += 1
        answer = client.get(url)
        yield url, answer
        waiting += [unescape(link) for link in HREF.findall(answer.text)]


def kind_of(url: str) -> str:
    return re.sub(r"[0-9]+", "N", url.partition("?")[0])


@pytest.mark.parametrize(
    ("path", "column"),
    [
        ("accounts/user", "password"),
        ("mfa/authenticator", "data"),
        ("articles/hubsubscription", "secret"),
        ("articles/hubsubscription", "token"),
        ("billing/customer", "key"),
        ("billing/invoice", "page_url"),
        ("billing/letter", "facts"),
    ],
)
def test_a_column_that_no_page_shows_cannot_be_guessed_by_a_list_s_address(admin_client, path, column):
    for lookup in (column, f"{column}__startswith"):
        assert admin_client.get(f"/admin/{path}/", {lookup: "a"}).status_code == 400


def test_every_filter_of_every_list_narrows_it(admin_client, rows):
    lists = set(re.findall(r'<a href="(/admin/\w+/\w+/)"', admin_client.get("/admin/").text))
    assert len(lists) > 15
    for url in lists:
        filters = set(re.findall(r'<a href="(\?[^"]+)"', filters_of(admin_client.get(url).text)))
        for query in filters:
            assert admin_client.get(url + unescape(query)).status_code == 200, (url, query)


def filters_of(page: str) -> str:
    return page.partition('id="changelist-filter"')[2].partition("</nav>")[0]
