"""The scoring of Mozilla's HTTP Observatory, as its documentation states it, for answers of ours.

Every site begins at 100. What costs points is taken off first; what earns some is added only where 90 are left. From
100 on the grade is A+. Where documentation and scanner differ the harder of the two is used: CORP earns nothing here,
and HSTS counts as not preloaded, because that is somebody else's list.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urlsplit

from django.http import HttpResponse

SIX_MONTHS = 15_768_000
BROAD = {"*", "http:", "https:", "ftp:", "http://*", "https://*", "http://*.*", "https://*.*"}
INLINE = {"'unsafe-inline'", "data:"}
PRIVATE = {"no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"}
GRADES = ((100, "A+"), (90, "A"), (85, "A-"), (80, "B+"), (70, "B"), (65, "B-"), (60, "C+"), (50, "C"), (45, "C-"))
LOWER_GRADES = ((40, "D+"), (30, "D"), (25, "D-"), (0, "F"))


@dataclass(frozen=True)
class Scan:
    """What the scanner fetches: the page by http, and what https answers at the end."""

    host: str
    by_http: HttpResponse
    page: HttpResponse


def score(scan: Scan) -> int:
    points = modifiers(scan).values()
    left = max(0, 100 + sum(point for point in points if point < 0))
    return left + sum(point for point in points if point > 0) if left >= 90 else left


def grade(points: int) -> str:
    return next(name for least, name in (*GRADES, *LOWER_GRADES) if points >= least)


def modifiers(scan: Scan) -> dict[str, int]:
    page, policy = scan.page, policy_of(scan.page)
    return {
        "content-security-policy": csp(policy),
        "cookies": cookies(page),
        "cross-origin-resource-sharing": cors(page),
        "redirection": redirection(scan),
        "referrer-policy": referrer(page.get("Referrer-Policy", "")),
        "strict-transport-security": hsts(page.get("Strict-Transport-Security", "")),
        "subresource-integrity": integrity(page),
        "x-content-type-options": 0 if page.get("X-Content-Type-Options", "").strip().lower() == "nosniff" else -5,
        "x-frame-options": frames(policy, page.get("X-Frame-Options", "")),
        "cross-origin-resource-policy": corp(page.get("Cross-Origin-Resource-Policy")),
    }


def policy_of(page: HttpResponse) -> dict[str, set[str]]:
    directives = [part.split() for part in page.get("Content-Security-Policy", "").split(";") if part.strip()]
    return {name.lower(): {source.lower() for source in sources} for name, *sources in directives}


def csp(policy: dict[str, set[str]]) -> int:
    if not policy:
        return -25
    fallback = policy.get("default-src", {"*"})
    script, style = policy.get("script-src", fallback), policy.get("style-src", fallback)
    passive = policy.get("img-src", fallback) | policy.get("media-src", fallback)
    active = set().union(*(sources for name, sources in policy.items() if name not in {"img-src", "media-src"}))
    if script & (BROAD | INLINE) or policy.get("object-src", fallback) & BROAD:
        return -20
    if any(source.startswith(("http:", "ftp:")) for source in active):
        return -20
    if "'unsafe-eval'" in script | style or any(source.startswith(("http:", "ftp:")) for source in passive):
        return -10
    if style & (BROAD | INLINE):
        return 0
    return 10 if policy.get("default-src") == {"'none'"} else 5


def cookies(page: HttpResponse) -> int:
    """The session's cookie and the one against forged requests are those that hurt."""
    worst = 5 if page.cookies else 0
    for name, cookie in page.cookies.items():
        is_session = "sess" in name.lower()
        same_site = str(cookie["samesite"]).lower()
        if not cookie["secure"]:
            worst = min(worst, -40 if is_session else -20)
        if is_session and not cookie["httponly"]:
            worst = min(worst, -30)
        if same_site and same_site not in {"lax", "strict"}:
            worst = min(worst, -20)
        if not same_site:
            worst = min(worst, -20 if "csrf" in name.lower() else 0)
    return worst


def cors(page: HttpResponse) -> int:
    is_open = page.get("Access-Control-Allow-Origin") is not None
    return -50 if is_open and page.get("Access-Control-Allow-Credentials") == "true" else 0


def redirection(scan: Scan) -> int:
    first = urlsplit(scan.by_http.get("Location", ""))
    if scan.by_http.status_code not in {301, 302, 307, 308} or first.scheme != "https":
        return -20
    return 0 if first.hostname == scan.host else -5


def referrer(header: str) -> int:
    last = header.split(",")[-1].strip().lower()
    if not last:
        return 0
    return 5 if last in PRIVATE else -5


def hsts(header: str) -> int:
    age = re.search(r"max-age=\"?(\d+)", header, re.I)
    if not age:
        return -20
    return 0 if int(age[1]) >= SIX_MONTHS else -10


def frames(policy: dict[str, set[str]], header: str) -> int:
    if "frame-ancestors" in policy:
        return 5
    return 0 if header.strip().lower() in {"deny", "sameorigin"} else -20


def corp(header: str | None) -> int:
    return 0 if header in {None, "same-origin", "same-site", "cross-origin"} else -5


class Scripts(HTMLParser):
    """Addresses of scripts, each with whether it carries a hash."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list) -> None:
        given = dict(attrs)
        if tag == "script" and given.get("src"):
            self.found.append((given["src"], "integrity" in given))


def integrity(page: HttpResponse) -> int:
    scripts = Scripts()
    scripts.feed(page.text)
    foreign = [(src, has_hash) for src, has_hash in scripts.found if urlsplit(src).netloc]
    if not foreign:
        return 0
    if any(not src.startswith("https://") for src, _ in foreign):
        return -20 if all(has_hash for _, has_hash in foreign) else -50
    return 5 if all(has_hash for _, has_hash in foreign) else -5
