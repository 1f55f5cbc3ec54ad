"""The script and the service worker in a real browser."""

from __future__ import annotations

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from articles.models import Saved, Topic
from articles.topics.store import file_articles
from tests.make import make_article, make_source, make_story

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

KEPT = "caches.keys().then(names => Promise.all(names.map(name => caches.open(name).then(cache => cache.keys()))))"


def kept_paths(page) -> set[str]:
    requests = page.evaluate(f"{KEPT}.then(lists => lists.flat().map(request => new URL(request.url).pathname))")
    return set(requests)


def test_a_choice_of_appearance_applies_at_once_and_outlives_the_page(page, live_site):
    make_source()
    page.goto(f"{live_site}/sources/")
    page.get_by_text("Dark", exact=True).click()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.reload()
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"
    assert page.locator("[name=theme][value=dark]").is_checked()
    page.get_by_text("Auto", exact=True).click()
    assert "theme" not in {cookie["name"] for cookie in page.context.cookies()}


def test_without_a_connection_a_reader_is_told_so_and_nothing_that_was_read_is_kept(
    page, live_site, sign_in, trial_reader
):
    """A08: after reading, the device holds the shell, the offline page, and that page with what was saved: nothing."""
    article = make_article(make_source(slug="ledger"))
    sign_in(trial_reader)
    page.goto(f"{live_site}/sources/ledger/")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.goto(live_site + article.get_absolute_url())
    kept = kept_paths(page)
    assert "/offline/" in kept
    assert all(path in {"/offline/", "/saved/offline/"} or path.startswith("/static/") for path in kept)
    page.context.set_offline(True)
    page.goto(f"{live_site}/sources/")
    assert page.get_by_role("heading", name="You are offline").is_visible()
    assert page.evaluate("getComputedStyle(document.body).fontFamily").startswith("-apple-system")
    assert trial_reader.email not in page.content()
    page.context.set_offline(False)
    page.get_by_role("link", name="Try again").click()
    assert page.get_by_role("heading", level=1).inner_text() == "1 trusted global source"


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_what_follows_from_an_article_opens_inside_the_screen(page, live_site, sign_in, trial_reader, width):
    article = make_article(make_source(name="A title with a name of some length"), body="<p>All of it.</p>")
    sign_in(trial_reader)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(live_site + article.get_absolute_url())
    page.get_by_role("button", name="Follow or mute").click()
    box = page.get_by_role("group", name="Follow or mute").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width


def test_the_panel_of_an_article_is_closed_by_escape_by_a_press_elsewhere_and_by_its_button(
    page, live_site, sign_in, trial_reader
):
    article = make_article(body="<p>All of it.</p>")
    sign_in(trial_reader)
    page.goto(live_site + article.get_absolute_url())
    opener = page.get_by_role("button", name="Follow or mute")
    panel = page.get_by_role("group", name="Follow or mute")
    opener.press("Enter")
    page.keyboard.press("Tab")
    assert panel.evaluate("panel => panel.contains(document.activeElement)")
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(opener).to_be_focused()
    opener.click()
    page.mouse.click(5, 5)
    expect(panel).to_be_hidden()
    opener.click()
    panel.get_by_role("button", name="Close").click()
    expect(panel).to_be_hidden()


def test_without_a_script_the_panel_of_an_article_opens_follows_and_closes(chromium, live_site, client, trial_reader):
    article = make_article(make_source(name="The Ledger"), body="<p>All of it.</p>")
    client.force_login(trial_reader)
    context = chromium.new_context(java_script_enabled=False)
    context.add_cookies([{"name": "session", "value": client.cookies["session"].value, "url": live_site}])
    page = context.new_page()
    page.goto(live_site + article.get_absolute_url())
    panel = page.get_by_role("group", name="Follow or mute")
    page.get_by_role("button", name="Follow or mute").click()
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    page.get_by_role("button", name="Follow or mute").click()
    panel.get_by_role("button", name="Follow The Ledger").click()
    page.get_by_role("button", name="Follow or mute").click()
    expect(panel.get_by_role("button", name="press to stop following The Ledger")).to_be_visible()
    context.close()


