"""What a script did, what it looked at, and whether that held."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass

PASSED, FAILED, SKIPPED = "passed", "FAILED", "skipped"
MARK = "verdict: "


class CannotRun(Exception):
    """This machine lacks something; the message says what."""


@dataclass(frozen=True, slots=True)
class Line:
    ids: str  # of hazards: "O03 O04"
    state: str
    done: str
    seen: str

    def __str__(self) -> str:
        return f"{self.state:8} {self.ids:8} {self.done}: {self.seen}"


class Verdict:
    """The lines of one script, each printed when it is known."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.is_for_driver = "--lines" in sys.argv

    def add(self, ids: str, state: str, done: str, seen: str) -> None:
        line = Line(ids, state, done, seen)
        self.lines.append(line)
        print(MARK + json.dumps(asdict(line)) if self.is_for_driver else line, flush=True)

    def see(self, ids: str, done: str, seen: str, holds: object) -> None:
        self.add(ids, PASSED if holds else FAILED, done, seen)

    def skip(self, ids: str, done: str, why: str) -> None:
        self.add(ids, SKIPPED, done, why)

    @contextmanager
    def part(self, ids: str, done: str) -> Iterator[None]:
        """One part of a script: what breaks in it is its failure, and the next part goes on."""
        started = time.monotonic()
        try:
            yield
        except CannotRun as missing:
            self.skip(ids, done, str(missing))
        except Exception as error:
            if not self.is_for_driver:
                traceback.print_exc()
            said = str(error).strip().splitlines()[-1:] or [""]
            self.see(ids, done, f"{type(error).__name__} after {time.monotonic() - started:.0f} s: {said[0]}", False)

    @property
    def code(self) -> int:
        """Of the process: 1 where something failed, 3 where nothing could be looked at, else 0."""
        states = {line.state for line in self.lines}
        if FAILED in states:
            return 1
        return 3 if states <= {SKIPPED} else 0


def play(run: Callable[[Verdict], None]) -> int:
    """The whole of a script; its exit code."""
    verdict = Verdict()
    with verdict.part("-", "the script"):
        run(verdict)
    return verdict.code


def play_each(run: Callable[[Verdict, str], None], kinds: tuple[str, ...]) -> int:
    """A script that can be played on different ground, each time in a process of its own: Django is set up once in one.

    A kind that is named on the command line is played alone.
    """
    named = [kind for kind in kinds if kind in sys.argv]
    if named:
        return play(lambda verdict: run(verdict, named[0]))
    command = [sys.executable, "-m", sys.modules["__main__"].__spec__.name, *sys.argv[1:]]
    codes = [subprocess.call([*command, kind]) for kind in kinds]
    return next((code for code in (1, 0, 3) if code in codes), 1)


def option(name: str, default: float) -> float:
    """A number from the command line: `--seconds 60`."""
    given = dict(zip(sys.argv, sys.argv[1:], strict=False)).get(f"--{name}")
    return float(given) if given is not None else default
