"""Letters that readers would get: sent at once instead of by the worker, kept in pytest-django's mailbox."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.core import mail

from newssite.celery import app


@pytest.fixture
def post(mailoutbox) -> Iterator[list]:
    """The letters that have been sent; the newest is the last."""
    app.conf.task_always_eager = app.conf.task_eager_propagates = True
    yield mailoutbox
    app.conf.task_always_eager = app.conf.task_eager_propagates = False


def letters_to(address: str) -> list[str]:
    """Subjects, in the order they were sent."""
    return [letter.subject for letter in mail.outbox if letter.to == [address]]


def link_in(letter) -> str:
    """The path of the link in a letter, after checking that it leads to our own site."""
    url = re.search(r"^https?://\S+$", letter.body, re.M)[0]
    assert url.startswith("http://testserver/")
    return url.removeprefix("http://testserver")


def code_in(letter) -> str:
    return re.search(r"^\d{6}$", letter.body, re.M)[0]
