"""Hubs are asked over the wire, and what they pushed becomes articles."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from articles.ingest.run import refresh_feeds
from articles.models import Article, ArticleVersion, Feed, HubState, HubSubscription, Push
from articles.websub import inbox
from articles.websub.run import ask_hubs, take_pushes
from articles.websub.store import note_hub
from tests.articles.admin.test_sources import queue  # noqa: F401  a fixture
from tests.articles.websub.conftest import subscribed
from tests.make import make_feed
from tests.publishers import RSS_TYPE, item, rss

pytestmark = pytest.mark.django_db

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def wanted(hub_url: str, **fields) -> HubSubscription:
    return subscribed(**{"state": HubState.WANTED, "due_at": timezone.now(), "hub_url": hub_url, **fields})


def fresh(known: HubSubscription) -> HubSubscription:
    return HubSubscription.objects.get(pk=known.pk)


def ask(known: HubSubscription) -> HubSubscription:
    """Ask when it is due; as it stands afterwards."""
    assert ask_hubs(known.due_at) == 1
    return fresh(known)


# Asking ------------------------------------------------------------------------------------------


def test_a_hub_is_asked_in_the_recommendations_words(hub, settings):
    settings.SITE_URL = "https://site.example"
    known = ask(wanted(hub.url))
    (asked,) = hub.asked
    assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
    assert asked.headers["user-agent"] == settings.FEED_USER_AGENT
    assert asked.form == {
        "hub.callback": f"https://site.example/websub/{known.token}/",
        "hub.mode": "subscribe",
        "hub.topic": known.topic_url,
        "hub.lease_seconds": "864000",
        "hub.secret": known.secret,
    }
    assert (known.state, known.reason) == (HubState.ASKED, "")
    assert ask_hubs(known.asked_at) == 0


@pytest.mark.parametrize("status", [200, 202, 204])
def test_any_yes_is_a_yes(hub, status):
    hub.answer(status)
    assert ask(wanted(hub.url)).reason == ""


@pytest.mark.parametrize(
    ("status", "reason"),
    [(400, "The hub answered 400 (Bad Request)."), (500, "The hub answered 500 (Internal Server Error).")],
)
def test_a_hub_that_cannot_is_asked_later_and_the_reason_is_kept(hub, status, reason):
    hub.answer(status)
    known = ask(wanted(hub.url))
    assert (known.state, known.reason) == (HubState.ASKED, reason)
    assert known.due_at == known.asked_at + 10 * MINUTE
    again = ask(known)
    assert again.due_at == again.asked_at + 20 * MINUTE


@pytest.mark.parametrize(("retry_after", "minutes"), [("3600", 60), ("5", 10), ("nonsense", 10), ("99999999", 1440)])
def test_a_hub_that_asks_for_time_is_given_it_up_to_a_day(hub, retry_after, minutes):
    hub.answer(429, Retry_After=retry_after)
    known = ask(wanted(hub.url))
    assert known.due_at == known.asked_at + minutes * MINUTE


def test_a_hub_that_refuses_every_time_is_left_for_a_week(hub):
    hub.answer(403)
    known = wanted(hub.url)
    for _ in range(6):
        known = ask(known)
    last = known.due_at
    assert ask_hubs(last) == 0
    known = fresh(known)
    assert (known.state, known.reason) == (HubState.REFUSED, "The hub answered 403 (Forbidden).")
    assert known.due_at == last + timedelta(days=7)
    hub.answer(202)
    assert ask(known).state == HubState.ASKED


def test_a_lease_is_renewed_in_time_and_counts_meanwhile(hub, now):
    known = subscribed(hub_url=hub.url, due_at=now, lease_ends_at=now + DAY)
    hub.answer(503)
    known = ask(known)
    assert (known.state, known.lease_ends_at) == (HubState.ACTIVE, now + DAY)
    assert hub.asked[0].form["hub.mode"] == "subscribe"
    ask_hubs(now + DAY)
    assert fresh(known).state == HubState.ASKED


def test_a_hub_that_is_named_no_more_is_asked_to_stop(hub, now):
    known = subscribed(hub_url=hub.url)
    note_hub(known.feed_id, "", "", now)
    known = ask(fresh(known))
    assert hub.asked[0].form["hub.mode"] == "unsubscribe"
    assert "hub.secret" not in hub.asked[0].form
    for _ in range(2):
        known = ask(known)
    ask_hubs(known.due_at)
    assert not HubSubscription.objects.exists()
    assert len(hub.asked) == 3


def test_many_hubs_are_asked_in_one_round(hub):
    due = [wanted(hub.url, topic_url=f"https://paper.example/{number}") for number in range(5)]
    hub.answer(404, "/lost")
    due.append(wanted(f"http://{hub.address}/lost"))
    assert ask_hubs(timezone.now()) == 6
    assert {asked.form["hub.topic"] for asked in hub.asked} == {known.topic_url for known in due}
    assert [fresh(known).reason for known in due] == [""] * 5 + ["The hub answered 404 (Not Found)."]


@pytest.mark.parametrize("status", [307, 308])
def test_a_hub_may_send_us_on_to_another(hub, status):
    hub.answer(status, Location="/second")
    known = ask(wanted(hub.url))
    assert [asked.path for asked in hub.asked] == ["/hub", "/second"]
    assert hub.asked[0].form == hub.asked[1].form
    assert known.reason == ""


def test_hubs_that_send_us_round_in_a_circle_come_to_an_end(hub):
    hub.answer(307, Location="/hub")
    known = ask(wanted(hub.url))
    assert len(hub.asked) == 3
    assert known.reason == "The hub answered 307 (Temporary Redirect)."


def test_any_other_redirect_is_a_refusal(hub):
    hub.answer(302, Location="/second")
    assert ask(wanted(hub.url)).reason == "The hub answered 302 (Found)."
    assert len(hub.asked) == 1


def test_where_hubs_cannot_reach_us_none_is_asked(hub, settings):
    wanted(hub.url)
    settings.WEBSUB = False
    assert ask_hubs(timezone.now()) == 0
    assert hub.asked == []


# The way out is guarded --------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0x7f000001", "[::1]", "[::ffff:127.0.0.1]", "127.1"])
def test_a_hub_inside_our_network_is_never_touched_f26(canary, host):
    known = ask(wanted(f"http://{host}:{canary.port}/hub", secret=""))
    assert known.reason == "The address is not a public one."
    assert known.state == HubState.ASKED


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_hub_cannot_send_us_inside_f26(canary, hub, status):
    hub.answer(status, Location=f"http://127.0.0.1:{canary.port}/admin")
    assert ask(wanted(hub.url)).reason != ""
    assert len(hub.asked) == 1


@pytest.mark.parametrize("url", ["http://user:secret@127.0.0.1:{port}/", "http://127.0.0.1:{port}\\@hub.example/"])
def test_an_odd_address_leads_nowhere_f26(canary, url):
    assert ask(wanted(url.format(port=canary.port), secret="")).reason != ""


# Taking in ---------------------------------------------------------------------------------------


def pushed(feed: Feed, body: str, **fields) -> Push:
    now = timezone.now()
    return Push.objects.create(
        **{
            "feed": feed,
            "received_at": now,
            "due_at": now,
            "content_type": RSS_TYPE,
            "body": body.encode(),
            **fields,
        }
    )


def headlines() -> set[str]:
    return set(Article.objects.values_list("headline", flat=True))


def test_a_push_becomes_articles_and_is_gone(now):
    known = subscribed()
    pushed(known.feed, rss(item(1), item(2)))
    new_ids = take_pushes(timezone.now())
    assert set(new_ids) == set(Article.objects.values_list("pk", flat=True))
    assert headlines() == {"Headline 1", "Headline 2"}
    assert not Push.objects.exists()
    known = fresh(known)
    assert known.push_count == 1
    assert known.last_push_at >= now


def test_a_push_with_the_new_entry_alone_disturbs_nothing_of_the_feed(publisher, now):
    feed = make_feed(url=publisher.serve("/feed", rss(item(1), item(2)), etag='"a"'))
    list(refresh_feeds(now))
    subscribed(feed)
    before = Feed.objects.values().get()
    pushed(feed, rss(item(3)))
    assert len(take_pushes(timezone.now())) == 1
    after = Feed.objects.values().get()
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"last_new_at", "new_article_count"}
    assert headlines() == {"Headline 1", "Headline 2", "Headline 3"}


@pytest.mark.parametrize("body", ["", "<html>Sign in</html>", "<rss", '{"a": 1}', "\0" * 1000])
def test_a_push_that_is_no_feed_is_no_failure_of_the_feed(publisher, now, body):
    feed = make_feed(url=publisher.serve("/feed", rss(item(1))))
    list(refresh_feeds(now))
    subscribed(feed)
    before = Feed.objects.values().get()
    if body:
        pushed(feed, body)
    assert take_pushes(timezone.now()) == []
    assert Feed.objects.values().get() == before
    assert not Push.objects.exists()


def test_a_push_that_comes_again_changes_nothing():
    known = subscribed()
    for _ in range(2):
        pushed(known.feed, rss(item(1)))
        take_pushes(timezone.now())
    assert Article.objects.count() == 1
    assert not ArticleVersion.objects.exists()
    assert fresh(known).push_count == 2


def test_an_old_push_that_comes_again_is_set_right_by_the_next_poll(publisher, now):
    """Signed once, it is signed for ever: whoever recorded it may send it when it has been corrected since."""
    old, corrected = rss(item(1, title="The bridge fell")), rss(item(1, title="The bridge stands"))
    feed = make_feed(url=publisher.serve("/feed", corrected, etag='"b"'))
    subscribed(feed)
    list(refresh_feeds(now))
    pushed(feed, old)
    take_pushes(timezone.now())
    assert headlines() == {"The bridge fell"}
    list(refresh_feeds(timezone.now()))
    assert headlines() == {"The bridge stands"}


def test_pushes_of_one_feed_are_taken_in_their_turn():
    known = subscribed()
    for title in ("First", "Second", "Third"):
        pushed(known.feed, rss(item(1, title=title)))
    take_pushes(timezone.now())
    assert headlines() == {"Third"}


def test_while_a_worker_has_a_push_the_next_one_of_its_feed_waits():
    known, other = subscribed(), subscribed()
    first, second = pushed(known.feed, rss(item(1, title="A"))), pushed(known.feed, rss(item(1, title="B")))
    pushed(other.feed, rss(item(2, title="C")))
    at = timezone.now()
    assert inbox.claim(first.pk, at) is not None
    take_pushes(at)
    assert headlines() == {"C"}
    assert set(Push.objects.values_list("pk", flat=True)) == {first.pk, second.pk}
    take_pushes(at + inbox.LEASE)
    assert headlines() == {"B", "C"}


def test_a_push_is_in_one_workers_hands_only():
    push = pushed(subscribed().feed, rss(item(1)))
    at = timezone.now()
    assert [inbox.claim(push.pk, at) is not None for _ in range(2)] == [True, False]


def test_a_push_that_no_worker_comes_back_from_is_given_up_after_three(caplog):
    known = subscribed()
    push = pushed(known.feed, rss(item(1)))
    at = timezone.now()
    for _ in range(inbox.ATTEMPTS):
        assert inbox.claim(push.pk, at) is not None
        at += inbox.LEASE
    assert take_pushes(at) == []
    assert not Push.objects.exists()
    assert f"push given up feed={known.feed_id} after 3 attempts" in caplog.text


def test_a_trouble_of_the_database_keeps_the_push_for_another_try(caplog):
    known, other = subscribed(), subscribed()
    pushed(known.feed, rss(item(1, title="Lost for now")))
    pushed(other.feed, rss(item(2, title="Taken")))
    at = timezone.now()

    def refuse(execute, sql, params, many, context):
        if sql.startswith("INSERT INTO") and "articles_article" in sql and "Lost for now" in str(params):
            raise ValueError("the disk is full")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(refuse):
        assert len(take_pushes(at)) == 1
    assert headlines() == {"Taken"}
    assert f"push not taken feed={known.feed_id}" in caplog.text
    assert len(take_pushes(at + inbox.RETRY)) == 1
    assert headlines() == {"Taken", "Lost for now"}


def test_a_push_for_a_feed_that_was_switched_off_is_dropped():
    known = subscribed(make_feed(is_active=False))
    pushed(known.feed, rss(item(1)))
    assert take_pushes(timezone.now()) == []
    assert not Push.objects.exists()
    assert not Article.objects.exists()


def test_a_push_holds_no_more_than_the_permission_allows():
    feed = make_feed()
    feed.source.permission = "headline"
    feed.source.save()
    pushed(subscribed(feed).feed, rss(item(1, text="Nothing of this may be kept.")))
    take_pushes(timezone.now())
    article = Article.objects.get()
    assert (article.standfirst, article.opening_html, article.has_body) == ("", "", False)


# Hints -------------------------------------------------------------------------------------------


def hinted(**fields) -> HubSubscription:
    feed = make_feed(**{"next_fetch_at": timezone.now() + HOUR, "last_fetched_at": timezone.now() - HOUR, **fields})
    known = subscribed(feed, secret="")
    pushed(feed, "")
    return known


def test_a_hint_makes_the_feed_due_and_takes_nothing_in(queue):  # noqa: F811
    known = hinted()
    assert take_pushes(timezone.now()) == []
    assert Feed.objects.get().next_fetch_at is None
    assert queue.get(timeout=5).headers["task"] == "articles.tasks.refresh_feeds"
    assert not Push.objects.exists()
    assert fresh(known).push_count == 1


def test_hints_have_a_feed_fetched_no_more_often_than_any_other():
    fetched_at = timezone.now() - MINUTE
    hinted(last_fetched_at=fetched_at)
    take_pushes(timezone.now())
    assert Feed.objects.get().next_fetch_at == fetched_at + 5 * MINUTE


def test_a_hint_never_puts_a_feed_off():
    soon = timezone.now() + timedelta(seconds=10)
    hinted(last_fetched_at=timezone.now(), next_fetch_at=soon)
    take_pushes(timezone.now())
    assert Feed.objects.get().next_fetch_at == soon


def test_a_hint_for_a_feed_that_is_being_fetched_waits_and_does_not_disturb():
    hinted(lease="a worker's", next_fetch_at=(until := timezone.now() + HOUR))
    at = timezone.now()
    take_pushes(at)
    assert Feed.objects.get().next_fetch_at == until
    Feed.objects.update(lease="")
    take_pushes(at + inbox.RETRY)
    assert Feed.objects.get().next_fetch_at is None
