"""A change of what a publisher allows: what it will do, said before; done to what is stored; kept with who did it."""

from __future__ import annotations

from django.db import transaction

from accounts.models import User
from articles.ingest.store import PermissionEffect, drop_beyond_permission
from articles.models import Article, Permission, Source, SourceChange

HOLDS = {Permission.HEADLINE: 0, Permission.TEASER: 1, Permission.OPEN: 2, Permission.FULL: 2}


def foresee(source: Source, old: str, new: str) -> str:
    """What the change will do, in words, before it is made."""
    articles = Article.objects.filter(source=source)
    texts = count_of(articles.filter(has_body=True).count(), "text")
    if HOLDS[new] > HOLDS[old]:
        return "More will be kept: every feed is fetched again."
    if HOLDS[new] == HOLDS[old]:
        return f"{texts} will {'be open to everybody' if new == Permission.OPEN else 'go behind the wall'}."
    if new == Permission.TEASER:
        return f"{texts} will be removed for good, and every opening cut to a teaser."
    return f"{texts}, and opening and picture of {count_of(articles.count(), 'article')}, will be removed for good."


@transaction.atomic
def change_permission(source: Source, old: str, new: str, editor: User) -> str:
    """Bring what is stored into line with `new`, and write down who did it; returns the effect in words."""
    effect = effect_in_words(drop_beyond_permission(source, new))
    SourceChange.objects.create(source=source, editor=editor, old_permission=old, new_permission=new, effect=effect)
    return effect


def effect_in_words(effect: PermissionEffect) -> str:
    removed = [
        count_of(number, word)
        for number, word in ((effect.bodies, "text"), (effect.openings, "opening"), (effect.pictures, "picture"))
        if number
    ]
    return f"Removed: {', '.join(removed) or 'nothing'}. Every feed of the title is fetched again."


def count_of(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"
