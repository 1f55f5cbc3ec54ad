"""The briefing: an edition that ends, morning and evening in the reader's own time zone.

    when.py     pure   the clock in a zone -> which edition is current, which comes next, until when it may be sent
    choose.py   pure   what leads, what a reader follows, what is picked -> the places of an edition, each with a reason
    store.py    DB     candidates, follows, editions kept, deliveries claimed
    run.py             the page's way: the kept edition, or a new one -> cards
    letter.py   pure   an edition's stories and what the reader may read -> what the letter says
    mail.py     SMTP   a letter and its headers -> taken, refused, deferred, or not known
    send.py            the letter's way: who is due -> deliveries -> claim -> compose -> mail
    report.py   pure   a bounce or complaint (RFC 3464, RFC 5965) -> what it says
    links.py           the signed marks in a letter: whose unsubscribing it is, whose bounce
    bounces.py         a report -> letters to that reader stop

A letter is sent at most once: the row of its delivery is marked before the mail server is given it, and a worker that
dies between the two leaves that one letter unsent. One that dies earlier leaves a lease that ends.
"""
