"""Rows for tests: plain functions with sensible defaults, every value can be given."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count

from django.utils import timezone

from accounts.models import User
from articles.models import Article, ArticleBody, Feed, Mute, Pick, PictureUse, Source, StoredPicture, Story, Topic
from articles.muting import word_of
from articles.pictures.encode import widths_for
from articles.pictures.keys import key_of
from articles.topics.keys import key_of as topic_key
from billing.models import Membership
from billing.trial import start_trial

numbers = count(1)


def make_source(**fields) -> Source:
    number = next(numbers)
    return Source.objects.create(
        **{
            "name": f"Title {number}",
            "slug": f"title-{number}",
            "homepage": f"https://title-{number}.example/",
            "country": "GB",
            "language": "en",
            "permission": "full",
            **fields,
        }
    )


def make_feed(source: Source | None = None, **fields) -> Feed:
    source = source or make_source()
    return Feed.objects.create(
        **{
            "source": source,
            "url": f"https://{source.slug}.example/feed-{next(numbers)}.xml",
            "section": "world",
            **fields,
        }
    )


def make_article(source: Source | None = None, *, body: str | None = None, **fields) -> Article:
    """An article; with `body` (HTML) a licensed one whose whole text is stored."""
    number = next(numbers)
    source = source or make_source()
    now = timezone.now()
    article = Article.objects.create(
        **{
            "source": source,
            "section": "world",
            "canonical_url": f"https://{source.slug}.example/{number}",
            "headline": f"Headline number {number}",
            "standfirst": f"Standfirst number {number}.",
            "opening_html": f"<p>Opening number {number}.</p>",
            "author": "Ada Reporter",
            "language": source.language,
            "published_at": now - timedelta(seconds=number),  # each older than the one made before it
            "first_seen_at": now,
            "has_body": body is not None,
            "word_count": len(body.split()) if body else 0,
            **fields,
        }
    )
    if body is not None:
        ArticleBody.objects.create(article=article, html=body)
    return article


def make_picture(url: str = "", *, width: int = 1200, height: int = 800, **fields) -> StoredPicture:
    """A picture that is ready, without its files."""
    url = url or f"https://press.example/picture-{next(numbers)}.jpg"
    return StoredPicture.objects.create(
        **{
            "key": key_of(url),
            "url": url,
            "state": "ready",
            "width": width,
            "height": height,
            "widths": widths_for(width, height),
            "attempt_count": 1,
            "wanted_at": timezone.now(),
            **fields,
        }
    )


def make_pictured_article(source: Source | None = None, *, width: int = 1200, height: int = 800, **fields) -> Article:
    """An article whose lead picture is ready."""
    picture = make_picture(width=width, height=height)
    article = make_article(source, image_url=picture.url, picture=picture, **fields)
    PictureUse.objects.create(article=article, picture=picture, place=0)
    return article


def make_story(articles: list[Article], **fields) -> Story:
    story = Story.objects.create(
        **{
            "lead": articles[0],
            "section": articles[0].section,
            "title_count": len({article.source_id for article in articles}),
            "article_count": len(articles),
            "score": 1.0,
            "first_at": min(article.published_at for article in articles),
            "last_at": max(article.published_at for article in articles),
            "cluster_version": 1,
            **fields,
        }
    )
    Article.objects.filter(pk__in=[article.pk for article in articles]).update(story=story)
    for article in articles:
        article.story = story
    return story


def make_pick(article: Article | None = None, **fields) -> Pick:
    return Pick.objects.create(
        **{"article": article or make_article(), "starts_at": timezone.now() - timedelta(hours=1), **fields}
    )


def make_user(email: str = "", *, is_verified: bool = True, **fields) -> User:
    user = User.objects.create_user(email or f"reader-{next(numbers)}@mail.example", "a long password", **fields)
    user.emailaddress_set.create(email=user.email, verified=is_verified, primary=True)
    return user


def make_reader(started_at: datetime | None = None, **membership) -> User:
    """A verified reader whose trial started at `started_at` (now); `membership` overrides its facts."""
    started_at = started_at or timezone.now()
    user = make_user(date_joined=started_at)
    start_trial(user, started_at)
    if membership:
        Membership.objects.filter(user=user).update(**membership)
    return User.objects.get(pk=user.pk)


def make_mute(user: User, *, source: Source | None = None, topic: str = "", word: str = "") -> Mute:
    """One of the three: a topic by its label, a word as a reader types it."""
    named = make_topic(topic) if topic else None
    return Mute.objects.create(user=user, source=source, topic=named, word=word_of(word), typed=word)


def make_topic(label: str) -> Topic:
    return Topic.objects.get_or_create(key=topic_key(label), defaults={"name": label})[0]
