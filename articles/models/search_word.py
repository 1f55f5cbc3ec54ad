from __future__ import annotations

from django.db import models

LONGEST_WORD = 40


class SearchWord(models.Model):
    """A word that public text uses, to correct what is typed into the search. Nothing behind the wall comes in here."""

    word = models.CharField(max_length=LONGEST_WORD, primary_key=True, help_text="As the index compares it.")
    written = models.CharField(max_length=LONGEST_WORD, help_text="As most articles write it, in small letters.")
    skeleton = models.CharField(max_length=LONGEST_WORD, db_index=True, help_text="The word without vowels.")
    article_count = models.PositiveIntegerField(help_text="In how many of the newest articles, roughly.")

    def __str__(self) -> str:
        return self.word
