"""What publishers say that their articles are about.

An article is on a topic where one of its labels has the topic's key: for the topic's page, For You, the briefing and
mutes alike.

keys.py   pure: a publisher's label -> the topic it means
store.py  labels of articles -> Topic and ArticleTopic; which topics are carried widely enough to be offered
"""
