from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.ingest import store
from articles.ingest.digest import digest
from articles.ingest.shapes import Failed, FeedState, FeedUpdate, NotModified
from articles.models import (
    Article,
    ArticleBody,
    ArticlePage,
    ArticleVersion,
    ArticleVersionBody,
    CategoryRule,
    Entry,
    Feed,
    Story,
)
from articles.reading import open_article
from tests.articles.ingest.answers import answer
from tests.make import make_feed, make_pick, make_source, make_story
from tests.publishers import item, rss

NOW = timezone.now()
pytestmark = pytest.mark.django_db


def state_of(feed: Feed) -> FeedState:
    return store.with_known(store.state_of(feed))


def update_of(feed: Feed, body: str, now=NOW) -> FeedUpdate:
    return digest(state_of(feed), answer(body), now)


def take(feed: Feed, body: str, now=NOW) -> store.Stored:
    return store.apply(update_of(feed, body, now), state_of(feed), now)


def body_of(article: Article) -> str | None:
    return ArticleBody.objects.filter(article=article).values_list("html", flat=True).first()


# Claiming ----------------------------------------------------------------------------------------


def test_due_feeds_are_claimed_those_that_wait_longest_first():
    late = make_feed(next_fetch_at=NOW - timedelta(hours=1))
    due = make_feed(next_fetch_at=NOW)
    never = make_feed(next_fetch_at=None)
    make_feed(next_fetch_at=NOW + timedelta(seconds=1))
    claimed = [state.feed_id for state in store.claim_due_feeds(NOW, 10)]
    assert set(claimed) == {late.pk, due.pk, never.pk}
    assert claimed.index(late.pk) < claimed.index(due.pk)


def test_a_claimed_feed_is_nobody_elses_until_its_lease_ends_o01_o07():
    make_feed()
    assert len(store.claim_due_feeds(NOW, 10)) == 1
    assert store.claim_due_feeds(NOW, 10) == []
    assert len(store.claim_due_feeds(NOW + store.lease_length(), 10)) == 1


def test_a_claim_that_gets_no_feed_leaves_the_host_free():
    taken, other = (make_feed(url=f"https://one.example/{name}") for name in "ab")
    (state,) = store.claim_due_feeds(NOW, 1)
    store.free_hosts(state.lease)  # visited; what it brought is being taken in
    assert store.claim([taken.url], NOW) == []
    assert [state.feed_id for state in store.claim_due_feeds(NOW, 10)] == [other.pk]


def test_a_claim_takes_the_host_too_so_that_no_two_workers_visit_one_server_at_once():
    first, second = (make_feed(url=f"https://one.example/{name}") for name in "ab")
    other = make_feed(url="https://two.example/feed")
    claimed = store.claim_due_feeds(NOW, 1)
    assert [state.feed_id for state in claimed] == [first.pk]
    assert [state.feed_id for state in store.claim_due_feeds(NOW, 10)] == [other.pk]
    assert store.claim_due_feeds(NOW, 10) == []
    store.free_hosts(claimed[0].lease)
    assert [state.feed_id for state in store.claim_due_feeds(NOW, 10)] == [second.pk]


@pytest.mark.parametrize("count", [2, 30])
def test_a_claim_costs_the_same_few_statements_however_many_feeds(count, django_assert_num_queries):
    for number in range(count):
        make_feed(url=f"https://{number}.example/feed")
    first = store.claim_due_feeds(NOW, count)  # it makes the rows of hosts that nobody visited before
    store.free_hosts(first[0].lease)
    for state in first:
        store.put_back(state, NOW)
    # Are some lost, what is new, what is due, its hosts, its feeds, what to know of them; the transaction shows as two.
    with django_assert_num_queries(8):
        claimed = store.claim_due_feeds(NOW, count)
    assert {state.feed_id for state in claimed} == {state.feed_id for state in first}
    assert {state.lease for state in claimed}.isdisjoint({state.lease for state in first})


def test_what_was_never_fetched_comes_first_and_then_what_waits_longest():
    times = {"a": timedelta(minutes=-5), "b": None, "c": timedelta(minutes=-9), "d": None, "e": timedelta(minutes=1)}
    for name, ago in times.items():
        make_feed(url=f"https://{name}.example/", next_fetch_at=None if ago is None else NOW + ago)
    claimed = [store.claim_due_feeds(NOW, 1) for _ in range(5)]
    assert [state.host[0] for states in claimed for state in states] == ["b", "d", "c", "a"]


