"""`make run` where a port is not free, and where it is ended from elsewhere; the whole: flows/test_first_run.py."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest
from django.core.management.base import CommandError

from newssite.management.commands.run import own_port

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("setting", ["DEMO_PRESS_ADDRESS", "STRIPE_STAND_IN_ADDRESS"])
def test_a_port_that_the_site_wants_too_is_one_sentence(settings, setting):
    setattr(settings, setting, "127.0.0.1:8001")
    with pytest.raises(CommandError, match=f"^Port 8001 is wanted twice: choose another with PORT or {setting}.$"):
        own_port(setting, 8001)


def test_a_port_that_somebody_has_is_one_sentence(settings):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        settings.DEMO_PRESS_ADDRESS = f"127.0.0.1:{port}"
        with pytest.raises(CommandError, match=f"^Port {port} is taken: .* with DEMO_PRESS_ADDRESS.$"):
            own_port("DEMO_PRESS_ADDRESS", 8000)
    assert own_port("DEMO_PRESS_ADDRESS", 8000) == port


@pytest.mark.skipif(shutil.which("make") is None, reason="not at hand: make")
@pytest.mark.parametrize("target", ["run", "worker"])
def test_who_ends_make_ends_what_it_started(tmp_path, target):
    """Else a supervisor would leave a site behind that keeps its port."""
    python = tmp_path / ".venv/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text(
        f"#!/bin/sh\ntrap 'touch {tmp_path}/ended; exit' TERM\ntouch {tmp_path}/begun\n"
        "for turn in $(seq 200); do sleep 0.05; done\n"
    )
    python.chmod(0o755)
    (tmp_path / "requirements.txt").touch()
    (tmp_path / ".venv/run.stamp").touch()
    with subprocess.Popen(
        ["make", "-f", ROOT / "Makefile", target],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"]},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as make:
        wait_for(tmp_path / "begun")
        make.terminate()
        wait_for(tmp_path / "ended")


def wait_for(path: Path) -> None:
    until = time.monotonic() + 5
    while not path.exists():
        assert time.monotonic() < until
        time.sleep(0.02)
