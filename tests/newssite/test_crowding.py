"""Many sign in at once, and readers go on reading."""

from __future__ import annotations

from contextlib import ExitStack, suppress

import pytest

from accounts.hashers import Busy
from newssite.crowding import TURNS
from tests.accounts.doing import sign_in
from tests.make import make_reader

pytestmark = pytest.mark.django_db


def fill(line: ExitStack, monkeypatch) -> None:
    """As many forms as may are under way, and nobody waits long."""
    monkeypatch.setattr(TURNS, "seconds", 0)
    with suppress(Busy):
        while True:
            line.enter_context(TURNS.one())


def test_where_the_line_is_full_a_form_is_refused_in_words_and_pages_are_not_l03(
    client, monkeypatch, django_assert_num_queries
):
    reader = make_reader()
    with ExitStack() as line:
        fill(line, monkeypatch)
        with django_assert_num_queries(0):
            answer = sign_in(reader.email, client=client)
        assert (answer.status_code, answer["Retry-After"]) == (503, "5")
        assert "Very many are signing in" in answer.text
        assert client.get("/account/login/").status_code == client.get("/").status_code == 200
    assert sign_in(reader.email, client=client).status_code == 302
