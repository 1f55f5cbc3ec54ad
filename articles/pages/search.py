"""Search: what was typed, filtered and ordered, with its hits marked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from time import monotonic

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from accounts.context import reader_of
from accounts.models import User
from articles.languages import language_name, main_language
from articles.models import Article, Source
from articles.muting import Mutes, mutes_of
from articles.pages import words
from articles.pages.cards import Card, cards_of, recounted, saved_ids_of
from articles.pages.keyset import cursor_of, parse_cursor
from articles.reading import reads_licensed, texts_for
from articles.search.find import MOST, MOST_SECONDS, Found, Match, Scope, active_titles, search
from articles.search.hits import Piece, answers, marked, snippet, text_of
from articles.search.query import (
    ALIKE,
    DATE,
    MOST_CHARACTERS,
    OPERATOR,
    PIECE,
    SLUG,
    SearchQuery,
    midnight,
    parse_query,
    slug_of,
    whole_words,
)
from articles.search.spelling import respelled, words_to_check
from articles.search.terms import Title, named, with_known_sources
from articles.search.vocabulary import corrections
from articles.sections import SECTIONS

PER_PAGE = 20
MOST_PAGES = MOST // PER_PAGE  # of the best; the newest go on by keyset
MOST_OFFERED = 8
MOST_HINTS = 4
MOST_NAMED = 3
FEW = 3  # matches; with fewer a misspelt word is likely
LANGUAGE = re.compile(r"[a-z]{2,3}", re.ASCII)
PERIODS = {
    "day": ("Past day", timedelta(days=1)),
    "week": ("Past week", timedelta(days=7)),
    "month": ("Past month", timedelta(days=30)),
}


@dataclass(frozen=True, slots=True)
class Hit:
    card: Card
    headline: tuple[Piece, ...]
    dek: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One value that a filter offers."""

    value: str
    label: str
    count: int | None
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Removal:
    """A filter that is set, and the address without it."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Correction:
    """Other words for what was typed, and the address of the one of the two whose results are not on the page.

    `is_shown`: the results are those of the other words.
    """

    typed: str
    text: str
    url: str
    is_shown: bool


@dataclass(frozen=True, slots=True)
class Form:
    """What the address asks for; values that mean nothing are dropped."""

    text: str
    is_cut: bool = False  # more was typed than is looked for
    period: str = ""
    first_day: str = ""  # "2026-01-31"
    last_day: str = ""
    section: str = ""
    sources: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    newest_first: bool = False
    is_exact: bool = False  # no other words than those typed
    page: int = 1  # of the best
    before: tuple[datetime, int] | None = None  # of the newest: where the page before ended

    def url(self, **changes: object) -> str:
        """The same search with other values; the first page unless said."""
        values = {
            "q": self.text,
            "when": self.period,
            "from": self.first_day,
            "to": self.last_day,
            "section": self.section,
            "source": self.sources,
            "lang": self.languages,
            "sort": "new" if self.newest_first else "",
            "exact": "1" if self.is_exact else "",
            **changes,
        }
        return "?" + urlencode({name: value for name, value in values.items() if value}, doseq=True)


@dataclass(frozen=True, slots=True)
class Results:
    """What one text finds: without the form's own filters, with them, and the page's part of it.

    `form` asks for a page that there is: an address that is kept outlives results that have become fewer.
    """

    form: Form
    query: SearchQuery
    is_blank: bool
    every: Found
    found: Found
    shown: tuple[Match, ...]
    has_more: bool


@dataclass(frozen=True, slots=True)
class SearchPage:
    form: Form
    typed: str
    is_blank: bool  # nothing was asked
    is_too_slow: bool
    reads_licensed: bool  # walled texts were looked through too
    count_words: str
    range_words: str  # "21 to 40 of 171"
    correction: Correction | None
    hits: list[Hit]
    titles: list[Source]  # titles whose name was typed
    periods: list[Choice]
    sections: list[Choice]
    sources: list[Choice]
    languages: list[Choice]
    removals: list[Removal]
    next_url: str
    previous_url: str
    first_url: str  # of the newest, from any later page
    ends_early: bool  # there are more matches than we turn pages for
    newest_url: str
    hints: list[str]
    is_narrowed: bool  # some of what has the words was left out
    advice: list[str]  # what was wrong with an operator
    examples: list[str]


@require_safe
def search_page(request: HttpRequest) -> HttpResponse:
    page = build_search(form_of(request), reader_of(request), timezone.now())
    return render(request, "articles/search.html", {"page": page})


def form_of(request: HttpRequest) -> Form:
    asked = request.GET
    page, newest_first = asked.get("page", ""), asked.get("sort") == "new"
    typed = " ".join(asked.get("q", "").replace("\0", " ").split())
    return Form(
        text=whole_words(typed),
        is_cut=len(typed) > MOST_CHARACTERS,
        period=asked.get("when", "") if asked.get("when") in PERIODS else "",
        first_day=_day(asked.get("from", "")),
        last_day=_day(asked.get("to", "")),
        section=asked.get("section", "") if asked.get("section") in SECTIONS else "",
        sources=_few(asked.getlist("source"), SLUG),
        languages=_few(asked.getlist("lang"), LANGUAGE),
        newest_first=newest_first,
        is_exact=asked.get("exact") == "1",
        page=int(page) if not newest_first and page in PAGES else 1,
        before=parse_cursor(asked.get("before", "")) if newest_first else None,
    )


PAGES = frozenset(str(number) for number in range(1, MOST_PAGES + 1))


def _few(values: Sequence[str], shape: re.Pattern[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if shape.fullmatch(value)))[:MOST_OFFERED]


def _day(text: str) -> str:
    """A date as it came, "" for anything else."""
    try:
        return text if DATE.fullmatch(text) and date.fromisoformat(text).year < date.max.year else ""
    except ValueError:
        return ""


def build_search(form: Form, user: User | None, now: datetime) -> SearchPage:
    """Four to six queries for words: titles, public texts, whole texts, cards.

    Two more where the form's filters narrow the search or it goes on from an earlier page. For readers: their mutes,
    what they have saved, and the texts that hits stand in. Where nearly nothing is found two for the
    spelling, three for each word that seems misspelt, and the search anew. One where what was typed is a title's name.
    """
    typed, titles, zone = form.text, active_titles(), timezone.get_current_timezone()
    scope = Scope(reads_licensed(user, now), mutes_of(user), monotonic() + MOST_SECONDS)
    results = _results(form, scope, titles, zone, now)
    correction = None
    if len(results.found.matches) < FEW and not results.found.is_too_slow:
        other = _other_spelling(form, results, scope, titles, zone, now)
        if other:
            correction, better = _corrected(form, results, *other)
            results = better if correction.is_shown else results
    form, found, query = results.form, results.found, results.query
    turns = not form.newest_first
    return SearchPage(
        form=form,
        typed=typed,
        is_blank=results.is_blank,
        is_too_slow=found.is_too_slow,
        reads_licensed=scope.reads_licensed,
        count_words=_count_words(found),
        range_words=_range_words(form, results) if turns else "",
        correction=correction,
        hits=_hits(query, results.shown, user, now, scope.mutes),
        titles=_titles(query, scope, titles) if form.page == 1 and not form.before else [],
        periods=[Choice("", "Any time", None, not form.period)]
        + [Choice(value, label, None, value == form.period) for value, (label, _) in PERIODS.items()],
        sections=_sections(form, results.every),
        sources=_choices(results.every, form.sources, lambda match: (match.source_slug, match.source_name)),
        languages=_choices(
            results.every, form.languages, lambda match: (_language(match), language_name(match.language))
        ),
        removals=_removals(form, results.every.matches),
        next_url=_next_url(form, results),
        previous_url=form.url(page=form.page - 1 if form.page > 2 else "") if form.page > 1 else "",
        first_url=form.url() if form.before else "",
        ends_early=turns and found.is_cut and form.page * PER_PAGE >= len(found.matches),
        newest_url=form.url(sort="new"),
        hints=_hints(query),
        is_narrowed=bool(replace(query, signed=()).has_filters or query.unwanted),
        advice=[] if found.matches else _advice(form, query, titles),
        examples=_examples(now),
    )


def _results(form: Form, scope: Scope, titles: Sequence[Title], zone: tzinfo, now: datetime) -> Results:
    query = _with_days(with_known_sources(parse_query(form.text, zone=zone), titles), form, zone, now)
    narrow = replace(
        query, sources=form.sources or query.sources, languages=form.languages, section=form.section or query.section
    )
    every = search(query, now, scope, titles, newest_first=form.newest_first)
    found = every if narrow == query else search(narrow, now, scope, titles, newest_first=form.newest_first)
    form, rest = replace(form, page=min(form.page, max(1, -(-len(found.matches) // PER_PAGE)))), found
    if form.before:
        rest = search(narrow, now, scope, titles, newest_first=True, before=form.before)
        if not rest.matches and not rest.is_too_slow:
            form, rest = replace(form, before=None), found
    start = (form.page - 1) * PER_PAGE
    shown = rest.matches[start : start + PER_PAGE]
    is_blank = narrow.is_empty and not narrow.has_filters
    return Results(form, query, is_blank, every, found, shown, has_more=len(rest.matches) > start + PER_PAGE)


def _with_days(query: SearchQuery, form: Form, zone: tzinfo, now: datetime) -> SearchQuery:
    """The narrower of what was typed and what was chosen."""
    starts = [query.published_from] if query.published_from else []
    ends = [query.published_before] if query.published_before else []
    if form.period:
        starts.append(now - PERIODS[form.period][1])
    if first := midnight(form.first_day, zone):
        starts.append(first)
    if form.last_day and (end := midnight(_day_after(form.last_day), zone)):
        ends.append(end)
    return replace(query, published_from=max(starts, default=None), published_before=min(ends, default=None))


def _day_after(day: str) -> str:
    """Not a day's hours later: days on which clocks are changed are longer or shorter."""
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()


