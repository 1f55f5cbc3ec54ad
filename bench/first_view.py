"""P12: a visitor's first view of the front page on a phone with nothing kept, in Chromium, where there is one."""

from __future__ import annotations

import re
import shutil
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bench.house import GZIP, House, look
from bench.processes import Server
from bench.results import Line, below
from bench.serving import site

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

KILOBYTES = 30
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}
# A middling phone's connection, so that what comes late comes after the text is drawn, as it does outside.
SLOW = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 90_000}
SHIFTS = """() => new Promise(resolve => {
    let total = 0;
    new PerformanceObserver(list => { for (const shift of list.getEntries()) total += shift.value; })
        .observe({type: "layout-shift", buffered: true});
    setTimeout(() => resolve(total), 500);
})"""


@dataclass(frozen=True, slots=True)
class View:
    shift: float  # cumulative, down to the end of the page
    foreign: tuple[str, ...]  # requests to other hosts
    words: str


def measure_first_view(house: House) -> tuple[list[Line], dict[str, list[View]]]:
    if why := missing():
        return [Line("P12", "a visitor's first view", "", None, None, None, "", None, why)], {}
    with site(house) as server, chromium() as browser:
        url = server.url(house.paths["front"])
        sizes = sizes_of(server, house.paths["front"])
        with_scripts, without = view(browser, url, has_scripts=True), view(browser, url, has_scripts=False)
    # Minutes that have passed between the two are no difference.
    lost = sorted(word for word in set(with_scripts.words.split()) - set(without.words.split()) if not word.isdigit())
    note = ", ".join(sorted({urlsplit(one).netloc for one in with_scripts.foreign}))
    told = " + ".join(f"{size / 1000:.1f}" for size in sizes)
    return [
        below("P12", "HTML and CSS of a first view, as sent", "kB", sum(sizes) / 1000, KILOBYTES, told),
        none_of("words that need a script", len(lost), " ".join(lost)[:60]),
        none_of("layout shift", round(with_scripts.shift, 4)),
        none_of("requests to others", len(with_scripts.foreign), note),
    ], {"first view": [with_scripts, without]}


def sizes_of(server: Server, path: str) -> list[int]:
    """Bytes of the page and of each style sheet that it names, in the coding that browsers ask for over TLS."""
    page, _ = look(server, path, GZIP)
    sheets = re.findall(r'<link[^>]*rel="?stylesheet"?[^>]*href="([^"]+)"', page)
    return [sent_bytes(server.url(one)) for one in (path, *sheets)]


def sent_bytes(url: str) -> int:
    request = urllib.request.Request(url, headers={"Accept-Encoding": "gzip, deflate, br"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return len(answer.read())


def none_of(what: str, count: float, note: str = "") -> Line:
    return Line("P12", what, "", count, None, None, "0", count == 0, note)


def missing() -> str:
    if find_spec("playwright") is None:
        return "playwright is not installed"
    return "" if binary() else "there is no Chromium"


def binary() -> str | None:
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


@contextmanager
def chromium() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=binary(), args=["--no-sandbox", "--disable-gpu"])
        try:
            yield browser
        finally:
            browser.close()


def view(browser: Browser, url: str, *, has_scripts: bool) -> View:
    context = browser.new_context(**PHONE, java_script_enabled=has_scripts)
    page = context.new_page()
    asked: list[str] = []
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.send("Network.emulateNetworkConditions", SLOW)
    wire.on("Network.requestWillBeSent", lambda event: asked.append(event["request"]["url"]))
    page.goto(url, wait_until="load")
    look_down(page)
    own = urlsplit(url).netloc
    foreign = tuple(one for one in asked if urlsplit(one).scheme in {"http", "https"} and urlsplit(one).netloc != own)
    seen = View(page.evaluate(SHIFTS) if has_scripts else 0.0, foreign, page.inner_text("main"))
    context.close()
    return seen


def look_down(page: Page) -> None:
    """To the end of the page, so that pictures that wait to be seen are loaded too."""
    height = page.viewport_size["height"] if page.viewport_size else 800
    for _ in range(40):
        page.mouse.wheel(0, height)
        page.wait_for_timeout(50)
    page.wait_for_load_state("networkidle")
