"""The main job, clicked through in a real browser."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone

from accounts.models import User
from articles.models import Article
from articles.topics.store import file_articles, renew_offered
from billing.models import Membership
from tests.conftest import SECRET_SENTENCE
from tests.make import make_article, make_pick, make_source, make_story

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PUBLIC_PAGES = [
    "/",
    "/news/world/",
    "/news/opinion/",
    "/topic/bridge/",
    "/topic/bridge/?before=0-0",
    "/picks/",
    "/sources/",
    "/sources/al-marfa/",
    "/search/",
    "/search/?q=bridge",
    "/search/?q=nothing-has-this-word",
    "/membership/",
    "/account/signup/",
    "/account/login/",
    "/account/password/reset/",
    "/briefing/",
    "/how-we-choose/",
    "/about/fetcher/",
    "/privacy/",
    "/terms/",
    "/feeds/",
    "/app/",
    "/offline/",
    "/no-such-page/",
]
READER_PAGES = [
    "/",
    "/for-you/",
    "/briefing/",
    "/saved/",
    "/following/",
    "/preferences/mutes/",
    "/account/",
    "/membership/",
    "/news/world/",
    "/topic/bridge/",
    "/account/email/",
    "/account/2fa/webauthn/",
    "/account/2fa/webauthn/add/",
]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture
def edition(walled_article):
    """A small paper: a story of several titles, a right-to-left article, a long headline, one without a picture."""
    now = timezone.now()
    harbour = walled_article.source
    marfa = make_source(name="المرفأ", slug="al-marfa", language="ar", country="LB")
    others = [make_article(section="world", published_at=now - timedelta(hours=2)) for _ in range(4)]
    make_story([walled_article, *others], score=9)
    arabic = make_article(
        marfa, headline="المدينة القديمة تستعيد سوقها", standfirst="عاد الباعة.", body="<p>عاد الباعة إلى الأروقة.</p>"
    )
    make_story([arabic], score=3)
    for section in ("world", "business", "technology", "science", "culture", "sport", "opinion"):
        for number in range(6):
            article = make_article(
                harbour if number else None,
                section=section,
                headline=("A very long headline about the bridge " * 5).strip()
                if number == 3
                else f"The bridge and {section} {number}",
                published_at=now - timedelta(hours=1 + number),
            )
            make_story([article], score=2 - number / 10)
    Article.objects.update(categories=["Bridges", "Harbours"])
    file_articles(Article.objects.values_list("pk", flat=True))
    renew_offered(now)
    make_pick(others[0], note="Read it for the last line.")
    return walled_article, arabic


def visit(page, address: str) -> None:
    """Open a page that is there, or one that says in our design that it is not."""
    answer = page.goto(address)
    assert answer.status in {200, 404}, f"{address} answered {answer.status}"


def violations(page) -> list[str]:
    # What a page does right is a thousand rows, and to bring them over takes longer than to find what is wrong.
    found = Axe().run(page, options={"runOnly": RULES, "resultTypes": ["violations"]})
    return [f"{row['id']}: {row['nodes'][0]['html'][:160]}" for row in found.response["violations"]]


def test_a_visitor_meets_the_wall_signs_up_and_reads_until_the_trial_is_over(page, live_site, edition):
    article, _ = edition
    page.goto(f"{live_site}{article.get_absolute_url()}")
    assert page.get_by_role("heading", name="Sign up to read this article").is_visible()
    assert SECRET_SENTENCE not in page.content()

    wall = page.get_by_role("region", name="Sign up to read this article")
    wall.get_by_label("E-mail").fill("ada@mail.example")
    wall.get_by_role("button", name="Start reading").click()
    assert page.get_by_label("E-mail").input_value() == "ada@mail.example"
    page.get_by_label(re.compile("^Password")).fill("a quiet long password")
    page.locator("main").get_by_role("button", name=re.compile("Start|Continue")).first.click()

    page.wait_for_url(f"**{article.get_absolute_url()}")
    assert page.get_by_text(SECRET_SENTENCE).is_visible()
    page.goto(f"{live_site}/account/")
    assert page.get_by_text("Day 1 of 14, free.").is_visible()
    assert page.get_by_text("Nothing is charged").first.is_visible()

    reader = User.objects.get(email="ada@mail.example")
    reader.emailaddress_set.update(verified=True)
    User.objects.filter(pk=reader.pk).update(date_joined=timezone.now() - timedelta(days=14, minutes=1))
    Membership.objects.filter(user=reader).update(
        trial_started_at=timezone.now() - timedelta(days=14, minutes=1),
        trial_ends_at=timezone.now() - timedelta(minutes=1),
    )
    page.goto(f"{live_site}{article.get_absolute_url()}")
    assert SECRET_SENTENCE not in page.content()
    wall = page.locator("section.wall")
    assert "£10" in wall.inner_text()
    assert "£96" in wall.inner_text()
    wall.get_by_role("link", name=re.compile("plan|member", re.I)).first.click()
    page.wait_for_url(f"{live_site}/membership/?next={article.get_absolute_url()}")


def test_everything_works_without_javascript(chromium, live_site, edition):
    article, _ = edition
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(live_site)
    page.locator("main").get_by_role("link", name=article.headline).first.click()
    page.locator("section.wall").get_by_label("E-mail").fill("grace@mail.example")
    page.locator("section.wall").get_by_role("button", name="Start reading").click()
    page.get_by_label(re.compile("^Password")).fill("a quiet long password")
    page.locator("main").get_by_role("button", name=re.compile("Start|Continue")).first.click()
    assert page.get_by_text(SECRET_SENTENCE).is_visible()
    page.get_by_role("button", name=re.compile("^Save")).first.click()
    page.goto(f"{live_site}/saved/")
    assert page.get_by_role("link", name=article.headline).is_visible()
    page.locator("footer").get_by_label("Dark").check()
    page.locator("footer").get_by_role("button", name="Apply").click()
    assert page.locator("html").get_attribute("data-theme") == "dark"
    context.close()


SIZES = [(1280, "light"), (390, "dark")]
TWICE_THE_TEXT = 195  # a phone of 390 whose reader has doubled the text: every length here is one of text


@pytest.mark.long
def test_public_pages_are_accessible_fit_every_width_ask_no_other_host_and_give_no_cookie(page, live_site, edition):
    """One walk for all that a page has to be: opening one in a browser costs most of it."""
    article, arabic = edition
    hosts = set()
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    found = {}
    for path in [
        *PUBLIC_PAGES,
        article.get_absolute_url(),
        arabic.get_absolute_url(),
        article.story.get_absolute_url(),
    ]:
        visit(page, live_site + path)
        found[path] = [*faults(page, SIZES), *too_wide(page, [TWICE_THE_TEXT, 320, 820, 1680])]
        if path.startswith("/account/"):
            page.context.clear_cookies()  # a form's, against forgery
    assert {path: rows for path, rows in found.items() if rows} == {}
    assert hosts == {urlsplit(live_site).netloc}
    assert page.context.cookies() == []


@pytest.mark.long
def test_a_readers_pages_are_accessible_and_fit(page, live_site, edition, sign_in, trial_reader):
    sign_in(trial_reader)
    article, arabic = edition
    found = {}
    for path in [*READER_PAGES, article.get_absolute_url(), arabic.get_absolute_url()]:
        visit(page, live_site + path)
        found[path] = [*faults(page, [(1280, "dark"), (390, "light")]), *too_wide(page, [TWICE_THE_TEXT])]
    assert {path: rows for path, rows in found.items() if rows} == {}


def faults(page, sizes: list[tuple[int, str]]) -> list[str]:
    """Of the page that is open, at each width and colour scheme."""
    found = []
    for width, scheme in sizes:
        # A colour that is on its way to another has no contrast to speak of.
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found += too_wide(page, [width])
        found += [f"{width} {scheme}: {one}" for one in violations(page)]
    return found


def too_wide(page, widths: list[int]) -> list[str]:
    found = []
    for width in widths:
        page.set_viewport_size({"width": width, "height": 900})
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            found.append(f"scrolls sideways at {width}")
    return found


def test_offline_the_app_shows_its_offline_page_and_no_walled_article(page, live_site, edition, sign_in, trial_reader):
    article, _ = edition
    sign_in(trial_reader)
    page.goto(live_site)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.goto(f"{live_site}{article.get_absolute_url()}")
    page.reload()
    kept = page.evaluate(
        """async () => {
            const texts = []
            for (const name of await caches.keys()) {
                const cache = await caches.open(name)
                for (const request of await cache.keys()) {
                    const type = (await cache.match(request)).headers.get('content-type') || ''
                    if (type.includes('html')) texts.push(new URL(request.url).pathname)
                }
            }
            return texts
        }"""
    )
    assert set(kept) <= {"/offline/", "/saved/offline/"}
    page.context.set_offline(True)
    page.goto(f"{live_site}{article.get_absolute_url()}")
    assert page.get_by_role("heading", name="You are offline").is_visible()
    assert SECRET_SENTENCE not in page.content()
