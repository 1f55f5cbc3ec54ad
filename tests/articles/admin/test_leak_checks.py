"""The looks at the wall from outside, at the desk: alarms send operators here for the reason."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone

from articles.models import LeakCheck, Outcome
from tests.make import make_article

LIST = reverse("admin:articles_leakcheck_changelist")


def make_check(**fields) -> LeakCheck:
    return LeakCheck.objects.create(**{"started_at": timezone.now(), "finished_at": timezone.now(), **fields})


def test_an_operator_reads_why_a_check_could_not_tell(admin_client):
    make_check(outcome=Outcome.UNKNOWN, reason="/ answered 503")
    make_check(outcome=Outcome.PASSED)
    listed = admin_client.get(LIST).text
    assert "/ answered 503" in listed
    assert "could not tell" in listed
    assert "nothing showed" in listed
    assert "/ answered 503" not in admin_client.get(LIST, {"outcome": "passed"}).text


def test_a_check_s_page_leads_to_the_articles_whose_text_showed(admin_client):
    article = make_article()
    check = make_check(outcome=Outcome.FAILED, leaks=[{"path": "/feeds/top.xml", "article_id": article.pk}])
    page = admin_client.get(reverse("admin:articles_leakcheck_change", args=[check.pk])).text
    assert "/feeds/top.xml" in page
    assert reverse("admin:articles_article_change", args=[article.pk]) in page
    assert 'name="_save"' not in page


@pytest.mark.parametrize("who", ["editor", "cataloguer"])
def test_the_checks_are_for_operators(client, request, who):
    client.force_login(request.getfixturevalue(who))
    assert client.get(LIST).status_code == 403
