"""Where allauth's sign-up, sign-in and letters become ours."""

from __future__ import annotations

import logging
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import quote

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.account.models import EmailAddress
from allauth.core import ratelimit
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.utils import is_mfa_enabled
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.providers.base.constants import AuthProcess
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render as render_page
from django.urls import reverse
from django.utils import timezone

from accounts import letters, limits
from accounts.addresses import canonical
from accounts.browsers import browser_name
from accounts.models import User
from accounts.paths import is_own_path
from accounts.recent import is_recent
from accounts.sessions import end_all_sessions
from billing.background import hand_over
from billing.models import AccessLine, Customer
from billing.post import our_sender, render
from billing.record import write_line
from billing.trial import start_trial

logger = logging.getLogger(__name__)

SENDER = our_sender()


class AccountAdapter(DefaultAccountAdapter):
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": "This account is closed.",
        "duplicate_email": "Your account has this address already.",
        "email_password_mismatch": "The address and the password do not match. Check both.",
        "enter_current_password": "This is not your present password.",
        "incorrect_code": "Type all six figures from the newest e-mail.",
        "incorrect_password": "This is not your password.",
        "invalid_password_reset": "This link was used before, or it has run out.",
        "rate_limited": "That was often. Wait a minute, then try again.",
        "too_many_login_attempts": "Too many tries. Wait some minutes, then try again.",
    }

    # Sign-up

    @transaction.atomic
    def save_user(self, request: HttpRequest, user: User, form, commit: bool = True) -> User:
        """The account and its free days, or neither."""
        user.time_zone = form.cleaned_data.get("time_zone", "")
        user = super().save_user(request, user, form, commit)
        start_trial(user, timezone.now())
        return user

    def clean_email(self, email: str) -> str:
        try:
            return canonical(email)
        except ValueError as error:
            raise ValidationError(f"This address {error}.") from error

    # Sign-in

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        if not limits.consume_here(request, "login_failed_here", credentials.get("email", "")):
            raise self.validation_error("too_many_login_attempts")
        super().pre_authenticate(request, **credentials)

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        user = super().authenticate(request, **credentials)
        if user is not None:
            limits.clear_here(request, "login_failed_here", credentials.get("email", ""))
        return user

    def is_safe_url(self, url: str) -> bool:
        return is_own_path(url)

    # Proving who is there, once more

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Who signed in a moment ago sets the second step up without being asked again; allauth would ask."""
        if app == "allauth.mfa" and is_recent(self.request):
            return False
        return super().is_reauthentication_required(app=app, **kwargs)

    def get_reauthentication_methods(self, user: User) -> list[dict]:
        """Who has a second step proves it by that: a password alone would undo it."""
        methods = super().get_reauthentication_methods(user)
        if not is_mfa_enabled(user):
            return [method for method in methods if method["id"] != "mfa_reauthenticate"]
        return [method for method in methods if method["id"].startswith("mfa_")]

    # The address

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """False where another account has taken the address since the link was sent."""
        try:
            with transaction.atomic():
                is_confirmed = super().confirm_email(request, email_address)
                tell_stripe(email_address)
                return is_confirmed
        except IntegrityError:
            context = {"email": email_address.email}
            self.add_message(request, messages.ERROR, "account/messages/email_confirmation_failed.txt", context)
            return False

    def get_email_verification_redirect_url(self, email_address: EmailAddress) -> str:
        return reverse("account" if self.request.user.is_authenticated else "account_login")

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("account")

    # Letters

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Compose it now, as long as the facts hold, and let the worker send it."""
        facts = {**context, "browser": browser_name(context.get("user_agent", ""))}
        letter = letters.compose(template_prefix.rpartition("/")[2], facts, SENDER)
        text, html = render(letter, SENDER)
        from accounts.tasks import send_letter  # late: it brings Celery along (billing/background.py)

        send_letter.delay(to=email, subject=letter.subject, text=text, html=html)

    # Links in letters lead where the settings say, whatever host the request named (A22).

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation) -> str:
        return settings.SITE_URL + reverse("account_confirm_email", args=[emailconfirmation.key])

    def get_reset_password_from_key_url(self, key: str) -> str:
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return settings.SITE_URL + path.replace("UID-KEY", quote(key))


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """Google and Apple open an account of ours only with an address they have confirmed, and never take one over."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin) -> bool:
        confirmed = {address.email.lower() for address in sociallogin.email_addresses if address.verified}
        return sociallogin.user.email.lower() in confirmed

    def pre_social_login(self, request: HttpRequest, sociallogin) -> None:
        """One more way in is for who has proven the address, and signed in a moment ago.

        Else whoever signs up with somebody else's address could keep a way in for when its owner comes (A21); and
        allauth asks nothing of readers without a password.
        """
        if sociallogin.state.get("process") != AuthProcess.CONNECT or not request.user.is_authenticated:
            return
        if settings.MAIL_IS_CONFIGURED and not request.user.has_verified_address:
            messages.error(request, "Confirm your address first; then another way to sign in can be added.")
            raise ImmediateHttpResponse(HttpResponseRedirect(reverse("account_email")))
        if not is_recent(request) and not get_account_adapter(request).get_reauthentication_methods(request.user):
            again = {"path": reverse("socialaccount_connections")}
            raise ImmediateHttpResponse(render_page(request, "accounts/sign_in_again.html", again))

    def is_auto_signup_allowed(self, request: HttpRequest, sociallogin) -> bool:
        if is_taken(sociallogin.user.email):
            raise ImmediateHttpResponse(answer_taken(request, sociallogin.user.email))
        return True

    @transaction.atomic
    def save_user(self, request: HttpRequest, sociallogin, form=None) -> User:
        user = super().save_user(request, sociallogin, form)
        start_trial(user, timezone.now())
        for address in user.emailaddress_set.filter(verified=True, email__iexact=user.email):
            note_confirmed(address, timezone.now())  # nothing where the line of the sign-up says so already
        return user


def send_link(request: HttpRequest, address: EmailAddress) -> bool:
    """The link that confirms an address, again. False where the last one was sent a moment ago."""
    if not ratelimit.consume(request, action="confirm_email", key=address.email):
        return False
    address.send_confirmation(request)
    return True


def is_taken(address: str) -> bool:
    """Whether an account has this canonical address, or has proven it for itself."""
    return (
        User.objects.filter(email=address).exists()
        or EmailAddress.objects.filter(email=address, verified=True).exists()
    )


def answer_taken(request: HttpRequest, address: str) -> HttpResponse:
    """Nobody is told that the account exists but its owner, by mail (A18)."""
    adapter = get_account_adapter(request)
    if settings.MAIL_IS_CONFIGURED and ratelimit.consume(request, action="confirm_email", key=address):
        adapter.send_account_already_exists_mail(address)
    return HttpResponseRedirect(reverse("account_email_verification_sent"))


def tell_stripe(email_address: EmailAddress) -> None:
    """Receipts follow a member to the address that was just confirmed."""
    customer = Customer.objects.filter(user=email_address.user_id).exclude(stripe_id=None).first()
    if customer is not None and customer.email != email_address.email:
        transaction.on_commit(partial(hand_over, "billing.tasks.sync_customer", pk=customer.pk))


def note_confirmed(email_address: EmailAddress, now: datetime) -> bool:
    """A line for the reader and for support, the first time an address of the account is proven. Whether it was."""
    proven = Q(cause="address_verified") | Q(changes__is_verified=True)
    if AccessLine.objects.filter(proven, user_id=email_address.user_id).exists():
        return False
    rule = "Your address is confirmed: reading no longer depends on it."
    write_line(email_address.user, "address_verified", rule, now, {"is_verified": True})
    return True


def shut_out_others(request: HttpRequest, user: User) -> None:
    """By the first code that reaches its mailbox an account becomes its owner's alone (A21).

    Somebody else may have signed up with the address and waited: what they chose and where they are signed in ends.
    """
    if user.has_usable_password():
        user.set_unusable_password()
        user.save(update_fields=["password"])
        messages.info(
            request,
            "The password that was chosen before your address was confirmed no longer works, in case it was not yours."
            " Choose a new one on your account page, or go on signing in by code.",
        )
    end_all_sessions(user)
