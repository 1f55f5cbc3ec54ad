"""Answers to forms."""

from django.http import HttpResponseRedirect


class SeeOther(HttpResponseRedirect):
    """After a form: what comes next is fetched, whatever the browser makes of 302."""

    status_code = 303
