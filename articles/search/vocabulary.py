"""The words that public text uses, kept as a table of our own: alike on both databases, and no word of a walled text.

Made anew from the newest articles now and then; between two times a word may be missing, or be of an article that was
taken down. So nothing is suggested that has not been looked for and found.
"""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta
from html import unescape

from django.core.cache import cache
from django.db import transaction
from django.db.models import Q

from articles.models import Article, SearchWord, Source
from articles.models.search_word import LONGEST_WORD
from articles.search.hits import folded
from articles.search.query import WORD
from articles.search.spelling import SHORTEST_SKELETON, KnownWord, is_correctable, nearest, skeleton, slips

logger = logging.getLogger(__name__)

SAMPLE = 20_000  # articles
MOST_WORDS = 60_000
FEWEST_ARTICLES = 2  # one article's word may be that article's misprint
TITLE_COUNTS = 5  # a word of a title's name is as good as one of so many articles
MOST_CORRECTED = 3  # words of one search
MADE_EVERY = timedelta(minutes=10)
SMALL = 2_000  # articles; a site that begins learns each minute
LAST_MADE = "search-words"
TAG = re.compile(r"<[^>]*>")
BATCH = 2_000


def corrections(words: Collection[str]) -> dict[str, str]:
    """For folded words that no public text uses the one that was probably meant. Two queries, one if all are used."""
    known = set(SearchWord.objects.filter(word__in=words).values_list("word", flat=True))
    unknown = [word for word in words if word not in known][:MOST_CORRECTED]
    near = {word: slips(word) for word in unknown}
    if not near:
        return {}
    wanted = Q(word__in=set().union(*near.values()))
    skeletons = {skeleton(word) for word in unknown if len(skeleton(word)) >= SHORTEST_SKELETON}
    if skeletons:
        wanted |= Q(skeleton__in=skeletons)
    rows = [
        KnownWord(*row) for row in SearchWord.objects.filter(wanted).values_list("word", "written", "article_count")
    ]
    meant = {word: nearest(word, rows) for word in unknown}
    return {word: found.written for word, found in meant.items() if found}


def learn_words(now: datetime) -> bool:
    """Make the vocabulary anew where articles have come in since the last time; whether it was made."""
    newest = Article.objects.order_by("-pk").values_list("pk", flat=True).first()
    last_pk, last_at, was_small = cache.get(LAST_MADE, (None, None, True))
    if newest == last_pk or (not was_small and last_at and now < last_at + MADE_EVERY):
        return False
    counts = count_words(_public_texts())
    counts.update({word: TITLE_COUNTS for name in _title_names() for word in _words(name)})
    store_words(counts)
    cache.set(LAST_MADE, (newest, now, (newest or 0) < SMALL), timeout=None)
    logger.info("search words learnt words=%d", len(counts))
    return True


def count_words(texts: Iterable[str]) -> Counter[str]:
    """Word in small letters -> how many texts use it, for those that enough texts use."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(_words(text))
    return Counter({word: count for word, count in counts.items() if count >= FEWEST_ARTICLES})


@transaction.atomic
def store_words(counts: Counter[str]) -> None:
    """Make the table say this; a row is written only where its word is new or is used much more or less than before."""
    wanted = _rows(counts)
    kept: set[str] = set()
    gone: list[str] = []
    for word, written, count in SearchWord.objects.values_list("word", "written", "article_count"):
        row = wanted.get(word)
        if row and row.written == written and row.article_count.bit_length() == count.bit_length():
            kept.add(word)
        else:
            gone.append(word)
    for start in range(0, len(gone), BATCH):
        SearchWord.objects.filter(word__in=gone[start : start + BATCH]).delete()
    new = [row for word, row in wanted.items() if word not in kept]
    SearchWord.objects.bulk_create(new, batch_size=BATCH, ignore_conflicts=True)


def _rows(counts: Counter[str]) -> dict[str, SearchWord]:
    """The most used words by their folded form; of several ways to write it the most used."""
    rows: dict[str, SearchWord] = {}
    for written, count in counts.most_common(MOST_WORDS):
        word = folded(written)
        if word in rows:
            rows[word].article_count += count
        elif is_correctable(word) and len(written) <= LONGEST_WORD:
            rows[word] = SearchWord(word=word, written=written, skeleton=skeleton(word), article_count=count)
    return rows


def _words(text: str) -> set[str]:
    return set(WORD.findall(text.lower()))


def _public_texts() -> Iterator[str]:
    newest = Article.objects.visible().newest().values_list("headline", "standfirst", "opening_html")[:SAMPLE]
    for headline, standfirst, opening_html in newest.iterator(chunk_size=BATCH):
        yield f"{headline} {standfirst} {unescape(TAG.sub(' ', opening_html))}"


def _title_names() -> list[str]:
    return list(Source.objects.filter(is_active=True).values_list("name", flat=True))
