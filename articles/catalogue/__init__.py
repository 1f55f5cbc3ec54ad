"""Which sources we follow.

sources.json   the curated list, reviewed like code
rows.py        pure: what a row must say; a bad one is named, the others stand
opml.py        pure: OPML <-> rows
load.py        rows -> Source and Feed, and back; safe to run again
"""
