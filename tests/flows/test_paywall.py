"""One reader's way through the wall, and out again, as the pages lead."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from billing.models import Membership
from tests.conftest import SECRET_SENTENCE

pytestmark = pytest.mark.django_db


def wall_of(answer) -> str:
    return answer.text.partition('<section class="wall')[2].partition("</section>")[0]


def days_pass(user: User, days: float) -> None:
    """The reader's dates move back, which is the same as the clock moving on."""
    back = timedelta(days=days)
    membership = user.membership
    User.objects.filter(pk=user.pk).update(date_joined=user.date_joined - back)
    for name in ("trial_started_at", "trial_ends_at", "paid_until", "cancels_at", "past_due_since"):
        if value := getattr(membership, name):
            setattr(membership, name, value - back)
    membership.save()


def test_a_visitor_signs_up_at_the_wall_and_reads_on_where_it_stood(visitor, walled_article):
    path = walled_article.get_absolute_url()
    wall = wall_of(visitor.get(path))
    begin = re.search(r'<form method="post" action="([^"]+)"', wall)[1]
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', wall))

    form = visitor.post(begin, {**hidden, "email": "nadia@mail.example"}, follow=True)
    assert form.status_code == 200
    assert "nadia" not in form.wsgi_request.get_full_path()
    assert 'value="nadia@mail.example"' in form.text  # typed once is enough
    assert path in form.text

    answer = visitor.post(
        form.wsgi_request.path, {"email": "nadia@mail.example", "password1": "a long password", **hidden}, follow=True
    )
    assert answer.wsgi_request.path == path
    assert SECRET_SENTENCE in answer.text
    assert answer["Cache-Control"] == "private, no-store"


def test_signing_in_at_the_wall_leads_back_to_the_article(visitor, walled_article, member):
    path = walled_article.get_absolute_url()
    link = urlsplit(re.search(r'href="([^"]+)">Sign in here', wall_of(visitor.get(path)))[1])
    answer = visitor.post(
        link.path,
        {"login": member.email, "password": "a long password", "next": parse_qs(link.query)["next"][0]},
        follow=True,
    )
    assert answer.wsgi_request.path == path
    assert SECRET_SENTENCE in answer.text


def test_what_a_reader_sees_from_the_first_day_to_long_after(trial_reader, walled_article):
    """A12: with each change the next request is decided anew, in the same session."""
    client, path = Client(), walled_article.get_absolute_url()
    client.force_login(trial_reader)

    def sees(words: str) -> bool:
        page = client.get(path)
        assert (SECRET_SENTENCE in page.text) != ('class="wall ' in page.text)
        return words in page.text

    def pays(**facts) -> None:
        Membership.objects.filter(user=trial_reader).update(**facts)
        trial_reader.refresh_from_db()

    assert sees(SECRET_SENTENCE)
    days_pass(trial_reader, 13.9)
    assert sees(SECRET_SENTENCE)
    days_pass(trial_reader, 0.2)
    assert sees("Your free days are over")

    pays(status="active", plan="monthly", paid_until=timezone.now() + timedelta(days=30))
    assert sees(SECRET_SENTENCE)
    pays(status="past_due", past_due_since=timezone.now())
    assert sees(SECRET_SENTENCE)
    days_pass(trial_reader, 7)
    assert sees("Your payment did not go through")

    end = timezone.now() + timedelta(days=30)
    pays(status="active", past_due_since=None, paid_until=end, cancels_at=end)
    assert sees(SECRET_SENTENCE)
    days_pass(trial_reader, 30)
    assert sees("Your membership has ended")


def test_signing_out_shuts_the_article_at_once(member, walled_article):
    """A08: the session is over, and the page was nobody's to keep."""
    client, path = Client(), walled_article.get_absolute_url()
    client.force_login(member)
    assert SECRET_SENTENCE in client.get(path).text
    client.logout()
    page = client.get(path)
    assert SECRET_SENTENCE not in page.text
    assert "Sign up to read this article" in page.text