def test_one_host_does_not_fill_a_batch():
    for number in range(store.FEEDS_OF_A_HOST + 5):
        make_feed(url=f"https://one.example/{number}", next_fetch_at=NOW - timedelta(days=1))
    other = make_feed(url="https://two.example/feed", next_fetch_at=NOW)
    claimed = store.claim_due_feeds(NOW, 100)
    assert len(claimed) == store.FEEDS_OF_A_HOST + 1
    assert other.pk in {state.feed_id for state in claimed}


def test_a_host_that_asked_for_a_pause_is_left_alone_f11():
    make_feed(url="https://one.example/a")
    state = store.claim_due_feeds(NOW, 1)[0]
    store.free_hosts(state.lease)
    store.put_back(state, NOW)
    make_feed(url="https://one.example/b")
    store.pause_host("one.example", NOW + timedelta(hours=1), "The server answered 429 (Too Many Requests).")
    assert store.claim_due_feeds(NOW, 10) == []
    store.pause_host("one.example", NOW + timedelta(minutes=1), "A shorter pause ends no longer one.")
    assert store.claim_due_feeds(NOW + timedelta(minutes=2), 10) == []
    assert len(store.claim_due_feeds(NOW + timedelta(hours=1), 10)) == 2


def test_a_feed_whose_workers_never_come_back_is_claimed_alone_and_set_aside_after_three_o02():
    killer, neighbour = make_feed(url="https://one.example/a"), make_feed(url="https://two.example/b")
    now = NOW
    assert len(store.claim_due_feeds(now, 10)) == 2
    losses = 1
    while not Feed.objects.exclude(quarantined_at=None).exists():
        now += store.lease_length()
        claimed = store.claim_due_feeds(now, 10)
        assert len(claimed) <= 1
        for state in claimed:
            if state.feed_id == neighbour.pk:
                store.apply(digest(state, NotModified({}, 0.1), now), state, now)
            else:
                losses += 1
    killer.refresh_from_db()
    neighbour.refresh_from_db()
    assert (losses, killer.quarantined_at, neighbour.quarantined_at) == (3, now, None)
    assert [state.feed_id for state in store.claim_due_feeds(now + timedelta(days=9), 10)] == [neighbour.pk]


def test_what_is_made_due_while_a_worker_has_it_is_no_loss_and_fetched_anew():
    feed = make_feed()
    state = store.claim_due_feeds(NOW, 1)[0]
    store.free_hosts(state.lease)
    Feed.objects.update(next_fetch_at=None)
    again = store.claim_due_feeds(NOW, 1)
    assert [one.feed_id for one in again] == [feed.pk]
    assert store.apply(digest(state, answer(rss(item(1))), NOW), state, NOW) == store.Stored()
    assert Feed.objects.get().lost_count == 0


def test_permanent_redirects_move_a_feed_after_three():
    feed = make_feed(url="https://old.example/feed")
    for count in (1, 2):
        state = state_of(feed)
        store.apply(digest(state, answer(rss(item(count))), NOW), state, NOW, "https://new.example/feed")
        feed.refresh_from_db()
        assert (feed.url, feed.moved_count) == ("https://old.example/feed", count)
    state = state_of(feed)
    store.apply(digest(state, answer(rss(item(3))), NOW), state, NOW, "https://new.example/feed")
    feed.refresh_from_db()
    assert (feed.url, feed.host, feed.moved_to) == ("https://new.example/feed", "new.example", "")


def test_a_redirect_that_changes_its_mind_is_counted_anew_and_one_to_a_known_feed_moves_nothing():
    feed = make_feed(url="https://old.example/feed")
    known = make_feed(url="https://new.example/feed")
    for target in ("https://other.example/feed", known.url, known.url, known.url, known.url):
        state = state_of(feed)
        store.apply(digest(state, answer(rss(item(1))), NOW), state, NOW, target)
    feed.refresh_from_db()
    assert (feed.url, feed.moved_to) == ("https://old.example/feed", known.url)


def test_what_is_switched_off_or_gone_is_not_claimed():
    make_feed(is_active=False)
    make_feed(make_source(is_active=False))
    gone = make_feed(gone_at=NOW)
    assert store.claim_due_feeds(NOW, 10) == []
    assert [state.url for state in store.claim([gone.url], NOW)] == [gone.url]


