"""A passkey signs its owner in, opens the desk, and no other key, site or old answer does."""

from __future__ import annotations

import json
import re

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from fido2.utils import websafe_encode

from tests.accounts.device import PRESENT, Device
from tests.accounts.doing import is_signed_in, sign_in, signed_in
from tests.letters import letters_to
from tests.make import make_reader

pytestmark = pytest.mark.django_db

KEYS, ADD, LOGIN = "/account/2fa/webauthn/", "/account/2fa/webauthn/add/", "/account/2fa/webauthn/login/"
PROVE, STEP, DESK = "/account/2fa/webauthn/reauthenticate/", "/account/2fa/authenticate/", "/admin/"
REFUSED = "This passkey was not accepted"


@pytest.fixture(autouse=True)
def site(settings) -> None:
    settings.SITE_URL = "https://news.example"
    settings.STAFF_SECOND_FACTOR = True


@pytest.fixture
def reader():
    return make_reader()


@pytest.fixture
def device() -> Device:
    return Device("https://news.example")


def options_on(page) -> dict:
    return json.loads(re.search(r'<script type="application/json">(.*?)</script>', page.text)[1])


def options_of(client: Client) -> dict:
    return client.get(LOGIN, headers={"Accept": "application/json"}).json()["request_options"]


def add(client: Client, device: Device, name: str = ""):
    page = client.get(ADD, HTTP_USER_AGENT="Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0")
    credential = device.make(options_on(page))
    return client.post(
        ADD, {"name": name or re.search(r'name="name" value="([^"]*)"', page.text)[1], "credential": credential}
    )


def enter(client: Client, device: Device, **more):
    return client.post(LOGIN, {"credential": device.sign(options_of(client)), **more}, follow=True)


def test_a_reader_adds_a_passkey_and_signs_in_with_it_alone(reader, device, post):
    answer = add(signed_in(reader), device)
    assert answer.url == KEYS
    client = Client()
    answer = client.post(LOGIN, {"credential": device.sign(options_of(client)), "next": "/saved/"})
    assert answer.url == "/saved/"
    assert is_signed_in(client)
    page = client.get(KEYS).text
    assert "Firefox on Linux" in page
    assert "Last used on" in page
    assert letters_to(reader.email)[-1] == "A passkey was added at Broadsheet"
    assert "Recovery codes" not in client.get("/account/2fa/").text


def test_beside_a_password_a_reader_is_not_asked_for_it(reader, device):
    add(signed_in(reader), device)
    client = Client()
    sign_in(reader.email, client=client)
    assert is_signed_in(client)


def test_a_name_of_one_s_own_is_kept_shortened_and_changed(reader, device):
    client = signed_in(reader)
    add(client, device, "The blue key " + "x" * 80)
    passkey = Authenticator.objects.get()
    assert passkey.wrap().name == ("The blue key " + "x" * 80)[:60]
    client.post(f"{KEYS}keys/{passkey.pk}/edit/", {"name": "<b>Kitchen</b>"})
    assert "&lt;b&gt;Kitchen&lt;/b&gt;" in client.get(KEYS).text


def test_one_that_was_taken_off_opens_nothing(reader, device, post):
    client = signed_in(reader)
    add(client, device)
    client.post(f"{KEYS}keys/{Authenticator.objects.get().pk}/remove/")
    stranger = Client()
    assert REFUSED in enter(stranger, device).text
    assert not is_signed_in(stranger)
    assert letters_to(reader.email)[-1] == "A passkey was taken off at Broadsheet"


