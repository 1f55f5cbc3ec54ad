"""Hubs at the desk: what they promised, why they do not push, asked again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils import timezone

from articles.models import HubState, HubSubscription
from tests.articles.admin.test_sources import queue  # noqa: F401  a fixture
from tests.articles.websub.conftest import subscribed

HUBS = reverse("admin:articles_hubsubscription_changelist")


def page_of(known: HubSubscription) -> str:
    return reverse("admin:articles_hubsubscription_change", args=[known.pk])


def ask_again(client, known: HubSubscription, **fields):
    return client.post(HUBS, {"action": "ask_again", "_selected_action": [known.pk], **fields}, follow=True)


def test_the_list_says_what_each_hub_has_promised(at_desk, django_assert_max_num_queries):
    refused = subscribed(state=HubState.REFUSED, reason="The hub refuses: <b>No</b>")
    for _ in range(3):
        subscribed(lease_ends_at=timezone.now() + timedelta(days=1))
    with django_assert_max_num_queries(8):
        page = at_desk.get(HUBS).text
    assert page.count("active: the hub pushes") >= 3
    assert "tomorrow" in page
    assert "The hub refuses: &lt;b&gt;No&lt;/b&gt;" in page
    assert refused.feed.source.name in page
    found = at_desk.get(HUBS, {"q": refused.feed.url, "state__exact": "refused"}).text
    assert found.count('class="action-select"') == 1


def test_nobody_learns_token_or_secret_at_the_desk(at_desk):
    known = subscribed(token="t" * 43, secret="s" * 64)
    for page in (at_desk.get(HUBS).text, at_desk.get(page_of(known)).text):
        assert known.hub_url in page
        assert known.token not in page
        assert known.secret not in page


def test_a_hub_that_refused_is_asked_again(at_desk, queue, cataloguer):  # noqa: F811
    known = subscribed(state=HubState.REFUSED, due_at=timezone.now() + timedelta(days=7))
    answer = ask_again(at_desk, known, on_page="yes")
    assert answer.redirect_chain == [(page_of(known), 302)]
    assert "1 hub will be asked now" in answer.text
    known.refresh_from_db()
    assert known.state == HubState.WANTED
    assert known.due_at <= timezone.now()
    assert queue.get(timeout=5).headers["task"] == "articles.tasks.ask_hubs"
    assert LogEntry.objects.get().user == cataloguer


def test_a_hub_that_is_to_stop_is_not_asked_for_more(at_desk):
    known = subscribed(state=HubState.LEAVING)
    assert "Nobody is asked" in ask_again(at_desk, known).text
    assert not LogEntry.objects.exists()


def test_what_hubs_promised_is_not_edited(at_desk, editor):
    known = subscribed()
    assert at_desk.get(reverse("admin:articles_hubsubscription_add")).status_code == 403
    assert at_desk.post(page_of(known), {"hub_url": "https://evil.example/"}).status_code == 403
    assert at_desk.post(reverse("admin:articles_hubsubscription_delete", args=[known.pk])).status_code == 403
    at_desk.force_login(editor)
    assert at_desk.get(HUBS).status_code == 403


@pytest.mark.parametrize("state", HubState.values)
def test_every_state_has_a_page(at_desk, state):
    known = subscribed(state=state)
    page = at_desk.get(page_of(known))
    assert page.status_code == 200
    assert known.get_state_display() in page.text
    assert "Ask the hub again" in page.text
