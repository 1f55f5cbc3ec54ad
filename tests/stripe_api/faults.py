"""What goes wrong on the way, on order."""

from __future__ import annotations

from dataclasses import dataclass, field

ANSWERS = {
    "500": (500, {"type": "api_error", "message": "An unknown error occurred."}),
    "503": (503, {"type": "api_error", "message": "The stand-in refuses for now."}),
    "429": (429, {"type": "invalid_request_error", "code": "rate_limit", "message": "Too many requests."}),
    "409": (409, {"type": "invalid_request_error", "code": "lock_timeout", "message": "This object is in use."}),
    "missing": (404, {"type": "invalid_request_error", "code": "resource_missing", "message": "No such object."}),
    "saved_500": (500, {"type": "api_error", "message": "An unknown error occurred."}),
}
KINDS = {*ANSWERS, "timeout", "reset", "reset_after"}


@dataclass(slots=True)
class Fault:
    kind: str
    times: int
    only: str = ""  # a part of the path


@dataclass(slots=True)
class Faults:
    waiting: list[Fault] = field(default_factory=list)

    def order(self, kind: str | int, times: int, only: str | None) -> None:
        """`times` 0 takes back what was ordered of the kind."""
        if str(kind) not in KINDS:
            raise ValueError(f"{kind} is no fault that is known")
        self.waiting = [one for one in self.waiting if one.kind != str(kind)] if not times else self.waiting
        if times:
            self.waiting.append(Fault(str(kind), times, only or ""))

    def take(self, path: str) -> str:
        """The fault that this request meets; empty for none."""
        for one in self.waiting:
            if one.times and one.only in path:
                one.times -= 1
                return one.kind
        return ""