def test_a_state_carries_what_fetching_and_digesting_need():
    feed = make_feed(make_source(permission="teaser", language="fr"), etag='"a"', body_hash="b", failure_count=2)
    state = store.claim_due_feeds(NOW, 1)[0]
    assert (state.url, state.permission, state.language, state.etag) == (feed.url, "teaser", "fr", '"a"')
    assert (state.body_hash, state.failure_count, state.known) == ("b", 2, {})


# Storing -----------------------------------------------------------------------------------------


def test_a_new_entry_becomes_an_article_with_its_text_apart():
    feed = make_feed(section="science")
    text = "<content:encoded><![CDATA[<p>The whole text of it.</p>]]></content:encoded>"
    stored = take(feed, rss(item(1, text="A summary.", extra=text)))
    article = Article.objects.get(pk=stored.new_ids[0])
    assert (article.headline, article.section, article.source) == ("Headline 1", "science", feed.source)
    assert (article.standfirst, article.has_body, article.first_seen_at) == ("A summary.", True, NOW)
    assert body_of(article) == "<p>The whole text of it.</p>"
    assert open_article(article, None, NOW).body_html is None


def test_an_article_of_a_general_feed_goes_where_its_category_says_and_a_section_feed_keeps_its_own():
    CategoryRule.objects.update_or_create(name="lock keeping", defaults={"section": "culture"})
    entry = item(1, extra="<category>Lock  Keeping</category>")
    take(make_feed(section="top", url="https://a.example/top"), rss(entry))
    take(make_feed(section="business", url="https://b.example/business"), rss(entry))
    assert dict(Article.objects.values_list("source__feeds__section", "section")) == {
        "top": "culture",
        "business": "business",
    }


def test_a_text_from_the_publishers_page_is_not_thrown_away_by_a_change_in_the_feed():
    feed = make_feed(make_source(permission="full", fetches_pages=True))
    take(feed, rss(item(1)))
    article = Article.objects.get()
    ArticleBody.objects.update_or_create(article=article, defaults={"html": "<p>The whole text of the page.</p>"})
    Article.objects.update(has_body=True, word_count=900, opening_html="<p>The whole</p>")
    ArticlePage.objects.create(article=article, state="taken", due_at=NOW, fetched_at=NOW)
    stored = take(feed, rss(item(1, title="A new headline")))
    article.refresh_from_db()
    assert (stored.changed_ids, article.headline, article.word_count) == ((article.pk,), "A new headline", 900)
    assert (article.opening_html, body_of(article)) == ("<p>The whole</p>", "<p>The whole text of the page.</p>")


def test_a_second_poll_adds_nothing_f50():
    feed = make_feed()
    body = rss(item(1), "<item><title>Bare</title><description>No id, no link.</description></item>")
    assert len(take(feed, body).new_ids) == 2
    assert take(feed, body + " ") == store.Stored()
    assert Article.objects.count() == Entry.objects.count() == 2


def test_the_feeds_columns_say_how_it_went():
    feed = make_feed(failure_count=3, last_reason="It broke.", gone_at=NOW - timedelta(days=1))
    update = replace(update_of(feed, rss(item(1))), etag='"a"')
    store.apply(update, state_of(feed), NOW)
    feed.refresh_from_db()
    assert (feed.last_outcome, feed.last_status, feed.last_reason, feed.failure_count) == ("new", 200, "", 0)
    assert (feed.last_fetched_at, feed.last_succeeded_at, feed.last_new_at, feed.gone_at) == (NOW, NOW, NOW, None)
    assert (feed.etag, feed.body_hash, feed.next_fetch_at) == ('"a"', update.body_hash, update.next_fetch_at)


def test_a_failure_leaves_articles_and_validators_alone():
    feed = make_feed(etag='"a"')
    take(feed, rss(item(1)))
    later = NOW + timedelta(hours=1)
    state = state_of(feed)
    store.apply(digest(state, Failed("It broke.", 500), later), state, later)
    feed.refresh_from_db()
    assert (feed.last_outcome, feed.last_reason, feed.failure_count) == ("failed", "It broke.", 1)
    assert (feed.last_fetched_at, feed.last_succeeded_at) == (later, NOW)
    assert Article.objects.count() == 1


