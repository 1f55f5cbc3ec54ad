"""What a browser may keep of what a reader saved: the list, and the copies on it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from articles.models import Article, Permission, Saved
from articles.pages.kept import MOST_KEPT
from tests.conftest import SECRET_SENTENCE
from tests.make import make_article, make_source

pytestmark = pytest.mark.django_db
LIST = "/saved/offline/"


@pytest.fixture
def commons(db):
    return make_source(
        name="The Commons",
        permission=Permission.OPEN,
        licence="CC BY 4.0",
        licence_url="https://creativecommons.org/licenses/by/4.0/",
    )


def copies_on(page) -> list[str]:
    return re.findall(r'href="(/offline/\d+/\?[\w-]+)"', page.text)


def save(user, article, hours_ago: float = 0) -> Article:
    saved = Saved.objects.create(user=user, article=article)
    Saved.objects.filter(pk=saved.pk).update(saved_at=timezone.now() - timedelta(hours=hours_ago))
    return article


def test_the_list_has_what_was_saved_and_everybody_may_read_newest_first(client, reader, visitor, commons):
    old = save(reader, make_article(commons, headline="Bread", body="<p>All of it.</p>", word_count=2_300), 5)
    new = save(reader, make_article(commons, headline="Lighthouses", body="<p>Every one.</p>", word_count=460))
    page = client.get(LIST)
    assert page.text.index("Lighthouses") < page.text.index("Bread")
    assert "2 articles are on this device, complete, as they stood on" in page.text
    assert "12 minutes of reading" in page.text
    assert "10 min read" in page.text
    texts = [visitor.get(url).text for url in copies_on(page)]
    assert ["Every one." in texts[0], "All of it." in texts[1]] == [True, True]
    assert copies_on(page)[0].startswith(f"/offline/{new.pk}/")
    assert copies_on(page)[1].startswith(f"/offline/{old.pk}/")


def test_walled_text_is_neither_on_the_list_nor_copied_for_anybody(client, reader, member):
    walled = save(reader, make_article(make_source(permission=Permission.FULL), body=f"<p>{SECRET_SENTENCE}</p>"))
    assert not copies_on(client.get(LIST))
    client.force_login(member)
    answer = client.get(f"/offline/{walled.pk}/")
    assert answer.status_code == 404
    assert SECRET_SENTENCE not in answer.text


def test_what_an_editor_opened_is_kept_until_it_is_closed_again(client, reader):
    article = save(reader, make_article(make_source(permission=Permission.FULL), body=f"<p>{SECRET_SENTENCE}</p>"))
    Article.objects.update(is_opened=True)
    (url,) = copies_on(client.get(LIST))
    assert SECRET_SENTENCE in client.get(url).text
    Article.objects.update(is_opened=False)
    assert not copies_on(client.get(LIST))
    assert client.get(f"/offline/{article.pk}/").status_code == 404


@pytest.mark.parametrize(
    "gone", [{"withdrawn_at": timezone.now()}, {"has_body": False}], ids=["taken down", "without a text"]
)
def test_what_is_gone_is_not_kept(client, reader, commons, gone):
    article = save(reader, make_article(commons, body="<p>All of it.</p>"))
    Article.objects.update(**gone)
    assert not copies_on(client.get(LIST))
    if "withdrawn_at" in gone:
        assert client.get(f"/offline/{article.pk}/").status_code == 404


def test_nothing_of_a_source_that_is_switched_off_or_may_show_no_text(client, reader, commons):
    save(reader, make_article(commons, body="<p>All of it.</p>"))
    save(reader, make_article(make_source(permission=Permission.TEASER)))
    commons.is_active = False
    commons.save()
    page = client.get(LIST)
    assert not copies_on(page)
    assert "so far that is nothing" in page.text


def test_only_ones_own(client, reader, member, commons):
    save(member, make_article(commons, body="<p>All of it.</p>"))
    assert not copies_on(client.get(LIST))


def test_a_text_that_changed_has_another_address(client, reader, commons):
    save(reader, make_article(commons, body="<p>All of it.</p>"))
    (before,) = copies_on(client.get(LIST))
    Article.objects.update(version_count=1)
    (after,) = copies_on(client.get(LIST))
    assert before != after


def test_no_more_than_a_device_has_room_for(client, reader, commons, django_assert_max_num_queries):
    for number in range(MOST_KEPT + 2):
        save(reader, make_article(commons, headline=f"Number {number}", body="<p>All of it.</p>"), hours_ago=number)
    with django_assert_max_num_queries(8):
        page = client.get(LIST)
    assert len(copies_on(page)) == MOST_KEPT
    assert f"Number {MOST_KEPT}<" not in page.text


def test_neither_page_names_the_reader_or_carries_a_form(client, reader, commons):
    article = save(reader, make_article(commons, body="<p>All of it.</p>"))
    for path in (LIST, f"/offline/{article.pk}/"):
        page = client.get(path).text
        assert reader.email not in page
        assert "csrfmiddlewaretoken" not in page
        assert '<meta name="robots" content="noindex">' in page


def test_a_copy_gives_the_credit_that_its_licence_asks_for(visitor, commons):
    page = visitor.get(f"/offline/{make_article(commons, body='<p>All of it.</p>').pk}/").text
    assert "Republished under" in page
    assert 'href="https://creativecommons.org/licenses/by/4.0/"' in page


def test_a_visitor_has_no_list(visitor):
    answer = visitor.get(LIST)
    assert answer.status_code == 204
    assert not answer.content
