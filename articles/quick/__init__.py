"""Readers' pages from kept pieces: the shared part of a page is made once, what is one reader's is put into its holes.

    road.QuickRoad     before Django, for GETs with a session on the front page and on articles
      question.py      what is asked; whatever is unusual is no question of ours
      lookup.py        one statement: session, reader, membership, versions of what is shown, the reader's own marks
        dialects.py    as each database says it, over a few connections that only read
      who.py           the reader, of what was found
        session.py     is it a living session of this reader? By Django's own signatures
      billing/entitlement.access_of   the wall, at every request
      kept.py          the shell of that page for readers who see the same, if it is as new as the look-up says
      shell.py         its holes filled, stitched into one answer
        own.py         what is this reader's; tokens.py, what every form needs
    holes.py           how Django's own views and templates leave holes when a shell is made of their answer

Whatever is not plainly right goes to Django's own views: a page is never made here, only put together again.
"""
