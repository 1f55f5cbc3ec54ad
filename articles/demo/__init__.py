"""The demo edition: a fictional press, so that a first run without a network shows the whole product.

titles.toml, edition/*.toml, pictures/   what it prints
edition.py   those files -> titles and articles (pure)
feeds.py     titles and articles -> RSS, Atom and plain pages (pure)
press.py     an HTTP server on loopback that publishes them; the worker fetches it like any publisher
load.py      sources, people and picks into the database; refuses where DEBUG is off
"""
