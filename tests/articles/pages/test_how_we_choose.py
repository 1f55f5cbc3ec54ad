from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from articles.models import FrontSnapshot, Mute
from articles.pages.past_front import keep_front
from articles.pages.plan import spread
from articles.stories.rank import Audience, score
from tests.articles.pages.test_plan import make_candidate, make_candidates
from tests.make import make_article, make_source, make_story

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 27, 9, 15, tzinfo=UTC)


@pytest.fixture
def clock():
    with time_machine.travel(AT + timedelta(hours=2), tick=False):
        yield


def keep(at: datetime, *headlines: str) -> None:
    for headline in headlines:
        make_story([make_article(headline=headline, published_at=at - timedelta(minutes=20))])
    keep_front(at)


def test_the_number_of_titles_is_the_true_one(visitor):
    make_source()
    make_source(is_active=False)
    assert "1 title reports" in visitor.get("/how-we-choose/").text


def test_how_we_choose_says_what_ranking_does(visitor):
    """What the page says of numbers, measured on the ranking itself."""
    now = timezone.now()
    page = visitor.get("/how-we-choose/").text
    hours = int(re.search(r"half of its rank every (\d+) hours", page)[1])
    assert lift(score(1.0, now - timedelta(hours=hours)), score(1.0, now)) == pytest.approx(1 / 2)
    pick = int(re.search(r"lifts its story by (\d+) per cent", page)[1])
    assert lift(score(1.0, now, is_picked=True), score(1.0, now)) == pytest.approx(1 + pick / 100)
    opened, shown, percent = map(int, re.search(r"Where (\d+) of (\d+) open a story, it rises by (\d+)", page).groups())
    interest = Audience(shown, opened).interest
    assert lift(score(1.0, now, interest=interest), score(1.0, now)) == pytest.approx(1 + percent / 100, rel=0.01)


def test_how_we_choose_says_how_much_of_one_title_there_may_be(visitor):
    page = visitor.get("/how-we-choose/").text
    most, window = map(int, re.search(r"at most (\d+) of any (\d+) stories in a row", page).groups())
    chosen = list(spread([*make_candidates(window, source_id=1), *make_candidates(window)], window))
    assert sum(one.source_id == 1 for one in chosen) == most
    percent = int(re.search(r"more than (\d+) per cent of what stood", page)[1])
    busy, other = make_candidate(source_id=1), make_candidate()
    had = {-number: 1 if number <= percent else -number for number in range(1, 101)}  # of a hundred so many
    assert list(spread([busy, other], 2, day=had)) == [other, busy]
    assert list(spread([busy, other], 2, day=had | {-1: -1})) == [busy, other]


def lift(one: float, other: float) -> float:
    """How much stronger one score is than another: scores are logarithms to base 2."""
    return 2 ** (one - other)


def test_anybody_sees_a_past_front_page_in_its_order_with_its_reasons(visitor, clock):
    keep(AT, "Older", "Newer")
    keep(AT + timedelta(minutes=15), "Later still")
    answer = visitor.get("/how-we-choose/?at=2026-11-27T09:15")
    assert answer.status_code == 200
    assert answer["Cache-Control"].startswith("public")
    assert not answer.cookies
    assert "<h1>The front page at 09:15</h1>" in answer.text
    assert "Later still" not in answer.text
    assert "less than an hour ago. No. 1 of 2 by rank" in answer.text


def test_every_minute_belongs_to_its_quarter_of_an_hour(visitor, clock):
    keep(AT, "Then")
    assert "The front page at 09:15" in visitor.get("/how-we-choose/?at=2026-11-27T09:29:59").text


def test_links_lead_to_the_front_pages_before_and_after(visitor, clock):
    for minutes in (0, 15, 45):
        keep_front(AT + timedelta(minutes=minutes))
    page = visitor.get("/how-we-choose/?at=2026-11-27T09:30").text
    assert 'rel="prev" href="/how-we-choose/?at=2026-11-27T09:15Z"' in page
    assert 'rel="next" href="/how-we-choose/?at=2026-11-27T10:00Z"' in page
    assert 'rel="prev"' not in visitor.get("/how-we-choose/?at=2026-11-27T09:15").text


def test_a_moment_of_which_nothing_is_kept_is_said_to_be_so_with_the_nearest(visitor, clock):
    keep_front(AT)
    answer = visitor.get("/how-we-choose/?at=2026-11-27T10:00")
    assert answer.status_code == 404
    assert "No front page is kept of that moment" in answer.text
    assert "/how-we-choose/?at=2026-11-27T09:15Z" in answer.text


def test_the_future_is_still_to_come(visitor, clock):
    answer = visitor.get("/how-we-choose/?at=2026-11-28T09:15")
    assert answer.status_code == 404
    assert "still to come" in answer.text


@pytest.mark.parametrize("at", ["tomorrow", "2026-02-30T09:15", "2026-11-27T25:00", "<script>", "9" * 5000])
def test_what_is_no_time_is_told_so(visitor, clock, at):
    answer = visitor.get("/how-we-choose/", {"at": at})
    assert answer.status_code == 400
    assert "That is no date and time" in answer.text
    assert "<script>" not in answer.text


def test_a_page_made_by_rules_that_are_gone_says_so(visitor, clock):
    keep_front(AT)
    FrontSnapshot.objects.update(version=1)
    answer = visitor.get("/how-we-choose/?at=2026-11-27T09:15")
    assert answer.status_code == 404
    assert "rules that this site no longer holds" in answer.text


def test_a_reader_s_clock_is_the_reader_s_own(trial_reader, clock):
    keep(AT, "Then")
    trial_reader.time_zone = "Asia/Tokyo"
    trial_reader.save()
    client = Client()
    client.force_login(trial_reader)
    page = client.get("/how-we-choose/?at=2026-11-27T18:15").text
    assert "<h1>The front page at 18:15</h1>" in page
    assert 'value="2026-11-27T18:15"' in page
    assert "Then" in page


def test_the_form_without_a_time_shows_the_rules(visitor):
    assert "<h1>How we choose stories</h1>" in visitor.get("/how-we-choose/?at=").text


def test_what_a_reader_mutes_is_not_named_in_the_past_either(trial_reader, clock):
    keep(AT, "A thing about unwanted matters", "Something else")
    Mute.objects.create(user=trial_reader, word="unwanted")
    client = Client()
    client.force_login(trial_reader)
    page = client.get("/how-we-choose/?at=2026-11-27T09:15").text
    assert "unwanted" not in page
    assert "Something that you mute" in page
    assert "Something else" in page