def test_gone_stops_polling_f10():
    feed = make_feed()
    state = state_of(feed)
    store.apply(digest(state, Failed("Gone.", 410, is_gone=True), NOW), state, NOW)
    feed.refresh_from_db()
    assert (feed.gone_at, feed.last_outcome) == (NOW, "gone")
    assert store.claim_due_feeds(NOW + timedelta(days=30), 10) == []


def test_articles_outlive_their_entries_f54():
    feed = make_feed()
    take(feed, rss(item(1), item(2)))
    take(feed, rss(item(2), item(3)))
    assert Article.objects.count() == 3


def test_an_edit_updates_the_article_and_keeps_what_editors_did_f51():
    feed = make_feed()
    article = Article.objects.get(
        pk=take(feed, rss(item(1, text="<![CDATA[<p>First text, some words long.</p>]]>"))).new_ids[0]
    )
    story, pick = make_story([article]), make_pick(article, headline_override="Ours")
    Article.objects.update(is_opened=True, withdrawn_at=NOW, withdrawn_reason="A letter.")
    before = article.get_absolute_url()
    stored = take(
        feed, rss(item(1, title="Headline 1, corrected", text="<![CDATA[<p>Second.</p><script>x</script>]]>"))
    )
    article.refresh_from_db()
    pick.refresh_from_db()
    assert (stored.new_ids, len(stored.changed_ids)) == ((), 1)
    assert article.headline == "Headline 1, corrected"
    assert body_of(article) == "<p>Second.</p>"
    assert (article.story, article.is_opened, article.withdrawn_at) == (story, True, NOW)
    assert (pick.article, pick.headline) == (article, "Ours")
    assert article.get_absolute_url().split("/")[:3] == before.split("/")[:3]


def test_a_text_that_the_publisher_takes_back_is_gone():
    feed = make_feed()
    take(feed, rss(item(1)))
    take(feed, rss("<item><guid isPermaLink='false'>id-1</guid><title>Headline 1</title></item>"))
    article = Article.objects.get()
    assert (article.has_body, body_of(article), article.opening_html) == (False, None, "")


def test_a_date_that_moves_forward_does_not_bring_an_article_back_to_the_top():
    feed = make_feed()
    take(feed, rss(item(1)))
    first = Article.objects.get().published_at
    take(feed, rss(item(1).replace("02 Jun 2025", "30 Jun 2025")))
    assert Article.objects.get().published_at == first


def test_ids_that_change_at_every_poll_make_one_article_f53():
    feed = make_feed()
    for poll in range(3):
        link = f"https://paper.example/1?utm_source=poll-{poll}"
        stored = take(feed, rss(item(1, guid=f"guid-{poll}", link=link, text=f"Text as of poll {poll}.")))
    assert (stored.new_ids, len(stored.changed_ids)) == ((), 1)
    assert Article.objects.count() == 1
    assert body_of(Article.objects.get()) == "<p>Text as of poll 2.</p>"


def test_entries_of_a_feed_that_invents_ids_do_not_grow_for_ever(monkeypatch):
    monkeypatch.setattr(store, "KEPT_ENTRIES", 10)
    monkeypatch.setattr(store, "FETCHES_BETWEEN_TIDYING", 1)
    feed = make_feed()
    for poll in range(6):
        take(feed, rss(*(item(n, guid=f"{poll}-{n}") for n in range(5))), NOW + timedelta(minutes=poll))
    assert Article.objects.count() == 5
    assert Entry.objects.count() <= 10


@pytest.mark.parametrize(("fetches_before", "count"), [(0, 0), (18, 0), (19, 1), (20, 0)])
def test_old_entries_are_looked_for_at_every_twentieth_fetch_and_not_at_the_first(fetches_before, count):
    feed = make_feed(fetch_count=fetches_before)
    with CaptureQueriesContext(connection) as queries:
        take(feed, rss(item(1)))
    assert sum(f"OFFSET {store.KEPT_ENTRIES}" in query["sql"] for query in queries) == count


def test_notes_on_one_page_are_articles_that_keep_what_each_says():
    feed = make_feed()
    for numbers in ((1,), (2, 1), (3, 2, 1)):
        notes = (item(n, link=f"https://paper.example/notes#v{n}", text=f"Note {n}.") for n in numbers)
        stored = take(feed, rss(*notes))
        assert (len(stored.new_ids), stored.changed_ids) == (1, ())
    kept = ArticleBody.objects.order_by("article__headline").values_list("article__headline", "html")
    assert list(kept) == [(f"Headline {n}", f"<p>Note {n}.</p>") for n in (1, 2, 3)]


