"""The picks desk in Chromium: dragging, the keyboard, typing. A refusal by our policy is a console error and fails."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.apps import apps
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from articles.models import Pick
from tests.make import make_article, make_feed, make_pick, make_source

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DESK = reverse("admin:articles_pick_changelist")
HIGHLIGHTED = ".select2-results__option--highlighted"


@pytest.fixture
def groups(transactional_db) -> None:
    """A test with real transactions ends by emptying every table, the groups of the migration with them."""
    import_module("articles.migrations.0003_editors_group").add_groups(apps, None)


@pytest.fixture
def desk(groups, editor, page, sign_in, live_site):
    sign_in(editor)
    page.live_site = live_site
    return page


@pytest.fixture
def picks(groups) -> list[Pick]:
    return [
        make_pick(make_article(headline=name), position=place) for place, name in enumerate(("One", "Two", "Three"), 1)
    ]


def listed(page) -> list[str]:
    return page.locator("#result_list .field-headlines").all_inner_texts()


def stored() -> list[str]:
    return [pick.headline for pick in Pick.objects.live(timezone.now())]


def drag(page, start: int, end: int) -> None:
    handles = page.locator(".handle")
    start_box, end_box = handles.nth(start).bounding_box(), handles.nth(end).bounding_box()
    page.mouse.move(start_box["x"] + 8, start_box["y"] + 8)
    page.mouse.down()
    for rest in (6, 4, 2):  # a hand stops before it lets go; rows move out of the way meanwhile
        page.mouse.move(end_box["x"] + 8, end_box["y"] + rest, steps=10)
        page.wait_for_timeout(200)
    page.mouse.up()


def test_an_editor_drags_a_pick_to_the_top_and_hears_that_it_was_kept(desk, picks):
    desk.goto(f"{desk.live_site}{DESK}")
    drag(desk, 2, 0)
    desk.get_by_text("Order saved.").wait_for()
    assert listed(desk) == ["Three", "One", "Two"]
    assert stored() == ["Three", "One", "Two"]
    assert desk.locator("#strips li b").all_inner_texts() == ["Three", "One", "Two"]
    # The buttons know their new neighbours.
    desk.get_by_role("button", name="Move up: Two").click()
    desk.wait_for_url("**#place-*")
    assert stored() == ["Three", "Two", "One"]


def test_an_order_that_could_not_be_kept_is_said_aloud(desk, picks):
    desk.goto(f"{desk.live_site}{DESK}")
    desk.route("**/adminsortable2_update/", lambda route: route.fulfill(status=503))
    desk.evaluate("console.error = () => {}")  # the library reports it there, where no editor looks
    drag(desk, 2, 0)
    desk.get_by_text("The order was not saved.").wait_for()
    assert stored() == ["One", "Two", "Three"]


def test_the_keyboard_orders_and_keeps_its_place(desk, picks):
    desk.goto(f"{desk.live_site}{DESK}")
    desk.get_by_role("button", name="Move down: One").focus()
    desk.keyboard.press("Enter")
    desk.wait_for_url("**#place-*")
    assert stored() == ["Two", "One", "Three"]
    assert desk.evaluate("document.activeElement.id") == f"place-{picks[0].pk}"


def test_an_article_is_found_and_picked_by_typing(desk):
    make_article(headline="A ferry timetable", published_at=timezone.now() - timedelta(hours=2))
    make_article(headline="A bridge")
    desk.goto(f"{desk.live_site}{reverse('admin:articles_pick_add')}")
    expect(desk.get_by_label("Find an article")).to_be_focused()
    desk.keyboard.type("ferr")
    expect(desk.locator(HIGHLIGHTED)).to_contain_text("A ferry timetable")
    desk.keyboard.press("Enter")
    assert desk.locator("#typed [data-shows=headline]").inner_text() == "A ferry timetable"
    desk.get_by_label("Our headline").fill("What a timetable promised")
    desk.get_by_label("Why").fill("Stay for it.")
    assert desk.locator("#typed [data-shows=headline]").inner_text() == "What a timetable promised"
    assert "A ferry timetable" in desk.locator("#typed").inner_text()
    assert "12 of 300" in desk.locator(".field-note").inner_text()
    desk.get_by_role("button", name="Save", exact=True).click()
    desk.get_by_text("was added successfully").wait_for()
    assert stored() == ["What a timetable promised"]


def test_without_a_script_an_article_is_picked_by_its_address(groups, chromium, live_site, client, editor):
    article = make_article(headline="A ferry timetable")
    client.force_login(editor)
    context = chromium.new_context(java_script_enabled=False)
    context.add_cookies([{"name": "session", "value": client.cookies["session"].value, "url": live_site}])
    page = context.new_page()
    page.goto(f"{live_site}{reverse('admin:articles_pick_add')}")
    page.get_by_label("Its address on this site").fill(live_site + article.get_absolute_url())
    assert not page.locator("select[name=article]").is_visible()
    page.get_by_role("button", name="Save", exact=True).click()
    assert stored() == ["A ferry timetable"]
    context.close()


def test_a_list_is_narrowed_to_a_title_by_typing(desk):
    wanted = make_article(make_source(name="The Harbour Ledger"), headline="Wanted")
    make_article(headline="Other")
    desk.goto(f"{desk.live_site}{reverse('admin:articles_article_changelist')}")
    desk.locator(".source-filter .select2-selection").click()
    desk.keyboard.type(wanted.source.name)
    expect(desk.locator(HIGHLIGHTED)).to_have_text("The Harbour Ledger")
    desk.keyboard.press("Enter")
    desk.wait_for_url("**source=*")
    assert desk.locator("#result_list .field-headline").all_inner_texts() == ["Wanted"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_of_our_own_at_the_desk_are_clean_for_assistive_technology(desk, picks, scheme):
    desk.emulate_media(color_scheme=scheme)
    for url in ("/admin/", DESK, reverse("admin:articles_pick_preview")):
        desk.goto(f"{desk.live_site}{url}")
        found = Axe().run(desk)
        assert found.violations_count == 0, (url, found.generate_report())


def test_on_a_phone_an_editor_sees_what_is_searched_for(desk):
    desk.set_viewport_size({"width": 390, "height": 900})
    desk.goto(f"{desk.live_site}{reverse('admin:articles_article_changelist')}")
    assert desk.locator("#searchbar").bounding_box()["width"] > 200


@pytest.mark.parametrize("width", [390, 1280])
def test_no_page_of_the_desk_is_wider_than_its_window(desk, picks, width):
    desk.set_viewport_size({"width": width, "height": 900})
    make_feed(last_fetched_at=timezone.now(), failure_count=9, last_reason="The server did not answer within a minute.")
    make_pick(note=f"https://paper.example/{'a' * 220}")
    lists = [reverse(f"admin:articles_{name}_changelist") for name in ("pick", "article", "story", "source", "feed")]
    forms = [reverse("admin:articles_pick_add"), reverse("admin:articles_pick_change", args=[picks[0].pk])]
    for url in ("/admin/", *lists, *forms, reverse("admin:articles_pick_preview")):
        desk.goto(f"{desk.live_site}{url}")
        root = "document.documentElement"
        assert desk.evaluate(f"{root}.scrollWidth <= {root}.clientWidth"), url
