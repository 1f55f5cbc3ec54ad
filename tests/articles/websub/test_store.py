"""Which hub a feed names, and what comes of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError

from articles.models import HubState, HubSubscription
from articles.websub import store
from articles.websub.protocol import Intent
from articles.websub.store import note_hub
from tests.articles.websub.conftest import subscribed
from tests.make import make_feed

pytestmark = pytest.mark.django_db

HUB = "https://hub.example/"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def the_one() -> HubSubscription:
    return HubSubscription.objects.get()


def test_a_feed_that_names_a_hub_is_to_be_subscribed(now):
    feed = make_feed()
    note_hub(feed.pk, HUB, "https://paper.example/feed", now)
    known = the_one()
    assert (known.feed, known.hub_url, known.topic_url) == (feed, HUB, "https://paper.example/feed")
    assert (known.state, known.due_at) == (HubState.WANTED, now)
    assert (len(known.token), len(known.secret)) == (43, 64)


def test_no_two_feeds_share_token_or_secret(now):
    for feed in (make_feed(), make_feed()):
        note_hub(feed.pk, HUB, feed.url, now)
    first, second = HubSubscription.objects.all()
    assert first.token != second.token
    assert first.secret != second.secret


def test_a_hub_without_https_is_told_no_secret(now):
    note_hub(make_feed().pk, "http://hub.example/", "", now)
    assert the_one().secret == ""


def test_a_feed_that_does_not_say_what_it_is_called_is_asked_for_by_its_address(now):
    feed = make_feed()
    note_hub(feed.pk, HUB, "", now)
    assert the_one().topic_url == feed.url


def test_where_hubs_cannot_reach_us_nothing_is_noted(now, settings):
    settings.WEBSUB = False
    note_hub(make_feed().pk, HUB, "", now)
    assert not HubSubscription.objects.exists()


@pytest.mark.parametrize("hub_url", ["", "x" * 1001, f"https://{'x' * 1000}.example/", "https://h/\0", "javascript:x"])
def test_what_is_no_address_is_no_hub(now, hub_url):
    note_hub(make_feed().pk, hub_url, "", now)
    assert not HubSubscription.objects.exists()


def test_a_feed_as_it_was_costs_one_query(now, django_assert_num_queries):
    known = subscribed()
    with django_assert_num_queries(1):
        note_hub(known.feed_id, known.hub_url, known.topic_url, now)
    assert the_one().token == known.token
    other = make_feed()
    with django_assert_num_queries(1):
        note_hub(other.pk, "", "", now)


@pytest.mark.parametrize(
    ("hub_url", "topic_url"), [("https://new.example/", "https://paper.example/feed"), (HUB, "https://paper.example/2")]
)
def test_another_hub_or_topic_is_asked_anew_under_a_new_token(now, hub_url, topic_url):
    known = subscribed(topic_url="https://paper.example/feed", lease_ends_at=now + DAY, failure_count=3)
    note_hub(known.feed_id, hub_url, topic_url, now)
    fresh = the_one()
    assert (fresh.hub_url, fresh.topic_url, fresh.state, fresh.due_at) == (hub_url, topic_url, HubState.WANTED, now)
    assert fresh.token != known.token
    assert fresh.secret != known.secret
    assert (fresh.lease_ends_at, fresh.failure_count) == (None, 0)


def test_a_hub_that_is_named_no_more_is_to_stop(now):
    known = subscribed()
    note_hub(known.feed_id, "", "", now)
    assert (the_one().state, the_one().due_at) == (HubState.LEAVING, now)


@pytest.mark.parametrize("state", [HubState.WANTED, HubState.REFUSED])
def test_a_hub_that_never_pushed_is_only_forgotten(now, state):
    known = subscribed(state=state)
    note_hub(known.feed_id, "", "", now)
    assert not HubSubscription.objects.exists()


def test_a_hub_that_was_to_stop_and_is_named_again_is_asked_anew(now):
    known = subscribed(state=HubState.LEAVING)
    note_hub(known.feed_id, known.hub_url, known.topic_url, now)
    assert the_one().state == HubState.WANTED
    assert the_one().token != known.token


def test_a_hub_that_refused_is_left_in_peace_however_often_it_is_named(now):
    known = subscribed(state=HubState.REFUSED, due_at=now + DAY)
    note_hub(known.feed_id, known.hub_url, known.topic_url, now)
    assert (the_one().state, the_one().due_at) == (HubState.REFUSED, now + DAY)


@pytest.mark.parametrize("ended", [{"is_active": False}, {"gone": True}, {"source": False}])
def test_hubs_of_feeds_that_are_not_fetched_any_more_are_to_stop(now, ended):
    feed = make_feed(is_active=ended.get("is_active", True), gone_at=now if ended.get("gone") else None)
    feed.source.is_active = ended.get("source", True)
    feed.source.save()
    subscribed(feed)
    kept = subscribed()
    store.leave_ended_feeds(now)
    assert HubSubscription.objects.get(feed=feed).state == HubState.LEAVING
    kept.refresh_from_db()
    assert kept.state == HubState.ACTIVE


def test_a_hub_in_a_state_that_nobody_knows_cannot_be_stored():
    with pytest.raises(IntegrityError):
        subscribed(state="perhaps")


# Claims ------------------------------------------------------------------------------------------


def test_a_claimed_subscription_is_in_no_other_hands(now):
    subscribed(state=HubState.WANTED, due_at=now)
    assert len(store.claim_due(now, 10)) == 1
    assert store.claim_due(now, 10) == []
    assert (the_one().state, the_one().due_at) == (HubState.ASKED, now + timedelta(minutes=10))


def test_a_row_that_changed_under_the_claim_stays_as_it_is(now):
    seen = subscribed(state=HubState.WANTED, due_at=now)
    HubSubscription.objects.update(token="n" * 43)
    assert store._claim(seen, now) is None
    assert the_one().state == HubState.WANTED


def test_few_of_one_hub_are_asked_at_once(now):
    for _ in range(store.OF_ONE_HUB + 2):
        subscribed(due_at=now, state=HubState.WANTED)
    other = subscribed(due_at=now, state=HubState.WANTED, hub_url="https://other.example/")
    claimed = store.claim_due(now, 100)
    assert len(claimed) == store.OF_ONE_HUB + 1
    assert other.pk in {asking.pk for asking in claimed}


def test_a_hub_that_does_not_verify_is_asked_less_and_less_and_then_left_for_a_week(now):
    subscribed(state=HubState.WANTED, due_at=now)
    asked = 0
    while the_one().state != HubState.REFUSED:
        at = the_one().due_at
        asked += len(store.claim_due(at, 10))
        assert asked < 20
    assert asked == 6
    assert at - now == timedelta(minutes=10 + 20 + 40 + 80 + 160 + 320)
    assert the_one().due_at == at + timedelta(days=7)
    assert the_one().reason == "The hub did not confirm the subscription."
    (again,) = store.claim_due(at + timedelta(days=7), 10)
    assert again.mode == "subscribe"
    assert (the_one().state, the_one().failure_count) == (HubState.ASKED, 1)


def test_a_hub_that_does_not_confirm_the_end_is_asked_three_times(now):
    subscribed(state=HubState.LEAVING, due_at=now)
    asked = 0
    while HubSubscription.objects.exists():
        asked += len(store.claim_due(the_one().due_at, 10))
        assert asked < 20
    assert asked == 3


def test_a_lease_that_ended_is_a_promise_no_more(now):
    over = subscribed(lease_ends_at=now, due_at=now - HOUR)
    runs = subscribed(lease_ends_at=now + HOUR)
    store.end_leases(now)
    over.refresh_from_db()
    runs.refresh_from_db()
    assert (over.state, runs.state) == (HubState.ASKED, HubState.ACTIVE)


def test_a_late_failure_does_not_undo_what_the_hub_has_verified_meanwhile(now):
    known = subscribed(state=HubState.WANTED, due_at=now)
    (asking,) = store.claim_due(now, 10)
    store.answer(known.token, Intent("subscribe", known.topic_url, "c", "864000"), now)
    store.settle(asking, "The connection broke off.", asking.secret, asking.due_at)
    assert (the_one().state, the_one().reason) == (HubState.ACTIVE, "")
    assert the_one().due_at == now + 9 * DAY


def test_asked_again_at_the_desk_a_refusal_is_forgotten(now):
    refused = subscribed(state=HubState.REFUSED, due_at=now + DAY, failure_count=6, reason="No.")
    leaving = subscribed(state=HubState.LEAVING, due_at=now + DAY)
    assert store.ask_again(HubSubscription.objects.all(), now) == 1
    refused.refresh_from_db()
    leaving.refresh_from_db()
    assert (refused.state, refused.due_at, refused.failure_count, refused.reason) == (HubState.WANTED, now, 0, "")
    assert (leaving.state, leaving.due_at) == (HubState.LEAVING, now + DAY)