def test_one_guid_in_two_feeds_is_two_articles_f52():
    take(make_feed(), rss(item(1, guid="same", link="https://one.example/a")))
    take(make_feed(), rss(item(1, guid="same", link="https://two.example/b")))
    assert Article.objects.count() == 2


def test_two_feeds_of_a_title_name_one_article_and_the_exact_section_wins():
    source = make_source()
    top, science = make_feed(source, section="top"), make_feed(source, section="science")
    take(top, rss(item(1, guid="a", text="As the first feed has it.")))
    stored = take(science, rss(item(1, guid="b", text="As the second feed has it.")))
    article = Article.objects.get()
    assert (stored.new_ids, stored.changed_ids, article.section) == ((), (), "science")
    assert body_of(article) == "<p>As the first feed has it.</p>"
    assert article.entries.count() == 2
    take(make_feed(source, section="world"), rss(item(1, guid="c")))
    assert Article.objects.get().section == "science"


def test_the_same_link_at_another_title_is_another_article():
    take(make_feed(), rss(item(1)))
    take(make_feed(), rss(item(1)))
    assert Article.objects.count() == 2


def test_an_entry_that_takes_another_articles_link_keeps_its_own():
    feed = make_feed()
    take(feed, rss(item(1), item(2)))
    take(feed, rss(item(1, link="https://paper.example/2"), item(2)))
    assert set(Article.objects.values_list("canonical_url", flat=True)) == {
        "https://paper.example/1",
        "https://paper.example/2",
    }


def test_a_site_that_moves_to_https_brings_no_article_twice():
    feed = make_feed()
    old = rss(item(1, guid="http://paper.example/1", link="http://paper.example/1"))
    new = rss(item(1, guid="https://paper.example/1", link="https://paper.example/1", text="As it is now."))
    take(feed, old)
    stored = take(feed, new)
    article = Article.objects.get()
    assert (stored.new_ids, stored.changed_ids) == ((), (article.pk,))
    assert (article.canonical_url, body_of(article)) == ("https://paper.example/1", "<p>As it is now.</p>")
    take(make_feed(article.source), old)
    take(feed, rss(item(1, guid="http://paper.example/1", link="http://paper.example/1", text="As it was again.")))
    article = Article.objects.get()
    assert (article.canonical_url, body_of(article)) == ("https://paper.example/1", "<p>As it was again.</p>")


def test_articles_that_came_twice_before_stay_two():
    feed = make_feed()
    take(feed, rss(item(1, guid="a", link="https://paper.example/1"), item(2, guid="b")))
    Article.objects.filter(canonical_url="https://paper.example/2").update(canonical_url="http://paper.example/1")
    take(feed, rss(item(2, guid="b", link="https://paper.example/1", text="Changed.")))
    take(feed, rss(item(1, guid="a", link="http://paper.example/1", text="Changed.")))
    assert set(Article.objects.values_list("canonical_url", flat=True)) == {
        "https://paper.example/1",
        "http://paper.example/1",
    }


def test_every_article_has_an_address_that_works_f56(visitor):
    titles = ["admin", "search", "../../etc", "日本", "%00", "?q=1", "-"]
    take(make_feed(make_source(permission="teaser")), rss(*(item(n, title=title) for n, title in enumerate(titles))))
    addresses = [article.get_absolute_url() for article in Article.objects.all()]
    assert len(set(addresses)) == len(titles)
    assert all(address.startswith("/article/") for address in addresses)


@pytest.mark.parametrize("switch", ["feed", "source"])
def test_nothing_is_written_for_what_was_switched_off_meanwhile(switch):
    feed = make_feed()
    update = update_of(feed, rss(item(1)))
    if switch == "feed":
        Feed.objects.update(is_active=False)
    else:
        feed.source.is_active = False
        feed.source.save()
    assert store.apply(update, state_of(feed), NOW) == store.Stored()
    assert not Article.objects.exists()
    assert Feed.objects.get().last_fetched_at is None


