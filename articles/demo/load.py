"""The demo edition into the database: titles and feeds, people in every state of the table, picks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.management.base import CommandError
from django.db import transaction
from django.db.models import F, Max, QuerySet, Value
from django.db.models.functions import Replace

from accounts.models import User
from articles.demo import feeds
from articles.demo.edition import load_edition
from articles.models import Article, Entry, Feed, Follow, Permission, Pick, Saved, Source, Story
from billing.gateway import client
from billing.gateway.sync import sync_reader
from billing.models import (
    CardClaim,
    CheckoutSession,
    Consent,
    Customer,
    Invoice,
    Membership,
    Refund,
    Subscription,
    TrialClaim,
)
from billing.trial import email_key, start_trial

PASSWORD = "broadsheet-demo"
DOMAIN = "demo.example"
FRESH_FOR = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Person:
    """A demo account: `days` since sign-up; membership facts as days from now where they are times."""

    name: str
    address: str
    days: float
    state: str
    is_verified: bool = True
    is_staff: bool = False
    is_superuser: bool = False
    has_trial: bool = True
    status: str = ""
    plan: str = ""
    paid_days: float | None = None
    cancels_days: float | None = None
    past_due_days: float | None = None
    customer: str = ""  # at the stand-in for Stripe, whose word on the membership then counts


PEOPLE = (
    Person("Ines Carrow", "editor", 400, "editor: curates Our Picks in the admin", is_staff=True, has_trial=False),
    Person("Olu Hart", "operator", 400, "operator: the whole admin", is_staff=True, is_superuser=True, has_trial=False),
    Person("", "new", 0.1, "signed up two hours ago, address not verified", is_verified=False),
    Person("Nadia Kerr", "trial", 4.2, "day 5 of the trial"),
    Person("Sam Adeyemi", "trial-over", 15, "trial over"),
    Person(
        "Mara Lind",
        "early",
        6,
        "in trial, has subscribed early",
        status="trialing",
        plan="yearly",
        paid_days=8,
        customer="cus_demo_early",
    ),
    Person(
        "Jonas Weil",
        "member",
        90,
        "member, monthly",
        status="active",
        plan="monthly",
        paid_days=19,
        customer="cus_demo_member",
    ),
    Person(
        "Aiko Brandt",
        "cancelled",
        100,
        "cancelled, ten days still paid",
        status="active",
        plan="monthly",
        paid_days=10,
        cancels_days=10,
        customer="cus_demo_cancelled",
    ),
    Person(
        "Tom Okafor",
        "past-due",
        90,
        "payment failed two days ago, in grace",
        status="past_due",
        plan="monthly",
        paid_days=-2,
        past_due_days=-2,
        customer="cus_demo_past_due",
    ),
    Person(
        "Ruth Salo",
        "unpaid",
        120,
        "unpaid: locked",
        status="unpaid",
        plan="monthly",
        paid_days=-20,
        past_due_days=-20,
        customer="cus_demo_unpaid",
    ),
    Person(
        "Leo Marsh",
        "left",
        415,
        "membership ended",
        status="canceled",
        plan="yearly",
        paid_days=-30,
        cancels_days=-30,
        customer="cus_demo_left",
    ),
)

PICKS = {
    "ferry-timetable-harbour-ledger": (
        "The best thing we read this week on what a public service is for. Stay for the last line."
    ),
    "orchard-spreadsheet-konkan-morning-post": "A farm memoir that is secretly about inheritance law.",
    "lose-election-lagos-reader": (
        "Four defeated candidates on the telephone call they each had to make. No picture, and it needs none."
    ),
    "thread-gulf-mercantile": "One shirt, five countries, every invoice. Patient and very funny.",
}


def load_demo(now: datetime) -> str:
    """Titles, feeds, people and, for what has been ingested, picks. Safe to run again; one line says what is there.

    CommandError where DEBUG is off: its accounts have a known password.
    """
    if not settings.DEBUG:
        raise CommandError("The demo edition and its accounts load only where DEBUG is true.")
    with transaction.atomic():
        move_press(f"http://{settings.DEMO_PRESS_ADDRESS}")
        load_titles()
        for person in PEOPLE:
            load_person(person, now)
        picks = load_picks(now)
    sync_people(now)
    return (
        f"{Source.objects.filter(is_fictional=True).count()} titles, "
        f"{Article.objects.filter(source__is_fictional=True).count()} articles, {len(PEOPLE)} people, {picks} picks"
    )


def load_titles() -> None:
    press_url = f"http://{settings.DEMO_PRESS_ADDRESS}"
    edition = load_edition()
    for title in edition.titles:
        source, _ = Source.objects.update_or_create(
            slug=title.slug,
            defaults={
                "name": title.name,
                "homepage": f"{press_url}/{title.slug}/",
                "description": title.description,
                "country": title.country,
                "language": title.language,
                "weight": title.weight,
                "permission": Permission.OPEN if title.licence else Permission.FULL,
                "licence": title.licence,
                "licence_url": title.licence_url,
                "is_fictional": True,
            },
        )
        for section in edition.sections_of(title.slug):
            Feed.objects.get_or_create(
                url=feeds.feed_url(press_url, title.slug, section), defaults={"source": source, "section": section}
            )


def move_press(press_url: str) -> None:
    """The press prints at another address than before: take its feeds, links and pictures along."""
    feed = Feed.objects.filter(source__is_fictional=True).first()
    if feed is None or feed.url.startswith(f"{press_url}/"):
        return
    old_url = "/".join(feed.url.split("/")[:3])
    for model, field in (
        (Feed, "url"),
        (Article, "canonical_url"),
        (Article, "image_url"),
        (Article, "thumbnail_url"),
        (Article, "opening_html"),
    ):
        rows = model.objects.filter(source__is_fictional=True)
        rows.update(**{field: Replace(field, Value(old_url), Value(press_url))})


def load_person(person: Person, now: datetime) -> None:
    """An account in the state it stands for, dated from now at every run."""
    email = f"{person.address}@{DOMAIN}"
    signed_up_at = now - timedelta(days=person.days)
    user = User.objects.filter(email=email).first()
    if user is None:
        user = User.objects.create_user(email, PASSWORD)
    user.name, user.is_staff, user.is_superuser, user.date_joined = (
        person.name,
        person.is_staff,
        person.is_superuser,
        signed_up_at,
    )
    user.save()
    user.emailaddress_set.update_or_create(email=email, defaults={"verified": person.is_verified, "primary": True})
    if person.is_staff:
        user.groups.set([] if person.is_superuser else Group.objects.filter(name="Editors"))
    if not person.has_trial:
        return
    start_trial(user, signed_up_at)
    Membership.objects.filter(user=user).update(
        trial_started_at=signed_up_at, trial_ends_at=signed_up_at + timedelta(days=settings.TRIAL_DAYS)
    )
    if not client.is_on():
        write_membership(user, person, now)
    elif person.customer:
        Customer.objects.update_or_create(stripe_id=person.customer, defaults={"user": user, "email": user.email})
    load_habits(user)


def sync_people(now: datetime) -> None:
    """Where payment is on, Stripe's word counts: that of the stand-in, which knows these people."""
    for user in User.objects.filter(email__in=[f"{person.address}@{DOMAIN}" for person in PEOPLE]):
        sync_reader(user, now)


