"""The text of an article's own page, where the agreement with the publisher lets us take it from there.

wanted.py   want_pages(article_ids, now)   new articles whose feed holds only a part -> rows in state "wanted"
            has_page_text(article_ids)     whose text came from the page: the feed's must not replace it
run.py      fetch_pages(now)               claim -> visit -> read -> settle, until the time is up
  store.py      rows, claims and the leases of hosts; settles under the source's lock
  hosts.py      which servers are a title's own, pure
  fetch.py      the guarded visit: one at a time at each host, robots.txt first, every redirect judged
    ingest/robots.py   what robots.txt and a page's own marks let us do, pure
  read.py       bytes -> an article's text, cleaned and cut as a feed's is; runs in a limited child (ingest/child.py)
    extract.py    the article out of a page's HTML (trafilatura), pure
"""
