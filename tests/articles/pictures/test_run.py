from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.files.storage import FileSystemStorage, InMemoryStorage, storages
from django.utils import timezone

from articles.models import Article, PictureUse, StoredPicture
from articles.pictures import files, run, store
from articles.pictures.keys import key_of, name_of
from articles.pictures.run import fetch_pictures, forget_unused, want_for
from tests.articles.pictures.draw import bomb, chunk, drawn, opened, png
from tests.make import make_article, make_picture, make_pictured_article, make_source

pytestmark = pytest.mark.django_db

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="900" height="600"/>'


def fresh(article: Article) -> Article:
    return Article.objects.select_related("picture").get(pk=article.pk)


def in_text(url: str) -> str:
    return f'<p>Text.</p><p><img src="{url}" alt="" loading="lazy" referrerpolicy="no-referrer"></p>'


class NarrowShelf(InMemoryStorage):
    """Says nothing of its own but its class: any storage of Django's kind will do."""


# The whole way -----------------------------------------------------------------------------------


def test_a_lead_picture_is_fetched_checked_kept_and_stands_above_its_article(desk, storage):
    article = desk.write(image_width=50, image_height=50)
    assert desk.work(article) == 1
    picture = fresh(article).picture
    assert (picture.state, picture.width, picture.height, picture.widths) == ("ready", 1200, 800, [320, 800, 1200])
    assert (fresh(article).image_width, fresh(article).image_height) == (1200, 800)
    for width in picture.widths:
        assert opened(storage.open(name_of(picture.key, width)).read()).size == (width, width * 2 // 3)
    assert picture.byte_count == sum(storage.size(name_of(picture.key, width)) for width in picture.widths)


def test_a_picture_is_fetched_once_for_all_articles_that_name_it(desk):
    first = desk.write()
    assert desk.work(first) == 1
    second = desk.write(first.image_url)
    assert desk.work(first, second) == 0
    assert fresh(first).picture == fresh(second).picture is not None
    assert len(desk.publisher.asked("/lead.jpg")) == 1


def test_the_second_article_has_a_known_picture_before_any_worker_comes(desk):
    known = make_picture("https://cdn.example/known.jpg")
    article = make_article(image_url=known.url)
    want_for([article.pk], timezone.now())
    assert fresh(article).picture == known


def test_pictures_in_texts_are_fetched_and_no_word_of_a_text_is_needed_for_it(desk):
    in_opening, in_body = desk.serve("opening.jpg"), desk.serve("body.jpg")
    article = make_article(opening_html=in_text(in_opening), body=in_text(in_opening) + in_text(in_body))
    assert desk.work(article) == 2
    assert {desk.row(url).state for url in (in_opening, in_body)} == {"ready"}
    assert fresh(article).picture is None


def test_of_a_text_at_most_twenty_pictures_are_wanted(desk):
    article = make_article(body="".join(in_text(f"https://cdn.example/{number}.jpg") for number in range(50)))
    want_for([article.pk], timezone.now())
    assert StoredPicture.objects.count() == 20


def test_pictures_above_articles_come_first_the_newest_first(desk):
    now = timezone.now()
    urls = [f"https://cdn.example/{number}.jpg" for number in range(3)]
    old = make_article(image_url=urls[0])
    want_for([old.pk], now - timedelta(minutes=2))
    new = make_article(image_url=urls[1], opening_html=in_text(urls[2]))
    want_for([new.pk], now)
    assert [one.url for one in store.claim(now, 3)] == [urls[1], urls[0], urls[2]]


def test_articles_that_nobody_asked_for_are_found(desk):
    article = desk.write()
    assert fetch_pictures(timezone.now()) == 1
    assert fresh(article).picture is not None


def test_a_corrected_picture_takes_the_place_of_the_earlier_one(desk):
    article = desk.write()
    desk.work(article)
    Article.objects.update(image_url=desk.serve("other.jpg", 900, 600))
    assert fetch_pictures(timezone.now()) == 1
    assert fresh(article).picture.url.endswith("/other.jpg")
    assert PictureUse.objects.count() == 1


@pytest.mark.parametrize("mode", ["link", "off"])
def test_where_pictures_are_not_ours_to_serve_nothing_is_fetched(desk, settings, mode):
    settings.IMAGES = mode
    assert desk.work(desk.write()) == 0
    assert not StoredPicture.objects.exists()
    assert desk.publisher.requests == []


# Lead by size ------------------------------------------------------------------------------------


def test_a_logo_is_passed_over_for_the_thumbnail(desk):
    article = desk.write(desk.serve("logo.png", 120, 60), thumbnail_url=desk.serve("thumb.jpg", 640, 400))
    desk.work(article)
    assert fresh(article).picture.url.endswith("/thumb.jpg")


def test_where_lead_and_thumbnail_are_of_no_use_the_text_s_first_picture_leads(desk):
    article = desk.write(
        desk.publisher.url("/gone.jpg"),
        thumbnail_url=desk.publisher.serve("/thumb.svg", SVG, content_type="image/svg+xml"),
        opening_html=in_text(desk.serve("text.jpg", 700, 500)),
    )
    desk.work(article)
    assert fresh(article).picture.url.endswith("/text.jpg")


def test_a_thumbnail_is_left_alone_where_the_lead_picture_is_good(desk):
    desk.work(desk.write(thumbnail_url=desk.serve("thumb.jpg")))
    assert desk.publisher.asked("/thumb.jpg") == []


def test_a_lead_picture_that_comes_late_takes_its_place_back(desk):
    lead = desk.publisher.serve("/lead.jpg", b"", status=503)
    article = desk.write(lead, thumbnail_url=desk.serve("thumb.jpg", 640, 400))
    desk.work(article)
    assert fresh(article).picture.url.endswith("/thumb.jpg")
    desk.serve("lead.jpg")
    assert fetch_pictures(timezone.now() + timedelta(hours=2)) == 1
    assert fresh(article).picture.url == lead


# What goes wrong ---------------------------------------------------------------------------------


def test_three_failures_with_growing_pauses_then_it_is_refused(desk):
    article = desk.write(desk.publisher.url("/missing.jpg"))
    now = timezone.now()
    want_for([article.pk], now)
    tried = []
    for minutes in range(0, 300, 4):
        fetch_pictures(now + timedelta(minutes=minutes))
        tried.append(len(desk.publisher.asked("/missing.jpg")))
    picture = desk.row(article.image_url)
    assert (tried[0], tried[1], tried[2], tried[10], tried[-1]) == (1, 1, 2, 2, 3)
    assert (picture.state, picture.attempt_count) == ("refused", 3)
    assert picture.reason == "The server answered 404."


def test_what_was_refused_is_tried_again_when_it_is_named_again_a_day_later(desk):
    article = desk.write(desk.publisher.serve("/lead.jpg", SVG))
    desk.work(article)
    desk.serve("lead.jpg")
    assert desk.work(article) == 0
    later = timezone.now() + timedelta(days=1, minutes=1)
    want_for([article.pk], later)
    assert fetch_pictures(later) == 1


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (SVG.encode(), "It is no picture of a kind that we show (JPEG, PNG, GIF, WebP, AVIF)."),
        (b"<!doctype html><title>Sign in</title>", "It is no picture of a kind that we show"),
        (png(50_000, 50_000), "It has more than 40 million pixels."),
        (drawn()[:4000], "It is damaged."),
        (png(300, 200, chunk(b"zTXt", b"Comment\0\0" + bomb(64)), rows=bytes(300)), "It is damaged."),
        (drawn(1, 1, "GIF"), "It is a pixel that counts readers, no picture."),
    ],
)
def test_a_hostile_file_is_refused_and_the_others_of_the_batch_come_f68(desk, storage, body, reason):
    bad = desk.write(desk.publisher.serve("/bad.png", body, content_type="image/png"))
    good = desk.write()
    assert desk.work(bad, good) == 1
    picture = desk.row(bad.image_url)
    assert picture.state == "refused"
    assert picture.reason.startswith(reason)
    assert (fresh(bad).picture, fresh(good).picture.state) == (None, "ready")
    assert not storage.exists(name_of(picture.key, 320))


