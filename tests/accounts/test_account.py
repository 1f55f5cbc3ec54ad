"""The account page: every row of the table of rules in words, and what a reader can change there."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from urllib.parse import unquote

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.export import ACCOUNT_FIELDS
from accounts.models import User
from billing.models import AccessLine, Membership, TrialClaim
from newssite.settings import READER_DATA, READER_PATHS
from tests.accounts.doing import PASSWORD, is_signed_in, signed_in
from tests.letters import letters_to
from tests.make import make_article, make_reader, make_user

pytestmark = pytest.mark.django_db


def browser_of(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def account_page(user) -> str:
    """The words of the page, without markup."""
    page = browser_of(user).get("/account/").text.partition("<main")[2].partition("</main>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def in_state(days: float, **facts):
    """A reader who signed up so many days ago; times are given in days from now."""
    now = timezone.now()
    facts = {
        name: now + timedelta(days=value) if isinstance(value, int | float) else value for name, value in facts.items()
    }
    return make_reader(now - timedelta(days=days), **facts)


ROWS = {
    "in trial": (
        4.2,
        {},
        ["Day 5 of 14, free.", "Nothing is charged on", "Become a member", "£10 a month or £96 a year"],
    ),
    "trial over": (
        15,
        {},
        ["Your free days are over.", "Nothing was charged.", "You cannot read licensed articles now"],
    ),
    "member": (
        40,
        {"status": "active", "plan": "monthly", "paid_until": 20},
        ["Member.", "£10 a month. The next payment is on"],
    ),
    "yearly": (40, {"status": "active", "plan": "yearly", "paid_until": 200}, ["£96 a year. The next payment is on"]),
    "early": (
        6,
        {"status": "trialing", "plan": "yearly", "paid_until": 8},
        ["Your free days go on.", "From then on it is £96"],
    ),
    "cancelled": (
        40,
        {"status": "active", "plan": "monthly", "paid_until": 10, "cancels_at": 10},
        ["Cancelled. You read on until", "Nothing more is charged."],
    ),
    "past due": (
        40,
        {"status": "past_due", "plan": "monthly", "paid_until": -2, "past_due_since": -2},
        ["Payment overdue since", "You can read everything until", "Write to us"],
    ),
    "past due, grace over": (
        40,
        {"status": "past_due", "plan": "monthly", "paid_until": -9, "past_due_since": -9},
        ["Your payment did not go through.", "Reading stopped on", "You cannot read"],
    ),
    "unpaid": (40, {"status": "unpaid", "past_due_since": -20}, ["Your membership is not paid.", "Write to us"]),
    "paused": (40, {"status": "paused"}, ["Your membership is paused.", "Nothing is charged while it is."]),
    "incomplete": (40, {"status": "incomplete"}, ["Your membership was not completed.", "nothing was charged"]),
    "ended": (40, {"status": "canceled", "paid_until": -3}, ["Your membership has ended.", "See the plans"]),
    "unknown": (40, {"status": "half_asleep"}, ["Its state is one that we do not know.", "Write to us"]),
}


@pytest.mark.parametrize("state", ROWS)
def test_every_row_of_the_table_has_its_words(state):
    days, facts, words = ROWS[state]
    page = account_page(in_state(days, **facts))
    for sentence in words:
        assert sentence in page


def test_an_unverified_reader_is_told_by_when_and_can_have_the_mail_again():
    reader = in_state(0.5)
    reader.emailaddress_set.update(verified=False)
    page = account_page(reader)
    assert "Day 1 of 14, free." in page
    assert "Confirm your address by" in page
    assert "Send the mail again" in page


def test_after_a_day_an_unverified_reader_is_told_what_to_do():
    reader = in_state(1.1)
    reader.emailaddress_set.update(verified=False)
    page = account_page(reader)
    assert "Confirm your address to read on." in page
    assert "You cannot read licensed articles now" in page
    assert "Send the mail again" in page


def test_a_reader_who_had_the_free_days_before_is_told_so():
    reader = make_user()
    Membership.objects.create(user=reader)
    AccessLine.objects.create(
        user=reader, at=timezone.now(), cause="trial_refused", rule="The free days were used before."
    )
    page = account_page(reader)
    assert "No free days on this account." in page
    assert "The free days were used before." in page


def test_staff_read_everything(staff):
    assert "Every article is open to you, without a plan." in account_page(staff)


def test_every_change_of_access_stands_there_as_a_dated_line():
    reader = in_state(4.2)
    page = account_page(reader)
    assert "You can read every article, because your free days run until" in page
    assert f"{reader.membership.trial_started_at:%-d %b %Y}" in page
    assert "14 free days, until" in page


def test_a_reader_s_lines_are_no_one_else_s():
    """A15"""
    AccessLine.objects.create(user=make_reader(), at=timezone.now(), cause="x", rule="A line of another reader.")
    assert "A line of another reader." not in account_page(make_reader())


def test_who_has_paid_nothing_is_offered_no_invoices_and_nothing_to_cancel():
    for days, facts, _ in ROWS.values():
        page = account_page(in_state(days, **facts)).lower()
        for promise in ("gift", "newsletter", "invoice", "cancel membership", "keep my membership"):
            assert promise not in page


def test_dates_are_in_the_reader_s_own_time_zone():
    reader = in_state(4.2)
    User.objects.filter(pk=reader.pk).update(time_zone="Pacific/Kiritimati")
    ends_at = reader.membership.trial_ends_at + timedelta(hours=14)
    assert f"{ends_at:%A %-d %B at %H:%M}" in account_page(reader)


@pytest.mark.parametrize(
    "path", ["", "settings/", "sign-out-everywhere/", "export/", "delete/", "email/", "sessions/", "3rdparty/"]
)
def test_account_pages_are_for_their_owner_and_kept_by_nobody(path, visitor, trial_reader):
    """A15, A08"""
    answer = visitor.get(f"/account/{path}")
    assert answer.status_code == 302
    assert answer.url.startswith("/account/login/?next=")
    assert browser_of(trial_reader).get(f"/account/{path}")["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("path", ["/account/settings/", "/account/sign-out-everywhere/", "/briefing/letters/"])
def test_who_signs_in_again_while_sending_a_form_comes_back_to_where_it_stands(path, visitor, trial_reader):
    """The form of a session that has ended leads to the sign-in, which leads to the form's own address."""
    asked = visitor.post(path, {"name": "Nadia Kerr"}).url
    assert unquote(asked) == f"/account/login/?next={path}"
    client = browser_of(trial_reader)
    answer = client.get(path)
    assert (answer.status_code, answer.url.partition("#")[0]) == (302, "/account/")
    assert is_signed_in(client)