def _other_spelling(
    form: Form, results: Results, scope: Scope, titles: Sequence[Title], zone: tzinfo, now: datetime
) -> tuple[Form, Results] | None:
    """The same search with its misspelt words put right, and what it finds; None where that is no more.

    First those that no text has: a right word that only few use is not in the vocabulary either.
    """
    named_words = {word for title in titles for word in title.words}
    changes = corrections([word for word in words_to_check(results.query.terms) if word not in named_words])
    unsaid = {word: meant for word, meant in changes.items() if not _is_said(word, scope, titles, now)}
    for some in (unsaid, changes) if unsaid != changes else (changes,):
        other = replace(form, text=respelled(form.text, some), page=1, before=None, is_exact=False)
        better = _results(other, scope, titles, zone, now) if some else results
        if len(better.found.matches) > len(results.found.matches):
            return other, better
    return None


def _is_said(word: str, scope: Scope, titles: Sequence[Title], now: datetime) -> bool:
    return bool(search(SearchQuery(terms=(word,)), now, scope, titles).matches)


def _corrected(form: Form, results: Results, other: Form, better: Results) -> tuple[Correction, Results]:
    """Which results are shown, and the line that says so."""
    if results.found.matches or form.is_exact:
        return Correction(form.text, other.text, other.url(), is_shown=False), results
    return Correction(form.text, other.text, form.url(exact="1"), is_shown=True), better


