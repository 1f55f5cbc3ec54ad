"""A report of a letter that came back, from standard input: for mail servers that hand mail to a program."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from articles.newsletter.bounces import MOST_BYTES, take_report


class Command(BaseCommand):
    help = "Reads one bounce or complaint (RFC 3464, RFC 5965) and says what became of it: bounce, complaint, none."

    def handle(self, *args: Any, **options: Any) -> None:
        print(take_report(sys.stdin.buffer.read(MOST_BYTES), timezone.now()))
