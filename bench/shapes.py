"""What is handed to a contestant and what it hands back. As JSON between processes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Job:
    """Which feeds, where, and into what; the database is fresh."""

    folder: str  # the contestant's own, empty
    database_url: str
    urls: tuple[str, ...]
    etag: str = ""  # with last_modified: what every feed is known by from an earlier visit
    last_modified: str = ""
    is_migrated: bool = False  # the database has its tables already


def job_from(path: str) -> Job:
    facts = json.loads(Path(path).read_text())
    return Job(**{**facts, "urls": tuple(facts["urls"])})


@dataclass(frozen=True, slots=True)
class Turn:
    """One measured turn of a contestant."""

    count: int  # of new entries, or of answers where nothing is new
    cpu_seconds: float  # the whole process tree
    wall_seconds: float
    peak_mb: float  # of the process itself in this turn
    children_peak_mb: float = 0.0
    database_cpu_seconds: float | None = None  # None where there is no server, or where it is not on this machine
