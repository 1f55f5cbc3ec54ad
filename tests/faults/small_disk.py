"""A disk of a few megabytes, and filling it up."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.faults.verdict import CannotRun

PIECES = (1 << 20, 4096, 512)


@contextmanager
def small_disk(megabytes: int) -> Iterator[Path]:
    """Its folder, open to everybody. CannotRun where this user may not mount one."""
    folder = Path(tempfile.mkdtemp(prefix="newsroom-disk-"))
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0777", "tmpfs", str(folder)]
    try:
        if subprocess.run(command, capture_output=True, check=False).returncode:
            raise CannotRun("a small disk (tmpfs) can be mounted by root only")
        try:
            yield folder
        finally:
            subprocess.run(["umount", "--lazy", str(folder)], check=False)
    finally:
        folder.rmdir()


def fill(folder: Path) -> Path:
    """To the last byte; the file that does it."""
    filler = folder / "filler"
    with filler.open("ab", buffering=0) as file:
        for size in PIECES:
            with suppress(OSError):
                while file.write(b"\0" * size) == size:
                    pass
    return filler


def free_bytes(folder: Path) -> int:
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize
