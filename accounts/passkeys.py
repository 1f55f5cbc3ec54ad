"""Signing in with a passkey: allauth's forms and views, with our words. The device proves its owner, the site stores
no secret.

A credential is JSON that the browser made (static/js/passkeys.js). One that is none, that another site's key signed or
that answers an older question is refused in one sentence, whatever was wrong with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import passthrough_next_redirect_url
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn import forms as allauth_forms
from allauth.mfa.webauthn import views as allauth_views
from allauth.mfa.webauthn.internal import auth, flows
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from accounts.forms import Dressed
from accounts.recent import recently_proven

NAME_LENGTH = 60
REFUSED = "This passkey was not accepted. Try once more, or choose another way."


@contextmanager
def refused_in_words() -> Iterator[None]:
    """Whatever allauth and fido2 stumble over in a stranger's JSON becomes REFUSED; a limit keeps its own words."""
    try:
        yield
    except ValidationError as error:
        raise error if error.code != "incorrect_code" else ValidationError(REFUSED) from error
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise ValidationError(REFUSED) from error


# Forms


class Named(Dressed):
    def settle(self) -> None:
        self.fields["name"].label = "Name"
        self.fields["name"].widget.attrs["maxlength"] = NAME_LENGTH


class AddForm(Named, allauth_forms.AddWebAuthnForm):
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


class Given:
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
        name, credential, user = form.cleaned_data["name"], form.cleaned_data["credential"], self.request.user
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


class ProvePasskey(Refusing, allauth_views.ReauthenticateWebAuthnView):
    asked_on = "mfa_reauthenticate_webauthn"


passkeys = allauth_views.list_webauthn
add = login_required(recently_proven(AddPasskey.as_view()))
rename = login_required(recently_proven(allauth_views.edit_webauthn))
take_off = login_required(recently_proven(allauth_views.remove_webauthn))
prove = ProvePasskey.as_view()
sign_in = SignIn.as_view()
