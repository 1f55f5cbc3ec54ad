"""Who is measured. `prepare(job)` makes ready, unmeasured, and gives the function that takes a turn and counts.

ours.py    the site's own ingest as a worker runs it: guard, limits, cleaning, claims, versions
floor.py   aiohttp, feedparser with its defaults, executemany: what a day's work would bring
peer.py    reader, a feed reader of the same trade
bare.py    nothing but the requests, for feeds that have not changed
pages.py   the front page by Django in this process, with and without what is kept

Programs of their own: house.py fills the site that is served, growing.py an archive of one size whose jobs it times,
stories.py grows live articles. hello.py and plain.py are the least that Django and Python answer with.
"""
