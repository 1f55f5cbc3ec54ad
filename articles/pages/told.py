"""What a page's messages tell a reader of, so that the page does not say it a second time."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest

from accounts.context import reader_of

UNDO = "undo-mute-"  # the tag of a message that brings its undo, before the mute's number


def told_mutes(request: HttpRequest) -> frozenset[int]:
    """Numbers of the mutes that the messages tell of, each with its undo. The messages are still to be shown."""
    if reader_of(request) is None:
        return frozenset()
    waiting = messages.get_messages(request)
    tags = [message.extra_tags or "" for message in waiting]
    waiting.used = False  # looking at them is not showing them
    return frozenset(int(tag.removeprefix(UNDO)) for tag in tags if tag.startswith(UNDO))
