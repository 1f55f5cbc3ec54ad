"""The mail server down, then slow, then well: `python -m tests.faults.mail`."""

from __future__ import annotations

import sys
import time
from collections import Counter

from tests.faults.newsroom import free_port, is_open, wait_until
from tests.faults.readers import Readers, Visit
from tests.faults.scene import TAIL, furnish, scene
from tests.faults.verdict import Verdict, play
from tests.mail_server import MailServer

PROMPT_SECONDS = 5
SLOW_SECONDS = 8


def run(verdict: Verdict) -> None:
    port = free_port()
    with scene(EMAIL_URL=f"smtp://127.0.0.1:{port}") as stage:
        furnish(stage, 3)
        room = stage.room
        room.start_web()
        room.start_worker()
        with (
            Readers(room.web_port, stage.looks, [TAIL]) as readers,
            verdict.part("O16", "mail server down, slow, back"),
        ):
            down = [sign_up(room.web_port, f"down-{number}@mail.example") for number in range(3)]
            verdict.see("O16", "mail server down", f"three sign-ups: {told(down)}", are_prompt(down))
            time.sleep(3)
            assert not is_open(port)
            server = MailServer(port)
            server.answers = lambda verb, rest: time.sleep(SLOW_SECONDS) if verb == "MAIL" else None
            slow = [sign_up(room.web_port, f"slow-{number}@mail.example") for number in range(2)]
            done = f"mail server that takes {SLOW_SECONDS} s"
            verdict.see("O16", done, f"two sign-ups: {told(slow)}", are_prompt(slow))
            wait_until(lambda: len({taken.to for taken in server.taken}) == 5, 120)
            server.answers = lambda verb, rest: None
            time.sleep(10)  # a second copy would leave with the next try
            times = Counter((taken.to, taken.message["Subject"]) for taken in server.taken)
            readers_told = len({to for to, _ in times})
            seen = f"{len(times)} letters to {readers_told} readers, the most of one: {max(times.values())}"
            verdict.see("O16", "mail server back", seen, max(times.values()) == 1)
            server.close()
        verdict.see("O16", "meanwhile", f"readers: {readers.told()}", not readers.faults)


def sign_up(port: int, email: str):
    return Visit(port).post("/account/signup/", {"email": email, "password1": "a long password"})


def told(answers) -> str:
    return ", ".join(f"{answer.status} in {answer.seconds:.1f} s" for answer in answers)


def are_prompt(answers) -> bool:
    return all(answer.status == 302 and answer.seconds < PROMPT_SECONDS for answer in answers)


if __name__ == "__main__":
    sys.exit(play(run))
