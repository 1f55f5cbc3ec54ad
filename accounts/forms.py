"""allauth's forms with our words and our bounds. settings.ACCOUNT_FORMS names them."""

from __future__ import annotations

import zoneinfo
from typing import Any

from allauth.account import forms as allauth_forms
from allauth.account.adapter import get_adapter
from allauth.account.fields import PasswordField
from allauth.account.models import EmailAddress
from allauth.mfa.base import forms as mfa_forms
from allauth.mfa.totp.forms import ActivateTOTPForm
from django import forms
from django.conf import settings
from django.core.exceptions import BadRequest, ValidationError
from django.core.validators import MaxLengthValidator
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse

from accounts import limits
from accounts.adapter import answer_taken, is_taken
from accounts.addresses import MAX_LENGTH, canonical
from accounts.models import User

MAX_PASSWORD_LENGTH = 128
# Nobody types more: what is longer, or holds a NUL, comes from a program and gets a 400 in place of a sentence.
ABSURD_PASSWORD_LENGTH = 4096
LENGTH_HINT = "At least ten characters."
UTC = "UTC"  # what a browser says on a machine that is set to no place


class AddressField(forms.EmailField):
    """An e-mail address in its one spelling, so that every form means the same account by it."""

    def __init__(self, label: str = "E-mail", autocomplete: str = "email") -> None:
        widget = forms.EmailInput(attrs={"autocomplete": autocomplete})
        super().__init__(label=label, widget=widget, max_length=MAX_LENGTH)
        self.error_messages["required"] = "Type your e-mail address."

    def to_python(self, value: Any) -> str:
        try:
            return canonical(super().to_python(value))
        except ValueError as error:
            raise ValidationError(f"This address {error}.") from error


class ZoneField(forms.Field):
    """A time zone that a script may fill in; anything else than a known name counts as none."""

    widget = forms.HiddenInput

    def to_python(self, value: Any) -> str:
        return value if value in zoneinfo.available_timezones() else ""


class Dressed:
    """Our look, and passwords that are bounded before anything is hashed (A24)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        for field in self.fields.values():
            field.help_text = ""
            field.widget.attrs.pop("placeholder", None)
        self.settle()
        for field in self.fields.values():
            dress(field)

    def settle(self) -> None:
        """For forms that change allauth's fields."""


def refuse_absurd(password: str) -> None:
    if len(password) > ABSURD_PASSWORD_LENGTH or "\x00" in password:
        raise BadRequest("a password that nobody typed")


def dress(field: forms.Field) -> None:
    if not field.widget.is_hidden:
        field.widget.attrs.setdefault("class", "in")
    if isinstance(field, PasswordField):
        field.max_length = MAX_PASSWORD_LENGTH
        field.validators.append(refuse_absurd)
        field.validators.append(
            MaxLengthValidator(MAX_PASSWORD_LENGTH, f"A password has {MAX_PASSWORD_LENGTH} characters at most.")
        )


class SignUpForm(Dressed, allauth_forms.SignupForm):
    email = AddressField()
    time_zone = ZoneField(required=False)

    def settle(self) -> None:
        self.fields["email"].label = "E-mail"
        password = self.fields["password1"]
        password.label = "Password" if password.required else "Password, if you want one"
        password.help_text = LENGTH_HINT
        if not password.required:
            password.help_text += " Leave it empty and we mail you a six-figure code whenever you sign in."

    def validate_unique_email(self, value: str) -> str:
        self.account_already_exists = is_taken(value)
        return value

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        """The new reader, or the answer that tells nobody but the owner that the address has an account."""
        if not self.account_already_exists:
            try:
                return self.save(request), None
            except IntegrityError:
                pass  # somebody signed up with the address a moment ago
        return None, answer_taken(request, self.cleaned_data["email"])

    @transaction.atomic
    def save(self, request: HttpRequest) -> User:
        return super().save(request)


class SignInForm(Dressed, allauth_forms.LoginForm):
    def settle(self) -> None:
        self.fields["login"] = AddressField(autocomplete="username")
        self.order_fields(["login", "password"])
        self.fields["password"].error_messages["required"] = "Type your password, or have a code sent."


class AskForCodeForm(Dressed, allauth_forms.RequestLoginCodeForm):
    """Also reads the address from the sign-in form, whose second button leads here."""

    email = AddressField(autocomplete="username")

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        if data and "email" not in data and "login" in data:
            data = {**data.dict(), "email": data["login"]}
        super().__init__(data, *args, **kwargs)

    def clean_email(self) -> str:
        adapter = get_adapter()
        if not limits.consume_here(adapter.request, "request_login_code_here", self.cleaned_data["email"]):
            raise adapter.validation_error("too_many_login_attempts")
        return super().clean_email()


