"""What the child does: digest an answer, with everything that takes in one argument. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from articles.ingest.digest import digest
from articles.ingest.shapes import FeedState, FeedUpdate, Fetched, Sent


@dataclass(frozen=True, slots=True)
class Question(Sent):
    state: FeedState
    response: Fetched
    now: datetime
    allowed: tuple[str, ...]  # "host:port" pairs that pictures may come from although private


def answer(question: Question) -> FeedUpdate:
    return digest(question.state, question.response, question.now, question.allowed)
