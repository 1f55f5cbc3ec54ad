"""The briefing by mail: who is due, and each of them once.

queue_due     whose edition is due by now: editions made, one Delivery for each reader
send_waiting  a delivery is claimed, looked at once more, composed, marked, handed over

A round that is cut off leaves leases that end within two minutes; the next one goes on where it stopped.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone

from accounts.models import User
from articles.models import Article, Delivery, Edition
from articles.muting import mutes_of
from articles.newsletter import bounces, links, store
from articles.newsletter.choose import LEAD, PICK, RANK
from articles.newsletter.letter import Letter, Picture, Story, asked_line, lead_text
from articles.newsletter.mail import Answer, Line, Mail, Outcome
from articles.newsletter.run import Maker, before_of, cards_in, minutes_of
from articles.newsletter.when import Slot, current_slot, next_slot, slot_before
from articles.newsletter.words import comes_next, edition_date, edition_name, length
from articles.pages.article import public_opening, text_of
from articles.pages.cards import Card
from articles.pictures.shown import kept
from articles.reading import access_to
from billing import phrases
from billing.entitlement import Access
from billing.plans import facts_of
from billing.words import membership_words

logger = logging.getLogger(__name__)

CHUNK = 100  # readers whose editions are made together
QUEUE_SECONDS = 20
ROUND_SECONDS = 30
FEWEST_SENT = 3  # stories; a letter with less is none
FIRST_PAUSE = timedelta(minutes=5)
PICTURE_WIDTH = 552  # pixels, as the letter shows it
SMALLEST_PICTURE = 480
# Who may read everything and has nothing to decide is not told about it every day.
SETTLED = {Access.MEMBER, Access.STAFF, Access.GIVEN, Access.FREE}


def send_letters(now: datetime) -> int:
    """One round: make what is due, send what waits. How many letters were taken. Safe to run twice and at once."""
    if not settings.MAIL_IS_CONFIGURED:
        return 0
    room = settings.BRIEFINGS_PER_MINUTE - store.handed_since(now - timedelta(minutes=1))
    if room <= 0:
        return 0
    queue_due(now, room)
    return send_waiting(now, room)


# Who is due


def queue_due(now: datetime, most: int) -> int:
    """Editions and deliveries for up to `most` readers; how many. It stops in time for what waits to be sent."""
    maker, queued, until = Maker(now), 0, time.monotonic() + QUEUE_SECONDS
    for slot, zones in _open_slots(now):
        while queued < most and time.monotonic() < until:
            readers = store.due_readers(zones, slot, min(CHUNK, most - queued))
            if not readers:
                break
            _queue(readers, slot, maker)
            queued += len(readers)
    return queued


def _open_slots(now: datetime) -> Iterator[tuple[Slot, list[str]]]:
    """The editions that may be sent now, with the zones they are due in; who waits longest comes first."""
    zones_by_slot: dict[Slot, list[str]] = {}
    for name in store.zones_wanting():
        slot = current_slot(now, User(time_zone=name).zone)
        if slot.is_sent_at(now):
            zones_by_slot.setdefault(slot, []).append(name)
    return iter(sorted(zones_by_slot.items(), key=lambda item: item[0].due_at))


def _queue(readers: Sequence[User], slot: Slot, maker: Maker) -> None:
    user_ids = [user.pk for user in readers]
    previous = {user.pk: slot_before(slot, user.zone) for user in readers}
    found = store.editions_in({slot, *previous.values()}, user_ids)
    befores = {pk: before_of(found.get((pk, before)), before) for pk, before in previous.items()}
    follows = store.follows_of(user_ids)
    missing = [
        store.edition_row(user.pk, slot, maker.places(follows[user.pk], mutes_of(user), befores[user.pk]), maker.now)
        for user in readers
        if (user.pk, slot) not in found
    ]
    with transaction.atomic():
        store.keep(missing)
        store.want_deliveries(store.editions_in([slot], user_ids).values(), maker.now)


# Sending


def send_waiting(now: datetime, most: int) -> int:
    """A mail server that is away ends the round; a fault of ours in one letter keeps nobody else's waiting."""
    due = store.waiting(now).order_by("edition__due_at", "pk").values_list("pk", flat=True)[:most]
    maker, sent, until = Maker(now), 0, time.monotonic() + ROUND_SECONDS
    with Line() as line:
        for pk in list(due):
            if time.monotonic() > until:
                break
            if not line.is_ready():
                logger.warning("briefings wait, the mail server is away")
                break
            sent += _send_one(pk, line, maker)
    return sent


def _send_one(pk: int, line: Line, maker: Maker) -> bool:
    now = maker.now
    row = store.claim(pk, now)
    if row is None:
        return False
    try:
        mail = _mail_of(row, maker)
    except Exception:
        logger.exception("briefing failed delivery=%d", pk)
        _defer(row, now)
        return False
    if mail is None:
        store.drop(row, now)
        return False
    if not store.mark_handed(row, now):
        return False
    return _settle(row, line.hand_over(mail), now)


