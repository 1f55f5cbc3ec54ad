"""Where the operator's mail server brings reports of letters that came back or were called unwanted."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from articles.newsletter.bounces import BadSignature, check_signature, take_report


@csrf_exempt
@require_POST
def take_bounce(request: HttpRequest) -> HttpResponse:
    """The body is the report as it was mailed; X-Signature proves who brings it. 404 where no secret is set."""
    if not settings.BOUNCE_SECRET:
        raise Http404("no reports are taken")
    now = timezone.now()
    try:
        body = request.body
        check_signature(body, request.headers.get("X-Signature", ""), now)
    except RequestDataTooBig:
        return HttpResponse(status=413)
    except BadSignature:
        return HttpResponse("The signature is wrong or too old.\n", status=403, content_type="text/plain")
    return HttpResponse(f"{take_report(body, now)}\n", content_type="text/plain")
