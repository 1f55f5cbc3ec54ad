"""Editors say in which section a publisher's category belongs."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from articles.models import CategoryRule
from tests.make import make_article

LIST = reverse("admin:articles_categoryrule_changelist")
ADD = reverse("admin:articles_categoryrule_add")


@pytest.fixture(autouse=True)
def empty_table(db):
    CategoryRule.objects.all().delete()


def test_a_category_is_kept_in_lower_case_with_single_blanks(at_desk):
    at_desk.post(ADD, {"name": "  Kultur  & STRASSE ", "section": "culture"})
    rule = CategoryRule.objects.get()
    assert (rule.name, rule.section) == ("kultur & strasse", "culture")


def test_a_category_that_has_a_rule_is_named_with_a_link(at_desk):
    known = CategoryRule.objects.create(name="sport", section="sport")
    page = at_desk.post(ADD, {"name": " SPORT ", "section": "world"}).text
    assert f'<a href="{reverse("admin:articles_categoryrule_change", args=[known.pk])}">sport → Sport</a>' in page
    assert CategoryRule.objects.count() == 1


def test_a_rule_may_be_saved_again_as_it_is(at_desk):
    rule = CategoryRule.objects.create(name="sport", section="world")
    url = reverse("admin:articles_categoryrule_change", args=[rule.pk])
    at_desk.post(url, {"name": "Sport", "section": "sport"})
    rule.refresh_from_db()
    assert rule.section == "sport"


def test_sections_are_changed_in_the_list(at_desk):
    rule = CategoryRule.objects.create(name="wetter", section="world")
    form = {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "1", "form-0-id": rule.pk, "form-0-section": "climate"}
    at_desk.post(LIST, {**form, "_save": "Save"})
    rule.refresh_from_db()
    assert rule.section == "climate"


def test_the_list_tells_how_many_of_the_newest_articles_carry_a_category(at_desk):
    CategoryRule.objects.create(name="bridges", section="world")
    for categories in (["Bridges", "bridges"], ["BRIDGES"], ["Ferries"], []):
        make_article(categories=categories)
    page = at_desk.get(LIST).text
    assert '<td class="field-recent">2</td>' in page


def test_frequent_categories_without_a_rule_are_offered(at_desk):
    CategoryRule.objects.create(name="bridges", section="world")
    for _ in range(3):
        make_article(categories=["Bridges", "Ferries & boats", "x" * 61])
    make_article(categories=["Rare"])
    page = at_desk.get(LIST).text
    assert f'<a href="{ADD}?name=ferries+%26+boats">ferries &amp; boats</a> <span class="quiet">3</span>' in page
    assert "?name=bridges" not in page
    assert "?name=rare" not in page
    assert 'value="ferries &amp; boats"' in at_desk.get(f"{ADD}?name=ferries+%26+boats").text


def test_the_list_costs_the_same_in_any_archive(at_desk):
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert at_desk.get(LIST).status_code == 200
        return len(queries)

    few = cost()
    for number in range(20):
        CategoryRule.objects.create(name=f"category {number}", section="world")
        make_article(categories=[f"category {number}", "other"])
    assert cost() <= few + 1
    assert few <= 8


def test_who_chooses_articles_does_not_change_the_table(client, editor):
    client.force_login(editor)
    assert client.get(LIST).status_code == 403