@pytest.mark.parametrize(
    "wrong", ["other site", "other key", "other reader", "owner not known to the device", "old question"]
)
def test_what_is_not_this_reader_s_passkey_opens_nothing(reader, device, wrong):
    add(signed_in(reader), device)
    other = make_reader()
    client = Client()
    credential = device.sign(options_of(client))
    if wrong == "other site":
        device.origin = "https://news.example.evil.example"
    elif wrong == "other key":
        device.key = Device("").key
    elif wrong == "other reader":
        stranger = Device("https://news.example")
        add(signed_in(other), stranger)
        device.user_handle = stranger.user_handle
    elif wrong == "owner not known to the device":
        device.flags = PRESENT
    options = options_of(client)
    answer = client.post(
        LOGIN, {"credential": credential if wrong == "old question" else device.sign(options)}, follow=True
    )
    assert REFUSED in answer.text
    assert not is_signed_in(client)


def test_an_answer_opens_once(reader, device):
    add(signed_in(reader), device)
    client = Client()
    credential = device.sign(options_of(client))
    client.post(LOGIN, {"credential": credential})
    client.post("/account/logout/")
    client.post(LOGIN, {"credential": credential})
    assert not is_signed_in(client)


def test_a_closed_account_stays_closed(reader, device):
    add(signed_in(reader), device)
    type(reader).objects.filter(pk=reader.pk).update(is_active=False)
    client = Client()
    enter(client, device)
    assert not is_signed_in(client)


ODD = [
    "",
    "x",
    "null",
    "[]",
    "{}",
    '"x"',
    "7",
    '{"response":[]}',
    '{"response":{"userHandle":7}}',
    '{"id":"_","rawId":"*"}',
]


@pytest.mark.parametrize("credential", ODD)
def test_what_no_browser_sends_is_refused_in_words_a29(reader, device, credential):
    client = signed_in(reader)
    add(client, device)
    client.get(ADD)
    assert client.post(ADD, {"name": "x", "credential": credential}).status_code == 200
    assert client.post(PROVE, {"credential": credential}).status_code == 302
    stranger = Client()
    options_of(stranger)
    back = stranger.post(LOGIN, {"credential": credential, "next": "/saved/"})
    assert back.url == "/account/login/?next=%2Fsaved%2F"
    assert Authenticator.objects.count() == 1


def test_nobody_sees_changes_or_takes_off_another_s_passkey_a15(reader, device):
    add(signed_in(reader), device)
    other, pk = signed_in(make_reader()), Authenticator.objects.get().pk
    for path in (f"{KEYS}keys/{pk}/edit/", f"{KEYS}keys/{pk}/remove/"):
        assert other.get(path).status_code == other.post(path, {"name": "mine"}).status_code == 404
    assert Authenticator.objects.get().wrap().name != "mine"


def test_an_editor_s_passkey_opens_the_desk_by_itself(editor, device):
    client = signed_in(editor)
    assert add(client, device).url == "/account/2fa/recovery-codes/"
    assert client.get(DESK).status_code == 200
    fresh = Client()
    enter(fresh, device, next=DESK)
    assert fresh.get(DESK).status_code == 200


def test_an_editor_s_password_is_not_enough_where_there_is_a_passkey_a14(editor, device):
    add(signed_in(editor), device)
    client = Client()
    assert sign_in(editor.email, client=client, next=DESK).url == STEP
    assert not is_signed_in(client)
    page = client.get(STEP)
    assert client.post(STEP, {"credential": device.sign(options_on(page))}).url == DESK
    assert client.get(DESK).status_code == 200


def test_an_old_session_of_an_editor_gives_the_passkey_once_more(editor, device):
    old = signed_in(editor)
    add(signed_in(editor), device)
    answer = old.get(DESK, follow=True)
    assert answer.redirect_chain[-1][0] == f"{PROVE}?next=/admin/"
    wrong = Device("https://news.example", credential_id=device.credential_id)
    again = old.post(PROVE, {"credential": wrong.sign(options_on(answer)), "next": DESK}, follow=True)
    assert REFUSED in again.text
    assert old.get(DESK).status_code == 302
    assert old.post(PROVE, {"credential": device.sign(options_on(again)), "next": DESK}).url == DESK
    assert old.get(DESK).status_code == 200


