from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.models import Delivery, Edition, Follow, LetterChoice, Mute
from articles.newsletter import send, store
from articles.newsletter.when import SENT_WITHIN
from articles.topics.store import file_articles
from tests.articles.newsletter.conftest import ask_for_letters, make_news
from tests.conftest import SECRET_SENTENCE
from tests.make import make_article, make_pick, make_reader, make_source, make_story, make_topic, make_user

pytestmark = pytest.mark.django_db


def make_readers(count: int) -> list:
    readers = [make_reader() for _ in range(count)]
    for reader in readers:
        ask_for_letters(reader)
    return readers


def addresses(letters) -> list[str]:
    return sorted(letter.to[0] for letter in letters)


# Who is sent one


def test_a_letter_is_sent_to_who_asked_for_it_and_to_nobody_else(news, now, mailoutbox):
    reader = make_readers(1)[0]
    make_reader()
    ask_for_letters(make_reader(), morning=False, evening=False)
    assert send.send_letters(now) == 1
    assert addresses(mailoutbox) == [reader.email]


def test_a_letter_is_sent_once_however_often_the_task_runs(news, now, mailoutbox):
    make_readers(3)
    for minutes in range(0, 60, 3):
        send.send_letters(now + timedelta(minutes=minutes))
    assert len(mailoutbox) == 3
    assert Delivery.objects.filter(sent_at__isnull=False).count() == 3


def test_the_evening_brings_a_second_letter(news, now, mailoutbox):
    make_readers(1)
    send.send_letters(now)
    make_news()
    send.send_letters(now + timedelta(hours=13))
    assert len(mailoutbox) == 2
    assert mailoutbox[0].subject != mailoutbox[1].subject


def test_nobody_is_written_to_whose_address_is_not_proven_or_whose_account_is_closed(news, now, mailoutbox):
    unproven = make_user(is_verified=False)
    closed = make_user(is_active=False)
    for user in (unproven, closed):
        ask_for_letters(user)
    assert send.send_letters(now) == 0
    assert not Delivery.objects.exists()


def test_who_asks_after_an_edition_is_due_has_the_next_one(news, now, mailoutbox):
    reader = make_readers(1)[0]
    LetterChoice.objects.filter(user=reader).update(asked_at=now - timedelta(minutes=1))
    assert send.send_letters(now) == 0


def test_a_letter_goes_by_the_readers_own_morning(news, now, mailoutbox):
    reader = make_readers(1)[0]
    reader.time_zone = "Asia/Kathmandu"  # a quarter to six ahead
    reader.save()
    assert send.send_letters(now) == 0
    assert send.send_letters(now - timedelta(hours=5, minutes=45)) == 1


def test_a_letter_brings_what_its_reader_follows_and_says_why(now, mailoutbox):
    """News of a story since the letter before, and the best on a topic: each to its own reader."""
    seen_at = now - timedelta(minutes=30)
    make_news(20)
    story = make_story([make_article(headline="The ferry sails", first_seen_at=now - timedelta(days=1))], score=0.0)
    make_article(headline="The ferry sails again", story=story, first_seen_at=seen_at)
    crane = make_article(headline="A crane on the quay", categories=["Ports"], first_seen_at=seen_at)
    file_articles([crane.pk])
    of_story, of_topic, of_none = make_readers(3)
    Follow.objects.create(user=of_story, report=story.lead)
    Follow.objects.create(user=of_topic, topic=make_topic("Ports"))
    send.send_letters(now)
    letters = {letter.to[0]: letter.body + letter.alternatives[0][0] for letter in mailoutbox}
    assert "The ferry sails again" in letters[of_story.email]
    assert letters[of_story.email].count("You follow this story") == 2  # in both forms of the letter
    assert letters[of_topic.email].count("You follow Ports") == 2
    assert "A crane on the quay" in letters[of_topic.email]
    assert "You follow" not in letters[of_none.email]
    assert {len(re.findall(r"^\d+\. ", letter.body, re.M)) for letter in mailoutbox} == {10}


