"""Does the time that an answer takes tell who is a reader here? `python -m tests.faults.guessing [--count 1000]`.

Known and unknown addresses take turns, each asked about once and from an address of its own, for limits would end it.
Signing up is not among the forms: whoever is new reads on at once, so its answer itself tells.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator
from ipaddress import ip_address
from statistics import median

from tests.faults.readers import Answer, Visit
from tests.faults.scene import scene
from tests.faults.verdict import Verdict, option, play

# Of a hundred guesses by time alone, with one known and one unknown address to choose from; 50 is a coin's.
RIGHT_AT_MOST = 60
FORMS = {
    "a wrong sign-in": ("/account/login/", {"login": "{}", "password": "not the password"}),
    "a code by mail": ("/account/login/code/", {"email": "{}"}),
    "a password forgotten": ("/account/password/reset/", {"email": "{}"}),
}


def run(verdict: Verdict) -> None:
    count = int(option("count", 100))
    with scene(TRUSTED_PROXY_COUNT="1") as stage:
        make_readers(count)
        stage.room.start_web(1)
        clients = map(str, map(ip_address, itertools.count(int(ip_address("198.18.0.1")))))
        for form in FORMS:
            done = f"{form}, {count} known and {count} unknown addresses"
            with verdict.part("A18", done):
                look(verdict, stage.room.web_port, form, done, count, clients)


def make_readers(count: int) -> None:
    """Who signed up once, each with a trial: known addresses."""
    from django.utils import timezone

    from billing.trial import start_trial
    from tests.make import make_user

    for number in range(count):
        start_trial(make_user(address_of("known", number)), timezone.now())


def address_of(kind: str, number: int, form: str = "") -> str:
    return f"{kind}-{number:05}{form.replace(' ', '-')}@mail.example"


def look(verdict: Verdict, port: int, form: str, done: str, count: int, clients: Iterator[str]) -> None:
    # Pages, connections and code are warm before the first that counts.
    for number in range(5):
        post(port, form, address_of("first", number, form), next(clients))
    known, unknown = [], []
    for number in range(count):
        turns = [(known, address_of("known", number)), (unknown, address_of("other", number, form))]
        for answers, address in turns if number % 2 else reversed(turns):
            answers.append(post(port, form, address, next(clients)))
    statuses = [{answer.status for answer in answers} for answers in (known, unknown)]
    verdict.see("A18", done, f"the answers: {statuses[0]} and {statuses[1]}", statuses[0] == statuses[1])
    share = right_guesses([answer.seconds for answer in known], [answer.seconds for answer in unknown])
    apart = 1000 * (median(a.seconds for a in known) - median(a.seconds for a in unknown))
    seen = f"medians are {apart:+.2f} ms apart: of a hundred guesses by time {share:.0f} are right"
    verdict.see("A18", done, seen, share <= RIGHT_AT_MOST)


def post(port: int, form: str, address: str, client: str) -> Answer:
    path, fields = FORMS[form]
    visit = Visit(port, headers={"X-Forwarded-For": client})
    return visit.post(path, {name: value.format(address) for name, value in fields.items()})


def right_guesses(known: list[float], unknown: list[float]) -> float:
    """Out of a hundred, by Mann and Whitney's U: pairs in which the more frequent order is found."""
    from scipy.stats import mannwhitneyu

    share = mannwhitneyu(known, unknown).statistic / (len(known) * len(unknown))
    return 100 * max(share, 1 - share)


if __name__ == "__main__":
    sys.exit(play(run))
