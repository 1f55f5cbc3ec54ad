"""What ingest costs: beside a floor and beside a peer, in one run on one machine, with goals. `make bench`.

__main__.py        options -> measures -> the table and var/bench.json
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
