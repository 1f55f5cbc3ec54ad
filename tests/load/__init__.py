"""A crowd on the whole site, run by hand: `python -m tests.load --help`.

judging     is one answer right: for a visitor never a word from behind the wall, for a member always
crowd       readers on one event loop: keep-alive, think time, bounded in count and time
house       the site as it is deployed, on loopback: server, worker, beat, PostgreSQL, Redis, 500 feeds
storms      sign-ins, sign-ups, long searches, slow sockets
__main__    what is asked of them together, and the figures
"""