def test_an_endless_picture_is_given_up_at_the_limit_f68(desk, settings):
    settings.PICTURE_MAX_BYTES = 50_000

    def endless(connection) -> None:
        connection.write_raw(b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\n\r\n" + drawn()[:500])
        connection.drip([b"\xff" * 60_000] * 50, 0)

    bad = desk.write(desk.publisher.script("/endless.jpg", endless))
    assert desk.work(bad) == 0
    assert desk.row(bad.image_url).reason == "The answer is larger than 0.0477 MB."


def test_a_slow_picture_is_given_up_at_its_deadline_and_delays_no_other_f68(desk, monkeypatch):
    monkeypatch.setattr(run, "TIMEOUT_SECONDS", 0.5)

    def slow(connection) -> None:
        connection.write_raw(b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\n\r\n")
        connection.drip([b"\xff"] * 100, 0.2)

    bad, good = desk.write(desk.publisher.script("/slow.jpg", slow)), desk.write()
    assert desk.work(bad, good) == 1
    assert "completely within 0.5 seconds" in desk.row(bad.image_url).reason


@pytest.mark.parametrize("status", [301, 302, 307])
def test_no_redirect_leads_inside_f26(desk, canary, status):
    target = f"http://127.0.0.1:{canary.port}/secret.png"
    article = desk.write(desk.publisher.redirect("/lead.jpg", target, status))
    assert desk.work(article) == 0
    assert desk.row(article.image_url).reason == "The address is not a public one."


@pytest.mark.parametrize("address", ["127.0.0.1", "localhost", "[::1]", "0x7f000001", "169.254.169.254"])
def test_no_picture_is_fetched_from_inside_f26(desk, canary, address):
    article = desk.write(f"http://{address}:{canary.port}/p.png", opening_html=in_text(f"http://{address}/q.png"))
    assert desk.work(article) == 0
    assert not StoredPicture.objects.filter(state="ready").exists()


def test_a_host_that_is_asked_too_much_is_left_alone_for_as_long_as_it_says(desk):
    busy = [desk.publisher.serve(f"/{number}.jpg", b"", status=429, Retry_After="1800") for number in range(6)]
    for url in busy:
        desk.write(url)
    now = timezone.now()
    fetch_pictures(now)
    assert len(desk.publisher.requests) <= 2
    assert all(one.due_at >= now + timedelta(minutes=30) for one in StoredPicture.objects.all())
    assert StoredPicture.objects.filter(attempt_count=0).count() >= 4


def test_no_visit_begins_after_the_time_is_up(desk):
    article = desk.write()
    want_for([article.pk], timezone.now())
    assert fetch_pictures(timezone.now(), seconds=0) == 0
    assert desk.publisher.requests == []
    assert fetch_pictures(timezone.now()) == 1


# Workers -----------------------------------------------------------------------------------------


def test_two_claims_never_overlap_and_a_dead_worker_s_come_back(desk):
    now = timezone.now()
    want_for([make_article(image_url=f"https://cdn.example/{number}.jpg").pk for number in range(10)], now)
    first, second = store.claim(now, 6), store.claim(now, 6)
    assert (len(first), len(second)) == (6, 4)
    assert not {one.key for one in first} & {one.key for one in second}
    assert store.claim(now + timedelta(minutes=4), 6) == []
    assert len(store.claim(now + store.LEASE, 20)) == 10


def test_who_comes_back_too_late_changes_nothing(desk):
    now, later = timezone.now(), timezone.now() + store.LEASE
    article = desk.write()
    want_for([article.pk], now)
    [late] = store.claim(now, 1)
    [mine] = store.claim(later, 1)
    store.mark_failed(late, "Late.", store.lease_end(now), now, not_before=now)
    assert desk.row(article.image_url).reason == ""
    store.mark_failed(mine, "In time.", store.lease_end(later), later, not_before=later)
    assert desk.row(article.image_url).reason == "In time."


def test_a_worker_that_was_killed_between_files_and_row_leaves_nothing_half(desk, storage):
    article = desk.write()
    files.keep(key_of(article.image_url), [(320, b"half a file"), (800, b"")])
    assert fresh(article).picture is None
    desk.work(article)
    assert opened(storage.open(name_of(key_of(article.image_url), 320)).read()).size == (320, 213)


def test_a_storage_without_room_is_one_failure_and_the_next_try_may_succeed(desk, settings, tmp_path):
    (tmp_path / "full").touch()
    settings.STORAGES = {
        **settings.STORAGES,
        "pictures": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path / "full")},
        },
    }
    article = desk.write()
    assert desk.work(article) == 0
    assert desk.row(article.image_url).reason == "It could not be kept."
    settings.STORAGES = {**settings.STORAGES, "pictures": {"BACKEND": "django.core.files.storage.InMemoryStorage"}}
    assert fetch_pictures(timezone.now() + timedelta(minutes=6)) == 1


