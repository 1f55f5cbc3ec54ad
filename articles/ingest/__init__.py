"""From a publisher's feed to articles.

run.py      claim -> fetch -> digest -> apply, for a batch of feeds
  store.py      claim_due_feeds(now)      a conditional UPDATE: two workers never fetch one feed
  fetch.py      fetch_all(states)         async; limits, redirects, validators; failures are values
    guard.py        the one client that visits other people's servers
    addresses.py    which addresses it may visit
  digest.py     digest(state, response, now) -> FeedUpdate, pure:
    parse.py        bytes -> ParsedFeed
      document.py     bytes -> text that a parser can be trusted with
      xml_feed.py     feedparser, on entries that are not known yet (split.py)
      json_feed.py    JSON Feed
    identity.py     what tells an entry from others, and from its earlier self
    clean.py        the one HTML policy (nh3), blocks, the opening
    prose.py        plain text, teasers, words
    pictures.py     which picture stands above the article and which on a card
    canonical.py    links
    schedule.py     when to come back
  store.py      apply(update)             one transaction per feed
health.py   one line about a feed for editors and operators
"""
