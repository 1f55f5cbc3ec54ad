"""The front page's plan: which event stands where. Pure; rank.VERSION covers what is decided here.

arrange()  leading (by rank) + newest (by recency) -> every place of the front
  plan_front()  Top News, then the sections, each event once
  spread()      not too much of one title: of ten places in a row, and of the day's choices
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum

from articles.stories.rank import NOBODY, Audience

TOP_COUNT = 7  # the lead, three in the rail, three below
MOST_OF_ONE_TITLE = 2  # of TITLE_WINDOW places in a row
TITLE_WINDOW = 10
RANKED_BEFORE_JUST_IN = 3
DAY_SHARE = 0.1  # of the articles that stood in Top News in the past day, at most so many of one title
RANK_COUNT = 10
LATEST_COUNT = 8
FOLLOWED_COUNT = 4


@dataclass(frozen=True, slots=True)
class Coverage:
    """What ranking knows of a candidate's story."""

    title_count: int
    first_at: datetime
    last_at: datetime
    audience: Audience = NOBODY


@dataclass(frozen=True, slots=True)
class Candidate:
    """An article that may stand for its event."""

    article_id: int
    story_id: int | None  # None: just in, not placed in a story yet
    source_id: int
    section: str
    has_picture: bool = False
    coverage: Coverage | None = None  # None: it has no rank
    event: int = field(init=False, compare=False, repr=False)  # asked for thousands of times a page

    def __post_init__(self) -> None:
        object.__setattr__(self, "event", event_of(self.article_id, self.story_id))

    @property
    def audience(self) -> Audience:
        return self.coverage.audience if self.coverage else NOBODY


def event_of(article_id: int, story_id: int | None) -> int:
    """One number per event; an article without a story is an event of its own."""
    return -article_id if story_id is None else story_id


class Layout(Enum):
    """How a section is laid out, and the numbers of stories it looks right with."""

    CLUSTERS = "clusters", (7, 6, 3)
    SPLIT = "split", (7, 6, 5, 4)
    COLUMNS = "columns", (4,)
    FEATURE = "feature", (4,)
    HALF = "half", (4, 3, 2, 1)
    PLAIN = "plain", (3, 2, 1)

    def __init__(self, word: str, sizes: tuple[int, ...]) -> None:
        self.word = word
        self.sizes = sizes

    @property
    def leads_with_picture(self) -> bool:
        return self in {Layout.SPLIT, Layout.FEATURE, Layout.HALF}

    def size_for(self, count: int) -> int:
        """How many of `count` stories it takes; 0 where they are too few."""
        return next((size for size in self.sizes if size <= count), 0)


@dataclass(frozen=True, slots=True)
class Block:
    section: str
    layout: Layout
    candidates: tuple[Candidate, ...]


Rows = Sequence[Sequence[tuple[str, Layout]]]  # two sections in one row stand side by side
# No row is laid out like its neighbour; two sections in one row stand side by side.
ROWS: Rows = (
    (("world", Layout.CLUSTERS),),
    (("business", Layout.SPLIT),),
    (("opinion", Layout.COLUMNS),),
    (("technology", Layout.HALF), ("science", Layout.HALF)),
    (("climate", Layout.CLUSTERS),),
    (("health", Layout.COLUMNS),),
    (("culture", Layout.FEATURE),),
    (("sport", Layout.COLUMNS),),
    (("politics", Layout.SPLIT),),
)


@dataclass(frozen=True, slots=True)
class Plan:
    top: tuple[Candidate, ...]
    rows: tuple[tuple[Block, ...], ...]

    @property
    def candidates(self) -> list[Candidate]:
        return [*self.top, *(one for row in self.rows for block in row for one in block.candidates)]


@dataclass(frozen=True, slots=True)
class Front:
    """Every place that is decided by rank, by interest or by recency."""

    plan: Plan
    top_stories: tuple[Candidate, ...]  # what readers opened, then what titles report most
    followed: tuple[Candidate, ...]
    latest: tuple[Candidate, ...]

    @property
    def candidates(self) -> list[Candidate]:
        return [*self.plan.candidates, *self.top_stories, *self.followed, *self.latest]


Day = Mapping[int, int]  # article id -> source id of what stood in Top News in the past day


@dataclass(frozen=True, slots=True)
class Field:
    """Everything that a front is made of: candidates in their order, what editors picked, what the day has shown."""

    leading: Sequence[Candidate]  # the best first
    newest: Sequence[Candidate]
    picked: Sequence[Candidate]
    day: Day
    followed: Sequence[Candidate] = ()


def arrange(field: Field, rows: Rows) -> Front:
    # An editor's choice claims its event first: nobody misses a rank, everybody a pick that does not appear.
    picked = {pick.event for pick in field.picked}
    plan = plan_front(field.leading, field.newest, picked, rows, field.day)
    above = picked | {one.event for one in plan.candidates}
    followed = tuple(spread(each_event_once(field.followed, above), FOLLOWED_COUNT, is_strict=False))
    shown = {one.article_id for one in [*field.picked, *plan.candidates, *followed]}
    late = each_event_once(one for one in field.newest if one.article_id not in shown)
    return Front(
        plan=plan,
        top_stories=top_stories(field.leading, RANK_COUNT),
        followed=followed,
        latest=tuple(spread(late, LATEST_COUNT, is_strict=False)),
    )


