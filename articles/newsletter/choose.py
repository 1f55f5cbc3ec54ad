"""What stands in an edition, and why. Pure.

lead, what a reader follows (stories, topics, titles, sections), what matters by rank, editors' picks: twelve at most
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from articles.pages.plan import Candidate
from articles.sections import SECTIONS

FULL = 10  # filled up by rank to this many
FEWEST = 8  # fewer is an edition that is still coming together
RANKED = 4  # the lead and the three after it
OF_FOLLOWED = 6  # of whatever kinds: an edition also says what the reader would not have looked for
OF_STORIES = 3
OF_TOPICS = 3
OF_TITLES = 2
OF_SECTIONS = 4
OF_PICKS = 2
OF_ONE_TITLE = 2
# What everybody's edition shows of the world beyond what leads; a reader's own follows take their place.
BROAD = ("world", "business", "technology", "science", "culture", "sport")
BROAD_COUNT = 3

LEAD, RANK, SECTION, PICK = "lead", "rank", "section", "pick"
STORY, TOPIC, TITLE, FOLLOWED = FOLLOWS = "story", "topic", "title", "followed"  # the narrower the earlier


@dataclass(frozen=True, slots=True)
class Picked:
    """An editor's pick as it stands now."""

    candidate: Candidate
    note: str
    headline: str  # as the editor wants it; empty keeps the publisher's
    by: str  # "Picked by Ines Carrow"


@dataclass(frozen=True, slots=True)
class Offered:
    """Everything that may stand in an edition, best first."""

    leading: Sequence[Candidate]
    newest: Sequence[Candidate]  # of the last days
    picks: Sequence[Picked]


@dataclass(frozen=True, slots=True)
class OnTopic:
    """A report on a topic that the reader follows."""

    candidate: Candidate
    topic: str  # its name


@dataclass(frozen=True, slots=True)
class Taste:
    """What a reader follows, and what it has brought."""

    sections: frozenset[str] = frozenset()
    newest: Sequence[Candidate] = ()  # of followed titles
    topics: Sequence[OnTopic] = ()  # best first
    news: Sequence[Candidate] = ()  # of followed stories since the edition before this one, newest first


@dataclass(frozen=True, slots=True)
class Place:
    """One story of an edition. `about` is the section or the topic it stands for, or who picked it; the rest is the
    editor's.
    """

    article_id: int
    event: int
    kind: str
    about: str = ""
    note: str = ""
    headline: str = ""


@dataclass(slots=True)
class Tray:
    """What has been taken: an event once, a title twice at the most."""

    seen: set[int]
    titles: Counter[int] = field(default_factory=Counter)

    def take(self, candidates: Iterable[Candidate], most: int) -> list[Candidate]:
        taken: list[Candidate] = []
        for one in candidates:
            if len(taken) >= most:
                break
            if one.event not in self.seen and self.titles[one.source_id] < OF_ONE_TITLE:
                self.seen.add(one.event)
                self.titles[one.source_id] += 1
                taken.append(one)
        return taken


def choose(offered: Offered, taste: Taste = Taste(), before: Collection[int] = ()) -> list[Place]:
    """The places of an edition, in order. `before` holds the events of the edition before this one.

    Those come again only as the lead, with news of a story that is followed, or where without them there would be next
    to nothing.
    """
    places = _choose(offered, taste, before)
    return places if len(places) >= FEWEST // 2 else _choose(offered, taste, ())


