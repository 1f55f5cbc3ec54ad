"""What an edition says by mail. Pure: stories and facts in, words out; templates/emails/briefing.* give it its look.

Nothing here is a body: a story brings its headline, its standfirst and, where it leads and the reader has access, the
opening that everybody may read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from articles.newsletter.words import one_line

MOST_OPENING = 420  # characters of the lead's opening
LONGEST_WORD = 40  # characters; what has no blank for longer is of a language without blanks, and is cut anywhere
MOST_SUBJECT = 140
HEADLINES_AHEAD = 3  # in the line that mailboxes show beside the subject


@dataclass(frozen=True, slots=True)
class Picture:
    """Of our own origin, with its absolute address."""

    url: str
    height: int  # pixels where it is 552 wide
    alt: str


@dataclass(frozen=True, slots=True)
class Story:
    number: int
    headline: str
    url: str
    source_name: str
    language: str
    is_rtl: bool
    text: str = ""
    note: str = ""  # an editor's
    why: str = ""
    minutes: int = 0  # 0: not known
    also_count: int = 0
    also_url: str = ""
    is_pick: bool = False
    is_for_members: bool = False  # whole only for readers with access, which this one does not have
    picture: Picture | None = None

    @property
    def also(self) -> str:
        return f"Also covered by {self.also_count} title{'' if self.also_count == 1 else 's'}"


@dataclass(frozen=True, slots=True)
class Letter:
    """`site_url` has no slash at its end; `access` says what the reader may read, where there is something to say."""

    edition: str  # "Friday morning"
    date: str  # "27 November"
    length: str  # "Ten stories, 34 minutes"
    stories: Sequence[Story]
    next: str  # "this evening at 18:00"
    asked: str  # "You get this each morning because you asked for it on 18 November."
    unsubscribe_url: str
    site_name: str
    site_url: str
    contact: str
    access: str = ""

    @property
    def subject(self) -> str:
        words = one_line(f"{self.edition}: {self.stories[0].headline}")
        return words if len(words) <= MOST_SUBJECT else f"{words[: MOST_SUBJECT - 1].rstrip()}…"

    @property
    def ahead(self) -> str:
        """After the lead, which the subject has named."""
        headlines = [one_line(story.headline).rstrip(".") for story in self.stories[1 : 1 + HEADLINES_AHEAD]]
        return " ".join(f"{words}." for words in [*headlines, self.length])

    @property
    def lead(self) -> Story | None:
        """None where an editor's pick is all there is left."""
        return None if self.stories[0].is_pick else self.stories[0]

    @property
    def rest(self) -> list[Story]:
        return [story for story in self.stories if not story.is_pick and story is not self.lead]

    @property
    def picks(self) -> list[Story]:
        return [story for story in self.stories if story.is_pick]


def lead_text(opening: str, standfirst: str) -> str:
    """The opening as far as whole words go, or the standfirst where there is none."""
    words = " ".join(opening.split())
    if len(words) <= MOST_OPENING:
        return words or standfirst
    cut = words[:MOST_OPENING]
    whole = cut.rpartition(" ")[0]
    return f"{(cut if len(cut) - len(whole) > LONGEST_WORD else whole).rstrip(' ,;:.')}…"


def asked_line(part: str, both: bool, asked_on: str) -> str:
    when = "each morning and evening" if both else f"each {part}"
    return f"You get this {when} because you asked for it on {asked_on}."
