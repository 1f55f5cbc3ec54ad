"""Support looks, and changes little."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.models import User
from billing.models import Membership
from billing.record import replayed
from billing.standing import standing_of
from tests.make import make_article, make_pick, make_reader, make_user

pytestmark = pytest.mark.django_db


def browser_of(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def operator(db):
    return make_user("operator@site.example", is_staff=True, is_superuser=True)


@pytest.fixture
def support(db):
    user = make_user("support@site.example", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=["view_user", "change_user", "view_membership"]))
    return user


def test_support_finds_a_reader_by_address_and_sees_why_they_can_read(support):
    reader = make_reader()
    make_reader()
    client = browser_of(support)
    found = client.get("/admin/accounts/user/", {"q": reader.email}).text
    assert found.count('class="field-email') == 1
    page = client.get(f"/admin/accounts/user/{reader.pk}/change/").text
    assert "14 free days, until" not in page  # access lines need their own permission
    support.user_permissions.add(Permission.objects.get(codename="view_accessline"))
    assert "14 free days, until" in browser_of(support).get(f"/admin/accounts/user/{reader.pk}/change/").text


def test_no_password_is_shown_not_even_hashed(operator):
    reader = make_reader()
    page = browser_of(operator).get(f"/admin/accounts/user/{reader.pk}/change/").text
    assert reader.password not in page
    assert "md5$" not in page


def test_support_makes_nobody_staff(support):
    """A20"""
    reader = make_reader()
    form = {"name": "N", "time_zone": "", "is_staff": "on", "is_superuser": "on", "email": "x@mail.example"}
    for prefix in ("membership", "access_lines", "emailaddress_set"):
        form |= {f"{prefix}-TOTAL_FORMS": 0, f"{prefix}-INITIAL_FORMS": 0}
    browser_of(support).post(f"/admin/accounts/user/{reader.pk}/change/", form)
    changed = User.objects.get(pk=reader.pk)
    assert (changed.name, changed.is_staff, changed.is_superuser) == ("N", False, False)
    assert changed.email == reader.email


def test_an_operator_makes_an_editor_who_has_no_password_yet(operator):
    client = browser_of(operator)
    client.post("/admin/accounts/user/add/", {"email": "Editor@Site.example", "name": "Ines", "is_staff": "on"})
    editor = User.objects.get(name="Ines")
    assert editor.email == "editor@site.example"
    assert editor.is_staff
    assert not editor.has_usable_password()


def test_nobody_is_deleted_and_no_membership_is_edited_here(operator):
    reader = make_reader()
    client = browser_of(operator)
    assert client.post(f"/admin/accounts/user/{reader.pk}/delete/", {"post": "yes"}).status_code == 403
    membership = f"/admin/billing/membership/{reader.membership.pk}"
    assert client.post(f"{membership}/change/", {"status": "active"}).status_code == 403
    assert client.post(f"{membership}/delete/", {"post": "yes"}).status_code == 403
    assert client.get("/admin/billing/membership/").status_code == 200
    assert client.get(f"{membership}/change/").status_code == 200
    assert client.get("/admin/billing/membership/", {"q": reader.email}).status_code == 200


def test_readers_and_visitors_do_not_get_in(trial_reader, visitor):
    """A14"""
    assert visitor.get("/admin/accounts/user/").status_code == 302
    assert browser_of(trial_reader).get("/admin/accounts/user/").status_code in (302, 403)


# What an operator changes stands in the history


def save(client: Client, reader: User, **fields) -> None:
    form = {"name": "", "time_zone": "", "is_active": "on", **fields}
    for prefix in ("membership", "access_lines", "emailaddress_set"):
        form |= {f"{prefix}-TOTAL_FORMS": 0, f"{prefix}-INITIAL_FORMS": 0}
    page = client.post(
        f"/admin/accounts/user/{reader.pk}/change/", {name: value for name, value in form.items() if value is not None}
    )
    assert page.status_code == 302


def test_becoming_staff_and_ceasing_to_be_is_written_down_with_who_did_it(operator):
    reader, client = make_reader(), browser_of(operator)
    save(client, reader, is_staff="on")
    line = reader.access_lines.first()
    assert (line.cause, line.access, line.changes, line.actor) == (
        "set_staff",
        "staff",
        {"is_staff": True},
        operator.email,
    )
    save(client, reader)
    line = reader.access_lines.first()
    assert (line.access, line.changes) == ("trial", {"is_staff": False})
    assert replayed(reader) == standing_of(User.objects.get(pk=reader.pk))


def test_an_account_that_is_switched_off_and_on_keeps_its_facts(operator):
    reader, client = make_reader(), browser_of(operator)
    save(client, reader, is_active=None)
    line = reader.access_lines.first()
    assert (line.cause, line.access, line.changes) == ("account", "visitor", {})
    Membership.objects.filter(user=reader).update(status="active")  # by a sync meanwhile, which writes no line
    save(client, reader)
    line = reader.access_lines.first()
    assert (line.cause, line.access, line.changes) == ("account", "member", {"status": "active"})
    assert replayed(reader) == standing_of(User.objects.get(pk=reader.pk))


def test_another_name_changes_nothing_about_reading(operator):
    reader = make_reader()
    save(browser_of(operator), reader, name="Nadia")
    assert reader.access_lines.count() == 1


def test_a_new_editor_s_first_line_says_that_they_are_staff(operator):
    browser_of(operator).post("/admin/accounts/user/add/", {"email": "e@site.example", "name": "I", "is_staff": "on"})
    assert User.objects.get(email="e@site.example").access_lines.get().changes == {"is_staff": True}


def test_an_operator_sees_what_everybody_did_at_the_desk(operator, editor):
    article, gone = make_article(headline="The ferry that came back"), make_pick()
    browser_of(editor).post(
        "/admin/articles/article/", {"action": "take_down", "_selected_action": [article.pk], "reason": "By order."}
    )
    browser_of(editor).post(f"/admin/articles/pick/{gone.pk}/delete/", {"post": "yes"})
    page = browser_of(operator).get("/admin/admin/logentry/").text
    assert f'<a href="/admin/articles/article/{article.pk}/change/">The ferry that came back</a>' in page
    assert "Taken down (By order.)." in page
    assert editor.name in page
    assert f"/pick/{gone.pk}/change/" not in page
    assert "Deletion" in page
    found = browser_of(operator).get("/admin/admin/logentry/", {"q": "order"}).text
    assert "1 result" in found
    assert browser_of(editor).get("/admin/admin/logentry/").status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        *("account/emailaddress", "usersessions/usersession"),
        *("socialaccount/socialaccount", "socialaccount/socialapp", "socialaccount/socialtoken"),
    ],
)
def test_nobody_goes_round_what_a_reader_alone_may_change(path, operator):
    client = browser_of(operator)
    assert client.get(f"/admin/{path}/").status_code == 404
    assert path not in client.get("/admin/").text


def test_free_days_that_were_not_refused_are_no_cross_on_a_reader_s_page(operator):
    reader, second = make_reader(), make_reader(is_trial_used=True)
    pages = [browser_of(operator).get(f"/admin/accounts/user/{one.pk}/change/").text for one in (reader, second)]
    assert "icon-no" not in pages[0].partition("Free days refused")[2].partition("Given by staff until")[0]
    assert "yes: this person has had them before" not in pages[0]
    assert "yes: this person has had them before" in pages[1]


def test_who_closes_an_account_that_pays_is_told_so(operator, paying):
    """Its owner cannot get in any more to cancel, and Stripe goes on charging."""
    member, other = paying.reader(days=20), make_reader()
    paying.subscribe(member)
    client = browser_of(operator)
    for reader, fields, is_told in (
        (member, {"is_active": None}, True),
        (member, {}, False),
        (other, {"is_active": None}, False),
    ):
        save(client, reader, **fields)
        assert ("goes on charging" in client.get("/admin/accounts/user/").text) is is_told
