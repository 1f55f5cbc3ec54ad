from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from articles.models import Article, FrontSnapshot, Reading, Showing, Story, TopChoice
from articles.pages.inputs import replay, unpacked
from articles.pages.news import choose
from articles.pages.past_front import FRONTS_KEPT, build_past_front, forget_old, keep_front, parse_at, url_at
from articles.pages.plan import ROWS
from articles.sections import SECTIONS
from articles.stories import rank
from articles.stories.run import score_stories
from tests.make import make_article, make_pick, make_reader, make_source, make_story

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 27, 9, 17, 12, tzinfo=UTC)
QUARTER = datetime(2026, 11, 27, 9, 15, tzinfo=UTC)


def make_edition(now: datetime) -> None:
    """Thirty-three stories of every section, weighty and light titles, loose reports, a pick, readers."""
    sources = [make_source(weight=1 + number % 3 / 3) for number in range(9)]
    articles = []
    for number in range(33):
        begun_at = now - timedelta(minutes=17 * number, microseconds=number)
        story = Story(section="top", first_at=begun_at, last_at=begun_at, cluster_version=1)
        story.save()
        articles += [
            Article(
                source=sources[(number + place) % 9],
                section=list(SECTIONS)[number % 11],
                headline=f"Event {number}, report {place}",
                published_at=begun_at + timedelta(minutes=place),
                first_seen_at=now,
                story=story,
            )
            for place in range(number % 4 + 1)
        ]
    loose = [
        Article(
            source=sources[number],
            section="world",
            headline=f"Just in, {number}",
            published_at=now - timedelta(minutes=number),
            first_seen_at=now,
        )
        for number in range(9)
    ]
    Article.objects.bulk_create([*articles, *loose])
    make_pick(articles[5], starts_at=now - timedelta(hours=1))
    shown = [article.pk for article in articles]
    for user in (make_reader(), make_reader(), make_reader()):
        Showing.objects.create(user=user, page="front", quarter_at=now - timedelta(minutes=20), article_ids=shown)
        Reading.objects.create(user=user, article=articles[user.pk % 5], read_at=now - timedelta(minutes=user.pk % 9))


def places(page) -> list[tuple[str, str]]:
    return [(part.name, place.headline) for part in page.parts for place in part.places]


def test_a_past_front_page_replays_to_the_order_that_visitors_saw():
    make_edition(AT)
    score_stories(AT)
    seen = choose(AT, ROWS, ()).front
    keep_front(AT)
    Story.objects.update(score=0, title_count=1)  # what has changed since does not matter
    kept = replay(unpacked(bytes(FrontSnapshot.objects.get().inputs)))
    assert [one.article_id for one in kept.candidates] == [one.article_id for one in seen.candidates]
    assert kept == seen
    assert len(kept.plan.top) == 7


def test_it_is_kept_once_in_a_quarter_of_an_hour():
    make_edition(AT)
    keep_front(AT)
    keep_front(AT + timedelta(minutes=5))
    keep_front(AT + timedelta(minutes=15))
    kept = FrontSnapshot.objects.order_by("at").values_list("at", "taken_at", "version")
    assert list(kept) == [
        (QUARTER, AT, rank.VERSION),
        (QUARTER + timedelta(minutes=15), AT + timedelta(minutes=15), rank.VERSION),
    ]


def test_what_stood_in_top_news_counts_for_its_title_s_day():
    make_edition(AT)
    score_stories(AT)
    seen = {one.article_id: one.source_id for one in choose(AT, ROWS, ()).front.plan.top}
    keep_front(AT)
    keep_front(later := AT + timedelta(minutes=15))
    chosen = TopChoice.objects.in_bulk(seen)
    assert {pk: choice.source_id for pk, choice in chosen.items()} == seen
    assert {choice.first_at for choice in chosen.values()} == {AT}
    assert later in {choice.last_at for choice in chosen.values()}


def test_a_site_without_articles_keeps_an_empty_page():
    keep_front(AT)
    assert build_past_front(FrontSnapshot.objects.get()).parts == []


def test_each_place_says_why_and_which_rank_it_had(editor):
    now = timezone.now()
    make_story([make_article(published_at=now - timedelta(hours=3)) for _ in range(3)])
    make_story([make_article(published_at=now - timedelta(hours=4))])
    make_pick(make_article(headline="Picked"), editor=editor)
    keep_front(now)
    page = build_past_front(FrontSnapshot.objects.get())
    top, picks = page.parts[0].places, page.parts[1].places
    assert (top[0].rank, top[0].why) == (1, "Reported by this and 2 other titles, first 3 hours ago")
    assert (picks[0].headline, picks[0].why) == ("Picked", "Picked by Ines Carrow")


def test_what_was_taken_down_since_is_not_named():
    make_edition(AT)
    keep_front(AT)
    before = places(build_past_front(FrontSnapshot.objects.get()))
    gone = Article.objects.get(headline=before[0][1])
    Article.objects.filter(pk=gone.pk).update(withdrawn_at=AT)
    after = places(build_past_front(FrontSnapshot.objects.get()))
    assert after[0] == ("Top News", "Taken down since")
    assert gone.headline not in {headline for _, headline in after}
    assert len(after) == len(before)


def test_it_is_drawn_by_two_queries(django_assert_num_queries):
    make_edition(AT)
    keep_front(AT)
    snapshot = FrontSnapshot.objects.get()
    with django_assert_num_queries(2):
        build_past_front(snapshot)


def test_a_page_of_rules_that_are_gone_is_not_made_by_others():
    keep_front(AT)
    FrontSnapshot.objects.update(version=1)
    assert build_past_front(FrontSnapshot.objects.get()) is None


def test_what_is_kept_for_a_time_goes_after_it():
    make_edition(AT)
    keep_front(AT)
    assert forget_old(AT + timedelta(hours=1)) == 0
    forget_old(AT + timedelta(hours=25))
    assert (Showing.objects.count(), TopChoice.objects.count(), FrontSnapshot.objects.count()) == (0, 7, 1)
    forget_old(AT + timedelta(hours=49))
    assert TopChoice.objects.count() == 0
    forget_old(AT + FRONTS_KEPT)
    assert FrontSnapshot.objects.count() == 0


def test_a_time_is_read_on_the_reader_s_clock_unless_it_says_otherwise():
    zone = ZoneInfo("Europe/Berlin")
    assert parse_at("2026-11-27T10:15", zone) == QUARTER
    assert parse_at("2026-11-27T09:15Z", zone) == QUARTER
    assert parse_at(url_at(QUARTER).partition("at=")[2], zone) == QUARTER


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2026-11-27",
        "2026-13-01T00:00",
        "0001-01-01T00:00",
        "9999-12-31T23:59",
        "\0",
        "٢٠٢٦-١١-٢٧T٠٩:١٥",
    ],
)
def test_what_is_no_time_is_none(text):
    assert parse_at(text, ZoneInfo("Asia/Tokyo")) is None
