"""Grouping, ranking and relating against the database."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.models import (
    Article,
    Copy,
    Fingerprint,
    Placement,
    Reading,
    Related,
    Source,
    Story,
    TellingTerm,
    Vocabulary,
)
from articles.muting import mutes_of
from articles.stories import cluster, store
from articles.stories.run import group_new_articles, keep_related, rank_all_stories, regroup, related_articles
from tests.make import make_article, make_mute, make_pick, make_reader, make_source, make_story, make_user

pytestmark = pytest.mark.django_db

FLOOD = "Tarvia opens reservoirs as the Calder floods Low Marrick"
FLOOD_TOO = "Calder floods: Low Marrick waits for Tarvia’s reservoirs"
STRIKE = "Dockers at Ravnholt end their strike over the night shift"
WIRE = (
    "<p>The lander touched down on the far side of the moon at four minutes past six on Tuesday, the agency said, "
    "and sent nineteen pictures before its antenna turned away from the Earth for the night.</p>"
)


@pytest.fixture
def now():
    return timezone.now()


def write(headline: str, *, hours_ago: float = 1, **fields) -> Article:
    fields = {
        "standfirst": "",
        "opening_html": "",
        "published_at": timezone.now() - timedelta(hours=hours_ago),
        **fields,
    }
    return make_article(fields.pop("source", None), headline=headline, **fields)


def fill_the_paper() -> list[int]:
    """Without other news every word is as rare as any other."""
    headlines = (
        "Central bank holds its rate and blames rents",
        "A novel about lighthouses wins the Estuary prize",
        "Surgeons count swabs by machine in forty wards",
        "The swifts are back under the eaves of the town hall",
        "Mokwena takes the marathon record with seconds to spare",
        "Tablet makers must glue less, says the repair commissioner",
        "Court finds no quorum and goes home early",
        "Night trains return to the coast after nine years",
    )
    return [write(headline).pk for headline in headlines]


def group_all(now) -> None:
    group_new_articles(Article.objects.values_list("pk", flat=True), now)


def story_of(article: Article) -> Story:
    return Article.objects.select_related("story").get(pk=article.pk).story


def test_two_titles_on_one_event_become_one_story_with_its_facts(now):
    fill_the_paper()
    first, second, other = write(FLOOD, hours_ago=3), write(FLOOD_TOO, hours_ago=1), write(STRIKE)
    group_all(now)
    story = story_of(first)
    assert story == story_of(second) != story_of(other)
    assert (story.title_count, story.article_count, story.section) == (2, 2, "world")
    assert (story.first_at, story.last_at) == (first.published_at, second.published_at)
    assert story.lead == first
    assert story.cluster_version == cluster.VERSION
    assert story.score > story_of(other).score


def test_what_comes_back_every_day_makes_no_story_of_two_titles(now):
    quizzes = [
        write(
            "Quiz of the week: how closely did you follow the news?", standfirst="Ten questions on this week’s news."
        ),
        write("The weekly news quiz: how closely did you follow?", standfirst="Ten questions on this week’s news."),
    ]
    fill_the_paper()
    group_all(now)
    assert [story_of(one).title_count for one in quizzes] == [1, 1]
    assert story_of(quizzes[0]) != story_of(quizzes[1])


def test_every_article_has_a_story_also_an_old_one_and_one_that_was_taken_down(now):
    articles = [
        write(FLOOD),
        write(FLOOD, hours_ago=24 * 400),
        write(FLOOD, hours_ago=24 * 400),
        write(STRIKE, withdrawn_at=now),
        write("…"),
    ]
    group_all(now)
    stories = [story_of(article) for article in articles]
    assert None not in stories
    assert len(set(stories)) == 5
    assert stories[3].lead is None
    assert stories[3] not in Story.objects.ranked()


def test_a_later_report_joins_the_open_story_and_its_counts_follow(now):
    fill_the_paper()
    first = write(FLOOD, hours_ago=5)
    group_all(now)
    second = write(FLOOD_TOO)
    group_new_articles([second.pk], now)
    assert story_of(second) == story_of(first)
    assert story_of(first).title_count == 2


def test_grouping_twice_changes_nothing(now):
    fill_the_paper()
    write(FLOOD), write(FLOOD_TOO)
    group_all(now)
    before = (list(Story.objects.order_by("pk").values()), dict(Article.objects.values_list("pk", "story_id")))
    group_all(now)
    rank_all_stories(now)
    assert before == (list(Story.objects.order_by("pk").values()), dict(Article.objects.values_list("pk", "story_id")))


def test_no_article_and_unknown_articles_are_no_error(now):
    group_new_articles([], now)
    group_new_articles([999_999], now)
    rank_all_stories(now)
    assert regroup(48, now) == 0
    assert not Story.objects.exists()


def test_agency_copy_counts_as_one_report_and_does_not_lead(now):
    fill_the_paper()
    wire = write("Lander reaches the far side of the moon", opening_html=WIRE, hours_ago=4)
    copy = write(
        "Moon lander touches down on the far side", opening_html=WIRE, hours_ago=3, image_url="https://x.example/a.jpg"
    )
    own = write("How the moon lander found the far side", standfirst="Nineteen pictures of the moon.", hours_ago=2)
    group_all(now)
    story = story_of(copy)
    assert story == story_of(wire) == story_of(own)
    assert list(Article.objects.filter(is_copy=True)) == [copy]
    assert (story.title_count, story.article_count, story.lead) == (2, 3, wire)


def test_the_agency_may_come_in_after_the_paper_that_printed_it(now):
    fill_the_paper()
    paper = write("Moon lander touches down on the far side", opening_html=WIRE, hours_ago=3)
    group_all(now)
    wire = write("Lander reaches the far side of the moon", opening_html=WIRE, hours_ago=4)
    group_new_articles([wire.pk], now)
    assert list(Article.objects.filter(is_copy=True)) == [paper]
    assert story_of(paper).lead == wire


def test_what_is_taken_down_leaves_the_counts_and_the_lead_at_the_next_ranking(now):
    fill_the_paper()
    first, second = write(FLOOD, hours_ago=3), write(FLOOD_TOO)
    group_all(now)
    Article.objects.filter(pk=first.pk).update(withdrawn_at=now)
    rank_all_stories(now)
    story = story_of(second)
    assert (story.lead, story.title_count, story.article_count) == (second, 1, 1)
    Article.objects.filter(pk=first.pk).update(withdrawn_at=None)
    rank_all_stories(now)
    assert story_of(second).lead == first


def test_picks_and_readers_lift_a_story_and_readers_of_yesterday_do_not(now):
    one, other = write(FLOOD), write(STRIKE)
    group_all(now)
    plain = story_of(one).score
    make_pick(one)
    rank_all_stories(now)
    picked = story_of(one).score
    assert picked > plain
    Reading.objects.create(user=make_user(), article=one, read_at=now - timedelta(minutes=5))
    Reading.objects.create(user=make_user(), article=other, read_at=now - timedelta(hours=30))
    rank_all_stories(now)
    assert story_of(one).score > picked
    assert story_of(other).score < plain + 0.001


def test_a_fresh_story_passes_an_old_one_without_being_written_again(now):
    old = write(FLOOD, hours_ago=30)
    group_all(now)
    score = story_of(old).score
    fresh = write(STRIKE)
    group_all(now + timedelta(minutes=1))
    assert [story.lead for story in Story.objects.ranked()] == [fresh, old]
    assert story_of(old).score == score


def test_ranking_takes_up_articles_that_a_broken_chain_left_behind(now):
    lost = write(FLOOD, first_seen_at=now - timedelta(hours=1))
    rank_all_stories(now)
    assert story_of(lost) is not None


def test_ranking_leaves_what_has_just_come_in_to_the_chain(now):
    fresh = write(STRIKE, first_seen_at=now)
    rank_all_stories(now)
    assert story_of(fresh) is None


def test_regrouping_parts_what_does_not_belong_and_keeps_the_address_of_the_rest(now):
    fill_the_paper()
    group_all(now)
    one, two, strange = write(FLOOD, hours_ago=3), write(FLOOD_TOO), write(STRIKE)
    story = make_story([one, two, strange])
    regroup(48, now)
    assert story_of(one) == story_of(two) == story
    assert story_of(strange) != story
    assert story_of(one).title_count == 2
    assert not Story.objects.filter(articles=None).exists()


def test_regrouping_joins_what_belongs_and_drops_the_empty_story(now):
    fill_the_paper()
    group_all(now)
    one, two = write(FLOOD, hours_ago=3), write(FLOOD_TOO)
    stories = [make_story([one]), make_story([two])]
    regroup(48, now)
    assert story_of(one) == story_of(two)
    assert story_of(one) in stories
    assert Story.objects.filter(pk__in=[story.pk for story in stories]).count() == 1


def test_regrouping_leaves_what_is_older_than_its_window(now):
    old, new = write(FLOOD, hours_ago=60), write(FLOOD_TOO, hours_ago=50)
    story = make_story([old, new])
    regroup(24, now)
    assert story_of(old) == story_of(new) == story


def test_an_operator_regroups_by_command(now, capsys):
    write(FLOOD)
    call_command("regroup", "--hours", "48")
    assert capsys.readouterr().out == "1 story in the last 48 hours\n"


@pytest.mark.parametrize("hours", ["0", "-5", "999999999999"])
def test_an_operator_is_told_of_hours_that_make_no_sense(hours):
    with pytest.raises(CommandError, match="--hours must be"):
        call_command("regroup", "--hours", hours)


def know_the_language(now) -> None:
    """From so many reports on, new ones are placed one by one, without a pass over the window."""
    fill_the_paper()
    group_all(now)
    Vocabulary.objects.update(report_count=5000)


def test_a_new_article_joins_the_story_of_its_event_without_a_pass(now):
    first, strike = write(FLOOD, hours_ago=5), write(STRIKE, hours_ago=4)
    know_the_language(now)
    new, alone = write(FLOOD_TOO), write("A choir of miners sings in the disused pit")
    group_new_articles([new.pk, alone.pk], now)
    assert story_of(new) == story_of(first) != story_of(strike)
    assert story_of(new).article_count == 2
    assert story_of(alone).article_count == 1
    assert story_of(alone) not in {story_of(first), story_of(strike)}


def test_two_new_articles_on_one_event_find_each_other_without_a_pass(now):
    know_the_language(now)
    one, two = write(FLOOD), write(FLOOD_TOO)
    group_new_articles([one.pk, two.pk], now)
    assert story_of(one) == story_of(two)


# Two beginnings of one event, which FLOOD links.
RESERVOIRS = "Tarvia opens the reservoirs of the Calder"
UNDER_WATER = "Calder floods Low Marrick"


def test_a_new_article_that_links_two_stories_makes_them_one_and_the_old_address_leads_on(now, client):
    one, other = write(RESERVOIRS, hours_ago=5), write(UNDER_WATER, hours_ago=4)
    know_the_language(now)
    before = {story_of(one).pk, story_of(other).pk}
    assert len(before) == 2
    new = write(FLOOD)
    group_new_articles([new.pk], now)
    assert story_of(one) == story_of(other) == story_of(new)
    assert (story_of(new).article_count, story_of(new).title_count) == (3, 3)
    [gone] = before - {story_of(new).pk}
    assert not Story.objects.filter(pk=gone).exists()
    answer = client.get(f"/story/{gone}/")
    assert (answer.status_code, answer["Location"].split("/")[2]) == (301, str(story_of(new).pk))


def test_a_new_article_links_no_stories_that_an_editor_took_apart(now):
    one, other = write(RESERVOIRS, hours_ago=5), write(UNDER_WATER, hours_ago=4)
    know_the_language(now)
    for article in (one, other):
        place(article, story_of(article), now)
    stood = [story_of(one), story_of(other)]
    new = write(FLOOD)
    group_new_articles([new.pk], now)
    assert [story_of(one), story_of(other)] == stood
    assert story_of(new) in stood


@pytest.mark.parametrize("is_withdrawn", [True, False], ids=["article", "source"])
def test_a_new_article_joins_no_story_by_way_of_what_was_taken_down(now, is_withdrawn):
    gone = write(FLOOD, hours_ago=5)
    know_the_language(now)
    if is_withdrawn:
        Article.objects.filter(pk=gone.pk).update(withdrawn_at=now)
    else:
        Source.objects.filter(pk=gone.source_id).update(is_active=False)
    new = write(FLOOD_TOO)
    group_new_articles([new.pk], now)
    assert story_of(new) != story_of(gone)


@pytest.mark.parametrize("size", [1, 20, 100])
def test_placing_costs_a_fixed_number_of_queries(now, size):
    write(FLOOD, hours_ago=5)
    know_the_language(now)
    source = make_source()
    ids = [write(f"{FLOOD} number {number}", source=source).pk for number in range(size)]
    with CaptureQueriesContext(connection) as queries:
        group_new_articles(ids, now)
    asked = [query["sql"] for query in queries if query["sql"].startswith(("SELECT", "UPDATE", "INSERT"))]
    assert len(asked) <= 17, "\n".join(asked)
    # Each is a wait for the disk.
    assert sum(query["sql"] in ("COMMIT", "RELEASE") or query["sql"].startswith("RELEASE") for query in queries) == 1


def test_a_pass_and_a_ranking_cost_a_number_of_queries_that_does_not_grow(now):
    costs = []
    for size in (20, 100):
        source = make_source()
        for number in range(size):
            write(f"Report {number} of {size} on subject {number}", source=source)
        regroup(48, now)
        with CaptureQueriesContext(connection) as queries:
            regroup(48, now)
        costs.append(len(queries))
    assert costs[0] == costs[1] <= 24
    with CaptureQueriesContext(connection) as ranking:
        rank_all_stories(now)
    assert len(ranking) <= 12


def place(article: Article, story: Story, now) -> None:
    Placement.objects.create(article=article, story=story, placed_at=now)


def test_what_an_editor_took_apart_no_pass_joins_and_what_was_not_placed_may_join_either(now):
    fill_the_paper()
    one, two, third = write(FLOOD, hours_ago=4), write(FLOOD_TOO, hours_ago=3), write(FLOOD, hours_ago=2)
    stories = [make_story([one]), make_story([two])]
    place(one, stories[0], now)
    place(two, stories[1], now)
    for _ in range(2):
        regroup(72, now)
        assert [story_of(one), story_of(two)] == stories
        assert story_of(third) in stories


def test_what_an_editor_put_together_no_pass_takes_apart(now):
    fill_the_paper()
    flood, strike, stray = write(FLOOD), write(STRIKE), write("Salt")
    story = make_story([flood, strike, stray])
    place(flood, story, now)
    place(strike, story, now)
    regroup(72, now)
    assert story_of(flood) == story_of(strike) == story
    assert story_of(stray) != story


def test_a_new_article_joins_a_story_as_the_editor_left_it(now):
    moved, flood = write(FLOOD, hours_ago=4), write(STRIKE, hours_ago=5)
    know_the_language(now)
    story = story_of(flood)
    Article.objects.filter(pk=moved.pk).update(story=story)
    place(moved, story, now)
    new = write(FLOOD_TOO)
    regroup(72, now)
    group_new_articles([new.pk], now)
    assert story_of(moved) == story


def test_older_reports_of_a_story_stay_and_draw_new_ones(now):
    fill_the_paper()
    old, new = write(FLOOD, hours_ago=30), write(FLOOD_TOO, hours_ago=2)
    regroup(72, now)
    story = story_of(old)
    later = write(FLOOD, hours_ago=1)
    regroup(24, now)
    assert story_of(old) == story_of(new) == story_of(later) == story


def test_a_text_that_changed_is_read_again(now):
    fill_the_paper()
    one, two = write(FLOOD), write(STRIKE)
    group_all(now)
    Article.objects.filter(pk=two.pk).update(headline=FLOOD_TOO, version_count=1)
    regroup(72, now)
    assert story_of(one) == story_of(two)


def test_two_workers_that_work_out_one_text_keep_its_terms_once(now):
    fill_the_paper()
    group_all(now)
    article = write(FLOOD)
    found, vocabularies = Article.objects.filter(pk=article.pk), store.load_vocabularies()
    mine = store.missing_prints([article.pk], vocabularies)  # and waits for the lock
    store.note_prints(found, vocabularies)
    store.save_prints(mine)
    keys = list(TellingTerm.objects.filter(article=article).values_list("key", flat=True))
    assert keys
    assert len(keys) == len(set(keys))


def test_what_is_kept_of_an_article_goes_when_it_is_live_no_more(now):
    write(FLOOD)
    know_the_language(now)
    regroup(72, now + timedelta(days=6))
    assert not TellingTerm.objects.exists()
    assert Fingerprint.objects.exists()
    regroup(72, now + timedelta(days=15))
    assert not Fingerprint.objects.exists()


def test_a_copy_leads_to_the_report_that_it_copies_and_is_none_when_that_is_gone(now):
    fill_the_paper()
    wire, copy = (write("Lander reaches the far side of the moon", opening_html=WIRE, hours_ago=ago) for ago in (4, 3))
    group_all(now)
    assert Copy.objects.get().article == copy
    assert Copy.objects.get().original == wire
    Article.objects.filter(pk=wire.pk).update(withdrawn_at=now)
    new = write("Lander on the far side of the moon", opening_html="<p>Nineteen pictures of the moon.</p>")
    group_new_articles([new.pk], now)
    assert not Copy.objects.exists()
    assert not Article.objects.filter(is_copy=True).exists()


@pytest.mark.parametrize("way", ["taken down", "switched off", "deleted"])
def test_a_copy_counts_as_a_report_again_when_its_original_is_gone_and_nothing_new_comes_in(now, way):
    fill_the_paper()
    wire, copy, other = (
        write("Lander reaches the far side of the moon", opening_html=WIRE, hours_ago=ago) for ago in (4, 3, 2)
    )
    group_all(now)
    assert set(Copy.objects.values_list("article", "original")) == {(copy.pk, wire.pk), (other.pk, wire.pk)}
    if way == "taken down":
        Article.objects.filter(pk=wire.pk).update(withdrawn_at=now)
    elif way == "switched off":
        Source.objects.filter(pk=wire.source_id).update(is_active=False)
    else:
        wire.delete()
    rank_all_stories(now)
    assert set(Copy.objects.values_list("article", "original")) == {(other.pk, copy.pk)}
    copy.refresh_from_db()
    assert not copy.is_copy
    assert (copy.story.lead, copy.story.title_count, copy.story.article_count) == (copy, 1, 2)


def test_related_articles_share_words_and_are_never_of_the_same_event(now):
    fill_the_paper()
    article, same = write(FLOOD), write(FLOOD_TOO)
    near = write("Reservoirs above Low Marrick were low all summer", hours_ago=20)
    withdrawn = write("Reservoirs above Low Marrick", withdrawn_at=now)
    french = write("Reservoirs above Low Marrick", language="fr")
    elsewhere = write("Reservoirs above Low Marrick", section="sport")
    copy = write("Reservoirs above Low Marrick", is_copy=True)
    make_story([article, same])
    found = related_articles(Article.objects.get(pk=article.pk), 4, now)
    assert found[0] == near
    assert not {same, withdrawn, french, elsewhere, copy, article} & set(found)
    assert len(found) == 4


def test_british_and_american_articles_are_related(now):
    article, other = write(FLOOD, language="en-GB"), write("Calder reservoirs", language="en-US")
    assert related_articles(article, 3, now) == [other]


def test_related_articles_cost_few_queries_however_many_there_are(now, django_assert_num_queries):
    article = write(FLOOD)
    for size in (3, 2):  # fewer than are shown: nothing is kept of so few
        for number in range(size):
            write(f"Reservoir {number}")
        with django_assert_num_queries(3):
            for one in related_articles(article, 6, now):
                assert one.source.name
                assert one.story is None
    for number in range(30):
        write(f"Reservoir {number}")
    keep_related(now)
    with django_assert_num_queries(2):
        assert len(related_articles(article, 6, now)) == 6


def test_the_first_who_asks_works_related_articles_out_for_all_others(now, django_assert_num_queries):
    article = write(FLOOD)
    for number in range(30):
        write(f"Reservoir {number}")
    at_once = related_articles(article, 6, now)
    with django_assert_num_queries(2):
        assert related_articles(article, 6, now) == at_once
    assert len(related_articles(article, 12, now)) == 12
    reader = make_reader()
    make_mute(reader, source=at_once[0].source)
    other = write(FLOOD_TOO)
    assert at_once[0] not in related_articles(other, 6, now, mutes_of(reader))
    assert not Related.objects.filter(article=other).exists(), "what one reader mutes is nobody else's matter"


def test_related_articles_that_were_worked_out_before_are_the_same(now):
    fill_the_paper()
    article, near = write(FLOOD), write("Reservoirs above Low Marrick were low all summer", hours_ago=20)
    write("Reservoirs above Low Marrick", language="fr")
    at_once = related_articles(article, 4, now)
    assert keep_related(now) > 4
    assert keep_related(now) == 0
    assert related_articles(article, 4, now) == at_once
    assert at_once[0] == near


def test_what_was_taken_down_joined_or_muted_since_is_related_no_more(now):
    fill_the_paper()
    article, same, gone, near = (write(f"Reservoirs above Low Marrick {number}") for number in range(4))
    keep_related(now)
    assert set(related_articles(article, 3, now)) == {same, gone, near}
    make_story([article, same])
    Article.objects.filter(pk=gone.pk).update(withdrawn_at=now)
    found = related_articles(Article.objects.get(pk=article.pk), 3, now)
    assert near in found
    assert not {same, gone} & set(found)
    reader = make_reader()
    make_mute(reader, source=near.source)
    muted = related_articles(Article.objects.get(pk=article.pk), 3, now, mutes_of(reader))
    assert len(muted) == 3
    assert near not in muted


@pytest.mark.service
@pytest.mark.parametrize("is_known", [False, True])
@pytest.mark.django_db(transaction=True)
def test_two_workers_that_group_at_once_make_one_story(now, is_known):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite in memory has one connection")
    if is_known:
        know_the_language(now)
    else:
        fill_the_paper()
    articles = [write(FLOOD, hours_ago=hours) for hours in (1, 2, 3, 4)]

    def work(ids: list[int]) -> None:
        try:
            group_new_articles(ids, now)
            rank_all_stories(now)
        finally:
            connections.close_all()

    ids = [article.pk for article in articles]
    workers = [threading.Thread(target=work, args=(some,)) for some in (ids[:2], ids[2:], ids, ids[::2])]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len({story_of(article) for article in articles}) == 1
    assert story_of(articles[0]).article_count == 4
