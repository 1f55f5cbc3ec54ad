from __future__ import annotations

import json
import re

import pytest
from django.contrib.staticfiles import finders
from django.template import engines

from newssite import pwa
from tests.make import make_source

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n"


def test_the_manifest_lets_a_phone_install_the_site(visitor, settings):
    answer = visitor.get("/manifest.webmanifest")
    facts = json.loads(answer.content)
    assert answer["Content-Type"] == "application/manifest+json"
    assert facts["name"] == facts["short_name"] == settings.SITE_NAME
    assert (facts["start_url"], facts["scope"], facts["id"], facts["display"]) == ("/", "/", "/", "standalone")
    assert facts["lang"] == "en-GB"
    assert {icon["purpose"] for icon in facts["icons"]} == {"any", "maskable"}


def test_every_icon_it_names_exists_in_the_size_it_says(visitor):
    for icon in json.loads(visitor.get("/manifest.webmanifest").content)["icons"]:
        with open(finders.find(icon["src"].removeprefix("/static/")), "rb") as file:
            head = file.read(24)
        assert head.startswith(PNG)
        assert f"{int.from_bytes(head[16:20])}x{int.from_bytes(head[20:24])}" == icon["sizes"]


def test_a_name_with_quotes_keeps_the_manifest_readable(visitor, settings):
    settings.SITE_NAME = 'The "Daily" <News> & more'
    assert json.loads(visitor.get("/manifest.webmanifest").content)["name"] == settings.SITE_NAME


def test_the_service_worker_covers_the_whole_site_and_is_asked_for_each_time(visitor):
    answer = visitor.get("/service-worker.js")
    assert answer["Content-Type"] == "text/javascript"
    assert answer["Cache-Control"] == "no-cache"
    assert not answer.cookies


def test_the_shell_is_made_of_files_that_are_there_and_of_a_page_without_cookies(visitor):
    """A08."""
    script = visitor.get("/service-worker.js").text
    shell = re.search(r"const SHELL = \[(.*?)\]", script)[1]
    kept = [path.encode().decode("unicode_escape") for path in re.findall(r"'(.*?)'", shell)]
    assert kept
    assert all(path.startswith("/static/") and finders.find(path.removeprefix("/static/")) for path in kept)
    assert "cache.add(new Request(OFFLINE, { credentials: 'omit', cache: 'reload' }))" in script


def test_another_edition_of_the_shell_gets_a_cache_of_its_own(visitor, settings):
    def cache_name() -> str:
        pwa.shell_version.cache_clear()
        return re.search(r"shell-[0-9a-f]{12}", visitor.get("/service-worker.js").text)[0]

    before = cache_name()
    assert cache_name() == before
    settings.SITE_NAME = "Another name"
    assert cache_name() != before
    pwa.shell_version.cache_clear()


def test_the_offline_page_says_what_works_and_is_nobodys_own(visitor):
    page = visitor.get("/offline/")
    assert page.status_code == 200
    assert "<h1>You are offline</h1>" in page.text
    assert not page.cookies
    assert "csrfmiddlewaretoken" not in page.text


def test_who_sent_something_without_a_connection_is_told_to_send_it_again(visitor):
    page = visitor.get("/offline/").text
    assert "If you had just sent something, go back once you are connected, and send it again." in page


def test_the_offline_page_needs_no_database(visitor, django_assert_num_queries):
    with django_assert_num_queries(0):
        visitor.get("/offline/")


@pytest.mark.parametrize(
    "device", ["iPhone and iPad", "Android", "Windows, macOS, Linux, Chromebook", "Safari on a Mac", "Firefox"]
)
def test_the_app_page_says_how_to_install_on_every_device(visitor, device):
    page = visitor.get("/app/").text
    assert "One app. One membership." in page
    assert device in page


def test_the_app_page_is_public(visitor):
    make_source()
    page = visitor.get("/app/")
    assert page["Cache-Control"].startswith("public")
    assert not page.cookies


def test_the_script_stays_small():
    with open(finders.find("js/site.js"), "rb") as file:
        assert len(file.read()) <= 2_048


def test_templates_of_the_app_are_found_by_the_one_engine():
    assert engines["django"].get_template("pwa/service_worker.js")


def test_the_address_that_browsers_guess_leads_to_an_icon_that_is_there(visitor):
    answer = visitor.get("/favicon.ico")
    assert answer.status_code == 302
    assert finders.find(answer["Location"].removeprefix("/static/"))
