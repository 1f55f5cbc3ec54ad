"""Adding a feed by whatever address somebody has: the feed's own, or that of the site that puts it out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from articles.ingest.addresses import refusal
from articles.ingest.discovery import FoundFeed
from articles.ingest.lookup import Finding, look_up
from articles.models import Feed

# As people write an address: "paper.example", "www.paper.example/feeds".
WITHOUT_SCHEME = re.compile(r"[\w-]+(?:\.[\w-]+)+(?:[/?].*)?")
# What a new address brings with it, where a feed is given another one.
AFRESH = {
    **dict.fromkeys(("etag", "last_modified", "body_hash", "last_reason", "refusal", "moved_to", "lease"), ""),
    **dict.fromkeys(("next_fetch_at", "gone_at", "quarantined_at"), None),
    **dict.fromkeys(("failure_count", "lost_count", "moved_count"), 0),
}


@dataclass(frozen=True, slots=True)
class Said:
    level: int  # of django.contrib.messages
    words: str | SafeString


class AddressInput(forms.URLInput):
    """An address; below it, where a site has several feeds, those to choose from."""

    template_name = "admin/articles/feed/address.html"
    found: tuple[FoundFeed, ...] = ()

    def get_context(self, name: str, value: Any, attrs: Mapping[str, Any] | None) -> dict:
        context = super().get_context(name, value, attrs)
        return {**context, "found": self.found, "looked": value or ""}

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> Any:
        """The feed that was chosen, as long as the address is still the one whose feeds were shown."""
        typed, chosen = with_scheme(data.get(name)), data.get(f"{name}-chosen")
        return chosen if chosen and typed == data.get(f"{name}-looked") else typed


class FeedForm(forms.ModelForm):
    class Meta:
        model = Feed
        fields = ["source", "url", "section", "is_active"]
        widgets = {"url": AddressInput(attrs={"class": "vURLField"})}
        labels = {
            "url": "Address",
            "is_active": "Switched on",
            "last_fetched_at": "Last fetched",
            "last_succeeded_at": "Last fetched without trouble",
            "last_new_at": "Last new article",
            "last_status": "Status of the last answer",
            "failure_count": "Failures in a row",
        }
        help_texts = {"url": "The feed's address, or the site's: its feeds are looked for there."}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.findings: dict[str, Finding] = {}
        self.said: Said | None = None

    @property
    def typed_url(self) -> str:
        """The address that a person has put in just now; "" where it is as it was."""
        if "url" not in self.fields:
            return ""
        raw = self.fields["url"].widget.value_from_datadict(self.data, self.files, self.add_prefix("url"))
        url = (raw or "").strip()
        return "" if self.instance.pk and url == self.instance.url else url

    def clean_url(self) -> str:
        """F20: an address that the fetcher would never visit is refused here already, with the same sentence."""
        url = self.cleaned_data["url"].strip()
        if not self.typed_url:
            return url
        self._refuse_bad(url)
        finding = self.findings.get(url) or look_up([url])[url]
        match finding.kind:
            case "refused":
                raise forms.ValidationError(finding.reason)
            case "nothing":
                raise forms.ValidationError(nothing_at(url, finding))
            case "trouble":
                self.said = Said(messages.WARNING, could_not_be_reached(url, finding))
                return url
        return self._chosen(url, finding)

    def _refuse_bad(self, url: str) -> None:
        if why := refusal(url, settings.FEED_ALLOWED_PRIVATE_HOSTS):
            raise forms.ValidationError(why)
        if known := known_feed(url, self.instance):
            raise forms.ValidationError(is_there_already(known))

    def _chosen(self, url: str, finding: Finding) -> str:
        """The one feed that is meant. ValidationError where there are several, and the choice is shown."""
        feeds = [feed for feed in finding.feeds if not known_feed(feed.url, self.instance)]
        if not feeds:
            raise forms.ValidationError(is_there_already(known_feed(finding.feeds[0].url, self.instance)))
        if len(feeds) > 1:
            self.fields["url"].widget.found = tuple(feeds)
            raise forms.ValidationError(f"This page leads to {len(feeds)} feeds. Choose one, then save again.")
        self._refuse_bad(feeds[0].url)
        if feeds[0].url != url:
            self.said = Said(messages.SUCCESS, found_at(url, feeds[0]))
        return feeds[0].url

    def save_changes(self) -> Feed:
        """Only what the form changes: the fetcher writes the other columns meanwhile."""
        columns = {name for name in self.changed_data if name in self._meta.fields}
        if "url" in columns:
            for name, value in AFRESH.items():
                setattr(self.instance, name, value)
            columns |= {"host", *AFRESH}
        self.instance.save(update_fields=columns)
        return self.instance


class FeedFormSet(forms.BaseInlineFormSet):
    """Looks at all new addresses of one page at once: publishers that do not answer cost one wait, not one each."""

    def full_clean(self) -> None:
        if self.is_bound:
            allowed = settings.FEED_ALLOWED_PRIVATE_HOSTS
            typed = [form.typed_url for form in self.forms]
            found = look_up([url for url in typed if url and not refusal(url, allowed) and not known_feed(url)])
            for form in self.forms:
                form.findings = found
        super().full_clean()

    def save_existing(self, form: FeedForm, obj: Feed, commit: bool = True) -> Feed:
        return form.save_changes() if commit else super().save_existing(form, obj, commit)


def say(request: HttpRequest, forms_saved: list[FeedForm]) -> None:
    """What was found out about the addresses, once they are saved."""
    for form in forms_saved:
        if form.said is not None:
            messages.add_message(request, form.said.level, form.said.words)


# Addresses that are there already ------------------------------------------------------------------


def with_scheme(typed: str | None) -> str | None:
    """ "paper.example/feed" -> "https://paper.example/feed"; anything else as it is."""
    return f"https://{typed.strip()}" if typed and WITHOUT_SCHEME.fullmatch(typed.strip()) else typed


def spellings(url: str) -> set[str]:
    """The address with and without its last slash, "www." and the "s" of https: most servers mean the same by them."""
    parts = urlsplit(url.strip())
    host = parts.netloc.lower().removeprefix("www.")
    path = parts.path.removesuffix("/")
    return {
        parts._replace(scheme=scheme, netloc=www + host, path=path + slash, fragment="").geturl()
        for scheme in ("http", "https")
        for www in ("", "www.")
        for slash in ("", "/")
    }


def known_feed(url: str, but: Feed | None = None) -> Feed | None:
    """The feed, other than `but`, that has this address in some spelling."""
    try:
        same = Feed.objects.filter(url__in={url, *spellings(url)})
    except ValueError:
        return None
    return same.exclude(pk=but.pk if but else None).select_related("source").first()


# In words ----------------------------------------------------------------------------------------


def is_there_already(feed: Feed) -> SafeString:
    return format_html(
        'This feed is there already: <a href="{}">{}, {}</a>.',
        reverse("admin:articles_feed_change", args=[feed.pk]),
        feed.source.name,
        feed.get_section_display(),
    )


def nothing_at(url: str, finding: Finding) -> str:
    return (
        f"No feed was found at {url}. {finding.reason} Look on the site for “RSS” or “Feeds”, "
        "or ask the publisher, and put that address here."
    )


def could_not_be_reached(url: str, finding: Finding) -> str:
    return f"Saved, but {url} could not be read now. {finding.reason} It is tried again by itself."


def found_at(url: str, feed: FoundFeed) -> str:
    named = f" (“{feed.title}”)" if feed.title else ""
    return f"Saved is the feed that {url} leads to: {feed.url}{named}"
