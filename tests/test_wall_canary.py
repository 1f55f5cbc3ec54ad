"""The proof of the wall: every address of the project, asked for by every kind of reader, in every odd way.

Each licensed article ends in words that stand nowhere else. They may reach a reader with access, on that article's own
page or under a search for its words, marked as not to be kept; anywhere else they are a leak. The addresses come from
the URLconf itself: a new route is walked from the day it is added, and one with a parameter that CASES does not know
fails until it is given a value.

Covers A01-A05, A09, A11, A13 and A14. CANARY_SEED repeats a run.
"""

from __future__ import annotations

import os
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from articles.models import Article, Follow, Saved, Topic
from articles.sections import SECTIONS
from articles.topics.store import file_articles
from billing.models import Membership
from tests.make import make_article, make_feed, make_pick, make_picture, make_source, make_story, make_user

pytestmark = pytest.mark.django_db

SEED = int(os.environ.get("CANARY_SEED") or random.randrange(10**9))
WITH_ACCESS = {"trial_reader", "member", "staff"}
SEARCH = "/search/"  # shows a reader with access a few words around what was asked for
READERS = ("visitor", "lapsed_reader", *sorted(WITH_ACCESS))
PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)")
OBJECT = re.compile(r"^admin/(\w+)/(\w+)/<path:object_id>/")


@dataclass(frozen=True)
class Canary:
    """One article and the words that only its body holds. A search may repeat `asked`; `hidden` is for its readers."""

    article: Article
    opening: str
    asked: str
    hidden: str
    is_walled: bool = True  # False: its body may be shown to nobody at all

    @property
    def path(self) -> str:
        return self.article.get_absolute_url()


@dataclass(frozen=True)
class World:
    canaries: list[Canary]
    chosen: list[Canary]  # those whose pages are asked for
    clients: dict[str, Client]


def make_canary(chance: random.Random, *, is_walled: bool = True, permission: str = "full", **fields) -> Canary:
    opening, asked, hidden = (f"z{chance.getrandbits(80):020x}" for _ in range(3))
    article = make_article(
        make_source(permission="full", **fields.pop("source", {})),
        section=chance.choice(list(SECTIONS)),
        standfirst=f"Standfirst {opening}.",
        opening_html=f"<p>Opening {opening} of the article.</p>",
        body=f"<p>Opening {opening} of the article.</p><p>The quartermaster {asked} opened {hidden} herself.</p>",
        image_url=(picture := make_picture()).url,
        picture=picture,
        categories=["Bridges"],
        **fields,
    )
    article.source.permission = permission  # text may have been stored under an earlier agreement
    article.source.save()
    return Canary(article, opening, asked, hidden, is_walled)


@pytest.fixture
def world(request) -> World:
    chance = random.Random(SEED)
    walled = [make_canary(chance) for _ in range(8)]
    shut = [
        make_canary(chance, is_walled=False, permission="teaser"),
        make_canary(chance, is_walled=False, permission="headline"),
        make_canary(chance, is_walled=False, withdrawn_at=timezone.now()),
        make_canary(chance, is_walled=False, source={"is_active": False}),
    ]
    for canary in walled:
        make_feed(canary.article.source)
        make_pick(canary.article)
    make_story([canary.article for canary in walled[:4]])
    for canary in walled[4:]:
        make_story([canary.article])
    file_articles([canary.article.pk for canary in [*walled, *shut]])
    chosen = chance.sample(walled, 2)
    clients = {name: client_of(name, request, chosen) for name in READERS}
    return World([*walled, *shut], [*chosen, *chance.sample(shut, 2)], clients)


def client_of(name: str, request, saved: list[Canary]) -> Client:
    """Signed in, and with something saved and followed so that no page of theirs is empty. Staff may do everything."""
    client = Client(raise_request_exception=False)
    if name == "visitor":
        return client
    user = (
        make_user("chief@site.example", is_staff=True, is_superuser=True)
        if name == "staff"
        else request.getfixturevalue(name)
    )
    client.force_login(user)
    Saved.objects.bulk_create([Saved(user=user, article=canary.article) for canary in saved])
    Follow.objects.create(user=user, source=saved[0].article.source)
    Follow.objects.create(user=user, topic=Topic.objects.get(key="bridge"))
    Follow.objects.create(user=user, report=saved[1].article)
    return client


