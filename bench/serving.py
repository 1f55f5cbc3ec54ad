"""P1, P2, P4 and P5: what an answer costs, to visitors and to members, beside files and beside the least of Django."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from statistics import median

from bench import nginx
from bench.house import GZIP, PAGES, House, look
from bench.load import Load, ask, generator
from bench.processes import Server, granian, running
from bench.publishers import free_port
from bench.results import Line, share_of, times

FEW, MANY = 1, 16  # connections
RATE_OF_FILES, COST_OF_FILES = 0.8, 4
RATE_BEHIND_NGINX, COST_BEHIND_NGINX = 0.9, 1.6
ARTICLE_OF_HELLO, FRONT_OF_HELLO = 1.0, 3

Turns = dict[str, list["Served"]]  # contestant and page -> one for each round


@dataclass(frozen=True, slots=True)
class Served:
    """One contestant's turn with one page."""

    rate: float  # requests a second at one connection
    p50_ms: float
    cpu_us: float  # a request at MANY connections, with all that works for the server
    busy_rate: float


@dataclass(frozen=True, slots=True)
class Target:
    server: Server
    path: str
    headers: Mapping[str, str]


def measure_visitors(house: House, seconds: float, rounds: int) -> tuple[list[Line], Turns]:
    """P1 and P2: three pages, from files, from the site's process and through nginx as shipped."""
    if not nginx.binary():
        return [_unmeasured(number, "nginx is not installed") for number in ("P1", "P2")], {}
    turns: Turns = {}
    with served_by_all(house) as targets:
        for _ in range(rounds):
            for name, target in targets.items():
                turns.setdefault(name, []).append(served(target, seconds))
    return [line for page in PAGES for line in _lines_of(page, turns)], turns


@contextmanager
def served_by_all(house: House) -> Iterator[dict[str, Target]]:
    """Everybody ready, in the order of their turns."""
    with ExitStack() as stack:
        ours = stack.enter_context(site(house, {"TRUSTED_PROXY_COUNT": "1"}))
        pages = {page: look(ours, house.paths[page], GZIP)[0] for page in PAGES}
        port = free_port()
        files = stack.enter_context(
            running(
                "nginx", nginx.static(house.folder, port, {k: v.encode() for k, v in pages.items()}), port, house.log
            )
        )
        port = free_port()
        front = stack.enter_context(
            running("behind nginx", nginx.shipped(house.folder, port, ours.port), port, house.log, behind=ours)
        )
        plain = stack.enter_context(least_of_python(house))
        targets = {}
        for page in PAGES:
            targets |= {
                f"files {page}": Target(files, f"/{page}.html", GZIP),
                f"ours {page}": Target(ours, house.paths[page], GZIP),
                f"shipped {page}": Target(front, house.paths[page], GZIP),
            }
        targets["plain front"] = Target(plain, "/", GZIP)
        for name, target in targets.items():
            text, _ = look(target.server, target.path, target.headers)
            if "<h1" not in text:
                raise SystemExit(f"{name} is no page: {text[:300]}")
        yield targets


def _lines_of(page: str, turns: Turns) -> list[Line]:
    files, ours, shipped = turns[f"files {page}"], turns[f"ours {page}"], turns[f"shipped {page}"]
    plain = turns["plain front"]
    least = f"bare WSGI {median(_costs(plain)):.0f} µs; " if page == "front" else ""
    return [
        *_both("P1", f"a visitor's {page}, beside nginx with a file", ours, files, RATE_OF_FILES, COST_OF_FILES, least),
        *_both("P2", f"a visitor's {page} behind nginx", shipped, files, RATE_BEHIND_NGINX, COST_BEHIND_NGINX),
    ]