def test_drafts_cut_to_another_permission_are_not_stored():
    feed = make_feed(make_source(permission="full"), next_fetch_at=NOW + timedelta(minutes=5))
    update = update_of(feed, rss(item(1)))
    store.drop_beyond_permission(feed.source, "headline")
    assert store.apply(update, state_of(feed), NOW) == store.Stored()
    assert not Article.objects.exists()
    assert Feed.objects.get().next_fetch_at is None


def queries_of(count: int, known: bool = False) -> int:
    feed = make_feed()
    if known:
        take(feed, rss(*(item(number) for number in range(count))))
    update = update_of(feed, rss(*(item(number, text=f"Now {number}.") for number in range(count))))
    with CaptureQueriesContext(
        connection,
    ) as queries:
        store.apply(update, state_of(feed), NOW)
    return len(queries)


def test_queries_do_not_grow_with_the_number_of_entries_f40():
    few, many = queries_of(5), queries_of(30)
    assert few == many <= 16
    assert queries_of(5, known=True) == queries_of(30, known=True) <= 19


def test_quiet_answers_cost_one_query_however_many(django_assert_num_queries):
    for number in range(5):
        make_feed(url=f"https://{number}.example/feed", etag='"a"', failure_count=2)
    states = store.claim_due_feeds(NOW, 10)
    updates = [digest(state, NotModified({}, 0.1), NOW) for state in states]
    with django_assert_num_queries(3):  # with the savepoint of the test around it
        store.apply_quiet(updates, states[0].lease, NOW)
    feeds = {feed.pk: feed for feed in Feed.objects.all()}
    assert {feed.failure_count for feed in feeds.values()} == {0}
    assert {(feed.lease, feed.last_status, feed.fetch_count, feed.not_modified_count) for feed in feeds.values()} == {
        ("", 304, 1, 1)
    }
    assert [feeds[update.feed_id].next_fetch_at for update in updates] == [one.next_fetch_at for one in updates]
    assert {feed.last_succeeded_at for feed in feeds.values()} == {NOW}


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu"])
@pytest.mark.parametrize("microsecond", [0, 7, 120000])
def test_the_time_of_a_quiet_feed_is_written_as_any_other(zone, microsecond):
    """In SQLite a time is a text: one that is written otherwise would be due at another time."""
    feed = make_feed(etag='"a"')
    (state,) = store.claim_due_feeds(NOW, 1)
    at = NOW.replace(microsecond=microsecond).astimezone(ZoneInfo(zone)) + timedelta(hours=1)
    update = replace(digest(state, NotModified({}, 0.1), NOW), next_fetch_at=at)
    store.apply_quiet([update], state.lease, NOW)
    store.free_hosts(state.lease)
    assert Feed.objects.get(next_fetch_at=at) == feed
    assert store.claim_due_feeds(at - timedelta(microseconds=1), 1) == []
    assert len(store.claim_due_feeds(at, 1)) == 1


# Earlier versions --------------------------------------------------------------------------------


def test_a_correction_keeps_what_stood_there_before_f51():
    feed = make_feed(make_source(permission="full"))
    text = "<content:encoded><![CDATA[<p>{}</p>]]></content:encoded>"
    take(
        feed, rss(item(1, title="Nine hurt", text="First.", extra=text.format("Nine people were hurt at the bridge.")))
    )
    later = NOW + timedelta(hours=1)
    take(
        feed,
        rss(item(1, title="Ten hurt", text="First.", extra=text.format("Ten people were hurt at the bridge."))),
        later,
    )
    article, version = Article.objects.get(), ArticleVersion.objects.get()
    assert (article.headline, article.version_count) == ("Ten hurt", 1)
    assert (version.headline, version.replaced_at) == ("Nine hurt", later)
    assert ArticleVersionBody.objects.get(version=version).html == "<p>Nine people were hurt at the bridge.</p>"


def test_what_changes_beside_the_words_is_no_version():
    feed = make_feed()
    take(feed, rss(item(1)))
    take(feed, rss(item(1, extra="<category>Bridges</category>")))
    assert Article.objects.get().categories == ["Bridges"]
    assert not ArticleVersion.objects.exists()


