"""The check that operators run: it finds walled text in whatever form it shows, and does not cry wolf."""

from __future__ import annotations

import json
import socket
from random import Random

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from articles.leakcheck import CannotTell, Leak, Request, check_site, hidden_sentences, leaks_in, plain, words_of
from articles.models import Article, Reading
from articles.reading import walled_texts
from tests.make import make_article, make_pick, make_source, make_story

pytestmark = pytest.mark.django_db

OPENING = "<p>The engineers had been waiting since four in the morning, and the tide was late.</p>"
TAIL = (
    "<p>Nobody had told the harbour master that the hinges were cast in another country’s measure.</p>"
    "<p>“We filed the inches off by hand,” said <em>Ilse Varga</em>, who has the scars and the receipts to show.</p>"
    "<p>The report runs to nine hundred pages &amp; names every single one of the forty-one inspectors.</p>"
)


def outsider(request: Request) -> tuple[int, str]:
    """Fetches as a visitor without cookies, in this process."""
    headers = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in request.headers.items()}
    answer = Client(raise_request_exception=False).get(request.path, follow=True, **headers)
    return answer.status_code, (b"".join(answer) if answer.streaming else answer.content).decode()


def leaking(at: str, text: str):
    """A site that shows `text` at one address."""

    def fetch(request: Request) -> tuple[int, str]:
        status, answer = outsider(request)
        return status, answer + text if request.path == at else answer

    return fetch


def check(fetch=outsider, sample: int = 5):
    return check_site(fetch, sample, Random(7), timezone.now())


@pytest.fixture
def walled() -> list[Article]:
    articles = [
        make_article(opening_html=OPENING, body=OPENING + TAIL.replace("nine", name)) for name in ("six", "ten")
    ]
    make_story(articles[:1])
    make_pick(articles[1])
    return articles


def test_a_site_that_keeps_its_wall_passes_with_counts(walled):
    result = check()
    assert result.leaks == ()
    assert (result.articles, result.sentences) == (2, 6)
    assert result.addresses > 80


@pytest.mark.parametrize(
    "path", ["/", "/feeds/top.xml", "/sitemap.xml", "/search/", "/robots.txt", "/an-address-that-is-not-there/"]
)
def test_walled_text_on_any_surface_is_found_and_the_address_named(walled, path):
    assert set(check(leaking(path, TAIL)).leaks) == {Leak(path, article.pk) for article in walled}


def test_walled_text_in_what_an_article_said_before_is_found(walled):
    path = reverse("article_history", args=[walled[0].pk])
    assert path in {leak.path for leak in check(leaking(path, TAIL)).leaks}


def test_articles_that_a_page_names_are_looked_for_though_nobody_picked_them(walled):
    newest = make_article(opening_html=OPENING, body=OPENING + TAIL.replace("nine", "eleven"), section="sport")
    tail = TAIL.replace("nine", "eleven").split("</p>")[2]
    leaks = [check(leaking("/news/sport/", tail + newest.get_absolute_url()), sample=1).leaks for _ in range(2)]
    assert Leak("/news/sport/", newest.pk) in leaks[0]
    assert leaks[0] == leaks[1]  # the same seed, the same check


@pytest.mark.parametrize(
    "shown",
    [
        TAIL,
        f"<!-- {TAIL} -->",
        json.dumps({"articleBody": TAIL}),
        TAIL.replace("&amp;", "&").replace("’", "'").upper(),
        '<meta content="…said Ilse Varga, who has the scars and the receipts to show.">',
        "<p>said Ilse Varga, who has the <mark>scars</mark> and the\n <mark>receipts</mark> to show",
        "said &lt;em&gt;Ilse Varga&lt;/em&gt;, who has the scars and the receipts to show",
    ],
    ids=["html", "comment", "json", "other spelling", "attribute", "marked hits", "escaped twice"],
)
def test_walled_text_is_found_however_it_is_written(shown):
    secrets = hidden_sentences(1, OPENING + TAIL, public=plain(OPENING))
    assert Leak("/", 1) in leaks_in("/", shown, secrets)


