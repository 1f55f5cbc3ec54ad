"""Signing up: an address, free days at once, and nobody learns who else has an account."""

from __future__ import annotations

from datetime import timedelta

import pytest
from allauth.core.context import request_context
from django.contrib.auth.hashers import is_password_usable
from django.db import DatabaseError, connection
from django.test import Client
from django.utils import timezone
from django.utils.html import escape

from accounts.adapter import AccountAdapter
from accounts.forms import SignUpForm
from accounts.models import User
from billing.models import AccessLine, Membership, TrialClaim
from tests.accounts.doing import is_signed_in, sign_up
from tests.letters import letters_to, link_in
from tests.make import make_user

pytestmark = pytest.mark.django_db


def test_signing_up_starts_fourteen_free_days_and_signs_in(visitor):
    before = timezone.now()
    answer = sign_up("nadia@mail.example", client=visitor)
    assert answer.url == "/"
    assert is_signed_in(visitor)
    membership = Membership.objects.get(user__email="nadia@mail.example")
    assert before <= membership.trial_started_at <= timezone.now()
    assert membership.trial_ends_at - membership.trial_started_at == timedelta(days=14)
    assert [line.cause for line in AccessLine.objects.all()] == ["sign_up"]


def test_the_page_says_what_happens_next_with_dates_and_the_price(visitor):
    page = visitor.get("/account/signup/").text
    ends_at = timezone.now() + timedelta(days=14)
    assert f"{ends_at:%A %-d %B}" in page
    assert "It ends by itself." in page
    assert "£10 a month or £96 a year" in page
    assert "No card." in page
    assert "six-figure code" in page


def test_the_address_typed_at_the_wall_is_not_asked_for_again_and_stands_in_no_url():
    """By a browser that has no token, as a visitor's has none."""
    visitor = Client(enforce_csrf_checks=True)
    answer = visitor.post("/account/signup/begin/", {"email": "nadia@mail.example", "next": "/article/1/a/"})
    assert (answer.status_code, answer["Location"]) == (303, "/account/signup/?next=%2Farticle%2F1%2Fa%2F")
    page = visitor.get(answer["Location"])
    assert 'value="nadia@mail.example"' in page.text
    assert 'name="next" value="/article/1/a/"' in page.text
    assert (answer["Cache-Control"], page["Cache-Control"]) == ("private, no-store", "private, no-store")


def test_the_cookie_with_the_typed_address_goes_to_no_other_page_and_to_no_script(visitor, settings):
    visitor.post("/account/signup/begin/", {"email": "nadia@mail.example"})
    cookie = visitor.cookies[settings.TYPED_ADDRESS_COOKIE_NAME]
    assert (cookie["path"], cookie["httponly"], cookie["max-age"]) == ("/account/signup/", True, 600)
    sign_up("nadia@mail.example", client=visitor)
    assert is_signed_in(visitor)
    assert not visitor.cookies[settings.TYPED_ADDRESS_COOKIE_NAME].value


@pytest.mark.parametrize(
    "email", ["nadia@büro.example", "漢字@mail.example", 'a";\r\n@x.example', '"><script>x</script>']
)
def test_whatever_is_typed_comes_to_the_form_as_it_was(visitor, email):
    visitor.post("/account/signup/begin/", {"email": email})
    page = visitor.get("/account/signup/").text
    assert f'value="{escape(email)}"' in page
    assert "<script>x" not in page


@pytest.mark.parametrize("form", [{}, {"email": " "}, {"next": "//evil.example"}, {"next": "https://evil.example/"}])
def test_where_nothing_is_typed_the_way_leads_to_the_empty_form(visitor, form):
    answer = visitor.post("/account/signup/begin/", form)
    assert (answer.status_code, answer["Location"]) == (303, "/account/signup/")
    assert not answer.cookies


@pytest.mark.parametrize("email", ["%00", "not an address", "x" * 10_000, '"><script>'])
def test_an_odd_address_in_the_link_is_ignored(visitor, email):
    page = visitor.get("/account/signup/", {"email": email})
    assert page.status_code == 200
    assert "<script>" not in page.text


def test_where_there_is_mail_nobody_has_to_invent_a_password(visitor, post):
    sign_up("nadia@mail.example", "", visitor)
    assert is_signed_in(visitor)
    assert not is_password_usable(User.objects.get().password)
    assert letters_to("nadia@mail.example") == ["Confirm your address for Broadsheet"]


def test_where_there_is_no_mail_a_password_is_needed_and_nobody_verifies(visitor, no_mail, post):
    page = sign_up("nadia@mail.example", "", visitor)
    assert page.status_code == 200
    assert not User.objects.exists()
    assert "six-figure" not in page.text
    sign_up("nadia@mail.example", client=visitor)
    assert post == []
    User.objects.update(date_joined=timezone.now() - timedelta(days=2))
    page = visitor.get("/account/").text
    assert "Your free days end by themselves" in page
    assert "onfirm your address" not in page


def test_the_letter_confirms_the_address_in_two_steps(visitor, post):
    """A scanner of mail that opens every link confirms nothing."""
    sign_up("nadia@mail.example", client=visitor)
    reader = User.objects.get()
    path = link_in(post[-1])
    assert visitor.get(path).status_code == 200
    assert not reader.emailaddress_set.get().verified
    answer = visitor.post(path)
    assert answer.url == "/account/"
    assert reader.emailaddress_set.get().verified
    assert list(AccessLine.objects.values_list("cause", flat=True)) == ["address_verified", "sign_up"]
    visitor.post(path)
    assert AccessLine.objects.filter(cause="address_verified").count() == 1


