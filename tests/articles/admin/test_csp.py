"""The desk works under the site's own content-security-policy: nothing in its pages would be refused."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from django.urls import reverse
from django.utils import timezone

from articles.models import Article, ArticleVersion
from tests.make import make_article, make_feed, make_pick, make_story


class Inline(HTMLParser):
    """What the policy refuses: scripts without address and nonce, style elements and attributes, handlers."""

    def __init__(self, nonce: str) -> None:
        super().__init__()
        self.nonce, self.refused, self.addresses = nonce, [], []

    def handle_starttag(self, tag: str, attrs: list) -> None:
        given = dict(attrs)
        if tag == "style" or "style" in given or any(name.startswith("on") for name in given):
            self.refused.append(self.get_starttag_text())
        if tag == "script" and not given.get("src") and given.get("nonce") != self.nonce:
            self.refused.append(self.get_starttag_text())
        if tag in {"script", "iframe"} or given.get("rel") == "stylesheet":
            self.addresses.append(given.get("src") or given.get("href") or "")


@pytest.fixture
def pages(db) -> list[str]:
    article = make_article(body="<p>x</p>")
    pick, story, feed = make_pick(article), make_story([article]), make_feed(article.source, fetch_count=9)
    ArticleVersion.objects.create(article=article, replaced_at=timezone.now(), headline="Before")
    Article.objects.update(version_count=1)
    lists = [reverse(f"admin:articles_{model}_changelist") for model in ("pick", "article", "story", "source", "feed")]
    rows = {"pick": pick, "article": article, "story": story, "source": article.source, "feed": feed}
    forms = [reverse(f"admin:articles_{model}_change", args=[row.pk]) for model, row in rows.items()]
    histories = [reverse(f"admin:articles_{model}_history", args=[row.pk]) for model, row in rows.items()]
    others = ["/admin/", reverse("admin:articles_pick_add"), reverse("admin:articles_pick_preview")]
    second = make_story([make_article(article.source)])
    find = reverse("admin:articles_story_find", args=[story.pk])
    move = f"{reverse('admin:articles_story_move', args=[story.pk])}?articles={article.pk}&into={second.pk}"
    others += [find, move, f"{reverse('admin:articles_story_merge')}?stories={story.pk},{second.pk}"]
    delete = reverse("admin:articles_pick_delete", args=[pick.pk])
    return [*lists, *forms, *histories, *others, delete, *[f"{lists[0]}?state={state}" for state in ("live", "ended")]]


@pytest.mark.parametrize("who", ["editor", "admin_user"])
def test_no_page_of_the_desk_holds_anything_that_the_policy_refuses(client, pages, who, request):
    client.force_login(request.getfixturevalue(who))
    for url in pages:
        answer = client.get(url)
        policy = answer["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        found = Inline("".join(re.findall(r"'nonce-([^']+)'", policy)))
        found.feed(answer.text)
        assert found.refused == [], url
        assert [address for address in found.addresses if address.startswith(("http:", "https:", "//"))] == [], url


def test_pages_of_the_desk_are_kept_by_nobody_and_framed_by_nobody(client, editor, pages):
    client.force_login(editor)
    for url in pages:
        answer = client.get(url)
        assert "no-store" in answer["Cache-Control"] or "no-cache" in answer["Cache-Control"]
        assert answer["X-Frame-Options"] == "DENY"
