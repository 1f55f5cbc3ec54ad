"""The road of a reader's request: `QuickRoad(application)` answers what it knows and asks `application` for the rest.

A shell is the answer of Django's own view, made while holes were left, and everything that decides whether it may be
shown to this reader is looked up anew. Whatever does not fit (no shell, an older one, a session that is not plainly
good, a database that is away) goes to Django.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone

from articles.pages.wall import wall_for
from articles.quick import deflate
from articles.quick.answers import Answer, Application, Environ, StartResponse, answer_of, gzipped, takes_gzip
from articles.quick.holes import has_holes, leaving_holes
from articles.quick.keeping import kept_headers, may_be_kept
from articles.quick.kept import Kept, Place
from articles.quick.lookup import Facts, Marks, facts_of_article, facts_of_front, marks_of, session_data_of
from articles.quick.own import private_parts
from articles.quick.question import Question, question_of, with_token
from articles.quick.session import reader_id_of
from articles.quick.shell import Shell, ids_of, parts_of
from articles.quick.tokens import renewed_cookie
from articles.quick.visits import note_visit
from billing.entitlement import Access, access_of
from billing.standing import rules, standing_of

logger = logging.getLogger(__name__)

# Words like "3 min" and other titles' headlines are as old as this at most; everything else is as new as the database.
KEPT_FOR = timedelta(seconds=60)
# From this age on one reader's request makes it anew, while the others still get the last one.
RENEWED_AFTER = timedelta(seconds=20)
FRONT_RENEWED_AFTER = timedelta(seconds=5)
MOST_REMEMBERED = 20_000
# After an error the quick road is left alone for a while: nobody waits twice for a database that is away.
REST_SECONDS = 2.0
NotePage = Callable[[str, float], object]
VARY = ("Vary", "Cookie, Accept-Encoding")


class QuickRoad:
    """WSGI. Safe for threads; `most_bytes` 0 switches it off.

    `note_page` is told the name and the seconds of each page that was put together here, without Django.
    """

    def __init__(self, application: Application, most_bytes: int, note_page: NotePage = lambda *_: None) -> None:
        self.application, self.kept, self.is_on = application, Kept(most_bytes), most_bytes > 0
        self.note_page = note_page
        # What saves a second look, and is checked by the first: whose session a key was, what a page showed.
        self._readers: dict[str, int] = {}
        self._shown: dict[tuple[str, int | None], frozenset[int]] = {}
        self._rests_until = 0.0

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if settings.SESSION_COOKIE_NAME not in environ.get("HTTP_COOKIE", ""):
            return self.application(environ, start_response)
        answer = self._tried(environ) if self.is_on and time.monotonic() >= self._rests_until else None
        if answer is None:
            answer = gzipped(answer_of(self.application, environ), environ)
        return answer.send(start_response)

    def _tried(self, environ: Environ) -> Answer | None:
        """None for whatever Django has to answer; it can still do so then."""
        question = question_of(environ)
        if question is None:
            return None
        try:
            return self.answer(question, environ, timezone.now())
        except DatabaseError as error:
            logger.warning("quick road: no answer from the database: %s", error)
            self._rests_until = time.monotonic() + REST_SECONDS
        except Exception:
            # Whatever it was: Django's own road is there, and nobody is let in by a mistake made here.
            logger.exception("quick road left path=%s", question.path)
        return None

    def answer(self, question: Question, environ: Environ, now: datetime) -> Answer | None:
        started = time.perf_counter()
        facts = self._facts(question, now)
        if facts is None or facts.has_mutes:
            return None
        standing = standing_of(facts.user)
        if standing is None or standing.is_staff:
            return None
        access = access_of(standing, now, rules())
        place = Place.of(question, facts, wall_for(access, standing, now))
        shell = self.kept.get(place)
        renewed_after = RENEWED_AFTER if question.article_id else FRONT_RENEWED_AFTER
        if shell is None or not is_fresh(shell, facts, now, renewed_after):
            return self._made(question, environ, facts, access, place, now)
        marks = self._marks(question, facts, shell)
        if marks.visible_count != shell.visible_count:
            return self._made(question, environ, facts, access, place, now)
        note_visit(question.session_key, shell.told, facts, marks, access, now)
        answer = filled(shell, question, environ, facts, access, marks, now)
        self.note_page("article" if question.article_id else "front", time.perf_counter() - started)
        return answer

    def _facts(self, question: Question, now: datetime) -> Facts | None:
        """One statement, two for a session that this process meets for the first time."""
        key = question.session_key
        user_id = self._readers.get(key)
        if user_id is None:
            data = session_data_of(key, now)
            user_id = reader_id_of(data) if data else None
            if user_id is None:
                return None
            remember(self._readers, key, user_id)
        ids = self._shown.get(shown_by(question, user_id), frozenset())
        if question.article_id is None:
            return facts_of_front(key, user_id, ids, now)
        return facts_of_article(key, user_id, question.article_id, ids, now)

    def _marks(self, question: Question, facts: Facts, shell: Shell) -> Marks:
        """Of what this shell shows; asked for again where the look-up was asked about other articles."""
        if facts.asked_ids == shell.ids:
            return facts.marks
        remember(self._shown, shown_by(question, facts.user.pk), shell.ids)
        return marks_of(facts.user.pk, shell.ids)

    def _made(
        self, question: Question, environ: Environ, facts: Facts, access: Access, place: Place, now: datetime
    ) -> Answer | None:
        """By Django, who counts the visit itself. Kept where it is what this reader should see by the look-up.

        None where it is not, and has holes: nobody is to fill them, so Django makes it once more without.
        """
        with leaving_holes() as making:
            answer = answer_of(self.application, with_token(environ, question))
        told = making.told
        if told is None or not may_be_kept(
            answer, told, facts.user, access, place.wall, token=question.token, session_key=question.session_key
        ):
            return None if has_holes(answer.body) else gzipped(answer, environ)
        ids = ids_of(answer.body) | {one for one in (question.article_id,) if one}
        marks = marks_of(facts.user.pk, ids)
        shell = Shell(
            headers=kept_headers(answer.headers),
            told=told,
            version=facts.version,
            made_at=now,
            parts=parts_of(answer.body),
            ids=ids,
            visible_count=marks.visible_count,
        )
        self.kept.put(place, shell)
        remember(self._shown, shown_by(question, facts.user.pk), ids)
        return filled(shell, question, environ, facts, access, marks, now)


def is_fresh(shell: Shell, facts: Facts, now: datetime, renewed_after: timedelta) -> bool:
    """A clock that was set back makes everything old."""
    age = now - shell.made_at
    if shell.version != facts.version or not timedelta(0) <= age < KEPT_FOR:
        return False
    if age < renewed_after or shell.is_being_renewed:
        return True
    shell.is_being_renewed = True
    return False


def filled(
    shell: Shell, question: Question, environ: Environ, facts: Facts, access: Access, marks: Marks, now: datetime
) -> Answer:
    plain, packed = shell.filled(private_parts(facts, access, question.token), marks)
    headers = [*shell.headers, VARY, ("Set-Cookie", renewed_cookie(question.token, now))]
    if takes_gzip(environ.get("HTTP_ACCEPT_ENCODING", "")):
        body = deflate.member(packed, plain)
        headers.append(("Content-Encoding", "gzip"))
    else:
        body = plain
    headers.append(("Content-Length", str(len(body))))
    return Answer("200 OK", headers, body)


def shown_by(question: Question, user_id: int) -> tuple[str, int | None]:
    """Under what it is remembered which articles a page names: everybody's is the same but the front page."""
    return question.path, None if question.article_id else user_id


def remember(remembered: dict, key: object, value: object) -> None:
    """Everything goes when it is full: a second look brings it back."""
    if len(remembered) >= MOST_REMEMBERED:
        remembered.clear()
    remembered[key] = value


def quick_road(application: Application, note_page: NotePage) -> QuickRoad:
    """As the settings say."""
    return QuickRoad(application, settings.SHELL_STORE_MB * 1024 * 1024, note_page)
