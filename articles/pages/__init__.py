"""One module per page: its query, its dataclass, its view.

cards.py   articles -> what a card shows, in a fixed number of queries
rows.py    articles as light rows, where a page shows many
statements.py queries that are put together once
drawing.py a card -> its HTML
blocks.py  sections of cards -> theirs
ranks.py   what leads and what readers open of what they see: candidates for a front
plan.py    which event stands where on a front (pure)
reasons.py why a card stands where it stands (pure)
news.py    the front page's news, for visitors and readers
showings.py what a reader was shown
inputs.py  what a front was made of, and the same front made again (pure)
past_front.py a front page of every quarter of an hour, kept and shown again
chosen.py  which stories are for one reader, and why (pure)
choices.py what of one article a reader may follow or mute
keyset.py  where a list goes on (pure)
back.py    where a small form's answer leads, never off the site
words.py   times, counts and money in words (pure)
"""