def test_the_page_costs_the_same_however_much_the_reader_has_done(trial_reader):
    client = browser_of(trial_reader)
    with CaptureQueriesContext(connection) as few:
        client.get("/account/")
    for number in range(60):
        AccessLine.objects.create(user=trial_reader, at=timezone.now(), cause="x", rule=f"Line {number}")
    with CaptureQueriesContext(connection) as many:
        page = client.get("/account/")
    assert len(many) == len(few) <= 9
    assert page.text.count("Line ") == 20


# Name and time


def test_a_reader_sets_a_name_and_a_time_zone(trial_reader):
    client = browser_of(trial_reader)
    page = client.post("/account/settings/", {"name": "Nadia Kerr", "time_zone": "Europe/Oslo"}, follow=True)
    assert "Your name and time zone are kept." in page.text
    trial_reader.refresh_from_db()
    assert (trial_reader.name, trial_reader.time_zone) == ("Nadia Kerr", "Europe/Oslo")


@pytest.mark.parametrize("zone", ["UTC", "Etc/UTC", "EST", "Europe/Oslo"])
def test_a_zone_that_the_browser_named_stays_when_only_the_name_is_changed(zone):
    reader = make_reader()
    User.objects.filter(pk=reader.pk).update(time_zone=zone)
    client = browser_of(reader)
    (chosen,) = re.findall(r'<option value="([^"]*)" selected>', client.get("/account/").text)
    assert chosen == zone
    client.post("/account/settings/", {"name": "Nadia Kerr", "time_zone": chosen})
    reader.refresh_from_db()
    assert (reader.name, reader.time_zone) == ("Nadia Kerr", zone)


def test_utc_can_be_chosen_by_who_has_another_zone(trial_reader):
    client = browser_of(trial_reader)
    assert client.get("/account/").text.count('<option value="UTC">UTC</option>') == 1
    client.post("/account/settings/", {"name": "", "time_zone": "UTC"})
    trial_reader.refresh_from_db()
    assert trial_reader.time_zone == "UTC"


@pytest.mark.parametrize(
    "form", [{"time_zone": "Middle/Earth"}, {"name": "x" * 10_000}, {"name": "a\x00b"}, {"time_zone": "../../etc"}]
)
def test_odd_settings_are_refused_and_the_page_stands(trial_reader, form):
    answer = browser_of(trial_reader).post("/account/settings/", {"name": "N", "time_zone": "", **form})
    assert answer.status_code == 400
    assert 'aria-invalid="true"' in answer.text
    trial_reader.refresh_from_db()
    assert (trial_reader.name, trial_reader.time_zone) == ("", "")


def test_settings_that_are_refused_are_named_at_the_top_with_the_way_to_the_field(trial_reader):
    page = browser_of(trial_reader).post("/account/settings/", {"name": "x" * 81, "time_zone": ""}).text
    top = page.partition("<h1>")[2].partition("<h2")[0]
    assert re.search(r'<div class="errs" role="alert">.*<a href="#id_name">Name: [^<]*at most 80 characters', top)
    assert 'id="id_name"' in page
    assert "<title>Error: " in page
    assert "errs" not in browser_of(trial_reader).get("/account/").text


