"""Celery tasks: plain functions that hold one call each and may run twice.

What comes in is handed on at once; where the broker is away, the round of that kind of work finds what was left behind.
"""

from collections.abc import Collection

from django.utils import timezone

from articles import retention
from articles.freshness import check_freshness
from articles.fulltext import run as fulltext
from articles.fulltext.wanted import want_pages
from articles.ingest.days import keep_day
from articles.ingest.run import ROUND_SECONDS, FeedResult, arrivals, refreshing
from articles.leakwatch import run_leak_check
from articles.newsletter import run as newsletter
from articles.newsletter.send import send_letters
from articles.newsletter.store import forget_editions
from articles.pages import past_front
from articles.pictures import run as pictures
from articles.search.vocabulary import learn_words
from articles.stories.run import LIVE_HOURS, group_new_articles, keep_related, rank_all_stories, regroup
from articles.topics import store as topics
from articles.websub import run as websub
from articles.websub.store import note_hub
from billing.background import hand_over, task_app

app = task_app()


@app.task
def refresh_feeds() -> None:
    """Fetch what is due, then place what came in. A new entry is on the front page when this chain ends."""
    for results in arrivals(refreshing(timezone.now(), ROUND_SECONDS)):
        follow_up(results)


def follow_up(results: Collection[FeedResult]) -> None:
    """Everything that new and changed articles ask for, and the hubs that their feeds name."""
    now = timezone.now()
    for result in results:
        if result.has_document:
            note_hub(result.feed_id, result.hub_url, result.self_url, now)
    new_ids = [new_id for result in results for new_id in result.new_ids]
    changed_ids = [changed_id for result in results for changed_id in result.changed_ids]
    settle(new_ids, [*new_ids, *changed_ids])


def settle(new_ids: Collection[int], touched_ids: Collection[int]) -> None:
    """Stories for the new articles, pictures, topics and pages for all of them."""
    if new_ids:
        hand_over(group_articles.name, article_ids=list(new_ids))
    if touched_ids:
        pictures.want_for(touched_ids, timezone.now())
        hand_over(fetch_pictures.name)
        hand_over(file_topics.name, article_ids=list(touched_ids))
    if touched_ids and want_pages(touched_ids, timezone.now()):
        hand_over(fetch_pages.name)


@app.task
def group_articles(article_ids: list[int]) -> None:
    group_new_articles(article_ids, timezone.now())


@app.task
def file_topics(article_ids: list[int]) -> None:
    topics.file_articles(article_ids)


@app.task
def file_topics_left_behind() -> None:
    topics.file_left_behind(timezone.now())


@app.task
def renew_offered_topics() -> None:
    topics.renew_offered(timezone.now())


@app.task
def regroup_stories() -> None:
    regroup(LIVE_HOURS, timezone.now())


@app.task
def relate_articles() -> None:
    keep_related(timezone.now())


@app.task
def rank_stories() -> None:
    rank_all_stories(timezone.now())


@app.task
def keep_front() -> None:
    past_front.keep_front(timezone.now())


@app.task
def forget_rankings() -> None:
    past_front.forget_old(timezone.now())


@app.task
def forget_readings() -> None:
    retention.forget_readings(timezone.now())


@app.task
def fetch_pictures() -> None:
    pictures.fetch_pictures(timezone.now())


@app.task
def forget_pictures() -> None:
    pictures.forget_unused(timezone.now())


@app.task
def fetch_pages() -> None:
    changed_ids = fulltext.fetch_pages(timezone.now())
    settle([], changed_ids)


@app.task
def ask_hubs() -> None:
    websub.ask_hubs(timezone.now())


@app.task
def take_pushes() -> None:
    new_ids = websub.take_pushes(timezone.now())
    settle(new_ids, new_ids)


@app.task
def keep_feed_history() -> None:
    keep_day(timezone.now())


@app.task
def watch_freshness() -> None:
    check_freshness(timezone.now())


@app.task
def watch_for_leaks() -> None:
    run_leak_check(timezone.now())


@app.task
def make_edition() -> None:
    newsletter.make_everybodys(timezone.now())


@app.task
def send_briefings() -> None:
    send_letters(timezone.now())


@app.task
def forget_old_editions() -> None:
    forget_editions(timezone.now())


@app.task
def learn_search_words() -> None:
    """What the search corrects typing errors with."""
    learn_words(timezone.now())
