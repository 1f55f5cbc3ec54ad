from __future__ import annotations

import pytest
from django.core.files.storage import storages

from articles.pictures import files
from newssite.caching import PRIVATE

pytestmark = pytest.mark.django_db

KEY = "0123456789abcdef" * 2
BODY = b"RIFF....WEBPVP8 and so on"
PATH = f"/pictures/{KEY}-320.webp"


@pytest.fixture(autouse=True)
def kept(storage) -> None:
    files.keep(KEY, [(320, BODY)])


@pytest.mark.parametrize("who", ["visitor", "trial_reader", "staff"])
@pytest.mark.parametrize("cookies", [{}, {"theme": "dark", "size": "xl"}])
def test_a_picture_is_the_same_for_everybody_for_ever(client, who, cookies, request, django_assert_num_queries):
    if who != "visitor":
        client.force_login(request.getfixturevalue(who))
    client.cookies.load(cookies)
    with django_assert_num_queries(0):
        answer = client.get(PATH)
    assert (answer.status_code, b"".join(answer)) == (200, BODY)
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer["Content-Type"] == "image/webp"
    assert answer["Content-Length"] == str(len(BODY))
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'"
    assert "Vary" not in answer
    assert not answer.cookies


def test_asked_for_its_head_only_it_sends_no_body(visitor):
    answer = visitor.head(PATH)
    assert (answer.status_code, answer.content) == (200, b"")
    assert (answer["Content-Length"], answer["Content-Type"]) == (str(len(BODY)), "image/webp")
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize(
    "path",
    [
        f"/pictures/{KEY}-800.webp",
        f"/pictures/{KEY[:-1]}0-320.webp",
        f"/pictures/{KEY.upper()}-320.webp",
        f"/pictures/{KEY[:-1]}-320.webp",
        "/pictures/..-320.webp",
        f"/pictures/{KEY}-0.webp",
        f"/pictures/{KEY}-{'9' * 40}.webp",
        "/pictures/x-1.webp",
    ],
)
def test_what_is_not_kept_is_not_there_for_a_minute(visitor, path):
    answer = visitor.get(path)
    assert answer.status_code == 404
    if KEY in path or "x-1" in path:
        assert (answer["Cache-Control"], answer["Content-Type"]) == ("public, max-age=60", "text/plain; charset=utf-8")


@pytest.mark.parametrize("path", ["/pictures/", f"/pictures/{KEY}", "/pictures/%2e%2e/%2e%2e/etc/passwd"])
def test_a_reader_s_error_page_under_the_same_folder_is_kept_by_nobody(client, trial_reader, path):
    """A11: only what the view answers is everybody's."""
    client.force_login(trial_reader)
    answer = client.get(path)
    assert (answer.status_code, answer["Cache-Control"], answer["Vary"]) == (404, PRIVATE, "Cookie")


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_a_picture_can_only_be_looked_at(visitor, method):
    assert getattr(visitor, method)(PATH).status_code == 405
    assert storages["pictures"].exists(f"{KEY[:2]}/{KEY[2:4]}/{KEY}-320.webp")
