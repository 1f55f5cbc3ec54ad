"""What the site costs: beside floors and a peer, in one run on one machine, with goals. `make bench`.

__main__.py        options -> measures -> the table and var/bench.json
  archive.py         a made-up archive of any size (pure), shelves.py its rows into our tables
  house.py           the site on a day of it, to be served: a database, files, a member signed in
    serving.py         P1, P2, P4, P5   answers, beside files (nginx.py) and the least of Django
    fronts.py          P3               the front page made anew
    beginning.py       P10              a worker's first page
    first_view.py      P12              in Chromium
    load.py            one page asked for again and again
    processes.py       servers on a core of their own, and what they use of it
  growth.py          P9              one process and one database for each size
  press.py           made-up publishers' feeds (pure)
  publishers.py      the server they are served by, on many hosts of loopback: nginx, or own_server.py
  ingest.py          P6, P7, P8      contestants in turn
  live.py            P11             the site, a worker and a hub
    contest.py         a contestant in a process of its own with a database of its own
      contestant.py      that process: makes ready, takes turns
        contestants/       who takes them
        measure.py         processor time of the whole tree, memory at its height
  results.py         turns -> lines: medians, ratios, goals (pure)
  shapes.py          what goes between the processes
"""
