"""The beat table: what runs when. Data only; every task in it may run twice."""

BEAT = {
    "refresh feeds": {"task": "articles.tasks.refresh_feeds", "schedule": 60, "options": {"expires": 55}},
    "rank stories": {"task": "articles.tasks.rank_stories", "schedule": 300, "options": {"expires": 290}},
}
