"""What readers do at the doors of the site."""

from __future__ import annotations

from django.http import HttpResponse
from django.test import Client

from accounts.models import User
from tests.letters import code_in

PASSWORD = "a long password"


def sign_up(email: str, password: str = PASSWORD, client: Client | None = None, **more) -> HttpResponse:
    return (client or Client()).post("/account/signup/", {"email": email, "password1": password, **more})


def sign_in(email: str, password: str = PASSWORD, client: Client | None = None, **more) -> HttpResponse:
    headers = {name: more.pop(name) for name in list(more) if name.isupper()}
    return (client or Client()).post("/account/login/", {"login": email, "password": password, **more}, **headers)


def signed_in(user, password: str = PASSWORD) -> Client:
    """A browser whose reader came through the door just now."""
    client = Client()
    assert sign_in(user.email, password, client).status_code == 302
    return client


def ask_for_code(email: str, client: Client, **more) -> HttpResponse:
    return client.post("/account/login/code/", {"email": email}, follow=True, **more)


def type_code(code: str, client: Client) -> HttpResponse:
    return client.post("/account/login/code/confirm/", {"code": code}, follow=True)


def signed_in_by_code(reader: User, client: Client, post: list) -> None:
    """The reader has no password, and came through the door with a code just now. `post`: the letters."""
    reader.set_unusable_password()
    reader.save()
    ask_for_code(reader.email, client)
    type_code(code_in(post[-1]), client)


def is_signed_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200
