"""One migration history, one file per aggregate."""

from articles.models.article import Article, ArticleBody, ArticleQuerySet, Entry
from articles.models.pick import Pick
from articles.models.reader import Follow, Reading, Saved
from articles.models.source import Feed, Permission, Source, SourceChange
from articles.models.story import Story

__all__ = [
    "Article",
    "ArticleBody",
    "ArticleQuerySet",
    "Entry",
    "Feed",
    "Follow",
    "Permission",
    "Pick",
    "Reading",
    "Saved",
    "Source",
    "SourceChange",
    "Story",
]
