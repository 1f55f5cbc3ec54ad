"""A made-up archive of any size, the same for the same seed: rows for our tables. Pure.

As many articles a day whatever the size: a larger archive is an older one, and the day that pages are made of is the
same. Articles come in the order of their dates, as keys do in an archive that has grown.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from itertools import accumulate
from random import Random

SOURCES = 300
AGENCY = 1
TOPICS = 200
PICTURES = 30
SECTIONS = (
    *("world", "business", "technology", "science", "health"),
    *("sport", "culture", "politics", "climate", "opinion"),
)
REPORTS_OF_AN_EVENT = 4
WORDS = 30_000
# One in so many articles says it.
FREQUENCIES = {"fifthword": 5, "hundredthword": 100, "rareword": 2500}
PERMISSIONS = ("teaser", "full", "teaser", "open", "full", "teaser", "headline", "teaser", "full", "teaser")
LICENCE = "CC-BY-4.0"

Row = tuple[object, ...]
ARTICLE = (
    *("id", "source_id", "section", "canonical_url", "headline", "standfirst", "opening_html", "author", "language"),
    *("categories", "word_count", "has_body", "image_url", "image_width", "image_height", "image_alt", "image_caption"),
    *("thumbnail_url", "published_at", "first_seen_at", "picture_id", "is_noindex", "version_count", "is_opened"),
    *("withdrawn_reason", "story_id", "is_copy"),
)
STORY = (
    *("id", "lead_id", "section", "title_count", "article_count", "score", "first_at", "last_at", "cluster_version"),
)
BODY = ("article_id", "html")
ENTRY = ("id", "feed_id", "entry_id", "content_hash", "article_id", "seen_at")
LABEL = ("id", "article_id", "topic_id")


@dataclass(frozen=True)
class Archive:
    """`article_count` articles up to `now`, 1 the oldest; sources, feeds and topics are numbered from 1 too."""

    article_count: int
    now: datetime
    seed: int = 1
    body_words: int = 150
    a_day: int = 5000

    @cached_property
    def words(self) -> list[str]:
        random = Random(self.seed)
        return ["".join(random.choices("aeioulnrstdm", k=random.randint(4, 9))) for _ in range(WORDS)]

    @cached_property
    def weights(self) -> list[float]:
        """Cumulative: words are as frequent as words are."""
        return list(accumulate(1 / (place + 10) for place in range(WORDS)))

    @cached_property
    def sentences(self) -> list[str]:
        """What texts are put together from: writing each word of a million articles would take an hour."""
        random = Random(self.seed + 1)
        rows = (random.choices(self.words, cum_weights=self.weights, k=15) for _ in range(20_000))
        return [" ".join(row).capitalize() + "." for row in rows]

    def stories(self) -> Iterator[Row]:
        """In the order of STORY; story n has the articles (n-1)*4+1 to n*4."""
        for number in range(1, self.story_count + 1):
            first, last = self.articles_of(number)
            age_hours = (self.now - self.published_at(last)) / timedelta(hours=1)
            score = (1 + number % 7) * 0.5 ** (age_hours / 6)
            count = last - first + 1
            dates = (stamp(self.published_at(first)), stamp(self.published_at(last)))
            yield (number, first, self.section_of(first), count, count, score, *dates, 1)

    def articles(self) -> Iterator[Row]:
        """In the order of ARTICLE."""
        random = Random(self.seed + 2)
        for number in range(1, self.article_count + 1):
            yield self._article(number, random)

    def bodies(self) -> Iterator[Row]:
        random = Random(self.seed + 3)
        for number in range(1, self.article_count + 1):
            if self.has_body(number):
                said = " ".join(frequent_words(number))
                yield number, "".join(f"<p>{text} {said}</p>" for text in self._paragraphs(random))

    def entries(self) -> Iterator[Row]:
        """One for each article; its identity is `entry_id(number)`."""
        for number in range(1, self.article_count + 1):
            seen_at = stamp(self.published_at(number))
            yield number, self.source_of(number), entry_id(number), f"{number:064x}", number, seen_at

    def labels(self) -> Iterator[Row]:
        for number in range(1, self.article_count + 1):
            yield number, number, number * 7919 % TOPICS + 1

    @property
    def story_count(self) -> int:
        return -(-self.article_count // REPORTS_OF_AN_EVENT)

    def articles_of(self, story: int) -> tuple[int, int]:
        """The first and the last."""
        first = (story - 1) * REPORTS_OF_AN_EVENT + 1
        return first, min(first + REPORTS_OF_AN_EVENT - 1, self.article_count)

    def published_at(self, number: int) -> datetime:
        return self.now - timedelta(days=1) / self.a_day * (self.article_count - number)

    def source_of(self, number: int) -> int:
        """An agency brings a third of everything."""
        return number * 7 % SOURCES + 1 if number % 3 else AGENCY

    def section_of(self, number: int) -> str:
        return SECTIONS[(number - 1) // REPORTS_OF_AN_EVENT % len(SECTIONS)]

    def has_body(self, number: int) -> bool:
        return permission_of(self.source_of(number)) in {"full", "open"}

    def _article(self, number: int, random: Random) -> Row:
        published_at = stamp(self.published_at(number))
        headline = " ".join([*random.choices(self.words, cum_weights=self.weights, k=8), *frequent_words(number)])
        opening = random.choices(self.sentences, k=4)
        picture = number % PICTURES + 1 if number % 3 else None
        return (
            *(number, self.source_of(number), self.section_of(number), link(number), headline.capitalize()),
            *(f"{opening[0]} {opening[1]}", f"<p>{' '.join(opening)}</p>", "Ada Reporter", "en", "[]"),
            *(self.body_words, self.has_body(number), picture_url(picture) if picture else ""),
            *(1200 if picture else None, 800 if picture else None, "A made-up picture" if picture else "", "", ""),
            *(published_at, published_at, picture, False, 0, False, ""),
            *((number - 1) // REPORTS_OF_AN_EVENT + 1, False),
        )

    def _paragraphs(self, random: Random) -> Iterator[str]:
        for _ in range(max(1, self.body_words // 45)):
            yield " ".join(random.choices(self.sentences, k=3))


def permission_of(source: int) -> str:
    # By threes, or it would go with the numbers that frequent words go by.
    return PERMISSIONS[source // 3 % len(PERMISSIONS)]


def frequent_words(number: int) -> list[str]:
    return [word for word, one_in in FREQUENCIES.items() if number % one_in == 0]


def entry_id(number: int) -> str:
    return f"tag:made-up.example,2025:{number}"


def link(number: int) -> str:
    return f"https://made-up.example/news/{number}"


def picture_url(number: int) -> str:
    return f"https://pictures.example/{number}.jpg"


def stamp(at: datetime) -> str:
    """As both databases take an instant: UTC without saying so."""
    return f"{at:%Y-%m-%d %H:%M:%S.%f}"