def _settle(row: Delivery, answer: Answer, now: datetime) -> bool:
    """What the mail server's answer means for the row. Whether the letter was taken."""
    match answer.outcome:
        case Outcome.TAKEN:
            store.mark_sent(row, now)
            return True
        case Outcome.DEFERRED:
            _defer(row, now)
        case Outcome.NO_MAILBOX:
            store.drop(row, now)
            bounces.note_refusal(row.user, answer.status, now)
        case Outcome.REFUSED:
            store.drop(row, now)
        case Outcome.UNKNOWN:
            pass  # it may have been taken, so it stays marked and is not sent again
    logger.warning("briefing not taken delivery=%d why=%s %s", row.pk, answer.outcome.value, answer.status)
    return False


def _defer(row: Delivery, now: datetime) -> None:
    """After 5, 10, 20 … minutes, while the edition is of its time."""
    store.defer(row, now + FIRST_PAUSE * 2**row.attempts)


# Composing, for the reader as the reader is now


def _mail_of(row: Delivery, maker: Maker) -> Mail | None:
    """None where the letter no longer holds: switched off, stopped, unproven, or nothing left to say."""
    if not _is_wanted(row):
        return None
    with timezone.override(row.user.zone):
        letter = letter_of(row.user, row.edition, maker)
    if letter is None:
        return None
    shown = {"letter": letter}
    return Mail(
        to=row.user.email,
        subject=letter.subject,
        text=render_to_string("emails/briefing.txt", shown),
        html=render_to_string("emails/briefing.html", shown),
        headers=headers_of(row, letter),
        return_path=links.return_path(row.user, maker.now),
    )


def _is_wanted(row: Delivery) -> bool:
    choice = getattr(row.user, "letter_choice", None)
    if choice is None or choice.stopped_at or not getattr(choice, row.edition.part):
        return False
    return row.user.is_active and row.user.has_verified_address


def headers_of(row: Delivery, letter: Letter) -> dict[str, str]:
    """RFC 2369, 2919 and 8058: mail programs show their own button, and it works without a page."""
    return {
        "Message-ID": links.message_id(row.user_id, row.edition),
        "List-Id": links.list_id(),
        "List-Unsubscribe": f"<{letter.unsubscribe_url}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def letter_of(user: User, edition: Edition, maker: Maker) -> Letter | None:
    """The edition for this reader now: muted, withdrawn and walled as of this moment. None where little is left."""
    now, zone = maker.now, user.zone
    places = store.places_of(edition)
    maker.load(place.article_id for place in places)
    mutes = mutes_of(user)
    cards = cards_in(places, maker.articles, mutes)
    if len(cards) < FEWEST_SENT:
        return None
    choice = user.letter_choice
    slot = Slot(edition.day, edition.part, edition.due_at)
    return Letter(
        edition=edition_name(slot),
        date=edition_date(slot, now, zone),
        length=length(len(cards), minutes_of(card for _, card in cards)),
        stories=[story_of(card, number, place.kind, user, now) for number, (place, card) in enumerate(cards, start=1)],
        next=comes_next(next_slot(now, zone), now, zone),
        asked=asked_line(edition.part, choice.morning and choice.evening, phrases.day(choice.asked_at, now, zone)),
        unsubscribe_url=links.unsubscribe_url(user.pk),
        site_name=settings.SITE_NAME,
        site_url=settings.SITE_URL,
        contact=settings.CONTACT_EMAIL,
        access=_access_line(user, now),
    )


def story_of(card: Card, number: int, kind: str, user: User, now: datetime) -> Story:
    """Who may read an article whole is decided here, when it is sent, by the one function that decides it anywhere."""
    article, is_lead = card.article, number == 1 and kind != PICK
    may_read = access_to(article, user, now).is_granted
    story = Story(
        number=number,
        headline=card.headline,
        url=settings.SITE_URL + card.url,
        source_name=article.source.name,
        language=article.language,
        is_rtl=article.is_rtl,
        text=card.dek,
        note=card.note,
        why="" if card.also_count and kind in {LEAD, RANK} else card.why,
        minutes=article.reading_minutes,
        also_count=card.also_count,
        also_url=settings.SITE_URL + card.also_url if card.also_url else "",
        is_pick=kind == PICK,
        is_for_members=not may_read,
    )
    if not is_lead:
        return story
    return replace(story, text=lead_text(_opening(article) if may_read else "", card.dek), picture=_picture(article))


def _opening(article: Article) -> str:
    """The first paragraph that everybody may read, as plain text."""
    return text_of(public_opening(article).partition("</p>")[0])


def _picture(article: Article) -> Picture | None:
    """Only our own copy: a picture that a publisher serves would tell the publisher who opened the letter."""
    if settings.IMAGES != "proxy" or not article.image_url or article.picture is None:
        return None
    own = kept(article.picture)
    if not own.width or own.width < SMALLEST_PICTURE:
        return None
    return Picture(settings.SITE_URL + own.src, round(PICTURE_WIDTH * own.height / own.width), article.image_alt)


def _access_line(user: User, now: datetime) -> str:
    facts = facts_of(user, now)
    if facts.access in SETTLED:
        return ""
    words = membership_words(facts)
    return f"{words.title} {words.text}".strip()