def _choose(offered: Offered, taste: Taste, before: Collection[int]) -> list[Place]:
    tray = Tray(set())
    stories = tray.take(taste.news, OF_STORIES)
    # An editor's choice claims its event next: nobody misses a rank, everybody a pick that does not appear.
    fresh = [pick for pick in offered.picks if pick.candidate.event not in before]
    picked = {one.event for one in tray.take((pick.candidate for pick in fresh), OF_PICKS)}
    # Where a followed story is what leads, its news leads the edition.
    top = next((one.event for one in offered.leading), None)
    stories.sort(key=lambda one: one.event != top)
    lead = [] if any(one.event == top for one in stories) else tray.take(offered.leading, 1)
    tray.seen.update(before)
    followed = [
        *(_place(one, STORY) for one in stories),
        *_of_others(offered, taste, tray, OF_FOLLOWED - len(stories)),
    ]
    ranked = tray.take(offered.leading, RANKED - 1)
    count = len(picked) + len(lead) + len(followed) + len(ranked)
    sections = [] if taste.sections else _broad(offered, tray, [*lead, *stories, *ranked], FULL - count)
    more = tray.take([*offered.leading, *offered.newest], FULL - count - len(sections))
    return [
        *(_place(one, LEAD) for one in lead),
        *followed,
        *(_place(one, RANK) for one in [*ranked, *more]),
        *(_place(one, SECTION) for one in sections),
        *(_pick_place(pick) for pick in fresh if pick.candidate.event in picked),
    ]


def _of_others(offered: Offered, taste: Taste, tray: Tray, most: int) -> list[Place]:
    """Of followed topics, titles and sections in turn, so that none of them fills the edition alone."""
    turns = in_turn(_of_topics(taste, tray), _of_titles(taste, tray), _of_sections(offered, taste, tray))
    return sorted(islice(turns, most), key=lambda place: FOLLOWS.index(place.kind))


def in_turn(*rows: Iterator[Place]) -> Iterator[Place]:
    """The first of each, the second of each … No row is asked for more than is wanted of all."""
    waiting = deque(rows)
    while waiting:
        row = waiting.popleft()
        for place in islice(row, 1):
            yield place
            waiting.append(row)


def _of_topics(taste: Taste, tray: Tray) -> Iterator[Place]:
    """The best on each followed topic."""
    shown: set[str] = set()
    for one in taste.topics:
        if len(shown) < OF_TOPICS and one.topic not in shown and tray.take([one.candidate], 1):
            shown.add(one.topic)
            yield _place(one.candidate, TOPIC, one.topic)


def _of_titles(taste: Taste, tray: Tray) -> Iterator[Place]:
    for _ in range(OF_TITLES):
        yield from (_place(one, TITLE) for one in tray.take(taste.newest, 1))


def _of_sections(offered: Offered, taste: Taste, tray: Tray) -> Iterator[Place]:
    """The best of each followed section."""
    best = (_best_of(slug, offered, tray) for slug in SECTIONS if slug in taste.sections)
    return islice((_place(one, FOLLOWED) for found in best for one in found), OF_SECTIONS)


def _broad(offered: Offered, tray: Tray, shown: Iterable[Candidate], most: int) -> list[Candidate]:
    """The best of sections that nothing of `shown` has come from."""
    sections = {one.section for one in shown}
    best = (_best_of(slug, offered, tray) for slug in BROAD if slug not in sections)
    return list(islice((one for found in best for one in found), min(BROAD_COUNT, max(0, most))))


def _best_of(section: str, offered: Offered, tray: Tray) -> list[Candidate]:
    return tray.take((one for one in [*offered.leading, *offered.newest] if one.section == section), 1)


def _place(candidate: Candidate, kind: str, about: str = "") -> Place:
    return Place(candidate.article_id, candidate.event, kind, about or candidate.section)


def _pick_place(pick: Picked) -> Place:
    one = pick.candidate
    return Place(one.article_id, one.event, PICK, pick.by, pick.note, pick.headline)


def why(place: Place, title_count: int, source_name: str) -> str:
    """The line that answers "Why here?"; `title_count` is how many titles this reader can see on the event.

    It names no count: how many others report it stands below, and two counts of one story look like a contradiction.
    """
    covered = "Among the most reported" if title_count > 1 else f"From {source_name}"
    match place.kind:
        case "story":
            return "You follow this story"
        case "topic":
            return f"You follow {place.about}"
        case "followed":
            return f"You follow {SECTIONS[place.about]}"
        case "title":
            return f"You follow {source_name}"
        case "section":
            return f"First in {SECTIONS[place.about]}"
        case "pick":
            return place.about
        case "lead":
            return f"The lead: {covered[0].lower()}{covered[1:]}"
        case _:
            return covered