def test_an_editor_who_lost_the_device_uses_a_recovery_code(editor, device):
    add(signed_in(editor), device)
    code = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()[0]
    client = Client()
    sign_in(editor.email, client=client, next=DESK)
    assert client.post(STEP, {"code": code}).url == DESK


def test_passkeys_are_asked_for_in_the_name_of_the_site_whatever_the_host_a22(reader):
    options = options_of(Client(headers={"host": "localhost"}))
    assert options["publicKey"]["rpId"] == "news.example"
    assert options_on(signed_in(reader).get(ADD))["publicKey"]["rp"] == {"id": "news.example", "name": "Broadsheet"}


def test_trying_again_and_again_is_stopped():
    client = Client()
    statuses = [client.post(LOGIN, {"credential": "{}"}).status_code for _ in range(11)]
    assert statuses == [302] * 10 + [429]


NESTED = "[" * 20_000


def altered(credential: str, response: dict | None = None, **more) -> str:
    facts = json.loads(credential)
    facts["response"].update(response or {})
    return json.dumps({**facts, **more})


@pytest.mark.parametrize(
    "odd",
    [
        {"response": {"clientDataJSON": websafe_encode(b'{"type":' + b"[" * 5_000)}},
        {"response": {"authenticatorData": websafe_encode(b"\0" * 32 + b"\x81" + b"\0" * 4 + b"\x81" * 5_000)}},
        {"response": {"userHandle": websafe_encode(b"9" * 5_000)}},
        {"response": {"signature": 5}},
        {"id": ["x"], "clientExtensionResults": [1]},
        {"junk": "x" * 20_000},
    ],
    ids=["nested client data", "nested extensions", "long handle", "number", "lists", "too long"],
)
def test_a_credential_that_was_tampered_with_is_refused_in_words(odd, reader, device):
    add(signed_in(reader), device)
    client = Client()
    credential = altered(device.sign(options_of(client)), **odd)
    assert REFUSED in client.post(LOGIN, {"credential": credential}, follow=True).text
    assert not is_signed_in(client)


@pytest.mark.parametrize("text", [NESTED, "9" * 5_000, '{"x": ' * 3_000, "{"])
def test_json_that_no_parser_takes_is_refused_in_words(text):
    assert REFUSED in Client().post(LOGIN, {"credential": text}, follow=True).text


@pytest.mark.parametrize("origin", ["https://old.news.example", "https://news.example:8443", "http://news.example"])
def test_another_address_of_the_domain_passes_no_passkey_on(origin, reader, device):
    add(signed_in(reader), device)
    device.origin = origin
    client = Client()
    assert REFUSED in enter(client, device).text
    assert not is_signed_in(client)
    stranger = Device(origin)
    add(signed_in(make_reader()), stranger)
    assert Authenticator.objects.count() == 1


def test_of_a_passkey_is_stored_what_is_needed(reader, device):
    client = signed_in(reader)
    page = client.get(ADD)
    junk = {"junk": "\0", "response": {"transports": ["x"] * 99}, "clientExtensionResults": {"credProps": {"rk": True}}}
    client.post(ADD, {"name": "x", "credential": altered(device.make(options_on(page)), **junk)})
    kept = Authenticator.objects.get().data["credential"]
    assert kept.keys() == {"id", "rawId", "type", "response", "clientExtensionResults"}
    assert kept["response"].keys() == {"clientDataJSON", "attestationObject"}


def test_an_account_has_so_many_passkeys_and_no_more(reader, monkeypatch):
    monkeypatch.setattr("accounts.passkeys.MOST_PASSKEYS", 2)
    client = signed_in(reader)
    pages = [add(client, Device("https://news.example"), name=name) for name in ("one", "two", "three")]
    assert Authenticator.objects.count() == 2
    assert "Remove one" in pages[-1].text


def test_questions_are_asked_so_often_and_no_more():
    """Each is kept in a session, which is a row."""
    statuses = [Client().get(LOGIN, headers={"Accept": "application/json"}).status_code for _ in range(21)]
    assert statuses == [200] * 20 + [429]
