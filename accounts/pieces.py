"""The two places of every page that are one reader's: the way to the account, and the line above the masthead."""

from __future__ import annotations

from functools import lru_cache

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from accounts.context import Banner, Reader


def account_piece(reader: Reader) -> SafeString:
    return account_link(reader.trial_label, reader.initials, reader.label)


def banner_piece(reader: Reader) -> SafeString:
    """Empty where there is nothing to say."""
    return _banner(reader.banner) if reader.banner else SafeString()


# Kept by every word that stands in them.


@lru_cache(maxsize=4096)
def account_link(trial_label: str, initials: str, label: str) -> SafeString:
    """`trial_label` is empty where no trial runs."""
    shown = {"trial_label": trial_label, "initials": initials, "label": label}
    return render_to_string("components/account_link.html", {"reader": shown})


@lru_cache(maxsize=1024)
def _banner(banner: Banner) -> SafeString:
    return render_to_string("components/banner.html", {"banner": banner})
