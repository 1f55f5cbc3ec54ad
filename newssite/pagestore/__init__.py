"""Visitors' pages from one stored answer, before Django is asked at all.

request → visitors.py    somebody without any cookie of ours? else on to Django, untouched
        → routes.py      which page: the parts of its address that mean something
        → shelf.py       the answers of this process, bounded in bytes
        → facts.py       what editors have done, read once a second: an answer of before is not served any more
        → layer.py       fresh: sent. Else one thread of one process makes it anew, the others send the last one
        → making.py      asks Django for it, or sends the last one where Django cannot answer
            shared.py    what another process has made, and whose turn it is, where there is a Redis
            answers.py   what may be kept at all: public, without a cookie, the same for everybody

A new answer is made of a request that holds nothing but the page's address (visitors.bare), so that nothing which
a visitor sends can end up in what another one reads.
"""
