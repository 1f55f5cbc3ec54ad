"""What a process costs: processor time with all its children, memory at its height. Linux (/proc)."""

from __future__ import annotations

import os
import resource
from contextlib import suppress
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def tree_cpu_seconds() -> float:
    """Of this process and all it ever began. Those that live are asked one by one: nobody has waited for them yet."""
    used = sum(
        usage.ru_utime + usage.ru_stime
        for usage in (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    )
    return used + sum(process_cpu_seconds(pid, with_children=True) or 0 for pid in living_children(os.getpid()))


def process_cpu_seconds(pid: int, with_children: bool = False) -> float | None:
    """None where there is no such process (any more)."""
    fields = _stat(pid)
    if fields is None:
        return None
    times = fields[11:15] if with_children else fields[11:13]
    return sum(map(int, times)) / TICKS


def living_children(pid: int) -> list[int]:
    """Children and theirs."""
    parents = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and (fields := _stat(int(folder.name))):
            parents[int(folder.name)] = int(fields[1])
    found: list[int] = []
    waiting = [pid]
    while waiting:
        mine = [child for child, parent in parents.items() if parent == waiting[0]]
        found += mine
        waiting = waiting[1:] + mine
    return found


def peak_mb(pid: int | None = None) -> float:
    """The most memory that a process held since `forget_peak`; ru_maxrss would tell of its parent's too."""
    text = ""
    with suppress(OSError):
        text = Path(f"/proc/{pid or os.getpid()}/status").read_text()
    line = next((line for line in text.splitlines() if line.startswith("VmHWM:")), "VmHWM: 0 kB")
    return int(line.split()[1]) / 1024


def resident_mb(pid: int) -> float:
    """What a process and its children hold, each page once: what they share is divided among them (PSS)."""
    kilobytes = 0
    for one in (pid, *living_children(pid)):
        with suppress(OSError):
            text = Path(f"/proc/{one}/smaps_rollup").read_text()
            kilobytes += next((int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")), 0)
    return kilobytes / 1024


def forget_peak() -> None:
    """Begin anew: making ready is not what is measured."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def name_of(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/comm").read_text().strip()
    return ""


def _stat(pid: int) -> list[str] | None:
    """The fields of /proc/PID/stat from the third on: state, parent, …, utime 11, stime 12, children's 13 and 14."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    return text.rpartition(")")[2].split()
