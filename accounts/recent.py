"""What can hurt an account needs a proof of who is there that is some minutes old at most."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps

from allauth.account import app_settings
from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from allauth.core.exceptions import ReauthenticationRequired
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

View = Callable[..., HttpResponse]


def is_recent(request: HttpRequest) -> bool:
    """Whether the reader signed in, or typed the password again, within the last minutes."""
    proofs = [record["at"] for record in get_authentication_records(request, request.user)]
    return bool(proofs) and time.time() - proofs[-1] < app_settings.REAUTHENTICATION_TIMEOUT


def recently_proven(view: View) -> View:
    """Ask for the password or the second step first. Who has neither (codes by mail, Google) is asked to sign in again.

    allauth's own check lets readers without either pass unasked.
    """

    @wraps(view)
    def wrapped(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if is_recent(request):
            return view(request, *args, **kwargs)
        if get_adapter().get_reauthentication_methods(request.user):
            raise ReauthenticationRequired
        return render(request, "accounts/sign_in_again.html", {"path": request.path})

    return wrapped
