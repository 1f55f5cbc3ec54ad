"""Search in what is public: headline, standfirst, author, the title's name, the opening. The database keeps the index.

query.py      pure: what was typed -> SearchQuery
postgres.py   SearchQuery -> condition on articles (tsvector and GIN)
sqlite.py     the same (FTS5)
find.py       the newest matches within a time limit, filtered, the best first
hits.py       pure: how well a text answers, and where its hits are

The whole text of an article is not in the index at all: a hit cannot tell an outsider what stands behind the wall.
"""
