"""From a publisher's feed to articles.

run.py      claim -> fetch -> digest -> apply, for a batch of feeds
  store.py      claim_due_feeds(now)      a conditional UPDATE: two workers never fetch one feed nor visit one host
  fetch.py      as_fetched(states)        async, answers as they come; one at a time and a pause for each host
    visit.py        one visit, whatever for: redirects, one deadline, one limit of size; failures are values
    room.py         how much memory the bodies of many visits take together
    arrivals.py     answers as they arrive out of a thread of their own, for pictures and pages
    guard.py        the one client that visits other people's servers
    addresses.py    which addresses it may visit
  child.py      one function in a process of its own, under limits of time and memory that hold
    apart.py        what it is asked: digest(state, response, now) -> FeedUpdate, pure:
  digest.py       one answer to one update of our database
    parse.py        bytes -> ParsedFeed
      document.py     bytes -> text that a parser can be trusted with
      xml_feed.py     feedparser, on entries that are not known yet (split.py)
      json_feed.py    JSON Feed
      dates.py        dates as people write them
      restrictions.py what the publisher forbids in the feed itself
    identity.py     what tells an entry from others, and from its earlier self
    clean.py        the one HTML policy (nh3), blocks, the opening
      lazy_images.py  pictures that wait for a script tell where they are
      shortcodes.py   what a publishing system was asked to put there, and did not
    boilerplate.py  what publishing systems and newsletter desks write around every article
    prose.py        plain text, teasers, words
    language.py     as declared, unless the text is plainly in another language
    sections.py     where an article of a general feed belongs, by its categories
    pictures.py     which picture stands above the article and which on a card
    canonical.py    links
    schedule.py     when to come back
  store.py      apply(update)             one transaction per feed; what stood there before is kept
health.py   one line about a feed for editors and operators
days.py     totals kept as each day ends; history.py makes days, rates and charts of them
lookup.py   from an address that an editor has to the feed that is meant; place.py reads, discovery.py finds
"""