def _range_words(form: Form, results: Results) -> str:
    start, count = (form.page - 1) * PER_PAGE, len(results.found.matches)
    words_ = f"{start + 1} to {min(start + PER_PAGE, count)}"
    return words_ if results.found.is_cut else f"{words_} of {count}"


def _next_url(form: Form, results: Results) -> str:
    if not results.has_more:
        return ""
    if not form.newest_first:
        return form.url(page=form.page + 1) if form.page < MOST_PAGES else ""
    last = results.shown[-1]
    return form.url(before=cursor_of(last.published_at, last.article_id))


def _hits(query: SearchQuery, matches: Sequence[Match], user: User | None, now: datetime, mutes: Mutes) -> list[Hit]:
    """Where headline and standfirst do not say it all: words of the opening, or of a text that this reader may read."""
    articles = _load([match.article_id for match in matches])
    cards = recounted(cards_of(articles, saved_ids_of(user, articles) if articles else frozenset()), mutes)
    hidden = [article for article in articles if not answers(query, *_public_texts(article))]
    texts = texts_for(hidden, user, now)
    shown = {article.pk: texts.get(article.pk) or article.opening_html for article in hidden}
    return [
        Hit(card, marked(query, card.headline), _dek(query, card, shown.get(card.article.pk, ""))) for card in cards
    ]


def _public_texts(article: Article) -> tuple[str, ...]:
    return (article.headline, article.standfirst, article.author, article.source.name)


def _dek(query: SearchQuery, card: Card, html: str) -> tuple[Piece, ...]:
    return (html and snippet(query, text_of(html))) or marked(query, card.dek)


def _load(ids: Sequence[int]) -> list[Article]:
    if not ids:
        return []
    found = Article.objects.for_cards().in_bulk(ids)
    return [found[pk] for pk in ids if pk in found]


