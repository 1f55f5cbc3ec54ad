"""SECRET_KEY changed, the old one kept in SECRET_KEY_FALLBACKS: `python -m tests.faults.keys`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.faults.newsroom import Newsroom
from tests.faults.readers import Visit, ask
from tests.faults.scene import TAIL, furnish, scene
from tests.faults.verdict import Verdict, play

OFTEN, SELDOM, LINK = "reader who comes often signed in", "reader who was away signed in", "an old letter's link works"
NEW = "another key for a newsroom, as long as the first one and as secret as that"


def run(verdict: Verdict) -> None:
    with scene() as stage:
        furnish(stage, 1)
        room = stage.room
        from django.conf import settings

        from articles.newsletter.links import unsubscribe_url
        from tests.make import make_reader

        user, often, seldom = make_reader(), Visit(room.web_port), Visit(room.web_port)
        link = unsubscribe_url(user.pk).removeprefix(settings.SITE_URL)

        def see(done: str, wanted: dict[str, bool]) -> None:
            found = {name: holds[name]() for name in wanted}
            verdict.see("O18", done, ", ".join(f"{name}: {is_so}" for name, is_so in found.items()), found == wanted)

        holds = {
            OFTEN: lambda: TAIL in often.get(stage.looks[-1].path).text,
            SELDOM: lambda: TAIL in seldom.get(stage.looks[-1].path).text,
            LINK: lambda: ask(room.web_port, link).status == 200,
        }
        with site(room):
            for visit in (often, seldom):
                visit.post("/account/login/", {"login": user.email, "password": "a long password"})
            see("before", {OFTEN: True, SELDOM: True, LINK: True})
        with site(room, SECRET_KEY=NEW, SECRET_KEY_FALLBACKS=settings.SECRET_KEY):
            see("key changed, the old one in SECRET_KEY_FALLBACKS", {OFTEN: True, LINK: True})
        with site(room, SECRET_KEY=NEW, SECRET_KEY_FALLBACKS=""):
            # Whoever came in the meantime has a session under the new key.
            see("the old key given up (the control)", {OFTEN: True, SELDOM: False, LINK: False})


@contextmanager
def site(room: Newsroom, **environment: str) -> Iterator[None]:
    web = room.start_web(1, **environment)
    try:
        yield
    finally:
        room.end(web)


if __name__ == "__main__":
    sys.exit(play(run))
