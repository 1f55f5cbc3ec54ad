"""One module per page: its query, its dataclass, its view.

cards.py   articles -> what a card shows, in a fixed number of queries
pieces.py  a card -> its HTML, drawn once and kept
ranks.py   what leads and what members open: candidates for a front
plan.py    which event stands where on a front (pure)
news.py    the front page's news, for visitors and readers
keyset.py  where a list goes on (pure)
back.py    where a small form's answer leads, never off the site
words.py   times, counts and money in words (pure)
"""
