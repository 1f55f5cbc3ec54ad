"""The other newsroom: SQLite and the file-system broker, everything in one folder."""

from __future__ import annotations

from pathlib import Path

from tests.faults.newsroom import Newsroom


class SmallNewsroom(Newsroom):
    """All its files, its log too, are in `disk` where one is given."""

    needs_servers = False

    def __init__(self, folder: Path, allowed: str, disk: Path | None = None) -> None:
        super().__init__(disk or folder, allowed)
        self.database = self.folder / "var" / "newssite.sqlite3"
        # An empty one counts as absent.
        self.environment |= {"DATABASE_URL": "", "REDIS_URL": "", "CACHE_URL": "", "BROKER_URL": ""}

    def open(self) -> None:
        from newssite.celery import app

        self.manage("migrate", "--verbosity", "0")
        self.celery = app

    def close(self) -> None:
        self.end_workers()