# The addresses -----------------------------------------------------------------------------------


def patterns(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
    """Every route of the project as Django writes it: "article/<int:pk>/<slug:slug>/"."""
    for pattern in resolver.url_patterns:
        route = prefix + str(pattern.pattern).removeprefix("^")
        if isinstance(pattern, URLPattern):
            yield route.removesuffix("$")
        else:
            yield from patterns(pattern, route)


# Route with parameters -> the values that each is walked with.
CASES: dict[str, Callable[[World], list[tuple]]] = {
    "news/<slug:slug>/": lambda world: [(slug,) for slug in SECTIONS],
    "feeds/<slug:slug>.xml": lambda world: [(slug,) for slug in SECTIONS],
    "topic/<str:slug>/": lambda world: [("bridge",)],
    "feeds/topic/<str:slug>.xml": lambda world: [("bridge",)],
    "article/<int:pk>/<slug:slug>/": lambda world: [(c.article.pk, c.article.slug) for c in world.chosen],
    "article/<int:pk>/history/": lambda world: [(c.article.pk,) for c in world.chosen],
    "article/<int:pk>/": lambda world: [(c.article.pk,) for c in world.chosen],
    "offline/<int:pk>/": lambda world: [(c.article.pk,) for c in world.chosen],
    "story/<int:pk>/<slug:slug>/": lambda world: [(c.article.story_id or 0, c.article.slug) for c in world.chosen],
    "story/<int:pk>/": lambda world: [(c.article.story_id or 0,) for c in world.chosen],
    "sources/<slug:slug>/": lambda world: [(c.article.source.slug,) for c in world.chosen],
    "pictures/<slug:key>-<int:width>.webp": lambda world: [("0" * 32, 320)],
    "admin/billing/membership/<int:pk>/support/<slug:name>/": lambda world: [
        (pk, name) for pk in Membership.objects.values_list("pk", flat=True)[:1] for name in ("trial", "gift", "refund")
    ],
    **{
        f"admin/articles/story/<int:pk>/{act}/": lambda world: [(c.article.story_id or 0,) for c in world.chosen]
        for act in ("find", "merge", "split", "move", "release")
    },
    **{
        f"account/2fa/webauthn/keys/<int:pk>/{act}/": lambda world: [
            (pk,) for pk in (0, *Authenticator.objects.values_list("pk", flat=True))
        ]
        for act in ("edit", "remove")
    },
    "membership/cancel/<str:token>/": lambda world: [("token",)],
    "websub/<str:token>/": lambda world: [("token",)],
    "briefing/unsubscribe/<str:token>/": lambda world: [("token",)],
    "briefing/<slug:day>/<slug:part>/": lambda world: [
        (timezone.localdate() - timedelta(days=days), part) for days in (0, 1) for part in ("morning", "evening")
    ],
    "account/confirm-email/(?P<key>[-:\\w]+)/": lambda world: [("key",)],
    "account/password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/": lambda world: [("1", "key")],
    "admin/r/<path:content_type_id>/<path:object_id>/": lambda world: [
        (ContentType.objects.get_for_model(Article).pk, c.article.pk) for c in world.chosen
    ],
    "admin/(?P<url>.*)": lambda world: [("nothing-is-here/",)],
}


def values_of(route: str, world: World) -> list[tuple]:
    """KeyError for a route with a parameter that has no case."""
    if not PARAMETER.search(route):
        return [()]
    if found := OBJECT.match(route):
        return [(pk,) for pk in keys_of(apps.get_model(found[1], found[2]), world)]
    if route.startswith("admin/(?P<app_label>"):
        return [(label,) for label in ("articles", "accounts", "billing", "auth")]
    return CASES[route](world)


def keys_of(model, world: World) -> list:
    if model is Article:
        return [canary.article.pk for canary in world.chosen]
    return list(model.objects.values_list("pk", flat=True)[:3])


def filled(route: str, values: tuple) -> str:
    rest = iter(values)
    return "/" + PARAMETER.sub(lambda match: str(next(rest)), route).replace("\\", "")


def addresses(world: World) -> Iterator[tuple[str, bool]]:
    """(path, whether it is the admin's), the chosen articles' other spellings with them."""
    for route in patterns(get_resolver()):
        for values in values_of(route, world):
            yield filled(route, values), route.startswith("admin/")
    for canary in world.chosen:
        for other in (f"{canary.path[:-1]}.json", f"{canary.path}page.css", f"{canary.path}amp/", canary.path.upper()):
            yield other, False


def queries(path: str, is_admin: bool, canary: Canary) -> Iterator[str]:
    """Odd ways to ask for more, and searches for words of the body and of the opening."""
    yield ""
    if is_admin and not path.endswith(("/autocomplete/", "article/", "pick/")):
        return  # the admin's lists take a search, its forms take nothing
    model = {"app_label": "articles", "model_name": "pick", "field_name": "article"}
    odd = [
        "?" + urlencode({"q": canary.asked, "term": canary.asked, **model}),
        "?" + urlencode({"q": f"quartermaster {canary.opening}", "term": canary.opening, **model}),
        "?print=1&format=json&page=2&full=1",
    ]
    takes_a_search = is_admin or path.startswith("/search/")
    # Of a page that takes none of these one is enough: which of them, the seed says.
    yield from odd if takes_a_search else [random.Random(f"{SEED} {path}").choice(odd)]


# The proof ---------------------------------------------------------------------------------------


def leaks(world: World, who: str, path: str, answer) -> list[str]:
    """What is wrong with one answer, in words; a body that may be there must be marked as not to be kept."""
    shown = whole_of(answer)
    asked_path = answer.wsgi_request.path
    wrong = []
    for canary in world.canaries:
        if canary.hidden.encode() not in shown:
            continue
        if not canary.is_walled or who not in WITH_ACCESS or asked_path not in {canary.path, SEARCH}:
            wrong.append(f"{who} sees the text of article {canary.article.pk} at {path}")
        elif answer.get("Cache-Control") != "private, no-store" or answer.has_header("ETag"):
            wrong.append(f"the text at {path} may be kept: {answer.headers}")
    return wrong


def whole_of(answer) -> bytes:
    content = b"".join(answer) if answer.streaming else answer.content
    return content + repr(answer.headers).encode()


@pytest.mark.parametrize("who", READERS)
def test_walled_text_reaches_only_who_may_read_it_and_only_on_its_page(who, world):
    print("CANARY_SEED", SEED)
    client, wrong, failed, walked = world.clients[who], [], [], 0
    for path, is_admin in addresses(world):
        for query in queries(path, is_admin, world.chosen[0]):
            answer = client.get(path + query)
            wrong += leaks(world, who, path + query, answer)
            walked += 1
            failed += [path + query] if answer.status_code >= 500 else []
        if not is_admin:
            wrong += leaks(world, who, f"HEAD {path}", client.head(path))
    assert wrong == [], f"CANARY_SEED={SEED}"
    assert failed == [], "a page that fails has shown nothing, but not because of the wall"
    assert walked > 100


@pytest.mark.parametrize("who", READERS)
def test_the_canaries_sing_where_they_should(who, world):
    """Or the proof would prove nothing: the opening is there for all, the text for who has access."""
    for canary in world.chosen:
        answer = world.clients[who].get(canary.path)
        may_read = canary.is_walled and who in WITH_ACCESS
        assert (canary.hidden in answer.text) == may_read
        if canary.is_walled:
            assert canary.opening in answer.text


def test_a_route_without_a_case_fails(world):
    with pytest.raises(KeyError):
        values_of("gift/<str:token>/", world)


def test_the_walk_meets_every_route(world):
    """Each path that was made resolves to the route it was made for."""
    for route in patterns(get_resolver()):
        for values in values_of(route, world):
            assert get_resolver().resolve(filled(route, values)), route
