"""Measured turns to lines of a table: medians, ratios, and whether the goal is met. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from bench.shapes import Turn


@dataclass(frozen=True, slots=True)
class Line:
    """One goal. `ratio` is what the goal speaks of; ours and floor are in `unit`."""

    number: str  # P6, P7, …
    what: str
    unit: str
    ours: float | None
    floor: float | None  # what it is compared with; None where the goal is an absolute one
    ratio: float | None
    goal: str
    is_met: bool | None  # None: not measured
    note: str = ""


def cpu_seconds(turns: Sequence[Turn]) -> float:
    """The median, the database's part included where it is known."""
    return median(turn.cpu_seconds + (turn.database_cpu_seconds or 0.0) for turn in turns)


def wall_seconds(turns: Sequence[Turn]) -> float:
    return median(turn.wall_seconds for turn in turns)


def at_most(number: str, what: str, ours: Sequence[Turn], other: Sequence[Turn], limit: float) -> Line:
    """Ours may cost so many times the other's processor time."""
    mine, theirs = cpu_seconds(ours), cpu_seconds(other)
    ratio = mine / theirs
    return Line(number, what, "CPU s", mine, theirs, ratio, f"≤ {limit:g} ×", ratio <= limit, _walls(ours, other))


def times_less(number: str, what: str, ours: Sequence[Turn], other: Sequence[Turn], limit: float) -> Line:
    """The other has to cost so many times ours."""
    mine, theirs = cpu_seconds(ours), cpu_seconds(other)
    ratio = theirs / mine
    return Line(number, what, "CPU s", mine, theirs, ratio, f"{limit:g} × less", ratio >= limit, _walls(ours, other))


def below(number: str, what: str, unit: str, value: float | None, limit: float, note: str = "") -> Line:
    """An absolute goal."""
    is_met = None if value is None else value < limit
    return Line(number, what, unit, value, None, None, f"< {limit:g} {unit}", is_met, note)


def share_of(
    number: str, what: str, unit: str, ours: Sequence[float], other: Sequence[float], limit: float, note: str = ""
) -> Line:
    """Ours has to reach such a share of the other's. The median of the rounds counts, each with its own neighbour."""
    ratio = median(mine / theirs for mine, theirs in zip(ours, other, strict=True))
    return Line(number, what, unit, median(ours), median(other), ratio, f"≥ {limit:g} ×", ratio >= limit, note)


def times(
    number: str, what: str, unit: str, ours: Sequence[float], other: Sequence[float], limit: float, note: str = ""
) -> Line:
    """Ours may be so many times the other's. The median of the rounds counts, each with its own neighbour."""
    ratio = median(mine / theirs for mine, theirs in zip(ours, other, strict=True))
    return Line(number, what, unit, median(ours), median(other), ratio, f"≤ {limit:g} ×", ratio <= limit, note)


def _walls(ours: Sequence[Turn], other: Sequence[Turn]) -> str:
    return f"wall {wall_seconds(ours):.2f} : {wall_seconds(other):.2f} s"


def table(lines: Sequence[Line]) -> str:
    """Columns of equal width, a line for each goal."""
    head = ("", "what", "unit", "ours", "beside", "ratio", "goal", "met", "")
    rows = [head, *(_cells(line) for line in lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def _cells(line: Line) -> tuple[str, ...]:
    met = {True: "yes", False: "NO", None: "–"}[line.is_met]
    values = (_number(line.ours), _number(line.floor), _number(line.ratio))
    return (line.number, line.what, line.unit, *values, line.goal, met, line.note)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3g}" if value < 100 else f"{value:.0f}"
