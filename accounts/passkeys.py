"""Signing in with a passkey: allauth's forms and views, with our words. The device proves its owner, the site stores
no secret.

A credential is JSON that the browser made (static/js/passkeys.js). One that is none, that another site's key signed or
that answers an older question is refused in one sentence, whatever was wrong with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar
from urllib.parse import urlsplit

from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import passthrough_next_redirect_url
from allauth.core.internal import ratelimit  # whose public face counts no GET
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn import forms as allauth_forms
from allauth.mfa.webauthn import views as allauth_views
from allauth.mfa.webauthn.internal import auth, flows
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from fido2.utils import websafe_decode
from fido2.webauthn import CollectedClientData

from accounts.forms import Dressed
from accounts.models import User
from accounts.recent import recently_proven

NAME_LENGTH = 60
MOST_CHARACTERS = 20_000  # of a credential; the largest keys and attestations take some 8,000
MOST_PASSKEYS = 20  # of one account: each is looked at when somebody signs in
PARTS = ("clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle")
TOO_MANY = f"An account has {MOST_PASSKEYS} passkeys at most. Remove one that you no longer use."
REFUSED = "This passkey was not accepted. Try once more, or choose another way."


@contextmanager
def refused_in_words() -> Iterator[None]:
    """Whatever allauth and fido2 stumble over in a stranger's JSON becomes REFUSED; a limit keeps its own words."""
    try:
        yield
    except ValidationError as error:
        raise error if error.code != "incorrect_code" else ValidationError(REFUSED) from error
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise ValidationError(REFUSED) from error


# Forms


class CredentialField(forms.JSONField):
    """What of a credential is needed, and nothing else of a stranger's JSON: it is stored as it comes from here."""

    widget = forms.HiddenInput
    default_error_messages: ClassVar = {"invalid": REFUSED}

    def to_python(self, value: str) -> dict | None:
        if len(value) > MOST_CHARACTERS:
            raise ValidationError(REFUSED)
        with refused_in_words():
            given = super().to_python(value)
            return None if given is None else needed(given)


def needed(given: dict) -> dict:
    """Raises LookupError, TypeError and the like for what is no credential, ValidationError for another site's.

    fido2 would take one from any port and subdomain: who holds a forgotten one could pass our question on.
    """
    response = {name: str(given["response"][name]) for name in PARTS if given["response"].get(name) is not None}
    if CollectedClientData(websafe_decode(response["clientDataJSON"])).origin != origin_of(settings.SITE_URL):
        raise ValidationError(REFUSED)
    results = given.get("clientExtensionResults") or {}
    is_discoverable = results["credProps"]["rk"] is True if "credProps" in results else None
    return {
        **{name: str(given[name]) for name in ("id", "rawId", "type")},
        "response": response,
        "clientExtensionResults": {} if is_discoverable is None else {"credProps": {"rk": is_discoverable}},
    }


def origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


class Named(Dressed):
    def settle(self) -> None:
        self.fields["name"].label = "Name"
        self.fields["name"].widget.attrs["maxlength"] = NAME_LENGTH


class AddForm(Named, allauth_forms.AddWebAuthnForm):
    credential = CredentialField()

    def settle(self) -> None:
        super().settle()
        del self.fields["passwordless"]  # every passkey is

    def clean_name(self) -> str:
        """The device has made the passkey by now: a name that is too long loses its end, not the passkey."""
        return super().clean_name()[:NAME_LENGTH]

    def clean(self) -> dict:
        with refused_in_words():
            return super().clean()


class RenameForm(Named, allauth_forms.EditWebAuthnForm):
    def clean_name(self) -> str:
        return self.cleaned_data["name"][:NAME_LENGTH]


class Given(forms.Form):
    credential = CredentialField()

    def clean_credential(self) -> Authenticator:
        with refused_in_words():
            return super().clean_credential()


class SignInForm(Given, allauth_forms.LoginWebAuthnForm):
    pass


class SecondStepForm(Given, allauth_forms.AuthenticateWebAuthnForm):
    pass


class AgainForm(Given, allauth_forms.ReauthenticateWebAuthnForm):
    pass


# Pages


class AddPasskey(allauth_views.AddWebAuthnView):
    """allauth's; the passkey counts as given, so nobody is asked for it twice in a row."""

    def get_context_data(self, **kwargs: Any) -> dict:
        # Past allauth's own, which asks for a second factor only, and would put its question in the place of this one.
        context = super(allauth_views.AddWebAuthnView, self).get_context_data(**kwargs)
        return {**context, "options": auth.begin_registration(self.request.user, passwordless=True)}

    @transaction.atomic
    def form_valid(self, form: AddForm) -> HttpResponse:
        name, credential = form.cleaned_data["name"], form.cleaned_data["credential"]
        # Locked: two browsers at once are to count each other's.
        user = User.objects.select_for_update(of=("self",)).get(pk=self.request.user.pk)
        if user.authenticator_set.filter(type=Authenticator.Type.WEBAUTHN).count() >= MOST_PASSKEYS:
            form.add_error("name", TOO_MANY)
            return self.form_invalid(form)
        if user.is_staff:
            passkey, codes = flows.add_authenticator(self.request, name=name, credential=credential)
        else:
            # As at a sign-up, without a list of recovery codes: readers keep their other ways in.
            codes, passkey = None, flows.signup_authenticator(self.request, user, name=name, credential=credential)
            get_adapter().send_notification_mail("mfa/email/webauthn_added", user)
        record_authentication(self.request, user, "mfa", id=passkey.pk, type=passkey.type)
        return HttpResponseRedirect(reverse("mfa_view_recovery_codes" if codes else "mfa_list_webauthn"))


class Refusing:
    """After one that is refused the same page asks again, on the way to the same place."""

    asked_on: str  # a route

    def form_invalid(self, form: SignInForm | AgainForm) -> HttpResponse:
        for error in form.errors.get("credential", []):
            messages.error(self.request, error)
        page = reverse(self.asked_on)
        return HttpResponseRedirect(passthrough_next_redirect_url(self.request, page, REDIRECT_FIELD_NAME))


class SignIn(Refusing, allauth_views.LoginWebAuthnView):
    asked_on = "account_login"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """A question, which is kept in a session of its own."""
        limit = {"app": "allauth.account", "action": "ask_for_passkey", "limit_get": True}
        return ratelimit.consume_or_429(request, **limit) or super().get(request, *args, **kwargs)


class ProvePasskey(Refusing, allauth_views.ReauthenticateWebAuthnView):
    asked_on = "mfa_reauthenticate_webauthn"


passkeys = allauth_views.list_webauthn
add = login_required(recently_proven(AddPasskey.as_view()))
rename = login_required(recently_proven(allauth_views.edit_webauthn))
take_off = login_required(recently_proven(allauth_views.remove_webauthn))
prove = ProvePasskey.as_view()
sign_in = SignIn.as_view()