def _language(match: Match) -> str:
    return main_language(match.language)


def _choices(found: Found, chosen: Sequence[str], key: Callable[[Match], tuple[str, str]]) -> list[Choice]:
    """The most frequent values among what was found, those that are chosen always; counts only where they are all."""
    counts = Counter(key(match) for match in found.matches)
    offered = [pair for pair, _ in counts.most_common(MOST_OFFERED)]
    offered += [pair for pair in counts if pair[0] in chosen and pair not in offered]
    return [
        Choice(value, label, None if found.is_cut else counts[value, label], value in chosen)
        for value, label in offered
    ]


def _sections(form: Form, found: Found) -> list[Choice]:
    offered = _choices(found, [form.section], lambda match: (match.section, SECTIONS[match.section]))
    return [Choice("", "All sections", None, not form.section), *offered] if offered else []


def _removals(form: Form, found: Sequence[Match]) -> list[Removal]:
    names = {match.source_slug: match.source_name for match in found}
    removals = [Removal(PERIODS[form.period][0], form.url(when=""))] if form.period else []
    removals += [Removal(f"From {form.first_day}", form.url(**{"from": ""}))] if form.first_day else []
    removals += [Removal(f"Until {form.last_day}", form.url(to=""))] if form.last_day else []
    removals += [Removal(SECTIONS[form.section], form.url(section=""))] if form.section else []
    removals += [
        Removal(names.get(slug, slug), form.url(source=[other for other in form.sources if other != slug]))
        for slug in form.sources
    ]
    return removals + [
        Removal(language_name(code), form.url(lang=[other for other in form.languages if other != code]))
        for code in form.languages
    ]


def _titles(query: SearchQuery, scope: Scope, titles: Sequence[Title]) -> list[Source]:
    """Titles by name, where what was typed could be one. A query only where one is."""
    keys = [title.pk for title in named(query, titles) if title.pk not in scope.mutes.source_ids][:MOST_NAMED]
    found = Source.objects.in_bulk(keys) if keys else {}
    return [found[pk] for pk in keys if pk in found]


def _count_words(found: Found) -> str:
    if found.is_cut:
        return f"More than {MOST} results"
    return words.counted(len(found.matches), "result")


def _hints(query: SearchQuery) -> list[str]:
    """Shorter searches to try where nothing was found: each word alone."""
    single = dict.fromkeys(word for term in query.terms for word in term.split() if len(word) > 2)
    return list(single)[:MOST_HINTS] if len(single) > 1 else []


def _advice(form: Form, query: SearchQuery, titles: Sequence[Title]) -> list[str]:
    """What may be why nothing was found, beside the words themselves."""
    pieces = [piece for *_, piece in PIECE.findall(form.text.translate(ALIKE))]
    operators = [match for piece in pieces if (match := OPERATOR.fullmatch(piece))]
    advice = [_advice_on(match[1].lower(), match[2], titles) for match in operators]
    if query.published_from and query.published_before and query.published_from >= query.published_before:
        advice.append("These days end before they begin.")
    if "OR" in pieces:
        advice.append("OR is looked for as a word here: an article has to have all of them.")
    if form.is_cut:
        advice.append(f"Only the first {MOST_CHARACTERS} characters were looked for.")
    return [sentence for sentence in dict.fromkeys(advice) if sentence]


def _advice_on(name: str, value: str, titles: Sequence[Title]) -> str:
    """What is wrong with the value of an operator; "" where nothing is."""
    if not value:
        return f"Nothing stands behind “{name}:”."
    if name == "section" and value.lower() not in SECTIONS:
        return f"There is no section “{value}”. The sections are {', '.join(SECTIONS)}."
    if name in {"after", "before"} and not midnight(value, UTC):
        return f"“{value}” is no date. A date is written {name}:2026-01-31."
    if name == "source" and not _names_title(slug_of(value), titles):
        name_typed = value.strip('"')
        return f"No title is called “{name_typed}” here."
    return ""


def _names_title(slug: str, titles: Sequence[Title]) -> bool:
    known = with_known_sources(SearchQuery(sources=(slug,)), titles).sources
    return any(title.slug == known[0] for title in titles)


def _examples(now: datetime) -> list[str]:
    return ["water treaty", '"four-day week"', f"rents after:{now:%Y-%m}-01", "strike -football"]
