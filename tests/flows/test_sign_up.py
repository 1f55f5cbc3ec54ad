"""From the wall to the end of the article, by way of the letter box."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from tests.conftest import SECRET_SENTENCE
from tests.letters import code_in, link_in, post  # noqa: F401  fixture

pytestmark = pytest.mark.django_db


def test_a_visitor_signs_up_at_the_wall_without_a_password_and_comes_back_with_a_code(visitor, walled_article, post):  # noqa: F811
    path = walled_article.get_absolute_url()
    assert SECRET_SENTENCE not in visitor.get(path).text
    answer = visitor.post("/account/signup/", {"email": "nadia@mail.example", "password1": "", "next": path})
    assert answer.url == path
    page = visitor.get(path).text
    assert SECRET_SENTENCE in page
    assert "Confirm your address." in page
    assert "Day 1 of 14" in page

    visitor.post(link_in(post[-1]))
    assert "Confirm your address." not in visitor.get(path).text

    phone = Client()
    assert SECRET_SENTENCE not in phone.get(path).text
    asked = phone.post("/account/login/code/", {"email": "nadia@mail.example", "next": path})
    assert phone.post(asked.url, {"code": code_in(post[-1])}).url == path
    assert SECRET_SENTENCE in phone.get(path).text


def test_who_does_not_confirm_reads_for_a_day_and_then_again_once_confirmed(visitor, walled_article, post):  # noqa: F811
    path = walled_article.get_absolute_url()
    visitor.post("/account/signup/", {"email": "nadia@mail.example", "password1": "a long password"})
    assert SECRET_SENTENCE in visitor.get(path).text

    User.objects.update(date_joined=timezone.now() - timedelta(hours=25))
    page = visitor.get(path).text
    assert SECRET_SENTENCE not in page
    assert "Confirm your address to read on" in page

    visitor.post(link_in(post[-1]))
    assert SECRET_SENTENCE in visitor.get(path).text


def test_where_no_mail_can_be_sent_nobody_has_to_confirm(visitor, walled_article, settings):
    settings.MAIL_IS_CONFIGURED = False
    settings.ACCOUNT_EMAIL_VERIFICATION = "none"
    path = walled_article.get_absolute_url()
    visitor.post("/account/signup/", {"email": "nadia@mail.example", "password1": "a long password"})
    User.objects.update(date_joined=timezone.now() - timedelta(hours=25))
    page = visitor.get(path).text
    assert SECRET_SENTENCE in page
    assert "Confirm your address" not in page