def top_stories(leading: Sequence[Candidate], most: int) -> tuple[Candidate, ...]:
    """What readers opened, by the share of those who saw it, then what leads."""
    opened = sorted(
        (one for one in leading if one.audience.opened), key=lambda one: (-one.audience.interest, -one.event)
    )
    return tuple(spread(each_event_once([*opened, *leading]), most, is_strict=False))


def plan_front(
    leading: Sequence[Candidate],
    newest: Sequence[Candidate],
    claimed: Collection[int],
    rows: Rows,
    day: Day | None = None,
) -> Plan:
    """`claimed` holds the events that stand elsewhere on the page (what editors picked)."""
    seen = set(claimed)
    top = list(spread(each_event_once([*leading, *newest], seen), TOP_COUNT, day=day))
    seen.update(candidate.event for candidate in top)
    planned = []
    for row in rows:
        blocks = [block for section, layout in row if (block := _plan_block(section, layout, leading, newest, seen))]
        if blocks:
            planned.append(tuple(blocks) if len(blocks) > 1 else (_alone(blocks[0]),))
    return Plan(top=tuple(top), rows=tuple(planned))


def _plan_block(
    section: str, layout: Layout, leading: Sequence[Candidate], newest: Sequence[Candidate], seen: set[int]
) -> Block | None:
    """Takes its events out of what is left; None where nothing is."""
    waiting = each_event_once(in_section(section, leading, newest), seen)
    chosen = list(spread(waiting, max(layout.sizes), is_strict=False))
    if not chosen:
        return None
    layout = layout if layout.size_for(len(chosen)) else Layout.PLAIN
    chosen = chosen[: layout.size_for(len(chosen))]
    seen.update(candidate.event for candidate in chosen)
    return Block(section, layout, tuple(picture_first(chosen) if layout.leads_with_picture else chosen))


def _alone(block: Block) -> Block:
    """Half a row without its other half takes a whole one."""
    if block.layout is not Layout.HALF:
        return block
    fits = Layout.SPLIT.size_for(len(block.candidates))
    return replace(block, layout=Layout.SPLIT if fits else Layout.PLAIN)


def in_section(section: str, leading: Sequence[Candidate], newest: Sequence[Candidate]) -> list[Candidate]:
    """Best first. What is just in has no rank yet and follows the first few; old reports fill up at the end."""
    ranked = [candidate for candidate in leading if candidate.section == section]
    recent = [candidate for candidate in newest if candidate.section == section]
    just_in = [candidate for candidate in recent if candidate.story_id is None]
    return [*ranked[:RANKED_BEFORE_JUST_IN], *just_in, *ranked[RANKED_BEFORE_JUST_IN:], *recent]


def each_event_once(candidates: Iterable[Candidate], seen: Collection[int] = ()) -> Iterator[Candidate]:
    """Without the events already seen; of each other one the first."""
    mine: set[int] = set()
    for candidate in candidates:
        if candidate.event not in seen and candidate.event not in mine:
            mine.add(candidate.event)
            yield candidate


def spread(
    candidates: Iterable[Candidate], most: int, *, is_strict: bool = True, day: Day | None = None
) -> Iterator[Candidate]:
    """Up to `most`, in order, a title at most twice in any ten; who has to wait comes as soon as there is room.

    Where it is not strict and nothing else is left, those who wait come anyway. With a `day`, so do last those whose
    title has had its share of it.
    """
    waiting = list(candidates)
    chosen: list[Candidate] = []
    share = Share(day) if day is not None else None
    while waiting and len(chosen) < most:
        recent = Counter(candidate.source_id for candidate in chosen[-(TITLE_WINDOW - 1) :])
        allowed = (place for place, one in enumerate(waiting) if recent[one.source_id] < MOST_OF_ONE_TITLE)
        place = next(allowed, None)
        if share and place is not None and not share.has_room_for(waiting[place]):
            place = next((later for later in allowed if share.has_room_for(waiting[later])), place)
        if place is None and is_strict:
            return
        chosen.append(waiting.pop(place or 0))
        if share:
            share.take(chosen[-1])
        yield chosen[-1]


class Share:
    """How much of the day's choices each title has had. An article counts once, however long it stands."""

    def __init__(self, day: Day) -> None:
        self.article_ids = set(day)
        self.counts = Counter(day.values())

    def has_room_for(self, one: Candidate) -> bool:
        """A day begins with few choices, and a tenth of few is none: a title may always have two."""
        if one.article_id in self.article_ids:
            return True
        count, total = self.counts[one.source_id] + 1, len(self.article_ids) + 1
        return count <= MOST_OF_ONE_TITLE or count <= DAY_SHARE * total

    def take(self, one: Candidate) -> None:
        if one.article_id not in self.article_ids:
            self.article_ids.add(one.article_id)
            self.counts[one.source_id] += 1


def picture_first(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The first that has a picture goes to the head; without any the order stands."""
    lead = next((candidate for candidate in candidates if candidate.has_picture), candidates[0])
    return [lead, *(candidate for candidate in candidates if candidate is not lead)]
