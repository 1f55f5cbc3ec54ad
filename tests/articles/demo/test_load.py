"""Loading the demo edition, its people and its picks."""

from __future__ import annotations

import re
import threading
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import User
from articles.demo.load import DOMAIN, PASSWORD, PEOPLE, edition_base, freshen, load_demo, remove_demo
from articles.demo.press import Press
from articles.ingest.run import refresh_feeds
from articles.models import Article, Feed, Pick, Source, StoredPicture
from articles.pictures.run import are_in, fetch_pictures
from billing.entitlement import Access, access_of
from billing.models import Customer, Invoice, Refund, Subscription
from billing.standing import rules, standing_of
from tests.billing.paying import paying  # noqa: F401  fixture
from tests.make import make_article, make_source, make_story
from tests.stripe_api.demo import seed_demo

pytestmark = pytest.mark.django_db


@pytest.fixture
def demo(settings, tmp_path):
    settings.DEBUG = True
    settings.VAR_DIR = tmp_path
    settings.DEMO_PRESS_ADDRESS = "127.0.0.1:8001"
    return settings


@pytest.fixture
def press(demo):
    """The fictional press on a free port of loopback, allowed to the fetcher."""
    server = Press("127.0.0.1:0", timezone.now())
    address = f"127.0.0.1:{server.server_port}"
    server.press_url = f"http://{address}"
    demo.DEMO_PRESS_ADDRESS = address
    demo.FEED_ALLOWED_PRIVATE_HOSTS = [address]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_it_refuses_where_debug_is_off(settings):
    settings.DEBUG = False
    with pytest.raises(CommandError, match="DEBUG"):
        call_command("demo", "load")
    assert not User.objects.exists()


def test_it_loads_twice_without_doubling_anything(demo):
    load_demo(timezone.now())
    counts = Source.objects.count(), Feed.objects.count(), User.objects.count()
    load_demo(timezone.now())
    assert counts == (Source.objects.count(), Feed.objects.count(), User.objects.count())
    assert counts[0] == 20
    assert counts[2] == len(PEOPLE)


def test_the_people_stand_in_every_state_of_the_table(demo):
    now = timezone.now()
    load_demo(now)
    states = {access_of(standing_of(user), now, rules()).value for user in User.objects.all()}
    assert states >= {
        "staff",
        "unverified_grace",
        "trial",
        "trial_over",
        "member",
        "cancelled_running",
        "past_due_grace",
        "lapsed",
    }


def test_the_demo_editor_can_sign_in(demo, client):
    load_demo(timezone.now())
    client.post("/account/login/", {"login": f"editor@{DOMAIN}", "password": PASSWORD})
    assert client.get("/admin/").status_code == 200


def test_the_edition_arrives_through_the_feeds_and_is_picked(press, capsys):
    load_demo(timezone.now())
    call_command("refresh", "--all")
    load_demo(timezone.now())
    assert Article.objects.filter(source__is_fictional=True).count() >= 120
    assert Article.objects.filter(source__is_fictional=True, has_body=False).count() == 0
    assert Pick.objects.count() == 4
    lead = Article.objects.get(headline__startswith="Eleven river states agree")
    assert lead.image_alt
    assert lead.image_caption
    assert lead.image_url.endswith("delta-1200.webp")
    assert lead.thumbnail_url.endswith("delta-640.webp")


def test_one_title_is_open_to_everybody_and_can_be_kept_for_reading_offline(press, client):
    load_demo(timezone.now())
    list(refresh_feeds(timezone.now()))
    load_demo(timezone.now())
    article = Article.objects.filter(source__slug="public-record").newest()[0]
    page = client.get(article.get_absolute_url())
    assert "Republished under" in page.text
    assert "Sign up to read" not in page.text
    client.force_login(User.objects.get(email=f"member@{DOMAIN}"))
    assert article.headline in client.get("/saved/offline/").text


def test_its_pictures_come_through_our_own_hands(press, client):
    now = timezone.now()
    load_demo(now)
    list(refresh_feeds(now, Feed.objects.filter(source__slug="harbour-ledger").values_list("url", flat=True)))
    assert not are_in(now)
    fetched = fetch_pictures(now)
    assert are_in(now)
    assert fetched == StoredPicture.objects.filter(state="ready").count() == StoredPicture.objects.count() > 1
    assert not Article.objects.exclude(image_url="").filter(picture=None).exists()
    page = client.get("/").text
    assert '<img src="/pictures/' in page
    assert press.press_url not in "".join(re.findall("<img[^>]*>", page))


def test_the_front_page_says_that_it_is_fictional(demo, client):
    load_demo(timezone.now())
    assert "demo edition: every title, person and event in it is fictional" in client.get("/").text


def test_an_old_edition_is_dated_again(demo):
    now = timezone.now()
    source = make_source(is_fictional=True)
    article = make_article(source, published_at=now - timedelta(days=3))
    other = make_article(source, published_at=now - timedelta(days=3, hours=2))
    real = make_article(published_at=now - timedelta(days=3))
    story = make_story([article])
    freshen(now)
    for row in (article, other, real, story):
        row.refresh_from_db()
    assert article.published_at == now
    assert other.published_at == now - timedelta(hours=2)
    assert real.published_at == now - timedelta(days=3)
    assert story.last_at == now


def test_the_base_stands_for_hours_and_moves_when_old(demo):
    now = timezone.now()
    base = edition_base(now)
    assert edition_base(now + timedelta(hours=1)) == base
    assert edition_base(now + timedelta(hours=7)) > base


def test_a_press_at_another_address_takes_its_feeds_along(demo):
    load_demo(timezone.now())
    demo.DEMO_PRESS_ADDRESS = "127.0.0.1:8009"
    load_demo(timezone.now())
    assert not Feed.objects.exclude(url__startswith="http://127.0.0.1:8009/").exists()


def test_removing_it_leaves_nothing_fictional(demo):
    make_article()
    now = timezone.now()
    load_demo(now)
    customer = Customer.objects.create(user=User.objects.get(email=f"member@{DOMAIN}"), stripe_id="cus_demo_member")
    subscription = Subscription.objects.create(customer=customer, stripe_id="sub_1", status="active", began_at=now)
    invoice = Invoice.objects.create(
        subscription=subscription, stripe_id="in_1", status="paid", total_cents=1000, issued_at=now
    )
    Refund.objects.create(invoice=invoice, stripe_id="re_1", payment_id="pi_1", amount_cents=400, made_at=now)
    remove_demo()
    assert not Source.objects.filter(is_fictional=True).exists()
    assert not User.objects.filter(email__endswith=DOMAIN).exists()
    assert Article.objects.count() == 1


def test_removed_and_loaded_again_everybody_is_in_the_same_state(demo, paying):  # noqa: F811
    """At the stand-in for Stripe as well, which goes on and knows their cards."""
    seed_demo(paying.stand_in)
    load_demo(timezone.now())
    before = {user.email: paying.access(user) for user in User.objects.filter(email__endswith=DOMAIN)}
    assert Access.MEMBER in before.values()
    remove_demo()
    load_demo(timezone.now())
    assert {user.email: paying.access(user) for user in User.objects.filter(email__endswith=DOMAIN)} == before
