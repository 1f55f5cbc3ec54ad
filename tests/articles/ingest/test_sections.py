from __future__ import annotations

import time

import pytest

from articles.ingest.sections import normal, section_of
from articles.models import CategoryRule
from articles.sections import SECTIONS

RULES = {
    "sport": "sport",
    "football": "sport",
    "world": "world",
    "world > football": "opinion",
    "business/markets": "business",
    "künste": "culture",
}


@pytest.mark.parametrize(
    ("categories", "section"),
    [
        (["Sport"], "sport"),
        (["Weather", "World", "Sport"], "world"),
        (["  SPORT \u00a0 "], "sport"),
        (["KÜNSTE"], "culture"),
        (["News > Sport"], "sport"),
        (["sport/football"], "sport"),
        (["News/Sport/Cricket"], "sport"),
        (["World > Football"], "opinion"),
        (["World >Football > Women"], "opinion"),
        (["world/football"], "opinion"),
        (["Business / Markets / Bonds"], "business"),
        (["News » Regional"], "top"),
        (["/", ">>", ""], "top"),
        (["Transport"], "top"),
        ([], "top"),
    ],
)
def test_an_article_of_a_general_feed_goes_where_its_category_says(categories, section):
    assert section_of(categories, RULES, "top") == section


@pytest.mark.parametrize("section", [slug for slug in SECTIONS if slug != "top"])
def test_a_feed_that_names_a_section_keeps_its_articles(section):
    assert section_of(["Sport", "World"], RULES, section) == section


def test_the_more_exact_part_of_a_path_comes_first():
    assert section_of(["World > Sport"], RULES, "top") == "sport"
    assert section_of(["Sport > World"], RULES, "top") == "world"


def test_long_and_hostile_categories_cost_nothing():
    started = time.process_time()
    assert section_of(["/" * 100_000, "a>" * 100_000, "x" * 100_000] * 20, RULES, "top") == "top"
    assert time.process_time() - started < 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("category", "section"),
    [
        ("Technology", "technology"),
        ("Wirtschaft", "business"),
        ("Économie", "business"),
        ("Fußball", "sport"),
        ("Ciencia", "science"),
        ("Meio Ambiente", "climate"),
        ("Salute", "health"),
        ("Buitenland", "world"),
        ("News > Opinión", "opinion"),
    ],
)
def test_the_table_begins_with_what_newspapers_write_in_seven_languages(category, section):
    rules = dict(CategoryRule.objects.values_list("name", "section"))
    assert section_of([category], rules, "top") == section


@pytest.mark.django_db
def test_the_table_holds_names_as_they_are_compared_and_sections_that_exist():
    rules = dict(CategoryRule.objects.values_list("name", "section"))
    assert len(rules) > 150
    assert set(rules.values()) == set(SECTIONS) - {"top"}
    assert [name for name in rules if name != normal(name)] == []
