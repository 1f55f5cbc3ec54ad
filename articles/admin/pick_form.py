"""The form of a pick: which article, in whose words, why, from when to when."""

from __future__ import annotations

import re
from datetime import datetime

from django import forms
from django.contrib.admin.widgets import AutocompleteSelect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from articles.admin import desk
from articles.models import Article, Pick


def local_datetime(**options) -> forms.DateTimeField:
    widget = forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"})
    return forms.DateTimeField(widget=widget, **options)


def this_minute() -> datetime:
    return timezone.now().replace(second=0, microsecond=0)


class ArticleSelect(AutocompleteSelect):
    """Found by typing. That takes a script: without one the article is named by its address on the site."""

    IN_ADDRESS = re.compile(r"/article/(\d+)(?:/|$)")

    def render(self, name, value, attrs=None, renderer=None) -> SafeString:
        select = super().render(name, value, attrs, renderer)
        return format_html(
            '{}<noscript><div class="by-address"><label for="{id}_typed">Its address on this site, or the number in it'
            '</label><input class="vTextField" id="{id}_typed" name="{name}" value="{value}">'
            '<p class="quiet">Or choose it in the <a href="{list}">list of articles</a>, by the action '
            "“Add to Our Picks”.</p></div></noscript>",
            select,
            id=(attrs or {}).get("id", f"id_{name}"),
            name=name,
            value=value or "",
            list=reverse("admin:articles_article_changelist"),
        )

    def optgroups(self, name, value, attr=None) -> list:
        """The admin's asks the database for whatever was sent."""
        return super().optgroups(name, [one for one in value if str(one).isdecimal()], attr)

    def value_from_datadict(self, data, files, name) -> str | None:
        """Of the two fields of that name the last counts: the typed one, where there is one."""
        value = super().value_from_datadict(data, files, name)
        found = self.IN_ADDRESS.search(str(value or ""))
        return found[1] if found else value


class PickForm(forms.ModelForm):
    starts_at = local_datetime(label="Starts", initial=this_minute)
    ends_at = local_datetime(label="Ends", required=False)

    class Meta:
        model = Pick
        fields = ["article", "headline_override", "note", "starts_at", "ends_at"]
        labels = {"headline_override": "Our headline"}
        widgets = {
            "headline_override": forms.TextInput(attrs={"class": "vTextField", "data-shown-as": "headline"}),
            "note": forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField", "data-shown-as": "note"}),
        }

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if "starts_at" not in self.fields:
            return  # somebody who may only look
        zone, another = timezone.get_current_timezone_name(), f"{reverse('account')}#you"
        self.fields["starts_at"].help_text = format_html(
            'In your time zone, {}. <a href="{}">Choose another</a>', zone, another
        )
        self.fields["ends_at"].help_text = f"In your time zone, {zone}. Empty: until somebody ends it."

    def clean(self) -> dict:
        facts = super().clean()
        article, starts_at, ends_at = facts.get("article"), facts.get("starts_at"), facts.get("ends_at")
        if starts_at and ends_at and ends_at <= starts_at:
            self.add_error("ends_at", "The end must come after the start.")
        elif ends_at and not self.instance.pk and ends_at <= timezone.now():
            self.add_error("ends_at", "The end has passed: readers would never see this pick.")
        elif article and starts_at and (other := self._pick_meanwhile(article, starts_at, ends_at)):
            url = reverse("admin:articles_pick_change", args=[other.pk])
            words = 'This article is already in Our Picks during that time: <a href="{}">see that pick</a>.'
            self.add_error("article", format_html(words, url))
        if article and "article" in self.changed_data and (why := desk.why_hidden(article)):
            self.add_error("article", f"Readers cannot see this article: {why}.")
        return facts

    def _pick_meanwhile(self, article: Article, starts_at: datetime, ends_at: datetime | None) -> Pick | None:
        return desk.picks_of_article(article, starts_at, ends_at).exclude(pk=self.instance.pk).first()