def test_a_leading_story_without_a_picture_takes_the_room_of_the_picture(page, live_site):
    make_story([make_article(headline="A headline without a picture " * 3)], score=9)
    page.goto(f"{live_site}/news/world/")
    assert page.locator(".story--wide .hed").bounding_box()["width"] > 700


def test_an_article_is_saved_where_it_stands_and_the_reader_keeps_the_place(page, live_site, sign_in, trial_reader):
    articles = [make_article() for _ in range(30)]
    for number, article in enumerate(articles):
        make_story([article], score=30 - number)
    sign_in(trial_reader)
    page.goto(f"{live_site}/news/world/")
    page.evaluate("scrollTo({top: 9999, behavior: 'instant'})")
    before = page.evaluate("scrollY")
    assert before > 1000
    save = page.locator("main .save").last
    save.click()
    expect(save).to_have_attribute("aria-pressed", "true")
    assert page.evaluate("scrollY") == before
    assert Saved.objects.get(user=trial_reader).article_id == int(save.get_attribute("value"))
    save.click()
    expect(save).to_have_attribute("aria-pressed", "false")
    assert not Saved.objects.exists()


def test_a_double_click_saves_once(page, live_site, sign_in, trial_reader):
    make_story([make_article()], score=1)
    sign_in(trial_reader)
    page.goto(f"{live_site}/news/world/")
    save = page.locator("main .save").first
    save.dblclick()
    expect(save).to_have_attribute("aria-pressed", "true")
    page.wait_for_timeout(300)
    assert save.get_attribute("aria-pressed") == "true"
    assert Saved.objects.count() == 1


def test_a_press_while_the_one_before_is_on_its_way_counts_for_nothing(page, live_site, sign_in, trial_reader):
    make_story([make_article()], score=1)
    sign_in(trial_reader)
    page.goto(f"{live_site}/news/world/")
    save = page.locator("main .save").first
    save.evaluate("button => { button.click(); button.click() }")
    expect(save).to_have_attribute("aria-pressed", "true")
    page.wait_for_timeout(300)
    assert Saved.objects.count() == 1


def test_the_list_of_what_is_saved_counts_again_when_an_article_is_taken_off(page, live_site, sign_in, trial_reader):
    for _ in range(2):
        Saved.objects.create(user=trial_reader, article=make_article())
    sign_in(trial_reader)
    page.goto(f"{live_site}/saved/")
    said = page.locator("header", has=page.get_by_role("heading", name="Saved", exact=True)).locator("p")
    expect(said).to_contain_text("2 articles")
    page.locator("main .save").first.click()
    expect(said).to_contain_text("1 article")
    expect(said).not_to_contain_text("articles")
    page.locator("main .save").last.click()
    expect(said).to_have_text("")


@pytest.mark.parametrize("width", [320, 375, 390])
def test_on_a_phone_the_signs_of_the_masthead_are_large_enough_for_a_thumb(
    page, live_site, sign_in, trial_reader, width
):
    sign_in(trial_reader)
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(live_site)
    for name in ("Search", "Following", "Saved"):
        box = page.locator("header.mast").get_by_role("link", name=name, exact=True).bounding_box()
        assert (box["width"] >= 32, box["height"] >= 44) == (True, True), name


def test_no_letter_of_the_sources_is_split_over_two_columns(page, live_site):
    names = ("Alpha", "Beacon", "Courier", "Dispatch", "Tasman", "Terrace", "Tribune", "Times", "Union", "Voice")
    for name in names:
        make_source(name=name)
    for width in (1280, 1000, 700):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(f"{live_site}/sources/")
        lefts = "section => new Set([...section.children].flatMap(c => [...c.getClientRects()].map(r => r.left))).size"
        for letter in page.locator(".dir section").all():
            assert letter.evaluate(lefts) == 1, (width, letter.inner_text())


