"""Redis is away: who reads reads on, what must be counted or remembered is refused in words."""

from __future__ import annotations

import pytest
from django.core.cache import caches

from tests.accounts.doing import PASSWORD, sign_in
from tests.conftest import SECRET_SENTENCE
from tests.faults.newsroom import free_port
from tests.make import make_story

pytestmark = pytest.mark.django_db


@pytest.fixture
def no_redis(settings) -> None:
    away = {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": f"redis://127.0.0.1:{free_port()}/0",
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
    }
    settings.CACHES = dict.fromkeys(settings.CACHES, away)
    assert caches["default"].__class__.__name__ == "RedisCache"


def test_visitors_and_members_read_on_without_redis_o03(no_redis, visitor, client, member, walled_article):
    make_story([walled_article])
    client.force_login(member)
    url = walled_article.get_absolute_url()
    for path in ("/", "/news/world/", url, "/search/?q=bridge"):
        assert visitor.get(path).status_code == client.get(path).status_code == 200, path
    assert SECRET_SENTENCE in client.get(url).text
    assert SECRET_SENTENCE not in visitor.get(url).text


@pytest.mark.parametrize("password", [PASSWORD, "a wrong one"])
def test_without_redis_nobody_signs_in_as_tries_cannot_be_counted_o03(no_redis, client, member, password):
    client.raise_request_exception = False
    answer = sign_in(member.email, password, client)
    assert answer.status_code == 503
    assert answer["Retry-After"]
    assert client.get("/account/").status_code == 302
