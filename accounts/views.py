"""The account's own pages; allauth brings those to sign up, in and out."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import quote, unquote, urlencode

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from allauth.account.views import SignupView, password_set
from allauth.account.views import email as allauth_email
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.views import download_recovery_codes, generate_recovery_codes, view_recovery_codes
from allauth.mfa.totp.views import ActivateTOTPView, deactivate_totp
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from accounts.adapter import send_link
from accounts.addresses import MAX_LENGTH
from accounts.erasure import Refusal, erase, farewell_of
from accounts.export import export_of
from accounts.forms import SettingsForm, SetUpForm, SignUpForm
from accounts.overview import overview_of
from accounts.paths import is_own_path
from accounts.recent import recently_proven
from accounts.second_factor import qr_code
from accounts.sessions import end_all_sessions
from billing.answers import SeeOther
from billing.plans import current_offer

GET_AND_POST = ["GET", "HEAD", "POST"]
TYPED_SECONDS = 600  # for who reads the terms first and comes back


# Without a token, because visitors' pages hold none: all that a forged request could do is to fill in a field.
@csrf_exempt
@require_http_methods(GET_AND_POST)
def begin_sign_up(request: HttpRequest) -> HttpResponse:
    """From a wall to the form, with the address that was typed there.

    It goes along in a cookie that only the form's page gets, so that it stands in no URL, no log and no history.
    """
    page, path = reverse("account_signup"), request.POST.get("next", "")
    answer = SeeOther(f"{page}?{urlencode({'next': path})}" if is_own_path(path) else page)
    if typed := request.POST.get("email", "").strip()[:MAX_LENGTH]:
        options = {"path": page, "httponly": True, "samesite": "Lax", "secure": settings.HTTPS_ONLY}
        answer.set_cookie(settings.TYPED_ADDRESS_COOKIE_NAME, quote(typed), TYPED_SECONDS, **options)
    return answer


class SignUpPage(SignupView):
    """allauth's, with the address from a wall and with what happens next. A class, because theirs is one."""

    def get_initial(self) -> dict:
        typed = unquote(self.request.COOKIES.get(settings.TYPED_ADDRESS_COOKIE_NAME, ""))
        return super().get_initial() | ({"email": typed} if typed else {})

    def form_valid(self, form: SignUpForm) -> HttpResponse:
        answer = super().form_valid(form)
        if settings.TYPED_ADDRESS_COOKIE_NAME in self.request.COOKIES:
            answer.delete_cookie(settings.TYPED_ADDRESS_COOKIE_NAME, reverse("account_signup"), samesite="Lax")
        return answer

    def get_context_data(self, **kwargs: Any) -> dict:
        now = timezone.now()
        outlook = {"offer": current_offer(), "ends_at": now + timedelta(days=settings.TRIAL_DAYS)}
        return super().get_context_data(**kwargs, **outlook, verify_hours=settings.VERIFY_WITHIN_HOURS)


class SetUpSecondStep(ActivateTOTPView):
    """allauth's; the code that set it up counts as the first one given, so nobody is asked twice in a row."""

    def get_context_data(self, **kwargs: Any) -> dict:
        context = super().get_context_data(**kwargs)
        return {**context, "qr_code": qr_code(context["totp_url"])}

    def form_valid(self, form: SetUpForm) -> HttpResponse:
        response = super().form_valid(form)
        app = Authenticator.objects.get(user=self.request.user, type=Authenticator.Type.TOTP)
        record_authentication(self.request, self.request.user, "mfa", id=app.pk, type=app.type)
        return response


# allauth asks for the old password before another one, and for nothing before the first.
set_password = login_required(recently_proven(password_set))
set_up_second_step = login_required(recently_proven(SetUpSecondStep.as_view()))
take_off_second_step = login_required(recently_proven(deactivate_totp))
new_recovery_codes = login_required(recently_proven(generate_recovery_codes))
recovery_codes = login_required(recently_proven(view_recovery_codes))
recovery_codes_file = login_required(recently_proven(download_recovery_codes))


@login_required
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    overview = overview_of(request.user, request.session.session_key, timezone.now())
    return render(request, "accounts/account.html", {"page": overview, "form": SettingsForm(instance=request.user)})


@login_required
@require_http_methods(GET_AND_POST)
def change_settings(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return redirect("account")  # where the form is: a reader comes here after signing in again
    form = SettingsForm(request.POST, instance=request.user)
    if form.is_valid():
        form.save()
        messages.success(request, "Your name and time zone are kept.")
        return redirect("account")
    request.user.refresh_from_db()
    overview = overview_of(request.user, request.session.session_key, timezone.now())
    return render(request, "accounts/account.html", {"page": overview, "form": form}, status=400)


@login_required
@require_http_methods(GET_AND_POST)
def change_address(request: HttpRequest) -> HttpResponse:
    """allauth's page, but for two of its buttons."""
    if "action_add" in request.POST:
        return add_address(request)
    return send_again(request) if "action_send" in request.POST else allauth_email(request)


add_address = recently_proven(allauth_email)


def send_again(request: HttpRequest) -> HttpResponse:
    address = request.user.emailaddress_set.filter(email=request.POST.get("email", ""), verified=False).first()
    if address is None:
        return redirect("account_email")
    if settings.MAIL_IS_CONFIGURED and send_link(request, address):
        messages.success(request, f"A link is on its way to {address.email}.")
    else:
        messages.error(request, "The last link was sent a moment ago. Look among the unwanted mail, or wait a minute.")
    return redirect("account_email")


@login_required
@require_http_methods(GET_AND_POST)
def sign_out_everywhere(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return redirect("account")
    end_all_sessions(request.user)
    logout(request)
    return redirect("signed_out")


@require_safe
def signed_out(request: HttpRequest) -> HttpResponse:
    """Where signing out leads: visitors' pages are shared and cannot say it."""
    if request.user.is_authenticated:
        return redirect("account")
    return render(request, "accounts/signed_out.html")


@login_required
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    response = JsonResponse(export_of(request.user), json_dumps_params={"indent": 2, "ensure_ascii": False})
    name = f"{settings.SITE_NAME.lower().replace(' ', '-')}-{timezone.now():%Y-%m-%d}.json"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@login_required
@require_http_methods(GET_AND_POST)
@recently_proven
def delete(request: HttpRequest) -> HttpResponse:
    """The page says what goes and what stays; the button on it does it."""
    if request.method != "POST":
        return render(request, "accounts/delete.html", {"page": farewell_of(request.user)})
    user, address = request.user, request.user.email
    if reason := erase(user, timezone.now()):
        status = 503 if reason is Refusal.STRIPE else 409
        return render(request, "accounts/delete.html", {"page": farewell_of(user, reason)}, status=status)
    get_adapter(request).send_notification_mail("account/email/account_deleted", user, email=address)
    logout(request)
    return render(request, "accounts/deleted.html")