def _both(
    number: str, what: str, ours: Sequence[Served], floor: Sequence[Served], rate: float, cost: float, note: str = ""
) -> list[Line]:
    p50 = f"p50 {median(one.p50_ms for one in ours):.2f} : {median(one.p50_ms for one in floor):.2f} ms"
    busy = f"{median(one.busy_rate for one in ours):.0f}/s at {MANY}"
    return [
        share_of(
            number,
            what,
            "requests/s",
            [one.rate for one in ours],
            [one.rate for one in floor],
            rate,
            f"{p50}, {generator()}",
        ),
        times(number, what, "CPU µs", _costs(ours), _costs(floor), cost, note + busy),
    ]


def measure_members(house: House, seconds: float, rounds: int, only: Sequence[str]) -> tuple[list[Line], Turns]:
    """P4 and P5 beside a view that says hello, in the same server."""
    turns: Turns = {}
    with ExitStack() as stack:
        ours = stack.enter_context(site(house))
        hello = stack.enter_context(least_of_django(house))
        targets = {"hello": Target(hello, "/", GZIP)}
        if "P4" in only:
            targets["article"] = Target(ours, house.paths["article"], house.as_member)
        if "P5" in only:
            targets["front"] = Target(ours, house.paths["front"], house.as_member)
        require_member(house, ours)
        look(hello, "/", GZIP)
        for _ in range(rounds):
            for name, target in targets.items():
                turns.setdefault(f"member {name}", []).append(served(target, seconds))
    floor = turns["member hello"]
    lines = []
    for number, name, what, limit in (
        ("P4", "article", "a member's article, whole text", ARTICLE_OF_HELLO),
        ("P5", "front", "a member's personal front", FRONT_OF_HELLO),
    ):
        if ours_turns := turns.get(f"member {name}"):
            note = f"p50 {median(one.p50_ms for one in ours_turns):.2f} : {median(one.p50_ms for one in floor):.2f} ms"
            lines.append(
                times(number, f"{what}, beside hello", "CPU µs", _costs(ours_turns), _costs(floor), limit, note)
            )
    return lines, turns


def require_member(house: House, ours: Server) -> None:
    """The member's pages are a member's, not a visitor's: a second time too, when they may come from elsewhere."""
    for _ in range(2):
        seen, headers = look(ours, house.paths["article"], house.as_member)
        if len(seen) < 2000 or "no-store" not in headers.get("Cache-Control", ""):
            raise SystemExit(f"The member's article is not whole: {headers}")
        if look(ours, house.paths["front"], house.as_member)[1].get("Cache-Control", "").startswith("public"):
            raise SystemExit("The member's front page is everybody's.")


@contextmanager
def site(house: House, settings: Mapping[str, str] | None = None) -> Iterator[Server]:
    environment = {**house.environment, **(settings or {})}
    command = granian(house.port, "newssite.wsgi:application")
    with running("site", command, house.port, house.log, environment, house.database_url) as server:
        yield server


@contextmanager
def least_of_django(house: House) -> Iterator[Server]:
    port = free_port()
    command = granian(port, "bench.contestants.hello:application")
    with running("hello", command, port, house.log, house.environment) as server:
        yield server


@contextmanager
def least_of_python(house: House) -> Iterator[Server]:
    port = free_port()
    environment = {**house.environment, "PLAIN_PAGE": str(house.folder / "pages" / "front.html.gz")}
    command = granian(port, "bench.contestants.plain:application")
    with running("plain", command, port, house.log, environment) as server:
        yield server


def served(target: Target, seconds: float) -> Served:
    alone = ask(target.server.url(target.path), target.headers, FEW, seconds)
    before = target.server.cpu_seconds()
    busy: Load = ask(target.server.url(target.path), target.headers, MANY, seconds)
    used = target.server.cpu_seconds() - before
    return Served(alone.rate, alone.p50_ms, 1_000_000 * used / busy.requests, busy.rate)


def _costs(turns: Sequence[Served]) -> list[float]:
    return [one.cpu_us for one in turns]


def _unmeasured(number: str, why: str) -> Line:
    return Line(number, "a visitor's pages", "", None, None, None, "", None, why)
