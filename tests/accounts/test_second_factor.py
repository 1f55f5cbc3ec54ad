"""A14, A20: staff come in with a second step or not at all; readers may have one."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.contrib.admin.models import LogEntry
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client

from accounts.second_factor import GOOD_FOR_SECONDS, SecondFactorAdapter
from accounts.tasks import renew_secrets
from tests.accounts.doing import ask_for_code, is_signed_in, sign_in, signed_in, signed_in_by_code, type_code
from tests.letters import code_in, letters_to
from tests.make import make_reader, make_user

pytestmark = pytest.mark.django_db

SET_UP, DESK = "/account/2fa/totp/activate/", "/admin/"
PROVE, STEP = "/account/2fa/reauthenticate/", "/account/2fa/authenticate/"


@pytest.fixture(autouse=True)
def clock(settings) -> Iterator[time_machine.Coordinates]:
    """Codes change every half minute; this clock moves only when a test moves it."""
    settings.STAFF_SECOND_FACTOR = True
    with time_machine.travel("2026-03-02 09:00:10+00:00", tick=False) as clock:
        yield clock


def code_for(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def set_up(client: Client) -> str:
    """The secret that the app keeps from now on."""
    page = client.get(SET_UP)
    secret = re.search(r'<code class="code">(\w+)</code>', page.text)[1]
    assert client.post(SET_UP, {"code": code_for(secret)}).status_code == 302
    return secret


@pytest.fixture
def with_app(editor, clock) -> str:
    """An editor whose second step is set up; the secret. Half a minute later, so a new code is there."""
    secret = set_up(signed_in(editor))
    clock.shift(30)
    return secret


def test_an_editor_without_a_second_step_is_led_to_set_one_up(editor):
    client = signed_in(editor)
    answer = client.get("/admin/articles/pick/", follow=True)
    assert answer.redirect_chain[-1] == (f"{SET_UP}?next=/admin/articles/pick/", 302)
    assert 'class="qr"' in answer.text
    assert client.get(DESK).status_code == 302


def test_once_set_up_the_desk_is_open_and_the_codes_for_a_lost_phone_are_shown(
    editor, post, django_capture_on_commit_callbacks
):
    client = signed_in(editor)
    with django_capture_on_commit_callbacks(execute=True):
        set_up(client)
    assert client.get(DESK).status_code == 200
    page = client.get("/account/2fa/recovery-codes/").text
    assert len(re.findall(r"<li>\d{8}</li>", page)) == 10
    assert letters_to(editor.email)[-1] == "A second step was set up at Broadsheet"


def test_a_wrong_code_sets_nothing_up(editor):
    client = signed_in(editor)
    secret = re.search(r'<code class="code">(\w+)</code>', client.get(SET_UP).text)[1]
    wrong = f"{(int(code_for(secret)) + 1) % 1_000_000:06}"
    assert "not the code of this half minute" in client.post(SET_UP, {"code": wrong}).text
    assert not Authenticator.objects.exists()


@pytest.mark.parametrize("address", [DESK, "/admin/articles/pick/add/", "/admin/accounts/user/", "/admin/jsi18n/"])
def test_a_password_alone_opens_nothing_of_the_desk_a14(editor, with_app, address):
    client = Client()
    assert sign_in(editor.email, client=client, next=address).url == STEP
    assert not is_signed_in(client)
    assert client.get(address).status_code == 302


def test_password_and_code_lead_to_the_desk(editor, with_app):
    client = Client()
    sign_in(editor.email, client=client, next=DESK)
    assert client.post(STEP, {"code": code_for(with_app)}).url == DESK
    assert client.get(DESK).status_code == 200


def test_a_code_by_mail_is_followed_by_the_second_step_too(editor, with_app, post):
    client = Client()
    ask_for_code(editor.email, client)
    page = type_code(code_in(post[-1]), client)
    assert "One more step" in page.text
    assert not is_signed_in(client)


def test_a_code_works_once(editor, with_app):
    first, second = Client(), Client()
    for client in (first, second):
        sign_in(editor.email, client=client)
        client.post(STEP, {"code": code_for(with_app)})
    assert is_signed_in(first)
    assert not is_signed_in(second)


def test_a_recovery_code_works_once_and_opens_the_desk(editor, with_app):
    recovery = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()[0]
    first, second = Client(), Client()
    for client in (first, second):
        sign_in(editor.email, client=client)
        client.post(STEP, {"code": recovery})
    assert first.get(DESK).status_code == 200
    assert not is_signed_in(second)


def test_a_session_from_before_the_second_step_has_to_give_a_code(editor, clock):
    old = signed_in(editor)
    secret = set_up(signed_in(editor))
    clock.shift(30)
    answer = old.get(DESK, follow=True)
    assert answer.redirect_chain[-1][0] == f"{PROVE}?next=/admin/"
    assert old.post(PROVE, {"code": code_for(secret), "next": DESK}).url == DESK
    assert old.get(DESK).status_code == 200


def test_a_code_opens_the_desk_for_a_working_day(editor, with_app, clock):
    client = Client()
    sign_in(editor.email, client=client)
    client.post(STEP, {"code": code_for(with_app)})
    clock.shift(GOOD_FOR_SECONDS)
    assert client.get(DESK).status_code == 302
    assert is_signed_in(client)


def test_guessing_codes_is_stopped(editor, with_app):
    client = Client()
    sign_in(editor.email, client=client)
    for number in range(11):
        page = client.post(STEP, {"code": f"{number:06}"})
    assert "Too many tries." in page.text
    client.post(STEP, {"code": code_for(with_app)})
    assert not is_signed_in(client)


@pytest.mark.parametrize("code", ["", "\x00", "9" * 10_000, "४०२१९३", "💥"])
def test_an_odd_code_is_only_a_wrong_one(editor, with_app, code):
    client = Client()
    sign_in(editor.email, client=client)
    assert client.post(STEP, {"code": code}).status_code == 200
    assert not is_signed_in(client)


def test_who_is_signed_in_cannot_use_djangos_own_door_to_become_somebody_else_a14(editor, with_app, settings):
    """It would count no tries and ask for no second step."""
    chief = make_user("chief@site.example", is_staff=True, is_superuser=True)
    settings.STAFF_SECOND_FACTOR = False
    client = signed_in(make_user("other@site.example", is_staff=True))
    answer = client.post("/admin/login/", {"username": chief.email, "password": "a long password", "next": DESK})
    assert answer.status_code == 302
    assert chief.email not in client.get("/account/").text


def test_readers_are_not_led_anywhere_near(trial_reader):
    assert signed_in(trial_reader).get(DESK, follow=True).status_code == 403


def test_the_password_alone_does_not_take_the_second_step_off(editor, with_app, clock):
    client = Client()
    sign_in(editor.email, client=client)
    client.post(STEP, {"code": code_for(with_app)})
    clock.shift(600)
    answer = client.post("/account/2fa/totp/deactivate/")
    assert answer.url.startswith(PROVE)
    assert client.get("/account/reauthenticate/").url.startswith(PROVE)
    assert Authenticator.objects.filter(type="totp").exists()


def test_who_takes_it_off_stands_before_the_door_again(editor, with_app, post):
    client = Client()
    sign_in(editor.email, client=client)
    client.post(STEP, {"code": code_for(with_app)})
    client.post("/account/2fa/totp/deactivate/")
    assert not Authenticator.objects.exists()
    assert client.get(DESK).status_code == 302
    assert letters_to(editor.email)[-1] == "The second step was taken off at Broadsheet"


def test_a_reader_without_a_password_proves_who_it_is_before_a_second_step_is_set_up(post, clock):
    """A stolen session must not lock its owner out; allauth would let it."""
    reader = make_user("nadia@mail.example")
    client = Client()
    signed_in_by_code(reader, client, post)
    clock.shift(600)
    assert "Sign in once more" in client.get(SET_UP).text


def test_a_reader_may_have_a_second_step_and_the_account_page_says_so(post):
    reader = make_reader()
    client = signed_in(reader)
    assert "Set up<span" in client.get("/account/").text
    set_up(client)
    assert "A code from your authenticator app" in client.get("/account/").text
    assert sign_in(reader.email).url == STEP


def test_new_recovery_codes_take_the_place_of_the_old_ones(editor, post, django_capture_on_commit_callbacks):
    client = signed_in(editor)
    set_up(client)
    old = client.get("/account/2fa/recovery-codes/download/").text.split()
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post("/account/2fa/recovery-codes/generate/").status_code == 302
    new = client.get("/account/2fa/recovery-codes/download/").text.split()
    assert len(old) == len(new) == 10
    assert not set(old) & set(new)
    assert letters_to(editor.email)[-1] == "New recovery codes were made at Broadsheet"


def test_the_secrets_lie_encrypted_and_survive_a_new_key(editor, with_app, settings):
    row = Authenticator.objects.get(type="totp")
    assert with_app not in str(row.data)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key, as long as keys of this kind have to be, and then some"
    assert SecondFactorAdapter().decrypt(row.data["secret"]) == with_app


def test_a_night_after_the_key_was_changed_nobody_needs_the_former_one(editor, with_app, settings, clock):
    """Else staff would be locked out on the day on which it is taken out of the settings."""
    client = Client()
    sign_in(editor.email, client=client)
    client.post(STEP, {"code": code_for(with_app)})
    used, *codes = client.get("/account/2fa/recovery-codes/download/").text.split()
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key, as long as keys of this kind have to be, and then some"
    renew_secrets()
    settings.SECRET_KEY_FALLBACKS = []
    clock.shift(30)
    for code in (code_for(with_app), used):
        client = Client()
        sign_in(editor.email, client=client)
        client.post(STEP, {"code": code})
        assert is_signed_in(client)
    assert client.get("/account/2fa/recovery-codes/download/").text.split() == codes


def test_a_secret_that_no_key_opens_lets_nobody_in(editor, with_app, settings):
    settings.SECRET_KEY = "another key, as long as keys of this kind have to be, and then some"
    client = Client()
    sign_in(editor.email, client=client)
    assert "not the code of this half minute" in client.post(STEP, {"code": code_for(with_app)}).text
    assert not is_signed_in(client)


# For operators -----------------------------------------------------------------------------------


@pytest.fixture
def operator(clock) -> Client:
    client = signed_in(make_user("chief@site.example", is_staff=True, is_superuser=True))
    set_up(client)
    clock.shift(30)
    return client


def test_an_operator_takes_a_lost_second_step_off_and_sees_no_secret(operator, editor, with_app):
    row = Authenticator.objects.get(user=editor, type="totp")
    page = operator.get(f"/admin/mfa/authenticator/{row.pk}/change/")
    assert page.status_code == 200
    assert row.data["secret"] not in page.text
    assert operator.post(f"/admin/mfa/authenticator/{row.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not Authenticator.objects.filter(pk=row.pk).exists()
    assert LogEntry.objects.filter(object_id=str(row.pk)).exists()


def test_where_no_operator_can_get_in_any_more_a_command_takes_it_off(editor, with_app):
    call_command("take_off_second_step", editor.email)
    assert sign_in(editor.email).url == "/"
    for email, said in ((editor.email, "no second step"), ("nobody@site.example", "no account")):
        with pytest.raises(CommandError, match=said):
            call_command("take_off_second_step", email)


def test_an_editor_takes_off_nobody_elses(editor, with_app, operator):
    client = Client()
    sign_in(editor.email, client=client)
    client.post(STEP, {"code": code_for(with_app)})
    row = Authenticator.objects.filter(user__email="chief@site.example").first()
    assert client.post(f"/admin/mfa/authenticator/{row.pk}/delete/", {"post": "yes"}).status_code == 403


def test_what_cannot_be_undone_needs_a_fresh_code_a20(operator, editor, clock):
    clock.shift(600)
    assert operator.get(f"/admin/accounts/user/{editor.pk}/change/").status_code == 200
    form = {"name": "Somebody", "time_zone": "", "is_active": "on", "is_staff": "on", "is_superuser": "on"}
    answer = operator.post(f"/admin/accounts/user/{editor.pk}/change/", form)
    assert answer.url.startswith(PROVE)
    editor.refresh_from_db()
    assert not editor.is_superuser
    chosen = {"action": "delete_selected", "_selected_action": "1", "post": "yes"}
    assert operator.post("/admin/articles/pick/", chosen).url.startswith(PROVE)
