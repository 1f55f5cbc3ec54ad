"""Every address of the project, asked by everybody in odd ways: what must hold whatever page a route leads to.

The addresses come from the URLconf (tests/test_wall_canary.py): a new route is held to this from the day it is added.
Single attacks stand with what they attack; docs/reliability.md lists where.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from accounts.models import User
from articles.models import Article, Follow, Mute, Saved
from billing.models import Customer, Invoice, Membership, Subscription
from tests.accounts.doing import signed_in
from tests.articles.admin.test_csp import Inline
from tests.make import make_mute, make_reader, make_user
from tests.observatory import PRIVATE
from tests.test_wall_canary import World, addresses, world  # noqa: F401  fixture

pytestmark = pytest.mark.django_db

ODD = (
    "?page=-1&before=x&after=%00&sort=%27%3B--&section=%F0%9F%92%A5",
    "?q=%00%FF%22(&p=999999&o=1.2.99&e=1&day=0000-00-00",
    "?id__exact=zz&user__password__startswith=a&_popup=1",
    "?at=9999-99-99T99:99&state=__&next=//evil.example&to=weekly&lang=%2e%2e",
)
# What another reader may never read of this one; each stands nowhere else.
MARKS = ("zvictim", "cus_zvictim", "sub_zvictim", "INV-ZVICTIM", "zmutedword", "ZNAME")
# Posts whose proof is in the request itself, or that change nothing of anybody's: each says so at its view.
PROVEN_OTHERWISE = {"webhook", "websub", "briefing_bounces", "briefing_unsubscribe", "preferences", "begin_sign_up"}
# Data for scripts, which browsers do not run.
LIST = re.compile(r"/admin/\w+/\w+/")
DATA_BLOCK = re.compile(r'^<script[^>]*type="application/(?:ld\+)?json"')


@pytest.fixture
def victim(world: World) -> User:  # noqa: F811
    """A member about whom there is something in every table that one reader might look for in another's."""
    now = timezone.now()
    user = make_user("zvictim@mail.example", name="ZNAME")
    facts = {"status": "active", "plan": "monthly", "paid_until": now + timedelta(days=9)}
    Membership.objects.update_or_create(user=user, defaults=facts)
    customer = Customer.objects.create(user=user, stripe_id="cus_zvictim", email="zvictim@mail.example")
    subscription = Subscription.objects.create(
        customer=customer,
        stripe_id="sub_zvictim",
        status="active",
        plan="monthly",
        price_cents=1000,
        currency="GBP",
        began_at=now,
    )
    Invoice.objects.create(
        subscription=subscription,
        stripe_id="in_zvictim",
        number="INV-ZVICTIM",
        status="paid",
        total_cents=1000,
        currency="GBP",
        issued_at=now,
    )
    make_mute(user, word="zmutedword")
    Saved.objects.create(user=user, article=world.chosen[0].article)
    return user


def routes(resolver: URLResolver) -> Iterator[URLPattern]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLPattern):
            yield pattern
        else:
            yield from routes(pattern)


def state() -> dict:
    """What a request that only looks must leave as it is."""
    tables = (User, Membership, Subscription, Saved, Follow, Mute, Authenticator, Article)
    return {table.__name__: list(table.objects.order_by("pk").values_list()) for table in tables} | {
        "User": list(User.objects.order_by("pk").values_list("email", "password", "is_staff", "is_superuser"))
    }


def refused_by_policy(answer) -> list[str]:
    if not answer.get("Content-Type", "").startswith("text/html"):
        return []
    found = Inline("".join(re.findall(r"'nonce-([^']+)'", answer["Content-Security-Policy"])))
    found.feed(answer.text)
    foreign = [address for address in found.addresses if address.startswith(("http:", "https:", "//", "data:"))]
    live = re.findall(r'(?:href|src|action)="\s*javascript:[^"]*"', answer.text, re.I)
    return [tag for tag in found.refused if not DATA_BLOCK.match(tag)] + foreign + live


def wrong_headers(answer) -> list[str]:
    policy = answer.get("Content-Security-Policy", "")
    wanted = {
        "policy": "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy,
        "nosniff": answer.get("X-Content-Type-Options") == "nosniff",
        "frames": answer.get("X-Frame-Options") == "DENY",
        "referrer": answer.get("Referrer-Policy") in PRIVATE,
        "opener": answer.get("Cross-Origin-Opener-Policy") == "same-origin",
        "resource": answer.get("Cross-Origin-Resource-Policy") == "same-origin"
        or answer.wsgi_request.path.startswith("/pictures/"),
        "permissions": "camera=()" in answer.get("Permissions-Policy", ""),
    }
    return [name for name, holds in wanted.items() if not holds]