def dress_code(field: forms.Field, label: str, missing: str) -> None:
    field.label = label
    field.max_length = 20
    field.widget = forms.TextInput(
        attrs={"class": "in in--code", "inputmode": "numeric", "autocomplete": "one-time-code", "maxlength": 20}
    )
    field.error_messages["required"] = missing


class CodeForm(Dressed, allauth_forms.ConfirmLoginCodeForm):
    def settle(self) -> None:
        dress_code(self.fields["code"], "Six-figure code", "Type all six figures from the newest e-mail.")


class SetUpForm(Dressed, ActivateTOTPForm):
    def settle(self) -> None:
        dress_code(self.fields["code"], "Code that the app shows", "Type the six figures that the app shows.")


class SecondCodeForm(Dressed, mfa_forms.AuthenticateForm):
    def settle(self) -> None:
        dress_code(self.fields["code"], "Code from your app", "Type the six figures that the app shows.")


class SecondCodeAgainForm(Dressed, mfa_forms.ReauthenticateForm):
    def settle(self) -> None:
        dress_code(self.fields["code"], "Code from your app", "Type the six figures that the app shows.")


class ChangeAddressForm(Dressed, allauth_forms.AddEmailForm):
    email = AddressField(label="New address")

    def clean_email(self) -> str:
        if not settings.MAIL_IS_CONFIGURED:
            raise ValidationError("This site cannot send mail, so a new address cannot be confirmed.")
        return super().clean_email()

    @transaction.atomic
    def save(self, request: HttpRequest) -> EmailAddress:
        """The new address waits beside the present one until its link is opened.

        allauth's own way takes an unproven present address off first, which leaves an account without any.
        """
        waiting = self.user.emailaddress_set.filter(verified=False).exclude(email=self.user.email)
        waiting.delete()
        return EmailAddress.objects.add_email(request, self.user, self.cleaned_data["email"], confirm=True)


class ChangePasswordForm(Dressed, allauth_forms.ChangePasswordForm):
    def settle(self) -> None:
        self.fields["oldpassword"].label = "Present password"
        self.fields["password1"].label = "New password"
        self.fields["password1"].help_text = LENGTH_HINT
        self.fields["password2"].label = "New password again"


class SetPasswordForm(Dressed, allauth_forms.SetPasswordForm):
    def settle(self) -> None:
        self.fields["password1"].help_text = LENGTH_HINT
        self.fields["password2"].label = "Password again"


class AskForResetForm(Dressed, allauth_forms.ResetPasswordForm):
    email = AddressField()

    def clean_email(self) -> str:
        if not settings.MAIL_IS_CONFIGURED:
            raise ValidationError(f"This site cannot send mail. Write to {settings.CONTACT_EMAIL}.")
        return super().clean_email()


class ResetPasswordForm(Dressed, allauth_forms.ResetPasswordKeyForm):
    def settle(self) -> None:
        self.fields["password1"].label = "New password"
        self.fields["password1"].help_text = LENGTH_HINT
        self.fields["password2"].label = "New password again"


class ConfirmPasswordForm(Dressed, allauth_forms.ReauthenticateForm):
    pass


class SettingsForm(Dressed, forms.ModelForm):
    class Meta:
        model = User
        fields = ("name", "time_zone")

    def settle(self) -> None:
        self.fields["name"].widget.attrs["autocomplete"] = "name"
        self.fields["time_zone"].widget = forms.Select(choices=zone_choices(self.initial.get("time_zone", "")))


def zone_choices(own: str = "") -> list[tuple[str, Any]]:
    """The site's own zone first, then UTC, then places by part of the world; names like "EST" say too little.

    `own` is the zone that the reader has: a browser may have named one that is not among these, such as "Etc/GMT", and
    who then changes only the name must not lose it.
    """
    parts: dict[str, list[tuple[str, str]]] = {}
    for name in sorted(zoneinfo.available_timezones()):
        part, _, place = name.partition("/")
        if place and part not in {"Etc", "SystemV"}:
            parts.setdefault(part, []).append((name, place.replace("_", " ").replace("/", ", ")))
    placed = {UTC, *(name for places in parts.values() for name, _ in places)}
    kept = [(own, own)] if own and own not in placed else []
    return [("", f"As the site ({settings.TIME_ZONE})"), (UTC, UTC), *kept, *parts.items()]
