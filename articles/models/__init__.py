"""One migration history, one file per aggregate."""

from articles.models.alarm import Alarm
from articles.models.article import Article, ArticleBody, ArticleQuerySet, ArticleVersion, ArticleVersionBody, Entry
from articles.models.category import CategoryRule
from articles.models.fingerprint import Fingerprint, Refrain, TellingTerm, Vocabulary
from articles.models.host import Host
from articles.models.hub import HubState, HubSubscription, Push
from articles.models.leak_check import LeakCheck, Outcome
from articles.models.move import StoryMove
from articles.models.newsletter import Delivery, Edition, LetterChoice, Part
from articles.models.page import ArticlePage, PageState
from articles.models.pick import Pick
from articles.models.picture import PictureState, PictureUse, StoredPicture
from articles.models.placement import Copy, Placement
from articles.models.ranking import FrontSnapshot, Showing, StoryAudience, TopChoice
from articles.models.reader import Follow, Interests, Mute, Reading, Saved, Unwanted
from articles.models.related import Related
from articles.models.search_word import SearchWord
from articles.models.source import Feed, FeedDay, Permission, Source, SourceChange, host_of
from articles.models.story import Story
from articles.models.topic import ArticleTopic, Topic

__all__ = [
    "Alarm",
    "Article",
    "ArticleBody",
    "ArticlePage",
    "ArticleQuerySet",
    "ArticleTopic",
    "ArticleVersion",
    "ArticleVersionBody",
    "CategoryRule",
    "Copy",
    "Delivery",
    "Edition",
    "Entry",
    "Feed",
    "FeedDay",
    "Fingerprint",
    "Follow",
    "FrontSnapshot",
    "Host",
    "HubState",
    "HubSubscription",
    "Interests",
    "LeakCheck",
    "LetterChoice",
    "Mute",
    "Outcome",
    "PageState",
    "Part",
    "Permission",
    "Pick",
    "PictureState",
    "PictureUse",
    "Placement",
    "Push",
    "Reading",
    "Refrain",
    "Related",
    "Saved",
    "SearchWord",
    "Showing",
    "Source",
    "SourceChange",
    "StoredPicture",
    "Story",
    "StoryAudience",
    "StoryMove",
    "TellingTerm",
    "TopChoice",
    "Topic",
    "Unwanted",
    "Vocabulary",
    "host_of",
]