def test_an_edition_that_is_no_longer_of_its_time_is_not_sent(news, now, mailoutbox):
    make_readers(1)
    assert send.send_letters(now + SENT_WITHIN) == 0
    send.queue_due(now, 10)
    assert send.send_letters(now + SENT_WITHIN) == 0
    assert mailoutbox == []


def test_an_edition_without_news_is_no_letter(now, mailoutbox):
    make_news(2)
    make_readers(1)
    assert send.send_letters(now) == 0
    assert mailoutbox == []


def test_where_no_mail_is_set_up_nothing_is_queued(news, now, settings):
    settings.MAIL_IS_CONFIGURED = False
    make_readers(1)
    assert send.send_letters(now) == 0
    assert not Delivery.objects.exists()


# What holds when it is sent


@pytest.mark.parametrize("change", ["off", "stopped", "closed", "unproven", "erased"])
def test_a_queued_letter_is_not_sent_to_who_left_meanwhile(news, now, mailoutbox, change):
    reader = make_readers(1)[0]
    send.queue_due(now, 10)
    assert Delivery.objects.count() == 1
    match change:
        case "off":
            LetterChoice.objects.update(morning=False, evening=False)
        case "stopped":
            LetterChoice.objects.update(stopped_at=now, stopped_by="complaint")
        case "closed":
            type(reader).objects.update(is_active=False)
        case "unproven":
            reader.emailaddress_set.update(verified=False)
        case "erased":
            reader.delete()
    assert send.send_letters(now) == 0
    assert mailoutbox == []


def test_who_has_lapsed_since_the_letter_was_queued_gets_the_teaser_and_no_walled_text(member, now, mailoutbox):
    """A07"""
    walled = make_article(
        make_source(permission="full"),
        headline="The bridge that would not open",
        standfirst="Engineers waited for a tide.",
        opening_html="<p>The engineers had been waiting since four.</p><p>Then it rained.</p>",
        body=f"<p>The engineers had been waiting since four.</p><p>{SECRET_SENTENCE}</p>",
    )
    make_story([walled], score=99.0)
    make_news()
    ask_for_letters(member)
    send.queue_due(now, 10)
    member.membership.status = "canceled"
    member.membership.paid_until = now - timedelta(days=1)
    member.membership.save()
    assert send.send_letters(now) == 1
    [letter] = mailoutbox
    for text in (letter.body, letter.alternatives[0][0]):
        assert "Engineers waited for a tide." in text
        assert "since four" not in text
        assert SECRET_SENTENCE not in text
        assert "Whole for members" in text
        assert "Your membership has ended." in text


def test_a_member_gets_the_opening_that_everybody_may_read_and_no_more(member, now, mailoutbox):
    walled = make_article(
        make_source(permission="full"),
        opening_html="<p>The engineers &amp; the tide had been waiting since four.</p><p>Then it rained.</p>",
        body=f"<p>The engineers had been waiting since four.</p><p>{SECRET_SENTENCE}</p>",
    )
    make_story([walled], score=99.0)
    make_news()
    ask_for_letters(member)
    send.send_letters(now)
    [letter] = mailoutbox
    assert "The engineers & the tide had been waiting since four." in letter.body
    for text in (letter.body, letter.alternatives[0][0]):
        assert SECRET_SENTENCE not in text
        assert "Then it rained" not in text
        assert "Whole for members" not in text


def test_what_a_reader_mutes_is_in_no_letter_not_even_muted_after_it_was_queued(news, now, mailoutbox):
    reader = make_readers(1)[0]
    Mute.objects.create(user=reader, source=news[0].source)
    send.queue_due(now, 10)
    Mute.objects.create(user=reader, source=news[1].source)
    send.send_letters(now)
    [letter] = mailoutbox
    for article in news[:2]:
        assert article.headline not in letter.body + letter.subject + letter.alternatives[0][0]
    assert news[2].headline in letter.subject


def test_what_was_taken_down_after_it_was_queued_is_in_no_letter(news, now, mailoutbox):
    make_readers(1)
    send.queue_due(now, 10)
    news[0].withdrawn_at = timezone.now()
    news[0].save()
    send.send_letters(now)
    assert news[0].headline not in mailoutbox[0].body + mailoutbox[0].subject


