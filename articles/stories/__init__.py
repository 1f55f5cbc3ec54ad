"""Articles become stories: which reports are of one event, which are copies, what matters now.

run.py            load -> decide -> store, one transaction each, one worker at a time
  store.py          reports and stories out of the database; assignments, facts and scores into it
  fingerprint.py    pure: public text -> weighted terms, runs of words
  cluster.py        pure: new reports + open stories -> who belongs where (versioned), who copied whom
  rank.py           pure: the reports of a story -> its lead, section, counts and score (versioned)
  related.py        pure: which other articles share the rare terms of one

Only what everybody may read is compared: grouping never loads a body, so nothing of one can leave by way of a story.
Where a story stands is decided once. A later version of the rules applies to new articles, and to old ones when an
operator runs `manage.py regroup`.
"""
