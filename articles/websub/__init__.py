"""WebSub (W3C Recommendation): hubs tell us what is new, where a feed names one. Polling goes on, more rarely.

store.py     note_hub(feed_id, hub, self, now)   a fetched feed names a hub, another, or none any more
run.py       ask_hubs(now)                       claim what is due -> ask, renew or leave each hub -> settle
  store.py       subscriptions: claims, what hubs answered, what they verified
  protocol.py    the forms, leases, signatures and pauses (pure)

pages/push.py  /websub/<token>/
  GET          store.py    answer(token, intent, now)   a hub asks whether it was us
  POST         inbox.py    a body: signed, kept, answered; then a task is handed over
run.py       take_pushes(now)                    the oldest of each feed: claim -> ingest/run.take_in -> delete

A hub that could not be told a secret signs nothing: what it pushes only has the feed polled soon.
"""