def write_membership(user: User, person: Person, now: datetime) -> None:
    Membership.objects.filter(user=user).update(
        status=person.status,
        plan=person.plan,
        paid_until=days_from(now, person.paid_days),
        cancels_at=days_from(now, person.cancels_days),
        past_due_since=days_from(now, person.past_due_days),
    )


def days_from(now: datetime, days: float | None) -> datetime | None:
    return None if days is None else now + timedelta(days=days)


def load_habits(user: User) -> None:
    """What a reader follows and has saved, so that no page of theirs is empty."""
    if user.email != f"trial@{DOMAIN}" and user.email != f"member@{DOMAIN}":
        return
    for slug in ("harbour-ledger", "orbit-quarterly"):
        Follow.objects.get_or_create(user=user, source=Source.objects.get(slug=slug), section="")
    for section in ("climate", "culture"):
        Follow.objects.get_or_create(user=user, source=None, section=section)
    fictional = Article.objects.filter(source__is_fictional=True).newest()
    in_full = fictional.filter(source__permission=Permission.OPEN)[:1]  # also read without a connection
    for article in (*fictional.filter(word_count__gte=700)[:3], *in_full):
        Saved.objects.get_or_create(user=user, article=article)


def load_picks(now: datetime) -> int:
    """Picks of the articles that have arrived; how many stand."""
    editor = User.objects.get(email=f"editor@{DOMAIN}")
    for position, (key, note) in enumerate(PICKS.items()):
        entry = Entry.objects.filter(entry_id__endswith=key, feed__source__is_fictional=True).first()
        if entry is None or Pick.objects.filter(article=entry.article_id).exists():
            continue
        Pick.objects.create(
            article_id=entry.article_id, position=position, note=note, starts_at=now - timedelta(hours=2), editor=editor
        )
    return Pick.objects.filter(article__source__is_fictional=True).count()