def test_settings_change_nothing_else(trial_reader):
    """A27"""
    form = {
        "name": "N",
        "time_zone": "",
        "email": "x@mail.example",
        "is_staff": "1",
        "is_superuser": "on",
        "password": "x",
    }
    browser_of(trial_reader).post("/account/settings/", form)
    changed = User.objects.get(pk=trial_reader.pk)
    assert (changed.email, changed.is_staff, changed.is_superuser) == (trial_reader.email, False, False)
    assert changed.check_password(PASSWORD)


# Data


def test_the_export_holds_what_we_hold_and_no_secret(trial_reader):
    article = make_article(headline="The bridge", body="<p>x</p>")
    trial_reader.saved.create(article=article)
    trial_reader.follows.create(section="world")
    trial_reader.readings.create(article=article, read_at=timezone.now())
    client = signed_in(trial_reader)
    answer = client.get("/account/export/")
    assert answer["Content-Disposition"].startswith('attachment; filename="broadsheet-')
    told = json.loads(answer.content)
    assert told["account"]["email"] == trial_reader.email
    assert told["articles.Saved"][0]["article__headline"] == "The bridge"
    assert told["articles.Reading"][0]["article__canonical_url"] == article.canonical_url
    assert told["articles.Follow"][0]["section"] == "world"
    assert told["billing.AccessLine"][0]["cause"] == "sign_up"
    assert told["usersessions.UserSession"][0]["ip"] == "127.0.0.1"
    assert trial_reader.password not in answer.text
    assert client.session.session_key not in answer.text


def test_the_export_holds_nothing_of_anybody_else(trial_reader, member):
    """A15"""
    member.saved.create(article=make_article(headline="A secret of the member"))
    answer = signed_in(trial_reader).get("/account/export/")
    assert member.email not in answer.text
    assert "A secret of the member" not in answer.text


def test_the_export_says_what_staff_gave_and_that_free_days_were_refused():
    until = timezone.now() + timedelta(days=40)
    reader = make_reader(given_until=until, is_trial_used=True)
    told = json.loads(signed_in(reader).get("/account/export/").content)
    (membership,) = told["billing.Membership"]
    assert membership["is_trial_used"] is True
    assert membership["given_until"].startswith(f"{until:%Y-%m-%dT%H:%M}")


MACHINERY = "says how the site does its work, and nothing of the reader"
STAFF = "what people who work here may do"
SECRET = "a secret, or made from one: whoever finds the file could use it"
OPEN_PAGE = "a page of Stripe's that asks for no sign-in"
SENDING = dict.fromkeys(("due_at", "try_at", "taken_at", "lease_until", "attempts"), MACHINERY)
LEFT_OUT = {
    "accounts.User": {
        "password": SECRET,
        "is_active": "whoever can ask has an account that is open",
        **dict.fromkeys(("is_superuser", "groups", "user_permissions"), STAFF),
    },
    "mfa.Authenticator": {"data": SECRET},
    "usersessions.UserSession": {"session_key": SECRET, "data": MACHINERY},
    "billing.AccessLine": {"actor": "the address of somebody else"},
    "billing.Customer": {
        **dict.fromkeys(("is_lost", "synced_at", "lease", "leased_until"), MACHINERY),
        "erased_at": "set where there is no reader any more",
    },
    "billing.Subscription": dict.fromkeys(
        ("item_id", "is_cancelled_at_period_end", "schedule_id", "is_to_be_wound_up"), MACHINERY
    ),
    "billing.Invoice": {**dict.fromkeys(("is_tried", "needs_confirmation"), MACHINERY), "page_url": OPEN_PAGE},
    "billing.CheckoutSession": {
        "nonce": SECRET,
        "stripe_id": MACHINERY,
        "url": OPEN_PAGE,
    },
    "billing.Letter": SENDING,
    "billing.TrialClaim": {"email_key": SECRET},
    "billing.CardClaim": {"card_key": SECRET},
    "articles.Edition": SENDING,
    "articles.Delivery": {**SENDING, "dropped_at": MACHINERY},
}


def fields_to_tell(model, path: str) -> set[str]:
    """The columns of a table about readers, but for its number and the way to its reader."""
    ways = {"id", "user", path.partition("__")[0]} - {"invoice", "subscription"}
    return {field.name for field in model._meta.get_fields() if field.concrete} - ways


