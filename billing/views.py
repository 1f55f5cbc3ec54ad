"""The pages about membership. Each reads the request, calls one function of the gateway and shows what came of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps

from allauth.account.adapter import get_adapter
from allauth.core import ratelimit
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import get_user_model
from django.contrib.auth.decorators import login_required
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing.answers import SeeOther
from billing.cancel_link import read_cancel_token
from billing.gateway import changes, client, inbox, sync
from billing.gateway import checkout as gateway_checkout
from billing.gateway import portal as gateway_portal
from billing.gateway.errors import Missing, NotPossible, StripeAway
from billing.membership_page import (
    PlanTaking,
    cancel_outlook,
    cancelled_words,
    has_resumed,
    kept_words,
    resumed_words,
    switch_outlook,
    switched_words,
    taking_of,
)
from billing.models import Subscription
from billing.notices import WEEK
from billing.plans import PAID_FOR, current_offer, full_facts_of
from billing.trial_line import trial_ticks
from billing.words import membership_words

View = Callable[..., HttpResponse]

TRY_AGAIN_SECONDS = 120
LOOK_AGAIN_SECONDS = 5
GET_AND_POST = ["GET", "HEAD", "POST"]
# No host can hide in these signs.
OWN_PATH = re.compile(r"/(?!/)[\w%/-]{0,500}", re.ASCII)


def at_stripe(view: View) -> View:
    """What Stripe's absence and a refusal look like: our words, and a page that stands."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        try:
            with client.among_few():
                return view(request, *args, **kwargs)
        except (StripeAway, Missing):
            return away(request)
        except NotPossible as refusal:
            messages.error(request, refusal.sentence)
            return redirect("account")

    return wrapped


def away(request: HttpRequest, template: str = "billing/away.html", **context: object) -> HttpResponse:
    answer = render(request, template, context, status=503)
    answer["Retry-After"] = str(TRY_AGAIN_SECONDS)
    return answer


def ask_now(user) -> bool:
    """Whether Stripe has told how the reader's membership stands."""
    try:
        with client.among_few():
            return sync.sync_reader(user, timezone.now())
    except StripeAway:
        return False


def back_to_account(request: HttpRequest, sentence: str = "") -> HttpResponse:
    if sentence:
        messages.success(request, sentence)
    return redirect("account")


@require_safe
def plans(request: HttpRequest) -> HttpResponse:
    """The same for every visitor; a reader's own state comes with `reader`."""
    days, now = settings.TRIAL_DAYS, timezone.now()
    on_path, _, end_path = trial_ticks(days, days)
    context = {
        "offer": current_offer(),
        "today": now,
        "ends_at": now + timedelta(days=days),
        "on_path": on_path,
        "end_path": end_path,
        "has_verification": settings.MAIL_IS_CONFIGURED,
        "verify_hours": settings.VERIFY_WITHIN_HOURS,
        "grace_days": settings.PAST_DUE_GRACE_DAYS,
        "can_pay": client.is_on(),
        "has_reminder": timedelta(days=days) > WEEK,
        "remind_at": now + timedelta(days=days) - WEEK,
        "takes": plan_taking(request, now),
        "next": own_path(request.GET.get("next", "")),
    }
    return render(request, "billing/plans.html", context)


def own_path(raw: str) -> str:
    return raw if OWN_PATH.fullmatch(raw) else ""


def plan_taking(request: HttpRequest, now: datetime) -> PlanTaking | None:
    """What a signed-in reader can take, in the words that Stripe's page will show again; None for visitors."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES or not request.user.is_authenticated:
        return None
    return taking_of(full_facts_of(request.user, now), gateway_checkout.free_until_of(request.user, now))


@login_required
@require_http_methods(GET_AND_POST)
@at_stripe
def checkout(request: HttpRequest) -> HttpResponse:
    """Only the plan is taken from the form: price, customer and free days are ours to say."""
    plan = request.POST.get("plan", "")
    if request.method != "POST" or plan not in settings.PLAN_LOOKUP_KEYS:
        return redirect("plans")
    if not ratelimit.consume(request, action="checkout", user=request.user):
        return render(request, "429.html", status=429)
    ip = get_adapter().get_client_ip(request)
    agent = request.headers.get("User-Agent", "")
    try:
        url = gateway_checkout.open_checkout(request.user, plan, timezone.now(), ip=ip, user_agent=agent)
    except StripeAway:
        return away(request, is_about_paying=True)
    if path := own_path(request.POST.get("next", "")):
        request.session[PAID_FOR] = path
    else:
        request.session.pop(PAID_FOR, None)
    return SeeOther(url)


@login_required
@require_safe
def welcome(request: HttpRequest) -> HttpResponse:
    """Back from Checkout. What opens the articles is Stripe's own answer, asked for here and now."""
    session_id = request.GET.get("session_id", "")
    if session_id and not gateway_checkout.is_own_session(request.user, session_id):
        raise Http404
    has_answer = ask_now(request.user)
    facts = full_facts_of(request.user, timezone.now())
    is_running = facts.is_running and facts.access.is_granted
    context = {
        "is_running": is_running,
        "has_answer": has_answer,
        "facts": facts,
        "words": membership_words(facts),
        "next": request.session.get(PAID_FOR, ""),
    }
    answer = render(request, "billing/welcome.html", context)
    if session_id and not has_answer and not is_running:
        answer["Refresh"] = str(LOOK_AGAIN_SECONDS)
    return answer


