"""No page answers a method that it does not know with itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

pytestmark = pytest.mark.django_db


def addresses(resolver: URLResolver, before: str = "/") -> Iterator[str]:
    """Of all pages of ours that have one address: no parameter in it, and a view that is no library's."""
    for one in resolver.url_patterns:
        path = f"{before}{one.pattern}"
        if isinstance(one, URLResolver):
            yield from addresses(one, path)
        elif isinstance(one, URLPattern) and "<" not in path and "(" not in path:
            module = one.callback.__module__
            if module.startswith(("accounts.", "articles.", "billing.", "newssite.")):
                yield path


def test_no_page_is_left_out():
    found = set(addresses(get_resolver()))
    assert {"/", "/sources/", "/privacy/", "/terms/", "/about/fetcher/", "/search/", "/account/"} <= found
    assert len(found) > 30


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "DELETE"])
def test_a_method_that_nobody_needs_is_refused(client, method):
    answers = {path: client.generic(method, path) for path in addresses(get_resolver())}
    # What may be asked is an answer to OPTIONS, without the page.
    assert [path for path, answer in answers.items() if answer.status_code == 200 and answer.content] == []
    assert answers["/privacy/"].status_code == 405
