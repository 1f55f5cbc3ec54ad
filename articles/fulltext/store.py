"""Rows, claims and leases of the pages that we want."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet

from articles.fulltext.shapes import HostTurn, PageAnswer, PageFailed, Robots, RobotsRead, WantedPage
from articles.fulltext.wanted import allowed, feed_urls_of
from articles.ingest import schedule
from articles.ingest.store import lease_hosts, lease_length, pause_host, replace_body
from articles.models import Article, ArticlePage, Host, PageState, Source, host_of

PAGES_OF_A_HOST = 25  # in one turn
WINDOW = 400  # rows that are looked at in one round
ATTEMPTS = 3
FIRST_RETRY = timedelta(minutes=15)  # four times as long after the next failure
MOMENT = timedelta(seconds=5)  # until a host that another worker has just taken is looked at again
ROBOTS_KEPT = timedelta(days=1)
ROBOTS_RETRY = FIRST_RETRY  # where it could not be had

NO_RESULT = f"{ATTEMPTS} attempts ended without a result."
AS_GOOD = "The feed's text is as long as the page's."

Rows = Collection[ArticlePage]


# Claiming ----------------------------------------------------------------------------------------


def claim_turns(moved: Sequence[WantedPage], lease: str, now: datetime) -> list[HostTurn]:
    """What to visit now, by host: the pages that have led to another host, else those that are due.

    Hosts and pages are ours until the claim ends. Each statement stands for itself: who holds some rows and waits for
    another worker's could wait for ever.
    """
    _give_up_lost_ones(now)
    pages = _moved_to_free_hosts(moved, lease, now)
    while not pages and (rows := list(_due(now))):
        pages = _claimed(rows, lease, now)
    return _turns(pages, now)


def put_back(pages: Iterable[WantedPage], until: datetime) -> None:
    """Claimed but not asked for: due again, and none the worse."""
    for page in pages:
        _mine(page).update(due_at=until, attempt_count=F("attempt_count") - 1)


def _give_up_lost_ones(now: datetime) -> None:
    """Pages that no worker has come back from."""
    lost = ArticlePage.objects.filter(state=PageState.WANTED, due_at__lte=now, attempt_count__gte=ATTEMPTS)
    lost.update(state=PageState.REFUSED, reason=NO_RESULT)


def _due(now: datetime) -> QuerySet[ArticlePage]:
    rows = ArticlePage.objects.filter(allowed("article__source__"), state=PageState.WANTED, due_at__lte=now)
    rows = rows.filter(article__withdrawn_at=None).exclude(article__canonical_url=None)
    return rows.select_related("article__source").order_by("due_at", "pk")[:WINDOW]


def _moved_to_free_hosts(moved: Sequence[WantedPage], lease: str, now: datetime) -> list[WantedPage]:
    if not moved:
        return []
    free = _lease_free_hosts({page.host for page in moved}, lease, now)
    put_back([page for page in moved if page.host not in free], now + MOMENT)
    return [page for page in moved if page.host in free]


def _claimed(rows: Rows, lease: str, now: datetime) -> list[WantedPage]:
    by_host: defaultdict[str, list[ArticlePage]] = defaultdict(list)
    for row in rows:
        by_host[host_of(row.article.canonical_url or "")].append(row)
    free = _lease_free_hosts(by_host, lease, now)
    for host in by_host.keys() - free:
        _wait_for(host, by_host[host], now)
    pages = _claim([row for host in sorted(free) for row in by_host[host][:PAGES_OF_A_HOST]], now)
    unused = Host.objects.filter(lease=lease).exclude(name__in={page.host for page in pages})
    unused.update(lease="", leased_until=None)
    return pages


def _lease_free_hosts(names: Iterable[str], lease: str, now: datetime) -> set[str]:
    paused = Host.objects.filter(name__in=list(names), paused_until__gt=now).values_list("name", flat=True)
    with transaction.atomic():
        return lease_hosts(set(names) - set(paused), lease, now)


def _wait_for(name: str, rows: Rows, now: datetime) -> None:
    """Pages of a host that is not free make way for those of others."""
    host = Host.objects.get(name=name)
    ends = [end for end in (host.paused_until, host.leased_until) if end and end > now]
    mine = ArticlePage.objects.filter(pk__in=[row.pk for row in rows], state=PageState.WANTED, due_at__lte=now)
    mine.update(due_at=max(ends, default=now + MOMENT))


def _claim(rows: Rows, now: datetime) -> list[WantedPage]:
    claimed_until = now + lease_length()
    feed_urls = feed_urls_of({row.article.source_id for row in rows})
    pages = []
    for row in rows:
        seen = ArticlePage.objects.filter(pk=row.pk, state=PageState.WANTED, due_at=row.due_at)
        if seen.update(due_at=claimed_until, attempt_count=F("attempt_count") + 1) == 1:
            pages.append(_wanted_page(row.article, feed_urls[row.article.source_id], claimed_until))
    return pages


def _wanted_page(article: Article, feed_urls: tuple[str, ...], claimed_until: datetime) -> WantedPage:
    url, lines = article.canonical_url or "", article.source.boilerplate.splitlines()
    return WantedPage(
        article_id=article.pk,
        source_id=article.source_id,
        url=url,
        host=host_of(url),
        claimed_until=claimed_until,
        homepage=article.source.homepage,
        feed_urls=feed_urls,
        headline=article.headline,
        standfirst=article.standfirst,
        image_url=article.image_url,
        boilerplate=tuple(line.strip() for line in lines if line.strip()),
    )


def _turns(pages: Iterable[WantedPage], now: datetime) -> list[HostTurn]:
    by_host: defaultdict[str, list[WantedPage]] = defaultdict(list)
    for page in pages:
        by_host[page.host].append(page)
    robots = _known_robots(by_host, now)
    return [HostTurn(host, tuple(mine), robots.get(host)) for host, mine in by_host.items()]


def _known_robots(names: Iterable[str], now: datetime) -> dict[str, Robots]:
    could_not_be_had = Q(robots_status=None) | Q(robots_status__gte=500) | Q(robots_status=429)
    is_fresh = Q(robots_fetched_at__gt=now - ROBOTS_RETRY) | (
        Q(robots_fetched_at__gt=now - ROBOTS_KEPT) & ~could_not_be_had
    )
    hosts = Host.objects.filter(is_fresh, name__in=list(names))
    return {host.name: Robots(host.robots_txt, host.robots_status) for host in hosts}


# Hosts -------------------------------------------------------------------------------------------


def keep_robots(event: RobotsRead, now: datetime) -> None:
    Host.objects.filter(name=event.host).update(
        robots_txt=event.robots.text, robots_status=event.robots.status, robots_fetched_at=now
    )


def pause(name: str, retry_after: str, reason: str, now: datetime) -> None:
    """The host has turned us away: nobody of ours comes before the time that it names, a day at the most."""
    pause_host(name, schedule.host_pause(retry_after, now), reason)


def free_host(name: str, lease: str, until: datetime | None) -> None:
    """The turn is over. `until` is the end of the pause that follows, None where none does."""
    Host.objects.filter(name=name, lease=lease).update(lease="", leased_until=until)


# Settling ----------------------------------------------------------------------------------------


def fail(event: PageFailed, now: datetime) -> None:
    """Tried again later, unless that would change nothing or it was tried often enough."""
    row = _mine(event.page).first()
    if row is None:
        return
    if event.is_final or row.attempt_count >= ATTEMPTS:
        _mine(event.page).update(state=PageState.REFUSED, reason=event.reason[:300])
        return
    wait = max(
        FIRST_RETRY * 4 ** max(row.attempt_count - 1, 0),
        schedule.retry_after(event.retry_after or "", now),
    )
    _mine(event.page).update(due_at=now + wait, reason=event.reason[:300])


@transaction.atomic
def settle(page: WantedPage, answer: PageAnswer, now: datetime) -> bool:
    """Put the page's text in the place of the feed's where it is longer; whether it was.

    Nothing is written where another worker has claimed the page meanwhile, an editor has taken the article down, or
    the source no longer lets us: its row is locked, so that neither its permission nor its text can move here.
    """
    source = Source.objects.select_for_update().filter(allowed(), pk=page.source_id).first()
    article = Article.objects.select_for_update().filter(pk=page.article_id).first()
    row = _mine(page).first()
    if row is None or article is None:
        return False
    if source is None or article.withdrawn_at or article.standfirst != page.standfirst:
        put_back([page], now)  # Who may still have it reads it again, beside what the feed says now.
        return False
    if answer.is_noindex and not article.is_noindex:
        Article.objects.filter(pk=article.pk).update(is_noindex=True)
    if answer.text is None:
        _mine(page).update(state=PageState.REFUSED, reason=answer.reason[:300])
        return False
    if not _is_better(answer.text.word_count, article, row):
        _mine(page).update(state=PageState.KEPT, reason=AS_GOOD)
        return False
    replace_body(article, answer.text)
    _mine(page).update(state=PageState.TAKEN, reason=answer.reason[:300], fetched_at=now)
    return True


def _is_better(word_count: int, article: Article, row: ArticlePage) -> bool:
    """Longer than the feed's. An earlier text of the page also gives way to one that has been shortened somewhat."""
    words_held = article.word_count if article.has_body else 0
    if row.fetched_at is not None:
        return word_count * 2 > words_held
    return word_count > words_held


def _mine(page: WantedPage) -> QuerySet[ArticlePage]:
    """Its row, while it is ours."""
    return ArticlePage.objects.filter(pk=page.article_id, state=PageState.WANTED, due_at=page.claimed_until)
