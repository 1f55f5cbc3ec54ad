"""Redis gone, restarted, flushed, full: `python -m tests.faults.broker [--seconds 15]`."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable

import redis

from tests.faults.newsroom import wait_until
from tests.faults.readers import Readers, Visit, ask
from tests.faults.scene import TAIL, WEBHOOK_SECRET, Scene, furnish, make_feeds, scene
from tests.faults.verdict import Verdict, option, play

PASSWORD = "a long password"
SOON = 60


def run(verdict: Verdict) -> None:
    with scene() as stage:
        furnish(stage)
        room = stage.room
        room.start_web()
        room.start_worker()
        room.start_beat()
        wait_until(all_fetched)
        gone(verdict, stage)
        with verdict.part("O04", "Redis restarted"):
            room.stop_redis()
            room.start_redis()
            verdict.see("O04", "Redis restarted", news_again(stage, 2000), True)
        with verdict.part("O05", "Redis flushed"):
            redis.Redis(port=room.redis_port).flushall()
            look = stage.looks[-1]
            is_in = TAIL in ask(room.web_port, look.path, look.cookie).text
            seen = f"the member's session held: {is_in}; {news_again(stage, 3000)}"
            verdict.see("O05", "Redis flushed", seen, is_in)
        full(verdict, stage)


def all_fetched() -> bool:
    from articles.models import Feed

    return not Feed.objects.filter(last_succeeded_at=None).exists()


def news_after(stage: Scene, number: int) -> float:
    """Seconds until a feed that is added now is in, by beat and the worker alone. Raises where it is not, in time."""
    return seconds_until(stage, number, all_fetched)


def news_again(stage: Scene, number: int) -> str:
    """The same after the broker was away, in words: what has ended is begun again, as systemd does it.

    Celery's worker goes on when it is back, but for one that was in the middle of a task: that one may end.
    """
    ended: list[str] = []

    def is_in() -> bool:
        ended.extend(stage.room.begin_ended_again())
        return all_fetched()

    seconds = seconds_until(stage, number, is_in)
    return f"a new feed was in after {seconds:.1f} s; had ended and was begun again: {ended}"


def seconds_until(stage: Scene, number: int, is_in: Callable[[], bool]) -> float:
    started = time.monotonic()
    make_feeds(stage.publisher, 1, number)
    wait_until(is_in, SOON)
    return time.monotonic() - started


def gone(verdict: Verdict, stage: Scene) -> None:
    seconds, room = option("seconds", 15), stage.room
    done = f"Redis gone for {seconds:.0f} s"
    with verdict.part("O03", done):
        room.stop_redis()
        until = time.monotonic() + seconds
        with Readers(room.web_port, stage.looks, [TAIL]) as readers:
            sign_ins(verdict, stage, done)
            webhook(verdict, stage, done)
            while time.monotonic() < until:
                time.sleep(0.2)
        verdict.see("O03", done, f"readers: {readers.told()}", not readers.faults)
        room.start_redis()
        verdict.see("O03", f"{done}, back", news_again(stage, 1000), True)
        wait_until(lambda: is_followed_up("evt_away"), 90)
        verdict.see("O03", f"{done}, back", "the webhook's event was followed up by the sweep", True)


def sign_ins(verdict: Verdict, stage: Scene, done: str) -> None:
    """Right and wrong: never an error page that says nothing, and never more tries than with Redis."""
    from tests.make import make_reader

    user, port = make_reader(), stage.room.web_port
    right = Visit(port).post("/account/login/", {"login": user.email, "password": PASSWORD})
    seen = f"a right sign-in was answered {right.status} in {right.seconds:.1f} s"
    verdict.see("O03", done, seen, right.status in {302, 429, 503})
    wrong = [Visit(port).post("/account/login/", {"login": user.email, "password": "wrong"}) for _ in range(12)]
    statuses = [answer.status for answer in wrong]
    is_limited = statuses[-1] in {429, 503} or "Too many tries" in wrong[-1].text
    verdict.see("O03", done, f"twelve wrong sign-ins: {statuses}", is_limited and not {0, 500} & set(statuses))


def webhook(verdict: Verdict, stage: Scene, done: str) -> None:
    answer = send_event(stage.room.web_port, "evt_away")
    seen = f"a webhook was answered {answer.status} and is stored: {is_stored('evt_away')}"
    verdict.see("O03", done, seen, answer.status == 200 and is_stored("evt_away"))


def send_event(port: int, name: str):
    """A signed event of a kind that asks nothing of Stripe."""
    import stripe

    event = {"id": name, "object": "event", "type": "product.created", "created": int(time.time()), "livemode": False}
    body = json.dumps({**event, "data": {"object": {"id": "prod_1", "object": "product"}}})
    moment = int(time.time())
    mac = stripe.WebhookSignature._compute_signature(f"{moment}.{body}", WEBHOOK_SECRET)
    return ask(port, "/membership/webhook/", form=body.encode(), headers={"Stripe-Signature": f"t={moment},v1={mac}"})


def is_stored(name: str) -> bool:
    from billing.models import StripeEvent

    return StripeEvent.objects.filter(event_id=name).count() == 1


def is_followed_up(name: str) -> bool:
    from billing.models import StripeEvent

    return StripeEvent.objects.filter(event_id=name).exclude(processed_at=None).exists()


def full(verdict: Verdict, stage: Scene) -> None:
    """Memory at its limit and nothing may be thrown away: every write is refused."""
    done, room = "Redis full, noeviction", stage.room
    with verdict.part("O05", done):
        server = redis.Redis(port=room.redis_port)
        server.config_set("maxmemory-policy", "noeviction")
        server.config_set("maxmemory", "1mb")
        with Readers(room.web_port, stage.looks, [TAIL]) as readers:
            answer = Visit(room.web_port).post("/account/login/", {"login": "a@mail.example", "password": "wrong"})
            time.sleep(5)
        verdict.see("O05", done, f"readers: {readers.told()}", not readers.faults)
        verdict.see("O05", done, f"a sign-in was answered {answer.status}", answer.status in {200, 429, 503})
        server.config_set("maxmemory", "0")
        verdict.see("O05", f"{done}, freed", news_again(stage, 4000), True)


if __name__ == "__main__":
    sys.exit(play(run))