def test_an_address_that_has_an_account_opens_no_second_one_and_only_its_owner_learns_why(post):
    """A18"""
    make_user("nadia@mail.example")
    answer = sign_up("Nadia@Mail.Example", "another long password")
    assert answer.url == "/account/confirm-email/"
    page = Client().get(answer.url)
    assert "Check your e-mail" in page.text
    assert "nadia" not in page.text.lower()
    assert User.objects.count() == 1
    assert User.objects.get().check_password("a long password")
    assert letters_to("nadia@mail.example") == ["You already have an account at Broadsheet"]


def test_many_sign_ups_with_one_address_fill_no_mailbox(post):
    make_user("nadia@mail.example")
    for _ in range(5):
        assert sign_up("nadia@mail.example").url == "/account/confirm-email/"
    assert len(post) == 1


def test_without_mail_a_taken_address_is_not_named_either(no_mail, post):
    make_user("nadia@mail.example")
    page = Client().get(sign_up("nadia@mail.example").url)
    assert "already exists" not in page.text
    assert "Sign in" in page.text
    assert post == []


@pytest.mark.parametrize(
    "spelling", ["NADIA@mail.example", "ｎadia@mail.example", "nadia@MAIL.example ", "nadia@ｍail.example"]
)
def test_one_account_per_mailbox_however_it_is_spelt(spelling):
    """A23"""
    make_user("nadia@mail.example")
    sign_up(spelling)
    assert User.objects.count() == 1


def test_an_invisible_character_does_not_make_another_account():
    """A23"""
    assert sign_up("nadia\u200b@mail.example").status_code == 200
    assert not User.objects.exists()


@pytest.mark.parametrize(
    "again", ["nadia+news@gmail.com", "n.a.d.i.a@gmail.com", "nadia@googlemail.com", "NADIA+x@GoogleMail.com"]
)
def test_the_same_person_gets_no_second_free_days(again):
    """B20"""
    sign_up("nadia@gmail.com")
    sign_up(again)
    second = User.objects.order_by("pk").last()
    assert User.objects.count() == 2
    assert second.membership.trial_ends_at is None
    assert second.access_lines.get().cause == "trial_refused"


def test_an_account_that_was_deleted_and_made_again_gets_no_second_free_days():
    """B20: the keyed hash outlives the account."""
    sign_up("nadia@mail.example")
    User.objects.all().delete()
    assert TrialClaim.objects.count() == 1
    sign_up("nadia@mail.example")
    assert User.objects.get().membership.trial_ends_at is None


def test_if_the_trial_cannot_start_no_account_is_left_behind():
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE billing_trialclaim RENAME TO away")
    try:
        with pytest.raises(DatabaseError):
            sign_up("nadia@mail.example")
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE away RENAME TO billing_trialclaim")
    assert not User.objects.exists()
    assert not Membership.objects.exists()


class Stumbling(AccountAdapter):
    """Fails after the account and the trial are stored, before its address is."""

    def unstash_verified_email(self, request):
        raise RuntimeError("the disk is full")


def test_if_a_later_step_fails_no_account_is_left_behind_either(settings):
    settings.ACCOUNT_ADAPTER = "tests.accounts.test_sign_up.Stumbling"
    with pytest.raises(RuntimeError, match="disk is full"):
        sign_up("nadia@mail.example")
    assert not User.objects.exists()
    assert not TrialClaim.objects.exists()


def test_the_reader_s_time_zone_is_taken_from_the_browser_if_it_is_one():
    sign_up("nadia@mail.example", time_zone="Europe/Oslo")
    sign_up("sam@mail.example", time_zone="Middle/Earth\x00")
    assert dict(User.objects.values_list("email", "time_zone")) == {
        "nadia@mail.example": "Europe/Oslo",
        "sam@mail.example": "",
    }


def test_nobody_signs_up_as_staff(visitor):
    """A27"""
    sign_up(
        "nadia@mail.example", client=visitor, is_staff="1", is_superuser="1", plan="yearly", paid_until="2099-01-01"
    )
    reader = User.objects.get()
    assert (reader.is_staff, reader.is_superuser) == (False, False)
    assert (reader.membership.plan, reader.membership.paid_until) == ("", None)


@pytest.mark.parametrize("password", ["x" * 1_000_000, "x" * 129, "nine char", "a long\x00password", "password12345"])
def test_a_password_that_is_too_long_too_short_or_known_is_refused(password):
    """A24: before anything is hashed."""
    answer = sign_up("nadia@mail.example", password)
    assert answer.status_code in (200, 400)
    assert not User.objects.exists()


def test_a_password_in_any_script_works(visitor):
    sign_up("nadia@mail.example", "пароль ключ 密码 🔑", visitor)
    assert User.objects.get().check_password("пароль ключ 密码 🔑")


def test_the_form_needs_its_token():
    """A16"""
    client = Client(enforce_csrf_checks=True)
    assert sign_up("nadia@mail.example", client=client).status_code == 403
    assert not User.objects.exists()


def test_a_reader_who_is_signed_in_is_led_on(trial_reader):
    client = Client()
    client.force_login(trial_reader)
    assert client.get("/account/signup/?next=/saved/").url == "/saved/"


def test_two_sign_ups_at_the_same_moment_make_one_account(post):
    """The second finds the address free and taken at once: it gets the same answer as one who comes later."""
    form = SignUpForm({"email": "nadia@mail.example", "password1": "a long password"})
    assert form.is_valid()
    make_user("nadia@mail.example")
    request = Client().get("/account/signup/").wsgi_request
    with request_context(request):
        user, answer = form.try_save(request)
    assert user is None
    assert answer.url == "/account/confirm-email/"
