from __future__ import annotations

import re

import pytest

pytestmark = pytest.mark.django_db
PAGES = ["/how-we-choose/", "/about/fetcher/", "/privacy/", "/terms/"]


@pytest.mark.parametrize("path", PAGES)
def test_a_visitor_reads_it_without_leaving_a_trace(visitor, path):
    page = visitor.get(path)
    assert page.status_code == 200
    assert page.text.count("<h1") == 1
    assert not page.cookies
    assert "csrfmiddlewaretoken" not in page.text
    assert page["Cache-Control"].startswith("public")


@pytest.mark.parametrize("path", PAGES)
def test_nothing_on_it_needs_inline_style_or_script(visitor, path):
    page = visitor.get(path).text
    assert not re.search(r"<style|style=|<script(?![^>]*\bsrc=)|\son\w+=", page)


def test_publishers_find_the_name_in_their_log_and_the_way_to_stop_it(visitor, settings):
    settings.FEED_USER_AGENT = "Broadsheet/1.0 (+https://broadsheet.example/about/fetcher/)"
    page = visitor.get("/about/fetcher/").text
    assert "Broadsheet/1.0 (+https://broadsheet.example/about/fetcher/)" in page
    assert 'id="takedown"' in page
    assert "410 Gone" in page
    assert "mailto:" in page


def test_publishers_read_by_which_name_robots_txt_refuses_us(visitor, settings):
    settings.FEED_USER_AGENT = "Broadsheet/1.0 (+https://broadsheet.example/about/fetcher/)"
    page = visitor.get("/about/fetcher/").text
    assert "Our name in it is <code>Broadsheet</code>" in page
    assert "<code>noarchive</code>" in page
    assert "We do not read article pages" not in page


def test_privacy_names_every_cookie_by_its_real_name(visitor, settings):
    page = visitor.get("/privacy/").text
    for name in (
        settings.SESSION_COOKIE_NAME,
        settings.CSRF_COOKIE_NAME,
        settings.TYPED_ADDRESS_COOKIE_NAME,
        "messages",
        "theme",
        "size",
    ):
        assert f"<code>{name}</code>" in page


def test_privacy_says_that_what_was_shown_is_kept_for_a_day(visitor):
    assert "Which of them stood on the pages you looked at" in visitor.get("/privacy/").text


def test_privacy_says_what_stays_after_deletion(visitor):
    assert "stays when you delete your account" in visitor.get("/privacy/").text


def test_terms_name_the_days_and_the_prices_that_are_set(visitor, settings):
    settings.TRIAL_DAYS, settings.PLAN_MONTHLY_CENTS, settings.PLAN_CURRENCY = 10, 1250, "EUR"
    page = visitor.get("/terms/").text
    assert "10 free days" in page
    assert "€12.50 a month" in page
