"""The wall proves itself: every hour the site is looked at from outside, the result is kept and shown to everybody.

claim()   one check at a time; one whose worker never came back makes room
check     articles/leakcheck.py, over HTTP at SITE_URL, within a time limit
keep()    the outcome: nothing showed, something did, or it could not be told
watch()   operators are told once when text shows, or when nothing could be told for hours, and once when it is over
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from http import HTTPStatus
from random import SystemRandom

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from articles.alarms import end_alarm, raise_alarm, raised_since
from articles.decoy import put_on_top
from articles.freshness import lasting
from articles.leakcheck import CannotTell, Fetch, Request, Result, check_site, over_http
from articles.models import LeakCheck, Outcome
from billing.post import Words

logger = logging.getLogger(__name__)

SAMPLE = 12  # real articles of each check, beside the decoy and those that pages name
MOST_SECONDS = 480  # within the limit of a task
# A proxy in front of the site refuses who asks faster than readers do (deploy/nginx), and a refusal says nothing.
PAUSE_SECONDS = 0.25
REFUSED_PAUSE_SECONDS = 10.0
LOST_AFTER = timedelta(minutes=30)
SILENT_AFTER = timedelta(hours=6)
KEPT = timedelta(days=90)
LEAKS_KEPT = 20
ALARM = "leak"


def last_leak_check() -> LeakCheck | None:
    """The newest that came to an end, whatever its outcome; for pages and figures."""
    return LeakCheck.objects.exclude(outcome=Outcome.RUNNING).first()


def last_pass() -> LeakCheck | None:
    return LeakCheck.objects.filter(outcome=Outcome.PASSED).first()


def run_leak_check(now: datetime, fetch: Fetch | None = None) -> LeakCheck | None:
    """One check from begin to end; None where another is under way. Safe to run at any time, twice and at once."""
    check = claim(now)
    if check is None:
        return None
    fetch = within(MOST_SECONDS, fetch or at_the_front_door())
    try:
        put_on_top(now)
        keep_result(check, check_site(fetch, SAMPLE, SystemRandom(), now))
    except CannotTell as error:
        keep(check, Outcome.UNKNOWN, reason=str(error)[:300])
    except BaseException:
        # A bug or the end of the task's time: the next hour must find the way free.
        keep(check, Outcome.UNKNOWN, reason="the check itself broke off; the log says why")
        raise
    watch(check, timezone.now())
    LeakCheck.objects.filter(started_at__lt=now - KEPT).delete()
    return check


def claim(now: datetime) -> LeakCheck | None:
    lost = LeakCheck.objects.filter(outcome=Outcome.RUNNING, started_at__lt=now - LOST_AFTER)
    lost.update(outcome=Outcome.UNKNOWN, finished_at=now, reason="its worker never came back")
    try:
        with transaction.atomic():
            return LeakCheck.objects.create(started_at=now)
    except IntegrityError:
        return None


def at_the_front_door() -> Fetch:
    """As everybody comes in; a site without https has no proxy in front of it."""
    fetch = over_http(settings.SITE_URL)
    return unhurried(fetch) if settings.SITE_URL.startswith("https://") else fetch


def unhurried(fetch: Fetch, sleep: Callable[[float], None] = time.sleep) -> Fetch:
    """The same fetch function with a pause before each request, and one more try for one that was too many."""

    def fetch_slowly(request: Request) -> tuple[int, str]:
        sleep(PAUSE_SECONDS)
        status, answer = fetch(request)
        if status != HTTPStatus.TOO_MANY_REQUESTS:
            return status, answer
        sleep(REFUSED_PAUSE_SECONDS)
        return fetch(request)

    return fetch_slowly


def within(seconds: float, fetch: Fetch) -> Fetch:
    """The same fetch function, until the time is up."""
    until = time.monotonic() + seconds

    def fetch_in_time(request: Request) -> tuple[int, str]:
        if time.monotonic() >= until:
            raise CannotTell(f"the check was not through after {seconds:.0f} seconds")
        return fetch(request)

    return fetch_in_time


def keep_result(check: LeakCheck, result: Result) -> None:
    check.article_count, check.address_count = result.articles, result.addresses
    check.leaks = [asdict(leak) for leak in result.leaks[:LEAKS_KEPT]]
    keep(check, Outcome.FAILED if result.leaks else Outcome.PASSED)


def keep(check: LeakCheck, outcome: Outcome, reason: str = "") -> None:
    check.outcome, check.reason, check.finished_at = outcome, reason, timezone.now()
    check.save(update_fields=["outcome", "reason", "finished_at", "article_count", "address_count", "leaks"])
    logger.log(
        logging.ERROR if outcome == Outcome.FAILED else logging.INFO,
        "leak check outcome=%s addresses=%d articles=%d leaks=%d reason=%s",
        *(outcome.value, check.address_count, check.article_count, len(check.leaks), reason or "-"),
    )


# Alarm -------------------------------------------------------------------------------------------


def watch(check: LeakCheck, now: datetime) -> None:
    if check.outcome == Outcome.FAILED:
        raise_alarm(ALARM, leak_letter(check), now)
    elif check.outcome == Outcome.PASSED:
        raised_at = raised_since(ALARM)
        if raised_at is not None:
            end_alarm(ALARM, raised_at, over_letter(raised_at, now), now)
    elif is_silent(now):
        raise_alarm(ALARM, silence_letter(check, now), now)


def is_silent(now: datetime) -> bool:
    """Nothing could be told for hours. A site whose first check is young is given the same time."""
    passed = last_pass()
    first = LeakCheck.objects.order_by("started_at").values_list("started_at", flat=True).first()
    since = passed.finished_at if passed else first
    return since is not None and now - since > SILENT_AFTER


def leak_letter(check: LeakCheck) -> Words:
    places = sorted({leak["path"] for leak in check.leaks})
    return Words(
        subject=f"{settings.SITE_NAME}: text from behind the wall shows to everybody",
        says=(
            f"The hourly check found it at: {', '.join(places[:5])}{' and elsewhere' if len(places) > 5 else ''}.",
            "Look at these addresses without signing in. If it is true, switch the titles concerned off in the admin "
            "before you look for the cause.",
        ),
        button="Open the desk",
        url=settings.SITE_URL + reverse("admin:index"),
        adds=("You are told once more when a check finds nothing again.",),
    )


def silence_letter(check: LeakCheck, now: datetime) -> Words:
    return Words(
        subject=f"{settings.SITE_NAME}: for hours nobody could tell whether the wall holds",
        says=(
            f"The hourly check has not come to an end for {lasting(SILENT_AFTER)}. The last reason: {check.reason}.",
            f"It asks {settings.SITE_URL} as an outsider: can the workers reach it, and does it refuse them?",
        ),
        button="See what everybody is told",
        url=settings.SITE_URL + reverse("how_we_choose"),
        adds=("You are told once more when a check finds nothing again.",),
    )


def over_letter(raised_at: datetime, now: datetime) -> Words:
    return Words(
        subject=f"{settings.SITE_NAME}: the wall holds again",
        says=(f"The hourly check found nothing, {lasting(now - raised_at)} after you were told that it did not hold.",),
        button="See what everybody is told",
        url=settings.SITE_URL + reverse("how_we_choose"),
    )
