"""Staff's pages for one membership: say why, see what will happen, confirm. What it does stands in support.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from billing import phrases, support
from billing.gateway.errors import NotPossible, StripeAway
from billing.models import Membership

SUPPORT = "billing.support_membership"
AWAY = "Stripe did not answer. Look at the history below: what was begun is ended as soon as Stripe answers again."


class ReasonForm(forms.Form):
    reason = forms.CharField(
        max_length=200,
        label="Why",
        widget=forms.TextInput(attrs={"class": "vTextField", "autofocus": True}),
        help_text="The reader sees it in their history, and it is kept in the log.",
    )


class GiftForm(ReasonForm):
    last_day = forms.DateField(
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text="Reading goes on until this day is over. Nothing is charged.",
    )

    def clean_last_day(self) -> date:
        day = self.cleaned_data["last_day"]
        today = timezone.localdate()
        if not today <= day < today + support.LONGEST_GIFT:
            raise forms.ValidationError("Choose a day between today and five years from now.")
        return day


Facts = Mapping[str, Any]  # of a valid form


@dataclass(frozen=True, slots=True)
class SupportAction:
    """One thing that staff can do: its button, its form, what it says before and after, and what it does."""

    name: str
    words: str
    form: type[ReasonForm]
    foresee: Callable[[Membership, Facts], str]
    run: Callable[[Membership, Facts, str, datetime], str]
    is_grave: bool = False


def foresee_trial(membership: Membership, facts: Facts) -> str:
    return f"They read every article for {phrases.counted_days(settings.TRIAL_DAYS)} from now. Nothing is charged."


def run_trial(membership: Membership, facts: Facts, actor: str, now: datetime) -> str:
    support.grant_trial(membership.user, facts["reason"], actor, now)
    return "Free days given"


def foresee_gift(membership: Membership, facts: Facts) -> str:
    paying = " What they pay at Stripe goes on as it is." if membership.status in {"active", "trialing"} else ""
    return f"They read every article until the end of {facts['last_day']:%-d %B %Y}. Nothing is charged.{paying}"


def run_gift(membership: Membership, facts: Facts, actor: str, now: datetime) -> str:
    support.give_membership(membership.user, end_of(facts["last_day"]), facts["reason"], actor, now)
    return f"Membership given until {facts['last_day']:%-d %B %Y}"


def foresee_refund(membership: Membership, facts: Facts) -> str:
    ends = "What is still open is dropped, and the membership ends at once. This cannot be taken back."
    paid = support.last_payment(membership.user)
    if paid is None:
        return f"We know of no payment that could go back. {ends}"
    money = phrases.money(paid.total_cents, paid.currency.upper())
    payment = f"payment of {money} of {paid.issued_at:%-d %B %Y}"
    if paid.refunded_cents:
        before = phrases.money(paid.refunded_cents, paid.currency.upper())
        return f"Of the {payment}, {before} went back before; what is left of it follows. {ends}"
    return f"The {payment} goes back to the card it came from. {ends}"


def run_refund(membership: Membership, facts: Facts, actor: str, now: datetime) -> str:
    cents = support.refund_and_cancel(membership.user, facts["reason"], actor, now)
    last = support.subscriptions_of(membership.user).first()
    if not cents or last is None:
        return "Ended, nothing was there to be given back"
    return f"Ended, {phrases.money(cents, last.currency.upper())} given back"


ACTIONS = {
    action.name: action
    for action in (
        SupportAction("trial", "Give free days again", ReasonForm, foresee_trial, run_trial),
        SupportAction("gift", "Give a membership", GiftForm, foresee_gift, run_gift),
        SupportAction("refund", "Refund and cancel", ReasonForm, foresee_refund, run_refund, is_grave=True),
    )
}


@require_http_methods(["GET", "HEAD", "POST"])
def support_page(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Behind the admin's door (admin.py); asks twice, and does it when `confirmed` is posted."""
    if not request.user.has_perm(SUPPORT):
        raise PermissionDenied
    if name not in ACTIONS:
        raise Http404
    action = ACTIONS[name]
    membership = get_object_or_404(Membership.objects.select_related("user"), pk=pk)
    form = action.form(request.POST if request.method == "POST" else None)
    if not form.is_valid() or "confirmed" not in request.POST:
        return ask(request, action, membership, form)
    tell(request, action, membership, form.cleaned_data)
    return HttpResponseRedirect(reverse("admin:billing_membership_change", args=[membership.pk]))


def ask(request: HttpRequest, action: SupportAction, membership: Membership, form: ReasonForm) -> HttpResponse:
    """The form, and once it is filled in what will happen."""
    foreseen = action.foresee(membership, form.cleaned_data) if form.is_bound and form.is_valid() else ""
    context = {
        **admin.site.each_context(request),
        "title": action.words,
        "opts": Membership._meta,
        "membership": membership,
        "action": action,
        "form": form,
        "foreseen": foreseen,
    }
    return TemplateResponse(request, "admin/billing/membership/support.html", context)


def tell(request: HttpRequest, action: SupportAction, membership: Membership, facts: Facts) -> None:
    """Do it, and say what came of it; the log keeps it with its reason."""
    try:
        past = action.run(membership, facts, request.user.email, timezone.now())
    except NotPossible as error:
        messages.error(request, f"Nothing was changed: {error.sentence}")
        return
    except StripeAway:
        past = f"{action.words}: Stripe did not answer"
        messages.error(request, AWAY)
    else:
        messages.success(request, f"{past}: {membership.user.email}.")
    LogEntry.objects.log_actions(request.user.pk, [membership], CHANGE, f"{past}. Reason: {facts['reason']}")


def end_of(day: date) -> datetime:
    """Its last moment in the zone that the page was read in."""
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))