def test_each_reader_has_what_each_reader_follows(news, now, mailoutbox):
    first, second = make_readers(2)
    make_article(section="climate", headline="Wheat without rain")
    Follow.objects.create(user=second, section="climate")
    send.send_letters(now)
    by_address = {letter.to[0]: letter.body for letter in mailoutbox}
    assert "Wheat without rain" in by_address[second.email]
    assert "You follow Climate" in by_address[second.email]
    assert "You follow" not in by_address[first.email]


# What the letter is


def test_the_letter_says_what_leads_and_ends(news, now, mailoutbox):
    make_pick(make_article(headline="A ferry timetable"), note="Stay for the last line.")
    make_readers(1)
    send.send_letters(now)
    [letter] = mailoutbox
    assert news[0].headline in letter.subject
    for text in (letter.body, letter.alternatives[0][0]):
        assert "You are up to date." in text
        assert "A ferry timetable" in text
        assert "Stay for the last line." in text
        assert "each morning and evening because you asked for it on" in text
        assert "Your free days end by themselves" in text


def test_mail_programs_can_unsubscribe_by_themselves(news, now, mailoutbox):
    """RFC 8058, RFC 2919"""
    make_readers(1)
    send.send_letters(now)
    headers = mailoutbox[0].message()
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert headers["List-Unsubscribe"].startswith("<http://testserver/briefing/unsubscribe/")
    assert headers["List-Id"] == "<briefing.testserver>"
    assert headers["Message-ID"].startswith("<briefing.")
    assert headers["Message-ID"].endswith("@testserver>")
    assert headers["Auto-Submitted"] == "auto-generated"


def test_a_letter_loads_nothing_from_anybody_but_us(news, now, mailoutbox, settings):
    make_readers(1)
    news[0].image_url = "https://press.example/picture.jpg"
    news[0].save()
    send.send_letters(now)
    html = mailoutbox[0].alternatives[0][0]
    assert "press.example" not in html
    assert "<img" not in html
    assert 'http://testserver/"' in html


def test_a_headline_cannot_write_headers_or_markup(now, mailoutbox):
    """F69"""
    lead = make_article(headline="Up\r\nBcc: all@site.example <b>down</b>\u2028now")
    make_story([lead], score=99.0)
    make_news()
    make_readers(1)
    send.send_letters(now)
    [letter] = mailoutbox
    assert "\n" not in letter.subject
    assert "Bcc" not in letter.message()
    assert "<b>down</b>" not in letter.alternatives[0][0]


# Rounds


def test_a_round_sends_no_more_than_the_rate_and_the_next_minutes_go_on(news, now, settings, mailoutbox):
    settings.BRIEFINGS_PER_MINUTE = 3
    readers = make_readers(7)
    assert [send.send_letters(now + timedelta(seconds=seconds)) for seconds in (0, 20, 61, 122)] == [3, 0, 3, 1]
    assert addresses(mailoutbox) == sorted(reader.email for reader in readers)


def test_a_worker_that_dies_before_it_hands_over_keeps_a_letter_no_longer_than_its_lease(news, now, mailoutbox):
    make_readers(2)
    send.queue_due(now, 10)
    taken = store.claim(Delivery.objects.first().pk, now)
    assert send.send_letters(now) == 1
    assert send.send_letters(now + store.LEASE + timedelta(seconds=1)) == 1
    # The first worker was only slow, and comes back.
    assert not store.mark_handed(taken, now)
    assert len(mailoutbox) == 2


def test_a_worker_that_dies_while_it_hands_over_leaves_a_letter_that_nobody_sends_again(news, now, mailoutbox):
    make_readers(1)
    send.queue_due(now, 10)
    assert store.mark_handed(store.claim(Delivery.objects.get().pk, now), now)
    assert send.send_letters(now + timedelta(minutes=30)) == 0


def test_two_workers_cannot_claim_one_delivery(news, now):
    make_readers(1)
    send.queue_due(now, 10)
    pk = Delivery.objects.get().pk
    assert store.claim(pk, now)
    assert store.claim(pk, now) is None


