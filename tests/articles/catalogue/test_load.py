from __future__ import annotations

import json

import pytest
from django.core.management import CommandError, call_command

from articles.catalogue.load import BUNDLED_CATALOGUE, bundled_feed_urls
from articles.models import Feed, Source
from tests.make import make_feed, make_source

pytestmark = pytest.mark.django_db


@pytest.fixture
def catalogue(tmp_path):
    """Write rows to a file; gives its path."""

    def write(*rows: dict) -> str:
        path = tmp_path / "rows.json"
        path.write_text(json.dumps(rows))
        return str(path)

    return write


def row(**facts) -> dict:
    return {
        "name": "The Paper",
        "slug": "the-paper",
        "homepage": "https://paper.example/",
        "language": "en-GB",
        "feeds": [{"url": "https://paper.example/rss", "section": "world"}],
        **facts,
    }


def load(capsys, *arguments: str) -> tuple[str, str]:
    call_command("load_sources", *arguments)
    captured = capsys.readouterr()
    return captured.out.strip(), captured.err.strip()


def test_the_catalogue_of_the_project_loads_whole_and_twice(capsys):
    sources = json.loads(BUNDLED_CATALOGUE.read_text())
    feeds = sum(len(source["feeds"]) for source in sources)
    first, said = load(capsys)
    assert (Source.objects.count(), Feed.objects.count(), said) == (len(sources), feeds, "")
    assert first == f"{len(sources)} new sources, 0 known; {feeds} new feeds, 0 known; 0 rows left out"
    again, _ = load(capsys, str(BUNDLED_CATALOGUE))
    assert again == f"0 new sources, {len(sources)} known; 0 new feeds, {feeds} known; 0 rows left out"
    assert len(bundled_feed_urls()) == len(sources)


def test_a_second_load_brings_facts_and_leaves_what_editors_set(capsys, catalogue):
    load(capsys, catalogue(row()))
    Source.objects.update(permission="full", is_active=False, description="Ours.", weight=2.0)
    load(capsys, catalogue(row(name="The New Paper", permission="headline", country="GB")), "--permission", "teaser")
    source = Source.objects.get()
    assert (source.name, source.country, source.slug) == ("The New Paper", "GB", "the-paper")
    assert (source.permission, source.is_active, source.description, source.weight) == ("full", False, "Ours.", 2.0)


def test_new_sources_get_the_permission_that_is_asked_for(capsys, catalogue):
    load(capsys, catalogue(row(permission="teaser")), "--permission", "full")
    assert Source.objects.get().permission == "full"


def test_without_any_permission_a_source_is_a_teaser(capsys, catalogue):
    load(capsys, catalogue(row()))
    assert Source.objects.get().permission == "teaser"


def test_an_open_source_needs_its_licence(capsys, catalogue):
    _, said = load(capsys, catalogue(row()), "--permission", "open")
    assert said == "left out: The Paper: an open source names its licence, licence_url and licence_stated_at"
    assert not Source.objects.exists()


def test_a_feed_moves_to_the_section_that_the_catalogue_names(capsys, catalogue):
    load(capsys, catalogue(row()))
    load(capsys, catalogue(row(feeds=[{"url": "https://paper.example/rss", "section": "sport"}])))
    assert Feed.objects.get().section == "sport"


@pytest.mark.parametrize("url", ["http://127.0.0.1/rss", "http://user@paper.example/rss", "http://0x7f.1/rss"])
def test_a_feed_on_the_inside_is_refused_when_it_is_loaded_f20(capsys, catalogue, url):
    out, said = load(capsys, catalogue(row(feeds=[{"url": url}]), row(name="Other", slug="other")))
    assert said.startswith("left out: The Paper: ")
    assert "1 new sources" in out


def test_a_feed_of_another_title_is_not_taken_away(capsys, catalogue):
    make_feed(make_source(name="First"), url="https://paper.example/rss")
    _, said = load(capsys, catalogue(row()))
    assert said == "left out: The Paper: https://paper.example/rss belongs to First already"
    assert Source.objects.count() == 1


def test_a_file_that_cannot_be_read_is_one_clear_sentence(tmp_path):
    bad = tmp_path / "bad.opml"
    bad.write_text("<rss/>")
    with pytest.raises(CommandError, match="This is not an OPML file"):
        call_command("load_sources", str(bad))
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("load_sources", str(tmp_path / "none.json"))


def test_an_export_loads_back_as_it_was(capsys, tmp_path):
    load(capsys)
    path = tmp_path / "sources.opml"
    call_command("export_sources", str(path))
    before = list(Source.objects.order_by("slug").values_list("slug", "name", "permission", "licence", "language"))
    Source.objects.all().delete()
    _, said = load(capsys, str(path))
    assert said == ""
    assert (
        list(Source.objects.order_by("slug").values_list("slug", "name", "permission", "licence", "language")) == before
    )
    call_command("export_sources")
    assert capsys.readouterr().out.encode() == path.read_bytes()


def test_the_fictional_press_is_not_exported(capsys):
    make_feed(make_source(is_fictional=True, name="Invented"))
    make_feed(make_source(name="Printed"))
    call_command("export_sources")
    out = capsys.readouterr().out
    assert "Printed" in out
    assert "Invented" not in out
