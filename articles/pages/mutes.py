"""What a reader mutes, each with its undo, and a way to mute more. A mute is absolute: see articles/muting.py."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods

from accounts.context import reader_of
from accounts.models import User
from articles.models import Article, Mute, Source, Topic
from articles.muting import is_unspaced, mutes_from, word_of
from articles.pages import words
from articles.pages.back import back, sign_in
from articles.pages.choices import Choice
from articles.pages.directory import Title
from articles.pages.following import TooMany
from articles.pages.sources import clean_query, find_titles
from articles.pages.told import UNDO
from articles.topics.store import find_topics

MOST_MUTES = 500
MOST_WORDS = 100  # of them: each row of a list is compared with every one
LONGEST_WORD = 80
TITLES_FOUND = 8
TOPICS_FOUND = 8
KINDS = ("source", "topic", "word")


class NoWord(Exception):
    """What was typed is nothing that could be looked for; the message says why."""


@dataclass(frozen=True, slots=True)
class Muted:
    """One line of the settings page."""

    pk: int
    kind: str
    name: str
    language: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class MutesPage:
    sources: list[Muted]
    topics: list[Muted]
    words: list[Muted]
    find: str
    found: list[Choice]
    typed: str = ""
    error: str = ""

    @property
    def count(self) -> int:
        return len(self.sources) + len(self.topics) + len(self.words)

    @property
    def count_words(self) -> str:
        return words.counted(self.count, "mute")


@require_http_methods(["GET", "HEAD", "POST"])
def mutes_page(request: HttpRequest) -> HttpResponse:
    user = reader_of(request)
    if user is None:
        return sign_in(request)
    if request.method == "POST":
        return change(request, user)
    page = build_mutes_page(user, clean_query(request.GET.get("find", "")))
    return render(request, "articles/mutes.html", {"page": page})


def change(request: HttpRequest, user: User) -> HttpResponse:
    """Mutes what the form names, or takes back the mute whose number it gives; either may be sent twice."""
    form = request.POST
    if form.get("action") == "unmute":
        if taken_back := unmute(user, form.get("mute", "")):
            messages.success(request, f"{taken_back} is shown again.")
        return back(request, "mutes")
    try:
        mute = mute_named(user, form)
    except (NoWord, TooMany) as error:
        page = build_mutes_page(user, "", typed=form.get("word", "")[:LONGEST_WORD], error=str(error))
        return render(request, "articles/mutes.html", {"page": page}, status=400)
    messages.success(request, f"You have muted {name_of(mute)}.", extra_tags=f"{UNDO}{mute.pk}")
    return back(request, "mutes")


def mute_named(user: User, form: QueryDict) -> Mute:
    """The one source, topic or word that a form names, muted. Http404, BadRequest, NoWord or TooMany."""
    named = [kind for kind in KINDS if form.get(kind)]
    if len(named) != 1:
        if "word" in form and not named:
            raise NoWord("Type the word that you never want to see.")
        raise BadRequest("Name one source, topic or word")
    mute = NAMED[named[0]](user, form[named[0]].replace("\0", ""))
    same = Mute.objects.filter(user=user, source=mute.source, topic=mute.topic, word=mute.word)
    if not same.exists():
        _check_room(user, is_word=bool(mute.word))
        Mute.objects.bulk_create([mute], ignore_conflicts=True)
    return same.select_related("source", "topic").get()


def _check_room(user: User, *, is_word: bool) -> None:
    mine = Mute.objects.filter(user=user)
    if mine.count() >= MOST_MUTES:
        raise TooMany(f"You have {MOST_MUTES} mutes, and that is the most there can be: take one back first.")
    if is_word and mine.exclude(word="").count() >= MOST_WORDS:
        raise TooMany(f"You have muted {MOST_WORDS} words, and that is the most there can be: take one back first.")


def _source_mute(user: User, slug: str) -> Mute:
    return Mute(user=user, source=get_object_or_404(Source, slug=slug, is_active=True))


def _topic_mute(user: User, key: str) -> Mute:
    return Mute(user=user, topic=get_object_or_404(Topic, key=key))


def _word_mute(user: User, typed: str) -> Mute:
    typed = " ".join(typed.split())
    word = word_of(typed)
    if len(typed) > LONGEST_WORD or len(word) > LONGEST_WORD:
        raise NoWord(f"A word has at most {LONGEST_WORD} letters here.")
    if len(word) < 2 and not is_unspaced(word):
        raise NoWord("A word has at least two letters or figures: a single sign would hide nearly everything.")
    return Mute(user=user, word=word, typed=typed)


NAMED = {"source": _source_mute, "topic": _topic_mute, "word": _word_mute}


def unmute(user: User, number: str) -> str:
    """Takes back one of the reader's own mutes; its name, "" where it was taken back before."""
    if not (number.isascii() and number.isdigit() and len(number) <= 18):
        raise BadRequest("mute must be the number of a mute")
    mute = Mute.objects.filter(user=user, pk=int(number)).select_related("source", "topic").first()
    if mute is None:
        return ""
    mute.delete()
    return name_of(mute)


def name_of(mute: Mute) -> str:
    if mute.source:
        return mute.source.name
    return f"the topic {mute.topic.name}" if mute.topic else f"the word “{mute.typed or mute.word}”"


def build_mutes_page(user: User, find: str, *, typed: str = "", error: str = "") -> MutesPage:
    """One query, three more where something is looked for."""
    rows = list(Mute.objects.filter(user=user).select_related("source", "topic").order_by("-muted_at", "-pk"))
    return MutesPage(
        sources=[_muted_source(row.pk, row.source) for row in rows if row.source],
        topics=[Muted(row.pk, "topic", row.topic.name, url=row.topic.get_absolute_url()) for row in rows if row.topic],
        words=[Muted(row.pk, "word", row.typed or row.word) for row in rows if row.word],
        find=find,
        found=_found(find, rows) if find else [],
        typed=typed,
        error=error,
    )


def _muted_source(pk: int, source: Source) -> Muted:
    return Muted(pk, "source", source.name, _language(source), source.get_absolute_url() if source.is_active else "")


def _found(find: str, rows: Sequence[Mute]) -> list[Choice]:
    sources = {row.source.slug: row.pk for row in rows if row.source}
    topics = {row.topic_id: row.pk for row in rows if row.topic_id}
    return [
        *(
            Choice("topic", topic.key, topic.name, mute_id=topics.get(topic.pk), url=topic.get_absolute_url())
            for topic in find_topics(find, TOPICS_FOUND)
        ),
        *(
            Choice(
                "source",
                title.slug,
                title.name,
                _language(title),
                mute_id=sources.get(title.slug),
                url=Source(slug=title.slug).get_absolute_url(),
            )
            for title in find_titles(find, TITLES_FOUND)
        ),
    ]


def _language(title: Title | Source) -> str:
    return "" if title.name.isascii() else title.language


def mutes_that_hide(user: User, article: Article) -> list[Muted]:
    """The reader's mutes that keep this article from lists, for the page that was asked for all the same."""
    rows = Mute.objects.filter(user=user).select_related("source", "topic").order_by("pk")
    return [Muted(row.pk, _kind(row), name_of(row)) for row in rows if mutes_from([row]).hides(article)]


def _kind(mute: Mute) -> str:
    return "source" if mute.source_id else "topic" if mute.topic_id else "word"