@transaction.atomic
def remove_demo() -> str:
    """Everything that load_demo and the fictional press brought."""
    addresses = [f"{person.address}@{DOMAIN}" for person in PEOPLE]
    articles = Article.objects.filter(source__is_fictional=True).count()
    Source.objects.filter(is_fictional=True).delete()
    Story.objects.filter(articles=None).delete()
    customers = Customer.objects.filter(user__email__in=addresses)
    invoices = Invoice.objects.filter(subscription__customer__in=customers)
    for rows in (Refund.objects.filter(invoice__in=invoices), invoices, *owned_by(customers)):
        rows.delete()
    customers.delete()
    # Else their cards would have had the free days already when the edition is loaded again.
    CardClaim.objects.filter(user__email__in=addresses).delete()
    people = User.objects.filter(email__in=addresses).delete()[1].get("accounts.User", 0)
    TrialClaim.objects.filter(email_key__in=[email_key(address) for address in addresses]).delete()
    base_file().unlink(missing_ok=True)
    return f"removed {articles} articles and {people} people of the demo edition"


def owned_by(customers: QuerySet[Customer]) -> list[QuerySet]:
    return [model.objects.filter(customer__in=customers) for model in (Subscription, CheckoutSession, Consent)]


def base_file() -> Path:
    return settings.VAR_DIR / "demo-edition-base"


def edition_base(now: datetime) -> datetime:
    """The moment that "two hours ago" counts from; moved to now where the edition has grown old."""
    try:
        base = datetime.fromisoformat(base_file().read_text().strip())
    except (FileNotFoundError, ValueError):
        base = None
    if base is not None and now - base < FRESH_FOR:
        return base
    freshen(now)
    base = now.astimezone(UTC).replace(microsecond=0)
    base_file().write_text(base.isoformat())
    return base


@transaction.atomic
def freshen(now: datetime) -> None:
    """Date the fictional articles and their stories as if they had been printed today."""
    articles = Article.objects.filter(source__is_fictional=True)
    newest = articles.aggregate(at=Max("published_at"))["at"]
    if newest is None or now - newest < FRESH_FOR:
        return
    shift = now - newest
    story_ids = list(articles.exclude(story=None).values_list("story_id", flat=True).distinct())
    articles.update(published_at=F("published_at") + shift, first_seen_at=F("first_seen_at") + shift)
    Story.objects.filter(pk__in=story_ids).update(first_at=F("first_at") + shift, last_at=F("last_at") + shift)
