"""After a backup was restored: letters that may have left since it was made are not written a second time."""

from __future__ import annotations

from datetime import datetime

from billing.models import Letter
from billing.notices import write_time_letters


def count_as_sent(until: datetime) -> int:
    """Every letter that was wanted by `until`, when the old site stopped; how many had not been sent in the backup.

    Whether one had left is not known any more, so it is taken as begun: nobody is told twice, somebody perhaps not.
    """
    write_time_letters(until)
    waiting = Letter.objects.filter(taken_at=None, sent_at=None, dropped_at=None, wanted_at__lte=until)
    return waiting.update(taken_at=until)
