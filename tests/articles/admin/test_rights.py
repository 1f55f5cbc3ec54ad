"""A14: who may enter the desk, and what each group may do there."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, Permission
from django.urls import NoReverseMatch, URLResolver, reverse
from django.urls.resolvers import RoutePattern

from articles.models import Pick, Source
from tests.articles.admin.test_sources import facts
from tests.make import make_article, make_feed, make_pick, make_source, make_story

DESK_PAGES = ["pick", "article", "story", "source", "feed", "categoryrule"]


def changelist(model: str, app: str = "articles") -> str:
    return reverse(f"admin:{app}_{model}_changelist")


@pytest.fixture
def rows(db) -> dict[str, int]:
    article = make_article()
    story = make_story([article])
    feed = make_feed(article.source)
    return {
        "pick": make_pick(article).pk,
        "article": article.pk,
        "story": story.pk,
        "source": article.source.pk,
        "feed": feed.pk,
    }


def test_a_visitor_is_sent_to_our_own_sign_in(visitor, rows):
    urls = ["/admin/", changelist("pick"), reverse("admin:articles_pick_preview"), reverse("admin:autocomplete")]
    for url in urls:
        at_the_door = visitor.get(url)
        assert at_the_door.status_code == 302
        assert visitor.get(at_the_door.url).url.startswith("/account/login/?next=")


def test_a_reader_does_not_get_in_at_all(client, member, rows):
    client.force_login(member)
    for url in ("/admin/", "/admin/login/", changelist("pick"), reverse("admin:articles_pick_preview")):
        assert client.get(url, follow=True).status_code == 403


def test_staff_without_a_group_see_an_empty_desk(client, staff, rows):
    client.force_login(staff)
    page = client.get("/admin/").text
    assert "Our Picks" not in page
    assert "first-feeds" not in page
    for model in DESK_PAGES:
        assert client.get(changelist(model)).status_code == 403
    assert client.get(reverse("admin:articles_pick_preview")).status_code == 403


def test_an_editor_has_the_least_rights_that_the_work_needs(editor):
    assert editor.get_all_permissions() == {
        "articles.add_pick",
        "articles.change_pick",
        "articles.delete_pick",
        "articles.view_pick",
        "articles.change_article",
        "articles.view_article",
        "articles.change_story",
        "articles.view_story",
        "articles.view_source",
        "articles.view_feed",
        "articles.view_sourcechange",
        "articles.view_articlepage",
        "articles.view_articleversion",
    }


def test_an_editor_sees_every_page_of_the_desk(client, editor, rows):
    client.force_login(editor)
    for model, pk in rows.items():
        assert client.get(changelist(model)).status_code == 200
        for page in ("change", "history"):
            assert client.get(reverse(f"admin:articles_{model}_{page}", args=[pk])).status_code == 200


def test_an_editor_cannot_change_what_a_publisher_allows(client, editor):
    client.force_login(editor)
    source = make_source(permission="teaser")
    url = reverse("admin:articles_source_change", args=[source.pk])
    assert 'name="permission"' not in client.get(url).text
    assert client.post(url, facts(source, permission="full", confirmed="full")).status_code == 403
    assert Source.objects.get().permission == "teaser"


@pytest.mark.parametrize("model", ["source", "feed", "story", "article"])
def test_an_editor_adds_nothing_to_the_catalogue(client, editor, model):
    client.force_login(editor)
    assert client.get(reverse(f"admin:articles_{model}_add")).status_code == 403


def test_an_editor_can_reach_no_account_membership_or_group(client, editor):
    """Nothing outside the news, whatever else is registered."""
    client.force_login(editor)
    for name in admin_pages():
        try:
            url = reverse(f"admin:{name}")
        except NoReverseMatch:
            continue
        assert client.get(url).status_code in {403, 404, 405}, url


def admin_pages() -> list[str]:
    """Lists and forms of every app but ours that the desk has registered."""
    names = URLResolver(RoutePattern(""), "newssite.desk_urls").reverse_dict
    return [
        name
        for name in names
        if isinstance(name, str) and name.endswith(("_changelist", "_add")) and not name.startswith("articles_")
    ]


def test_who_keeps_the_catalogue_changes_sources_and_does_not_choose_articles(client, cataloguer):
    client.force_login(cataloguer)
    assert client.get(reverse("admin:articles_source_add")).status_code == 200
    assert client.get(changelist("pick")).status_code == 403
    article = make_article()
    client.post(changelist("article"), {"action": "take_down", "_selected_action": [article.pk], "reason": "x"})
    article.refresh_from_db()
    assert article.withdrawn_at is None


def test_the_groups_hold_rights_that_exist(db):
    """The migration makes permissions before Django would: by the same names, so that there is one of each."""
    for group in Group.objects.filter(name__in=["Editors", "Catalogue"]):
        for permission in group.permissions.all():
            assert (
                Permission.objects.filter(codename=permission.codename, content_type=permission.content_type).count()
                == 1
            )
            assert permission.name.startswith("Can ")


def test_the_order_is_changed_by_editors_only(client, cataloguer, member):
    first, second = make_pick(position=1), make_pick(position=2)
    for user in (cataloguer, member):
        client.force_login(user)
        client.post(reverse("admin:articles_pick_sortable_update"), {"up": f"{second.pk},{first.pk}"})
    assert list(Pick.objects.values_list("pk", flat=True)) == [first.pk, second.pk]


def test_a_forged_form_from_elsewhere_changes_nothing(editor, rows):
    """A16."""
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    strict.force_login(editor)
    assert strict.post(reverse("admin:articles_pick_sortable_update"), {"up": "1,2"}).status_code == 403
    assert strict.post(changelist("article"), {"action": "take_down", "_selected_action": ["1"]}).status_code == 403
