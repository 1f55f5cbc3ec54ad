"""One contestant in a process of its own: makes ready, then takes a turn for every line it reads.

python -m bench.contestant NAME JOB.json    lines in: the names of turns; lines out: a Turn each, as JSON
"""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import asdict
from importlib import import_module

from bench.measure import forget_peak, living_children, peak_mb, tree_cpu_seconds
from bench.shapes import Job, Turn, job_from


def serve(name: str, job: Job) -> None:
    # What a library prints must not get between the answers.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    take_turn = import_module(f"bench.contestants.{name}").prepare(job)
    print("ready", file=answers)
    for _ in sys.stdin:
        forget_peak()
        cpu, wall = tree_cpu_seconds(), time.perf_counter()
        count = take_turn()
        wall = time.perf_counter() - wall
        turn = Turn(
            count=count,
            cpu_seconds=tree_cpu_seconds() - cpu,
            wall_seconds=wall,
            peak_mb=peak_mb(),
            children_peak_mb=sum(peak_mb(pid) for pid in living_children(os.getpid())),
        )
        print(json.dumps(asdict(turn)), file=answers)


if __name__ == "__main__":
    serve(sys.argv[1], job_from(sys.argv[2]))
