"""The worker of a later version: it knows one task more. `celery -A tests.faults.tomorrow worker`."""

from __future__ import annotations

import os
from pathlib import Path

from newssite.celery import app

NAME = "articles.tasks.of_tomorrow"


@app.task(name=NAME)
def of_tomorrow(line: str) -> None:
    with Path(os.environ["VAR_DIR"], "tomorrow").open("a") as file:
        file.write(f"{line}\n")
