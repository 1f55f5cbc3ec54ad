"""Both roads to one page: Django's own, and the quick one before it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from io import BytesIO

import pytest
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client
from isal import igzip

from articles.quick.answers import Answer, answer_of
from articles.quick.road import QuickRoad
from tests.conftest import SECRET_SENTENCE

SECRET = "s" * 32
TOKEN = re.compile(rb'(name="csrfmiddlewaretoken" value=")[A-Za-z0-9]{64}"')


@cache
def handler() -> WSGIHandler:
    return WSGIHandler()


@contextmanager
def kept_connection() -> Iterator[None]:
    """Of a test's one transaction no request may close the connection: Django's own test client does the same."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


class Roads:
    """`django_count` is how often the quick road asked Django."""

    def __init__(self) -> None:
        self.django = handler()
        self.django_count = 0
        self.quick = QuickRoad(self._counted, 8 * 1024 * 1024)

    def _counted(self, environ, start_response):
        self.django_count += 1
        with kept_connection():
            answer = answer_of(self.django, environ)
        return answer.send(start_response)

    def by_django(self, path: str, cookie: str, **headers: str) -> Answer:
        with kept_connection():
            return answer_of(self.django, environ_of(path, cookie, **headers))

    def ask(self, path: str, cookie: str, **headers: str) -> Answer:
        return answer_of(self.quick, environ_of(path, cookie, **headers))

    def ask_quickly(self, path: str, cookie: str, **headers: str) -> Answer:
        """Asked twice: the second time Django is not needed, or the test fails."""
        self.ask(path, cookie, **headers)
        count = self.django_count
        answer = self.ask(path, cookie, **headers)
        assert self.django_count == count, "the quick road asked Django"
        return answer

    def is_quick(self, path: str, cookie: str, **headers: str) -> bool:
        """Whether a page that was asked for before comes without Django."""
        count = self.django_count
        self.ask(path, cookie, **headers)
        return self.django_count == count


def environ_of(path: str, cookie: str, **headers: str) -> dict:
    return {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SCRIPT_NAME": "",
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "testserver",
        "HTTP_COOKIE": cookie,
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(),
        **headers,
    }


def signed_in(user) -> str:
    """The cookies of a browser in which this reader has signed in."""
    client = Client()
    client.force_login(user)
    return cookies(client.cookies[settings.SESSION_COOKIE_NAME].value)


def cookies(session_key: str) -> str:
    return f"{settings.SESSION_COOKIE_NAME}={session_key}; {settings.CSRF_COOKIE_NAME}={SECRET}"


def session_key_of(cookie: str) -> str:
    return cookie.partition(";")[0].partition("=")[2]


def page_of(answer: Answer) -> bytes:
    """Without what is another one each time; inflated where it came compressed."""
    body = igzip.decompress(answer.body) if answer.value("content-encoding") == "gzip" else answer.body
    return TOKEN.sub(rb'\1"', body)


@pytest.fixture
def roads(db) -> Roads:
    return Roads()


@pytest.fixture
def path(walled_article) -> str:
    return walled_article.get_absolute_url()


@pytest.fixture
def cookie(roads, member, path) -> str:
    """Of a member whose page is kept."""
    cookie = signed_in(member)
    assert SECRET_SENTENCE.encode() in roads.ask_quickly(path, cookie).body
    return cookie
