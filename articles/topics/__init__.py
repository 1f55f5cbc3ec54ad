"""What publishers say that their articles are about.

keys.py   pure: a publisher's label -> the topic it means
store.py  labels of articles -> Topic and ArticleTopic; which topics are carried widely enough to be offered
"""