@pytest.mark.parametrize(
    ("backend", "kind"),
    [
        ("django.core.files.storage.FileSystemStorage", FileSystemStorage),
        ("tests.articles.pictures.test_run.NarrowShelf", NarrowShelf),
    ],
)
def test_another_storage_is_one_setting(desk, settings, tmp_path, visitor, backend, kind):
    options = {"location": str(tmp_path)} if kind is FileSystemStorage else {}
    settings.STORAGES = {**settings.STORAGES, "pictures": {"BACKEND": backend, "OPTIONS": options}}
    article = desk.write()
    desk.work(article)
    assert type(storages["pictures"]) is kind
    assert visitor.get(f"/pictures/{key_of(article.image_url)}-320.webp").status_code == 200


# Forgetting --------------------------------------------------------------------------------------


def kept_for(days: float, article: Article) -> None:
    StoredPicture.objects.filter(pk=article.picture_id).update(wanted_at=timezone.now() - timedelta(days=days))


def test_pictures_that_no_article_named_for_sixty_days_go_with_their_files(desk, storage):
    old, new = desk.write(), desk.write(desk.serve("new.jpg"))
    desk.work(old, new)
    kept_for(61, fresh(old))
    kept_for(59, fresh(new))
    assert forget_unused(timezone.now()) == 1
    assert (fresh(old).picture, fresh(new).picture.state) == (None, "ready")
    assert not storage.exists(name_of(key_of(old.image_url), 320))
    assert storage.exists(name_of(key_of(new.image_url), 320))


