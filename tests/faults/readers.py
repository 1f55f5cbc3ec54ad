"""People who read on while something breaks: each asks again and again, and every answer is judged."""

from __future__ import annotations

import http.client
import threading
import time
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlencode

from tests.load.judging import Look, fault_in

PAUSE_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Answer:
    status: int  # 0: none came
    seconds: float
    headers: Mapping[str, str] = field(default_factory=dict)  # lower-case names
    text: str = ""
    cookies: tuple[str, ...] = ()


def ask(
    port: int,
    path: str,
    cookie: str = "",
    form: Mapping[str, str] | bytes | None = None,
    headers: Mapping[str, str] | None = None,
    timeout: float = 30,
) -> Answer:
    """One request on a connection of its own: a GET, or a POST where there is a form."""
    started = time.monotonic()
    body = urlencode(form).encode() if isinstance(form, Mapping) else form
    sent = {"Cookie": cookie} if cookie else {}
    if isinstance(form, Mapping):
        sent["Content-Type"] = "application/x-www-form-urlencoded"
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request("GET" if body is None else "POST", path, body, {**sent, **(headers or {})})
        answer = connection.getresponse()
        text = answer.read().decode("utf-8", "replace")
    except (OSError, http.client.HTTPException):
        return Answer(0, time.monotonic() - started)
    finally:
        connection.close()
    names = {name.lower(): value for name, value in answer.getheaders()}
    cookies = tuple(value.partition(";")[0] for name, value in answer.getheaders() if name.lower() == "set-cookie")
    return Answer(answer.status, time.monotonic() - started, names, text, cookies)


class Readers:
    """Use as `with`: they read until it ends. `allowed` are the answers that are right while something is broken."""

    def __init__(
        self, port: int, looks: Sequence[Look], secrets: Collection[str], allowed: Collection[int] = (200, 304)
    ) -> None:
        self.port, self.secrets, self.allowed = port, secrets, allowed
        self.statuses: Counter[int] = Counter()
        self.faults: Counter[str] = Counter()
        self.slowest = 0.0
        self._is_over = threading.Event()
        self._threads = [threading.Thread(target=self._read, args=[look], daemon=True) for look in looks]

    def __enter__(self) -> Readers:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._is_over.set()
        for thread in self._threads:
            thread.join(35)

    def _read(self, look: Look) -> None:
        while not self._is_over.wait(PAUSE_SECONDS):
            answer = ask(self.port, look.path, look.cookie)
            self.statuses[answer.status] += 1
            self.slowest = max(self.slowest, answer.seconds)
            fault = fault_in(look, answer.status, answer.text, self.secrets, self.allowed)
            if fault:
                who = "member" if look.is_member else "visitor"
                self.faults[f"{who} {look.path}: {fault}"] += 1

    def told(self) -> str:
        """In a few words: how many answers of which status, the slowest, and what was wrong."""
        counts = ", ".join(f"{count} x {status or 'none'}" for status, count in sorted(self.statuses.items()))
        wrong = "; ".join(f"{fault} ({count})" for fault, count in self.faults.most_common(4)) or "nothing wrong"
        return f"{counts}, slowest {self.slowest:.1f} s, {wrong}"


@dataclass
class Visit:
    """Somebody with a browser: keeps cookies, sends the form's token along."""

    port: int
    jar: dict[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def cookie(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.jar.items())

    def get(self, path: str) -> Answer:
        return self._kept(ask(self.port, path, self.cookie, headers=self.headers))

    def post(self, path: str, form: Mapping[str, str]) -> Answer:
        """Opens the form first, where no token is kept yet."""
        if "csrf" not in self.jar:
            self.get(path)
        token = {"csrfmiddlewaretoken": self.jar.get("csrf", "")}
        return self._kept(ask(self.port, path, self.cookie, {**form, **token}, self.headers))

    def _kept(self, answer: Answer) -> Answer:
        for cookie in answer.cookies:
            name, _, value = cookie.partition("=")
            with suppress(KeyError):
                del self.jar[name]
            if value and value != '""':
                self.jar[name] = value
        return answer