@login_required
@require_http_methods(GET_AND_POST)
@at_stripe
def cancel(request: HttpRequest) -> HttpResponse:
    """The second of the two clicks."""
    now = timezone.now()
    if request.method != "POST":
        outlook = cancel_outlook(full_facts_of(request.user, now))
        return render(request, "billing/cancel.html", {"outlook": outlook}) if outlook else back_to_account(request)
    changes.cancel(request.user, now)
    return back_to_account(request, cancelled_words(full_facts_of(request.user, timezone.now())))


@require_http_methods(GET_AND_POST)
def cancel_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """From a letter, without signing in. Mail programs open links by themselves, so only the button acts.

    What is shown and ended is the membership of the letter's reader, whoever is signed in.
    """
    found = read_cancel_token(token)
    user = get_user_model().objects.filter(pk=found[0], is_active=True).first() if found else None
    if found is None or user is None:
        return unkept(render(request, "billing/cancel_by_link.html", {"state": "old"}, status=404))
    with timezone.override(user.zone):
        if request.method == "POST":
            return unkept(end_by_link(request, user, found[1], timezone.now()))
        context = what_link_offers(user, found[1], timezone.now())
    return unkept(render(request, "billing/cancel_by_link.html", context))


def what_link_offers(user, subscription_id: str, now: datetime) -> dict:
    """The button, where the subscription of the letter still lives and is not cancelled."""
    row = Subscription.objects.filter(customer__user=user, stripe_id=subscription_id, ended_at=None).first()
    facts = full_facts_of(user, now)
    outlook = cancel_outlook(facts) if row is not None else None
    if outlook is not None:
        return {"state": "ask", "outlook": outlook}
    is_cancelled = row is not None and row.cancels_at is not None
    return {"state": "done", "sentence": cancelled_words(facts) if is_cancelled else ""}


def end_by_link(request: HttpRequest, user, subscription_id: str, now: datetime) -> HttpResponse:
    try:
        with client.among_few():
            changes.cancel_subscription(user, subscription_id, now)
    except NotPossible as refusal:
        return render(request, "billing/cancel_by_link.html", {"state": "done", "sentence": refusal.sentence})
    except (StripeAway, Missing):
        return away(request, "billing/cancel_by_link.html", state="away")
    sentence = cancelled_words(full_facts_of(user, timezone.now()))
    return render(request, "billing/cancel_by_link.html", {"state": "done", "sentence": sentence})


def unkept(answer: HttpResponse) -> HttpResponse:
    """The address is a key: it is kept, listed and passed on nowhere."""
    answer["Cache-Control"] = "private, no-store"
    answer["X-Robots-Tag"] = "noindex"
    # Not no-referrer: browsers then send the form with "Origin: null", which the check against forgery refuses.
    answer["Referrer-Policy"] = "same-origin"
    return answer


@login_required
@require_http_methods(GET_AND_POST)
@at_stripe
def keep(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return back_to_account(request)
    changes.keep(request.user, timezone.now())
    return back_to_account(request, kept_words(full_facts_of(request.user, timezone.now())))


@login_required
@require_http_methods(GET_AND_POST)
@at_stripe
def resume(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return back_to_account(request)
    changes.resume(request.user, timezone.now())
    facts = full_facts_of(request.user, timezone.now())
    say = messages.success if has_resumed(facts) else messages.error
    say(request, resumed_words(facts))
    return back_to_account(request)


@login_required
@require_http_methods(GET_AND_POST)
@at_stripe
def switch(request: HttpRequest) -> HttpResponse:
    """Another plan: the page says what it costs and when, the button on it does it."""
    plan = request.POST.get("plan", "") if request.method == "POST" else request.GET.get("to", "")
    if plan not in settings.PLAN_LOOKUP_KEYS:
        return back_to_account(request)
    now = timezone.now()
    if request.method != "POST":
        outlook = switch_outlook(full_facts_of(request.user, now), plan)
        return render(request, "billing/switch.html", {"outlook": outlook}) if outlook else back_to_account(request)
    url = changes.switch(request.user, plan, now)
    if url:
        return SeeOther(url)
    return back_to_account(request, switched_words(full_facts_of(request.user, timezone.now())))


@login_required
@require_http_methods(GET_AND_POST)
@at_stripe
def pay(request: HttpRequest) -> HttpResponse:
    """To Stripe's page for what is open: to pay it, or to confirm it with the bank."""
    if request.method != "POST":
        return back_to_account(request)
    url = changes.pay_url(request.user, timezone.now())
    return SeeOther(url) if url else back_to_account(request, "Nothing is open any more: there is nothing to pay.")


@login_required
@require_http_methods(GET_AND_POST)
@at_stripe
def portal(request: HttpRequest) -> HttpResponse:
    """To Stripe's pages by the button; coming back from them, what was changed there is fetched first."""
    if request.method == "POST":
        purpose = "card" if request.POST.get("purpose") == "card" else ""
        return SeeOther(gateway_portal.open_portal(request.user, purpose))
    sync.sync_reader(request.user, timezone.now())
    return back_to_account(request)


@csrf_exempt
@require_POST
def webhook(request: HttpRequest) -> HttpResponse:
    """Stored and answered at once; Stripe repeats what was not answered 2xx."""
    try:
        inbox.accept(request.body, request.headers.get("Stripe-Signature", ""), timezone.now())
    except RequestDataTooBig:
        return HttpResponse(status=413)
    except (inbox.BadSignature, inbox.BadBody):
        return HttpResponse(status=400)
    except inbox.NoSecret:
        return HttpResponse(status=503)
    return HttpResponse(status=200)
