"""S1 and S2: what placing an article costs, and the pass over the window, as the number of live articles grows."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench.contest import KEY, ROOT, fresh_database
from bench.results import Line, below

JUDGED = 20_000  # live articles; the pass is judged at the next size, which 500 feeds fill in 72 hours
SIZES = (1_000, 5_000, 20_000, 30_000, 50_000)
PLACE_GOAL_MS, PASS_GOAL_SECONDS = 10, 60


def measure_stories(sizes: Sequence[int] = SIZES) -> tuple[list[Line], dict]:
    """The curves, and the goals at the size that they speak of, or at the largest that was asked for."""
    turns = taken(sizes)
    place = next((turn for turn in turns if turn["live"] >= JUDGED), turns[-1])
    whole = next((turn for turn in turns if turn["live"] > JUDGED), turns[-1])
    ways = {"by itself": "alone", "one of ten": "together"}
    lines = [
        *(
            below(
                "S1",
                f"placing an article {words}, p95, {place['live']} live",
                "ms",
                place[f"{way}_p95_cpu_ms"],
                PLACE_GOAL_MS,
                f"wall {place[f'{way}_p95_ms']:.1f}; " + curve(turns, f"{way}_p95_cpu_ms"),
            )
            for words, way in ways.items()
        ),
        below(
            "S2",
            f"pass over the window, {whole['live']} live",
            "s",
            whole["pass_cpu_seconds"],
            PASS_GOAL_SECONDS,
            f"wall {whole['pass_seconds']:.1f}; " + curve(turns, "pass_cpu_seconds"),
        ),
    ]
    return lines, {"stories": turns}


def curve(turns: Sequence[dict], name: str) -> str:
    return ", ".join(f"{turn['live'] // 1000}k {turn[name]:.3g}" for turn in turns)


def taken(sizes: Sequence[int]) -> list[dict]:
    folder = Path(tempfile.mkdtemp(prefix="bench-stories-"))
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "PYTHONPATH") if name in os.environ}
    own = {
        **kept,
        "VAR_DIR": str(folder),
        "SECRET_KEY": KEY,
        "SITE_URL": "http://127.0.0.1:8000",
        "HTTPS_ONLY": "false",
        "LOG_LEVEL": "WARNING",
        "OPENBLAS_NUM_THREADS": "1",
    }
    try:
        with fresh_database(folder) as database_url:
            done = subprocess.run(
                [sys.executable, "-m", "bench.contestants.stories", *map(str, sizes)],
                cwd=ROOT,
                env={**own, "DATABASE_URL": database_url},
                stdout=subprocess.PIPE,
                text=True,
                check=True,
            )
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return [json.loads(line) for line in done.stdout.splitlines()]
