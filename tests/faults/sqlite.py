"""On SQLite web, two workers, beat and admin write at once: `python -m tests.faults.sqlite [--seconds 300]`."""

from __future__ import annotations

import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.faults.broker import all_fetched
from tests.faults.newsroom import wait_until
from tests.faults.readers import Readers, Visit
from tests.faults.scene import TAIL, Scene, feed_of, furnish, scene, session_of
from tests.faults.small import SmallNewsroom
from tests.faults.verdict import Verdict, option, play
from tests.load.forms import fields_of

FEEDS = 12


def run(verdict: Verdict) -> None:
    seconds = option("seconds", 40)
    done = f"web, two workers, beat and admin write for {seconds:.0f} s on SQLite"
    with scene(SmallNewsroom, TRUSTED_PROXY_COUNT="1", HTTPS_ONLY="false") as stage:
        furnish(stage, FEEDS)
        room = stage.room
        room.start_web()
        for number in (1, 2):
            room.start_worker(number)
        room.start_beat()
        wait_until(all_fetched, 60)
        answers: Counter[str] = Counter()
        people = [sign_up_and_save(stage), edit(stage), publish(stage)]
        with Readers(room.web_port, stage.looks * 2, [TAIL]) as readers, busy(people, answers):
            time.sleep(seconds)
        verdict.see("O10", done, f"readers: {readers.told()}", not readers.faults)
        # A form that is shown again was not taken.
        are_right = answers.keys() == {"sign-up 302", "save 303", "edit 302", "press done"}
        verdict.see("O10", done, f"writers: {dict(answers)}", are_right)
        locked = room.logged().count("database is locked")
        verdict.see("O10", done, f"'database is locked' stands {locked} times in the log", locked == 0)


@contextmanager
def busy(people: list[Callable[[], Iterator[str]]], answers: Counter[str]) -> Iterator[None]:
    """Each in a thread of its own, again and again."""
    is_over = threading.Event()

    def work(person: Callable[[], Iterator[str]]) -> None:
        while not is_over.wait(0.05):
            try:
                answers.update(person())
            except Exception as error:
                answers[f"{person.__name__} {type(error).__name__}"] += 1

    threads = [threading.Thread(target=work, args=[person], daemon=True) for person in people]
    for thread in threads:
        thread.start()
    yield
    is_over.set()
    for thread in threads:
        thread.join(35)


def sign_up_and_save(stage: Scene) -> Callable[[], Iterator[str]]:
    number, article_id = 0, stage.looks[1].path.split("/")[2]

    def reader() -> Iterator[str]:
        """A new one each time, from an address of its own: twenty an hour is what one address may."""
        nonlocal number
        number += 1
        visit = Visit(stage.room.web_port, headers={"X-Forwarded-For": f"198.51.{number % 250}.{number // 250 + 1}"})
        form = {"email": f"new-{number}@mail.example", "password1": "a long password"}
        yield f"sign-up {visit.post('/account/signup/', form).status}"
        yield f"save {visit.post('/saved/', {'id': article_id, 'next': '/'}).status}"

    return reader


def edit(stage: Scene) -> Callable[[], Iterator[str]]:
    """The desk's form of a pick: its words, again and again."""
    from articles.models import Article
    from tests.make import make_pick, make_user

    pick = make_pick(Article.objects.get(pk=stage.looks[1].path.split("/")[2]))
    name, _, value = session_of(make_user("desk@site.example", is_staff=True, is_superuser=True)).partition("=")
    visit = Visit(stage.room.web_port, {name: value})
    path, number = f"/admin/articles/pick/{pick.pk}/change/", 0

    def editor() -> Iterator[str]:
        nonlocal number
        number += 1
        form = fields_of(visit.get(path).text, "pick_form")
        status = visit.post(path, {**form, "headline_override": f"The bridge, edition {number}"}).status
        pick.refresh_from_db()
        yield f"edit {status}" if pick.headline_override.endswith(f" {number}") else "edit not stored"

    return editor


def publish(stage: Scene) -> Callable[[], Iterator[str]]:
    """Every feed has something new and is due."""
    from articles.models import Feed

    edition = 0

    def press() -> Iterator[str]:
        nonlocal edition
        edition += 1
        for number in range(FEEDS):
            stage.publisher.serve(f"/feed-{number}", feed_of(number, edition=edition))
        Feed.objects.filter(lease="").update(next_fetch_at=None)
        time.sleep(1)
        yield "press done"

    return press


if __name__ == "__main__":
    sys.exit(play(run))