@pytest.mark.parametrize("who", ["visitor", "member", "staff"])
def test_no_address_breaks_frames_runs_or_changes_anything_or_tells_of_others_a15_a16_a28_a29(
    who,
    world,  # noqa: F811
    victim,
):
    client, before = world.clients[who], state()
    broke, told, refused, headers = [], [], [], []
    for path, is_admin in addresses(world):
        # The admin's forms take no parameters; its lists do.
        asked = path if is_admin and not LIST.fullmatch(path) else path + random.Random(path).choice(ODD)
        answer = client.get(asked)
        if answer.status_code >= 500:
            broke.append((asked, answer.status_code))
        content = (b"".join(answer) if answer.streaming else answer.content).decode(errors="replace")
        if who != "staff":  # who may see readers sees them
            told += [(path, mark) for mark in MARKS if mark in content]
        if not answer.streaming:
            refused += [(path, tag) for tag in refused_by_policy(answer)]
        headers += [(path, name) for name in wrong_headers(answer)]
    assert broke == []
    assert told == []
    assert refused == []
    assert headers == []
    assert state() == before
    assert who == "visitor" or client.get("/account/").status_code == 200, "a GET signed somebody out"


def test_every_post_needs_its_token_a16(world, member):  # noqa: F811
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(member)
    before, passed = state(), set()
    for path in [path for path, is_admin in addresses(world) if not is_admin]:  # those: the next test
        answer = client.post(path, {"id": 1, "next": "/"})
        assert answer.status_code < 500 or path == "/membership/webhook/", path  # 503: no secret is set (B02)
        match = answer.wsgi_request.resolver_match
        if answer.status_code != 403 and match:
            passed.add(match.url_name)
    assert passed <= PROVEN_OTHERWISE
    assert state() == before


def test_only_these_views_do_without_the_token_a16():
    exempt = {route.name for route in routes(get_resolver()) if getattr(route.callback, "csrf_exempt", False)}
    assert exempt == PROVEN_OTHERWISE


SHUT = (
    *(
        "/__debug__/",
        "/silk/",
        "/metrics",
        "/metrics/",
        "/debug/",
        "/docs/",
        "/api/",
        "/graphql",
        "/.env",
        "/.git/config",
    ),
    *(
        "/admin/doc/",
        "/admin/docs/",
        "/wp-admin/",
        "/server-status",
        "/phpmyadmin/",
        "/actuator/env",
        "/var/secret-key",
    ),
    *(
        "/static/../manage.py",
        "/static/%2e%2e/manage.py",
        "/pictures/../../manage.py",
        "/manage.py",
        "/celery/",
        "/flower/",
    ),
)


def test_nothing_answers_where_forgotten_tools_would_a14(visitor):
    for path in SHUT:
        answer = visitor.get(path)
        # The admin asks everybody to sign in, whatever the address.
        is_door = answer.status_code == 302 and answer.url.startswith("/admin/login/")
        assert is_door or answer.status_code == 404, path


SUFFIXES = (";.js", ".css", "x.css", "page.css", "%3B.js", "%0A.css", "/a.png", "%23.css", "%3F.css")


def test_an_article_has_no_second_address_that_a_cache_takes_for_a_file_a11(world):  # noqa: F811
    canary = world.chosen[0]
    for suffix in SUFFIXES:
        for who in ("member", "visitor"):
            answer = world.clients[who].get(canary.path + suffix)
            assert answer.status_code in {301, 404}, suffix
            assert canary.hidden not in answer.text


def test_access_that_ends_while_a_page_is_open_is_gone_at_the_next_request_a12(world, member):  # noqa: F811
    canary, client = world.chosen[0], world.clients["member"]
    assert canary.hidden in client.get(canary.path).text
    Membership.objects.filter(user=member).update(status="canceled", paid_until=timezone.now() - timedelta(seconds=1))
    page = client.get(canary.path, headers={"if-modified-since": "Fri, 01 Jan 2100 00:00:00 GMT", "if-none-match": "*"})
    assert page.status_code == 200
    assert canary.hidden not in page.text


def test_a_session_ends_after_sixty_days_whatever_its_cookie_says_a21():
    with time_machine.travel("2026-03-02 09:00+00:00", tick=False) as clock:
        client = signed_in(make_reader())
        assert client.cookies["session"]["max-age"] == 60 * 24 * 60 * 60
        clock.shift(timedelta(days=59))
        assert client.get("/account/").status_code == 200
        client.cookies["session"]["expires"] = client.cookies["session"]["max-age"] = ""
        clock.shift(timedelta(days=2))
        assert client.get("/account/").status_code == 302


def test_fields_that_a_form_does_not_have_are_ignored_a27(trial_reader):
    client = Client()
    client.force_login(trial_reader)
    more = {
        **{"is_staff": "on", "is_superuser": "on", "groups": "1", "email": "chief@site.example", "plan": "yearly"},
        **{"membership": "active", "membership__status": "active", "membership[status]": "active", "user": "1"},
        **{"paid_until": "2099-01-01", "trial_ends_at": "2099-01-01", "password": "another password", "id": "1"},
    }
    before = state()
    client.post("/account/settings/", {"name": "", "time_zone": "", **more})
    client.post("/briefing/letters/", more)
    client.post("/preferences/", more)
    assert state() == before