def test_what_everybody_may_read_is_no_leak():
    secrets = hidden_sentences(1, OPENING + TAIL, public=plain(OPENING))
    assert leaks_in("/", OPENING, secrets) == []
    assert len(secrets) == 3


def test_a_page_of_results_may_repeat_what_was_asked():
    (first, *_) = hidden_sentences(1, OPENING + TAIL, public=plain(OPENING))
    assert leaks_in("/search/", f'<input name="q" value="{first.asked}">', [first]) == []
    assert f"{first.asked} {first.hidden}" in plain(TAIL)


def test_the_first_and_the_last_sentence_come_first():
    secrets = hidden_sentences(1, OPENING + TAIL, public=plain(OPENING))
    assert [secret.asked.split()[0] for secret in secrets] == ["nobody", "the", "we"]


def test_text_without_blanks_is_cut_in_two_all_the_same():
    (secret,) = hidden_sentences(1, f"<p>{'漢字' * 40}</p>", public="")
    assert secret.asked + secret.hidden == "漢字" * 40


def test_tags_do_not_join_words():
    assert "one two" in words_of("<p>one</p> <p>two</p>")[1]


def test_a_quote_that_another_report_shows_in_public_is_no_secret(walled):
    """Reports of one event share quotes and, as wire copy, whole texts."""
    copy = make_article(opening_html=TAIL)
    make_story([walled[0], copy])
    result = check()
    assert result.leaks == ()
    opened = make_article(opening_html=OPENING, body=OPENING + TAIL.replace("nine", "six"), is_opened=True)
    make_story([walled[0], opened])
    assert check().leaks == ()


def test_a_site_that_fails_or_refuses_is_not_called_clean(walled):
    for status in (500, 503, 429):
        with pytest.raises(CannotTell, match=f"/feeds/ answered {status}"):
            check(lambda request, status=status: (status if request.path == "/feeds/" else 200, ""))


def test_a_site_without_walled_articles_has_nothing_to_leak():
    make_article(make_source(permission="open", licence="CC0-1.0"), body=OPENING + TAIL)
    assert check().articles == 0


def test_the_check_reads_as_an_outsider_and_counts_as_no_reading(walled):
    check()
    assert walled_texts(walled)
    assert not Reading.objects.exists()


# The command, over HTTP ---------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_the_command_walks_a_running_site_and_says_what_it_looked_at(live_server, walled, capsys):
    call_command("leakcheck", url=live_server.url, sample=1, seed=3, json=True)
    said = json.loads(capsys.readouterr().out)
    assert said["leaks"] == []
    assert said["seed"] == 3
    assert said["articles"] >= 1
    assert said["addresses"] > 60


@pytest.mark.django_db(transaction=True)
def test_the_command_fails_with_1_and_names_the_address(live_server, walled, capsys):
    public = make_source(description=TAIL[3:80])  # somebody pasted a paragraph where everybody reads it
    public.description = "We filed the inches off by hand, said Ilse Varga, who has the scars and the receipts to show"
    public.save()
    with pytest.raises(CommandError) as error:
        call_command("leakcheck", url=live_server.url, sample=2)
    assert error.value.returncode == 1
    assert f"LEAK {public.get_absolute_url()} shows walled text of article" in capsys.readouterr().out


def test_the_command_fails_with_2_where_the_site_cannot_be_reached(walled):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, not listening: connections are refused
        with pytest.raises(CommandError, match="did not answer") as error:
            call_command("leakcheck", url=f"http://127.0.0.1:{taken.getsockname()[1]}")
    assert error.value.returncode == 2


@pytest.mark.parametrize("options", [{"url": "file:///etc/passwd"}, {"url": "example.org"}, {"sample": 0}])
def test_the_command_refuses_what_it_cannot_do(options):
    with pytest.raises(CommandError) as error:
        call_command("leakcheck", **options)
    assert error.value.returncode == 2
