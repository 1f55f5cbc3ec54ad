"""The site with a day's worth of articles, an editor's picks and a member: what pages are measured on.

python -m bench.contestants.house ARTICLES BODY_WORDS    prints what to ask for, as JSON; the environment names the rest
"""

from __future__ import annotations

import json
import os
import sys
from datetime import timedelta
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command

PICKS = 8
FOLLOWED = 12
SAVED = 40


def main(article_count: int, body_words: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newssite.settings")
    django.setup()
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)

    from django.utils import timezone

    from articles.stories.run import keep_related
    from bench.archive import Archive
    from bench.shelves import fill

    made_up = Archive(article_count, timezone.now(), body_words=body_words)
    fill(made_up)
    keep_related(timezone.now())
    keep_pictures()
    choose_picks(article_count)
    print(json.dumps(addresses(made_up) | {"cookie": sign_in_a_member(article_count)}))


def keep_pictures() -> None:
    """Those of the demo edition, in place of the made-up publishers'."""
    from articles import demo
    from articles.models import StoredPicture
    from articles.pictures.files import keep

    folder = Path(str(demo.__file__)).parent / "pictures"
    names = sorted({path.name.rpartition("-")[0] for path in folder.glob("*-640.webp")})
    for place, picture in enumerate(StoredPicture.objects.order_by("pk")):
        name = names[place % len(names)]
        keep(picture.key, [(width, (folder / f"{name}-{width}.webp").read_bytes()) for width in picture.widths])


def choose_picks(article_count: int) -> None:
    from django.utils import timezone

    from accounts.models import User
    from articles.models import Pick

    editor = User.objects.create_user("editor@paper.example", "a long password", name="Ines Carrow")
    Pick.objects.bulk_create(
        Pick(
            article_id=article_count - 40 * place,
            position=place,
            note="Worth the time it takes.",
            starts_at=timezone.now() - timedelta(hours=1),
            editor=editor,
        )
        for place in range(1, PICKS + 1)
    )


def sign_in_a_member(article_count: int) -> str:
    """The Cookie header of a reader who pays, follows and has saved something."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.utils import timezone

    from accounts.models import User
    from articles.models import Follow, Saved
    from billing.models import Membership
    from billing.trial import start_trial

    now = timezone.now()
    user = User.objects.create_user("member@paper.example", "a long password")
    user.emailaddress_set.create(email=user.email, verified=True, primary=True)
    start_trial(user, now - timedelta(days=60))
    paid = {"status": "active", "plan": "monthly", "paid_until": now + timedelta(days=20)}
    Membership.objects.filter(user=user).update(**paid)
    Follow.objects.bulk_create(
        [
            *(Follow(user=user, source_id=number) for number in range(2, 2 + FOLLOWED)),
            *(Follow(user=user, section=section) for section in ("world", "science", "health")),
        ]
    )
    Saved.objects.bulk_create(Saved(user=user, article_id=article_count - 9 * place) for place in range(SAVED))
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


def addresses(made_up) -> dict[str, str]:
    from articles.models import Article
    from articles.pages.keyset import cursor_of

    licensed = Article.objects.filter(source__permission="full", has_body=True).order_by("-pk")[0]
    middle = made_up.article_count // 2
    return {
        "front": "/",
        "section": "/news/science/",
        "article": licensed.get_absolute_url(),
        "deep": f"/news/science/?before={cursor_of(made_up.published_at(middle), middle)}",
    }


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
