"""From a picture that a publisher names to one of our own: fetched once, checked, written again, served by us.

run.py      want_for(article_ids)   what articles name -> rows in state "wanted"
            fetch_pictures(now)     claim -> fetch -> encode -> keep -> settle, until the time is up
            are_in(now)             whether there is anything to wait for at a first run
            forget_unused(now)      what nobody has named for long, files and rows
  store.py      rows, claims and leases; which picture stands above which article
    lead.py         which of an article's candidates that is, pure
    markup.py       addresses out of clean HTML, and our own ones into it; pure
  fetch.py      the guarded visit, a few at a time at each host
  encode.py     bytes -> WebP in up to three widths; runs in a limited child (ingest/child.py)
  files.py      Django's storage "pictures"
shown.py    what pages show, by settings.IMAGES; of this package pages know it and files.py only
keys.py     address -> key -> path and name of a file
"""
