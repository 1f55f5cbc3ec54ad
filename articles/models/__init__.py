"""One migration history, one file per aggregate."""

from articles.models.alarm import Alarm
from articles.models.article import Article, ArticleBody, ArticleQuerySet, ArticleVersion, ArticleVersionBody, Entry
from articles.models.category import CategoryRule
from articles.models.host import Host
from articles.models.hub import HubState, HubSubscription, Push
from articles.models.page import ArticlePage, PageState
from articles.models.pick import Pick
from articles.models.picture import PictureState, PictureUse, StoredPicture
from articles.models.placement import Copy, Placement
from articles.models.reader import Follow, Reading, Saved
from articles.models.source import Feed, FeedDay, Permission, Source, SourceChange, host_of
from articles.models.story import Story

__all__ = [
    "Alarm",
    "Article",
    "ArticleBody",
    "ArticlePage",
    "ArticleQuerySet",
    "ArticleVersion",
    "ArticleVersionBody",
    "CategoryRule",
    "Copy",
    "Entry",
    "Feed",
    "FeedDay",
    "Follow",
    "Host",
    "HubState",
    "HubSubscription",
    "PageState",
    "Permission",
    "Pick",
    "PictureState",
    "PictureUse",
    "Placement",
    "Push",
    "Reading",
    "Saved",
    "Source",
    "SourceChange",
    "StoredPicture",
    "Story",
    "host_of",
]