def test_what_we_ask_for_again_ourselves_is_no_version_and_a_narrower_permission_drops_them():
    feed = make_feed(make_source(permission="full"))
    take(feed, rss(item(1)))
    store.refetch_all(feed.source)
    take(feed, rss(item(1, text="Other words.")))
    assert not ArticleVersion.objects.exists()
    take(feed, rss(item(1, text="Other words again.")))
    assert ArticleVersion.objects.count() == 1
    store.drop_beyond_permission(feed.source, "teaser")
    assert not ArticleVersion.objects.exists()
    assert Article.objects.get().version_count == 0


def test_of_many_versions_the_first_and_the_latest_are_kept():
    feed = make_feed()
    for number in range(store.KEPT_VERSIONS + 5):
        take(feed, rss(item(1, title=f"Headline {number}")), NOW + timedelta(minutes=number))
    headlines = list(ArticleVersion.objects.values_list("headline", flat=True))
    assert len(headlines) == store.KEPT_VERSIONS
    assert (headlines[0], headlines[-1]) == (f"Headline {store.KEPT_VERSIONS + 3}", "Headline 0")


def test_running_totals_count_what_a_fetch_brought():
    feed = make_feed()
    take(feed, rss(item(1), item(2)))
    state = state_of(feed)
    store.apply(digest(state, Failed("It broke.", 500), NOW), state, NOW)
    feed.refresh_from_db()
    assert (feed.fetch_count, feed.failed_fetch_count, feed.new_article_count) == (2, 1, 2)
    assert feed.wire_byte_count > 300


# Permission --------------------------------------------------------------------------------------

LONG = "".join(f"<p>Sentence number {number} of the report has ten words now.</p>" for number in range(30))


@pytest.fixture
def licensed_feed():
    feed = make_feed(make_source(permission="full"), etag='"a"')
    picture = '<media:content url="https://cdn.example/p.jpg" medium="image" width="900"/>'
    text = f"<content:encoded><![CDATA[{LONG}]]></content:encoded>"
    take(feed, rss(item(1, text="A summary of its own.", extra=text + picture), item(2, text=f"<![CDATA[{LONG}]]>")))
    return feed


def test_lowered_to_teaser_no_body_is_left_and_openings_are_short(licensed_feed):
    effect = store.drop_beyond_permission(licensed_feed.source, "teaser")
    one, two = Article.objects.order_by("pk")
    assert (effect.bodies, effect.pictures) == (2, 0)
    assert not ArticleBody.objects.exists()
    assert (one.has_body, one.word_count, one.opening_html) == (False, 0, "<p>A summary of its own.</p>")
    assert len(two.standfirst.split()) <= 60
    assert two.image_url == "" != one.image_url


def test_lowered_to_headline_only_headline_and_link_are_left(licensed_feed):
    effect = store.drop_beyond_permission(licensed_feed.source, "headline")
    assert (effect.bodies, effect.openings, effect.pictures) == (2, 2, 1)
    assert not ArticleBody.objects.exists()
    for article in Article.objects.all():
        assert (article.standfirst, article.opening_html, article.image_url, article.thumbnail_url) == ("", "", "", "")
        assert article.headline
        assert article.canonical_url


def test_a_lowered_permission_stays_low_at_the_next_fetch(licensed_feed):
    store.drop_beyond_permission(licensed_feed.source, "headline")
    take(licensed_feed, rss(item(1, text="Much more text."), item(3, text="And here.")))
    assert not ArticleBody.objects.exists()
    assert set(Article.objects.values_list("opening_html", flat=True)) == {""}


def test_a_raised_permission_brings_the_text_at_the_next_fetch():
    feed = make_feed(make_source(permission="headline"))
    body = rss(item(1, text=f"<![CDATA[{LONG}]]>"))
    take(feed, body)
    assert not ArticleBody.objects.exists()
    store.drop_beyond_permission(feed.source, "full")
    feed.refresh_from_db()
    assert (feed.etag, feed.body_hash, feed.next_fetch_at) == ("", "", None)
    stored = take(feed, body)
    assert (stored.new_ids, len(stored.changed_ids)) == ((), 1)
    assert body_of(Article.objects.get()) == LONG
    assert Story.objects.count() == 0


def test_other_titles_keep_their_text_when_one_loses_it(licensed_feed):
    other = make_feed()
    take(other, rss(item(1, text=f"<![CDATA[{LONG}]]>")))
    store.drop_beyond_permission(licensed_feed.source, "teaser")
    assert [body_of(article) for article in other.source.articles.all()] == [LONG]