def test_a_fault_in_one_letter_keeps_nobody_elses_waiting(news, now, mailoutbox):
    first, second = make_readers(2)
    send.queue_due(now, 10)
    Edition.objects.filter(user=first).update(places=[["what is this"]])
    assert send.send_letters(now) == 1
    assert addresses(mailoutbox) == [second.email]
    assert Delivery.objects.get(user=first).attempts == 1


# The mail server's answers


def test_letters_of_a_round_go_over_one_connection(news, now, mail_server):
    readers = make_readers(4)
    assert send.send_letters(now) == 4
    assert mail_server.connections == 1
    assert sorted(taken.to for taken in mail_server.taken) == sorted(reader.email for reader in readers)


def test_a_mail_server_that_is_away_ends_the_round_and_costs_nobody_a_try(news, now, mail_server):
    mail_server.close()
    make_readers(2)
    assert send.send_letters(now) == 0
    assert set(Delivery.objects.values_list("attempts", "handed_at", "lease_until")) == {(0, None, None)}


def test_a_reader_who_is_refused_for_now_is_tried_again_and_the_others_go_on(news, now, mail_server):
    first, second = make_readers(2)
    mail_server.answers = lambda verb, rest: "450 4.7.1 later" if verb == "RCPT" and first.email in rest else None
    assert send.send_letters(now) == 1
    mail_server.answers = lambda verb, rest: None
    assert send.send_letters(now + timedelta(minutes=2)) == 0
    assert send.send_letters(now + timedelta(minutes=6)) == 1
    assert [taken.to for taken in mail_server.taken] == [second.email, first.email]
    assert LetterChoice.objects.get(user=first).failed_count == 0


def test_a_mailbox_that_does_not_exist_is_not_written_to_again(news, now, mail_server):
    reader = make_readers(1)[0]
    mail_server.answers = lambda verb, rest: "550 5.1.1 no such user" if verb == "RCPT" else None
    assert send.send_letters(now) == 0
    choice = LetterChoice.objects.get(user=reader)
    assert (choice.stopped_at, choice.stopped_by) == (now, "bounce")
    mail_server.answers = lambda verb, rest: None
    assert send.send_letters(now + timedelta(minutes=30)) == send.send_letters(now + timedelta(hours=13)) == 0
    assert mail_server.taken == []


def test_a_letter_whose_answer_was_lost_is_not_sent_again(news, now, mail_server):
    make_readers(1)
    mail_server.answers = lambda verb, rest: "" if verb == "DOT" else None
    assert send.send_letters(now) == 0
    mail_server.answers = lambda verb, rest: None
    assert send.send_letters(now + timedelta(minutes=30)) == 0
    assert len(mail_server.taken) == 1


def test_a_server_that_hangs_up_between_two_letters_loses_none(news, now, mail_server):
    readers = make_readers(3)
    is_tired = False

    def hang_up_after_each(verb: str, rest: str) -> str | None:
        nonlocal is_tired
        if is_tired and verb in {"NOOP", "MAIL"}:
            is_tired = False
            return ""
        is_tired = is_tired or verb == "DOT"
        return None

    mail_server.answers = hang_up_after_each
    assert send.send_letters(now) == 3
    assert sorted(taken.to for taken in mail_server.taken) == sorted(reader.email for reader in readers)


def test_a_letter_that_comes_back_is_told_of_by_its_envelope(news, now, mail_server, settings):
    settings.BOUNCE_ADDRESS = "bounces@site.example"
    make_readers(1)
    send.send_letters(now)
    [taken] = mail_server.taken
    assert taken.sender.startswith("bounces+")
    assert taken.sender.endswith("@site.example")
    assert len(taken.sender.split("@")[0]) <= 64
    assert taken.message["From"] == settings.DEFAULT_FROM_EMAIL


# What it costs


def test_each_reader_more_costs_a_fixed_number_of_queries(news, now, mailoutbox):
    def queries_with(count: int, at) -> int:
        make_readers(count)
        with CaptureQueriesContext(connection) as queries:
            assert send.send_letters(at) == count
        return len(queries)

    few = queries_with(2, now)
    many = queries_with(12, now + timedelta(minutes=1))
    # Mutes when it is made and when it is sent, the claim, the row, the mark, the end.
    assert many - few == 10 * 6