def test_a_reader_who_was_signed_out_meanwhile_is_not_told_that_an_article_is_saved(
    page, live_site, sign_in, trial_reader
):
    make_story([make_article()], score=1)
    sign_in(trial_reader)
    page.goto(f"{live_site}/news/world/")
    Session.objects.all().delete()
    page.locator("main .save").first.click()
    page.wait_for_url("**/account/login/**")
    assert not Saved.objects.exists()


def test_who_follows_several_titles_in_a_row_stays_at_the_list(page, live_site, sign_in, trial_reader):
    for _ in range(30):
        make_article()
    sign_in(trial_reader)
    page.set_viewport_size({"width": 390, "height": 700})
    page.goto(f"{live_site}/for-you/")
    page.get_by_role("button", name="Follow Opinion").scroll_into_view_if_needed()
    before = page.evaluate("scrollY")
    assert before > 200
    with page.expect_navigation():
        page.get_by_role("button", name="Follow Opinion").click()
    assert page.evaluate("scrollY") > 0


def test_filters_apply_at_once_beside_the_results_and_together_in_a_phone_s_sheet(page, live_site):
    for section in ("world", "sport"):
        make_article(make_source(name=f"The {section} paper"), section=section, headline="A bridge")
    page.goto(f"{live_site}/search/?q=bridge")
    page.get_by_role("radio", name="Sport").check()
    page.wait_for_url("**section=sport**")
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(f"{live_site}/search/?q=bridge")
    page.get_by_role("button", name="Filters").click()
    page.get_by_role("radio", name="Sport").check()
    page.get_by_role("checkbox", name="The sport paper").check()
    page.get_by_role("button", name="Apply filters").click()
    page.wait_for_url("**section=sport**source=**")
    page.get_by_text("Newest", exact=True).click()
    page.wait_for_url("**sort=new**")


def test_a_day_is_searched_for_when_all_of_it_was_typed(page, live_site):
    make_article(headline="A bridge")
    page.goto(f"{live_site}/search/?q=bridge")
    page.get_by_label("From").press_sequentially("01022026")
    page.wait_for_timeout(300)
    assert "from=" not in page.url
    page.get_by_role("button", name="Apply filters").click()
    page.wait_for_url("**from=2026-**")


def test_by_keyboard_a_filter_is_reached_past_others_and_sent_with_enter(page, live_site):
    make_article(headline="A bridge")
    page.goto(f"{live_site}/search/?q=bridge")
    page.get_by_role("radio", name="Any time").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.wait_for_timeout(300)
    assert "when=" not in page.url
    page.keyboard.press("Enter")
    page.wait_for_url("**when=week**")


def test_a_name_without_a_place_to_break_makes_no_page_wider_than_the_screen(page, live_site, sign_in, trial_reader):
    source = make_source(name="Donaudampfschifffahrtselektrizitätenhauptbetriebswerksnachrichten")
    article = make_article(source, body="<p>All of it.</p>")
    make_story([article], score=1)
    sign_in(trial_reader)
    page.set_viewport_size({"width": 320, "height": 800})
    for path in (article.get_absolute_url(), "/", "/news/world/", "/for-you/", source.get_absolute_url()):
        page.goto(live_site + path)
        assert page.evaluate("document.documentElement.scrollWidth") == 320, path


def test_a_topic_without_a_place_to_break_makes_no_page_wider_than_the_screen(page, live_site, sign_in, trial_reader):
    label = "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz"
    articles = [make_article(make_source(), categories=[label], body="<p>All of it.</p>") for _ in range(4)]
    file_articles([article.pk for article in articles])
    topic = Topic.objects.get()
    sign_in(trial_reader)
    page.set_viewport_size({"width": 320, "height": 800})
    for path in (articles[0].get_absolute_url(), "/following/", "/for-you/", topic.get_absolute_url()):
        page.goto(live_site + path)
        assert label in page.content(), path
        assert page.evaluate("document.documentElement.scrollWidth") == 320, path