@pytest.mark.parametrize("label", ["accounts.User", *READER_DATA])
def test_no_field_about_a_reader_is_forgotten_in_the_export(label):
    """A new field of a reader's own tables is told, or left out above with a reason."""
    told = ACCOUNT_FIELDS if label == "accounts.User" else READER_DATA[label]
    fields = fields_to_tell(apps.get_model(label), READER_PATHS.get(label, "user"))
    known = {name.partition("__")[0] for name in told} | set(LEFT_OUT.get(label, ()))
    assert fields - known == set()
    assert not set(LEFT_OUT.get(label, ())) & {*told}


def test_no_table_behind_a_reader_s_tables_is_forgotten_in_the_export():
    """A payment, say, leads to its reader over the customer only."""
    about_readers = {apps.get_model(label) for label in READER_DATA if label.startswith(("billing.", "accounts."))}
    behind = {
        model._meta.label
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.get_fields()
        if field.concrete and field.is_relation and field.related_model in about_readers
    }
    assert behind - set(READER_DATA) == set()


def test_no_table_about_readers_is_forgotten_in_the_export(settings):
    """A new model that points at a reader is named in READER_DATA, or here with a reason."""
    told_elsewhere = {
        "admin.LogEntry",  # what staff did
        "accounts.User_groups",
        "accounts.User_user_permissions",
        *("articles.Pick", "articles.Placement", "articles.SourceChange"),  # an editor's work
    }
    about_readers = {
        model._meta.label
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.get_fields()
        if field.concrete and field.is_relation and field.related_model is User
    }
    assert about_readers - told_elsewhere == set(settings.READER_DATA) - set(settings.READER_PATHS)


def test_deleting_the_account_removes_everything_but_the_hash(post):
    reader = make_reader()
    reader.saved.create(article=make_article())
    here, phone = signed_in(reader), signed_in(reader)
    page = here.get("/account/delete/").text
    assert "What goes" in page
    assert "A keyed hash of your address" in page
    answer = here.post("/account/delete/")
    assert "Your account is deleted" in answer.text
    assert not User.objects.exists()
    assert not Membership.objects.exists()
    assert not AccessLine.objects.exists()
    assert TrialClaim.objects.count() == 1
    assert not is_signed_in(here)
    assert not is_signed_in(phone)
    assert letters_to(reader.email) == ["Your account at Broadsheet is deleted"]


def test_no_session_is_left_that_names_the_reader():
    reader = make_reader()
    here, _phone = signed_in(reader), signed_in(reader)
    here.post("/account/delete/")
    assert not apps.get_model("sessions.Session").objects.exists()


def test_the_address_in_use_at_the_end_is_in_the_ledger_too():
    """B20: changing the address first buys no second free days."""
    reader = make_reader()
    User.objects.filter(pk=reader.pk).update(email="changed@mail.example")
    reader.emailaddress_set.update(email="changed@mail.example")
    reader.refresh_from_db()
    signed_in(reader).post("/account/delete/")
    Client().post("/account/signup/", {"email": "changed@mail.example", "password1": PASSWORD})
    assert User.objects.get().membership.trial_ends_at is None


def test_deleting_needs_a_recent_proof():
    """A20: a browser left open in a library is not enough."""
    reader = make_reader()
    client = browser_of(reader)
    assert client.post("/account/delete/").url.startswith("/account/reauthenticate/")
    assert User.objects.exists()
    client.post("/account/reauthenticate/?next=/account/delete/", {"password": PASSWORD})
    assert not User.objects.exists()  # the press that was held back goes through


def test_a_get_deletes_nothing():
    """A16"""
    reader = make_reader()
    signed_in(reader).get("/account/delete/")
    assert User.objects.filter(pk=reader.pk).exists()


@pytest.mark.parametrize("status", ["", "canceled", "incomplete_expired"])
def test_an_account_that_cannot_be_charged_is_deleted(status):
    reader = in_state(40, status=status, paid_until=-10)
    signed_in(reader).post("/account/delete/")
    assert not User.objects.exists()


def test_staff_accounts_stay_for_the_log(staff):
    answer = signed_in(staff).post("/account/delete/")
    assert answer.status_code == 409
    assert User.objects.filter(pk=staff.pk).exists()


def test_a_name_turns_nothing_around(client):
    nadia = make_user("nadia@mail.example")
    client.force_login(nadia)
    client.post("/account/settings/", {"name": "\u202e Nadia\u200f Kerr\x07", "time_zone": ""})
    nadia.refresh_from_db()
    assert nadia.name == "Nadia Kerr"


@pytest.mark.parametrize(
    ("name", "initials"),
    [
        ("Nadia Kerr", "NK"),
        ("<b>Nadia</b> (Kerr)", "BK"),
        ("\u202eevil", "E"),
        ("علي حسن", "عح"),
        ("— …", "NK"),
        ("", "NK"),
    ],
)
def test_the_account_mark_is_made_of_letters(name, initials):
    assert User(name=name, email="nadia.kerr@mail.example").initials == initials
