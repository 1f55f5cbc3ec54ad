"""Google and Apple: their word for an address opens an account of ours, and never somebody else's."""

from __future__ import annotations

import time

import pytest
from allauth.account.models import EmailAddress
from allauth.core.context import request_context
from allauth.socialaccount.helpers import complete_social_login
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialLogin
from allauth.socialaccount.providers.google.provider import GoogleProvider
from django.contrib.messages import get_messages
from django.test import Client

from accounts.models import User
from tests.accounts.doing import sign_up, signed_in_by_code
from tests.letters import letters_to
from tests.make import make_user

pytestmark = pytest.mark.django_db


def come_from_google(email: str, *, is_confirmed: bool = True, uid: str = "1", request=None, process: str = "login"):
    """What happens when Google has sent the reader back: our answer."""
    request = request or Client().get("/account/login/").wsgi_request
    login = SocialLogin(
        provider=GoogleProvider(request, app=SocialApp(provider="google", client_id="id", secret="secret")),
        user=User(email=email.lower()),
        account=SocialAccount(provider="google", uid=uid, extra_data={}),
        email_addresses=[EmailAddress(email=email, verified=is_confirmed, primary=True)],
    )
    login.state["process"] = process
    with request_context(request):
        return complete_social_login(request, login)


def test_a_confirmed_address_opens_an_account_with_free_days(post):
    assert come_from_google("Nadia@mail.example").status_code == 302
    reader = User.objects.get()
    assert reader.email == "nadia@mail.example"
    assert reader.membership.trial_ends_at is not None
    assert reader.has_verified_address
    assert letters_to("nadia@mail.example") == []


def test_an_address_that_the_provider_has_not_confirmed_opens_nothing():
    page = come_from_google("nadia@mail.example", is_confirmed=False)
    assert b"No confirmed address came with it" in page.content
    assert not User.objects.exists()


def test_the_address_of_an_account_here_takes_nothing_over(post):
    """A18 as well: the visitor reads what everybody reads, the owner gets a letter."""
    reader = make_user("nadia@mail.example")
    assert come_from_google("nadia@mail.example").url == "/account/confirm-email/"
    assert not reader.socialaccount_set.exists()
    assert User.objects.count() == 1
    assert letters_to("nadia@mail.example") == ["You already have an account at Broadsheet"]


def test_a_provider_is_added_by_who_signed_in_a_moment_ago_only(post):
    """A21: it is one more way into the account, for whoever sits at the browser."""
    reader = make_user("nadia@mail.example")
    client = Client()
    signed_in_by_code(reader, client, post)
    request = client.get("/account/").wsgi_request
    request.session["account_authentication_methods"] = [{"method": "code", "at": time.time() - 3600}]
    answer = come_from_google("thief@mail.example", request=request, process="connect")
    assert b"Sign in once more" in answer.content
    assert not reader.socialaccount_set.exists()


def test_no_provider_is_added_before_the_address_is_confirmed(post):
    """A21: who signs up with somebody else's address would keep a way in for when its owner comes."""
    client = Client()
    sign_up("nadia@mail.example", client=client)
    stranger = client.get("/account/").wsgi_request
    answer = come_from_google("thief@mail.example", request=stranger, process="connect")
    assert answer.url == "/account/email/"
    assert "Confirm your address first; then another way to sign in can be added." in str(messages_of(stranger))
    assert not SocialAccount.objects.exists()


def messages_of(request) -> list[str]:
    return [message.message for message in get_messages(request)]


def test_the_same_person_gets_no_second_free_days_by_way_of_a_provider():
    """B20"""
    come_from_google("nadia@gmail.com")
    User.objects.all().delete()
    come_from_google("na.dia+x@gmail.com", uid="2")
    assert User.objects.get().membership.trial_ends_at is None


def test_coming_back_signs_in_to_the_same_account():
    come_from_google("nadia@mail.example")
    come_from_google("nadia@mail.example")
    assert User.objects.count() == 1
