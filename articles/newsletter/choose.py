"""What stands in an edition, and why. Pure.

lead, what matters by rank, one from each followed section, the newest of followed titles, more by rank, editors' picks
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from articles.pages.plan import Candidate
from articles.sections import SECTIONS

MOST = 12
FULL = 10  # filled up by rank to this many
FEWEST = 8  # fewer is an edition that is still coming together
RANKED = 4  # the lead and the three after it
OF_SECTIONS = 4
OF_TITLES = 2
OF_PICKS = 2
OF_ONE_TITLE = 2
# What everybody's edition shows of the world beyond what leads; a reader's own follows take their place.
BROAD = ("world", "business", "technology", "science", "culture", "sport")
BROAD_COUNT = 3

LEAD, RANK, SECTION, FOLLOWED, TITLE, PICK = "lead", "rank", "section", "followed", "title", "pick"


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
class Taste:
    """What a reader follows."""

    sections: frozenset[str] = frozenset()
    newest: Sequence[Candidate] = ()  # of followed titles


@dataclass(frozen=True, slots=True)
class Place:
    """One story of an edition. `about` is the section it stands for, or who picked it; the rest is the editor's."""

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

    Those come again only as the lead, or where without them there would be next to nothing.
    """
    places = _choose(offered, taste, before)
    return places if len(places) >= FEWEST // 2 else _choose(offered, taste, ())


def _choose(offered: Offered, taste: Taste, before: Collection[int]) -> list[Place]:
    tray = Tray(set())
    # An editor's choice claims its event first: nobody misses a rank, everybody a pick that does not appear.
    fresh = [pick for pick in offered.picks if pick.candidate.event not in before]
    picked = {one.event for one in tray.take((pick.candidate for pick in fresh), OF_PICKS)}
    lead = tray.take(offered.leading, 1)
    tray.seen.update(before)
    ranked = tray.take(offered.leading, RANKED - 1)
    sections = _of_sections(offered, taste, tray, {one.section for one in [*lead, *ranked]})
    titles = tray.take(taste.newest, OF_TITLES)
    count = len(picked) + len(lead) + len(ranked) + len(sections) + len(titles)
    more = tray.take([*offered.leading, *offered.newest], max(0, FULL - count))
    kind = FOLLOWED if taste.sections else SECTION
    places = [
        *(_place(one, LEAD) for one in lead),
        *(_place(one, RANK) for one in [*ranked, *more]),
        *(_place(one, kind) for one in sections),
        *(_place(one, TITLE) for one in titles),
        *(_pick_place(pick) for pick in fresh if pick.candidate.event in picked),
    ]
    return places[:MOST]


def _of_sections(offered: Offered, taste: Taste, tray: Tray, shown: Collection[str]) -> list[Candidate]:
    """The best of each section: of those followed, else of those that nothing has come from yet."""
    if taste.sections:
        wanted, most = [slug for slug in SECTIONS if slug in taste.sections], OF_SECTIONS
    else:
        wanted, most = [slug for slug in BROAD if slug not in shown], BROAD_COUNT
    found: list[Candidate] = []
    for slug in wanted:
        if len(found) == most:
            break
        found += tray.take((one for one in [*offered.leading, *offered.newest] if one.section == slug), 1)
    return found


def _place(candidate: Candidate, kind: str) -> Place:
    return Place(candidate.article_id, candidate.event, kind, candidate.section)


def _pick_place(pick: Picked) -> Place:
    one = pick.candidate
    return Place(one.article_id, one.event, PICK, pick.by, pick.note, pick.headline)


def why(place: Place, title_count: int, source_name: str) -> str:
    """The line that answers "Why here?"; `title_count` is how many titles this reader can see on the event."""
    covered = f"Reported by {title_count} titles" if title_count > 1 else f"From {source_name}"
    match place.kind:
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