def test_the_pictures_of_an_article_that_is_gone_go_too(desk, storage):
    article = desk.write()
    desk.work(article)
    kept_for(0.1, fresh(article))
    assert forget_unused(timezone.now()) == 0
    article.delete()
    assert forget_unused(timezone.now()) == 1
    assert not storage.exists(name_of(key_of(article.image_url), 320))


@pytest.mark.parametrize("change", ["withdrawn", "headline"])
def test_what_we_may_no_longer_show_is_not_kept(desk, storage, change):
    article = desk.write()
    desk.work(article)
    kept_for(0.1, fresh(article))
    if change == "withdrawn":
        Article.objects.update(withdrawn_at=timezone.now())
    else:
        article.source.__class__.objects.update(permission="headline")
    assert forget_unused(timezone.now()) == 1
    assert not storage.exists(name_of(key_of(article.image_url), 320))


def test_of_a_teaser_source_only_the_picture_above_is_kept():
    article = make_pictured_article(make_source(permission="teaser"))
    inside = make_picture(wanted_at=timezone.now() - timedelta(hours=2))
    PictureUse.objects.create(article=article, picture=inside, place=2)
    assert forget_unused(timezone.now()) == 1
    assert fresh(article).picture.state == "ready"


def test_a_worker_that_dies_while_forgetting_leaves_no_page_with_a_missing_file(desk, storage):
    article = desk.write()
    desk.work(article)
    kept_for(61, fresh(article))
    store.hide(store.unused(timezone.now(), timedelta(days=60), 9))
    assert fresh(article).picture is None
    assert forget_unused(timezone.now()) == 1
    assert not storage.exists(name_of(key_of(article.image_url), 320))


def test_a_first_run_waits_until_every_lead_picture_was_tried_once(desk):
    desk.write()
    desk.write(desk.publisher.url("/gone.jpg"))
    now = timezone.now()
    assert not run.are_in(now)
    fetch_pictures(now)
    assert run.are_in(now)


def test_limits_are_those_of_pictures(settings):
    settings.PICTURE_MAX_BYTES = 1234
    assert run.limits() == replace(run.limits(), max_bytes=1234, timeout_seconds=15)
