"""After a backup was restored: letters that may have left since it was made are not written a second time."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from billing.models import Letter
from billing.notices import write_time_letters


def count_as_sent(until: datetime) -> int:
    """Every letter that was wanted by `until`, when the old site stopped; how many had not been sent in the backup.

    Whether one had left is not known any more, so it is taken as begun: nobody is told twice, somebody perhaps not.
    What nobody has tried to send and is wanted later was asked for by the comparison with Stripe a moment ago.
    """
    write_time_letters(until)
    waiting = Letter.objects.filter(taken_at=None, sent_at=None, dropped_at=None)
    return waiting.filter(Q(wanted_at__lte=until) | Q(attempts=0)).update(taken_at=until)
