"""Articles become stories: which reports are of one event, which are copies, what matters now.

run.py            load -> decide -> store, one transaction each, one worker at a time
  store.py          reports and stories out of the database; assignments, facts and scores into it
  placing.py        a new report and the stories beside it, by as few and as plain statements as that needs
  fingerprint.py    pure: public text -> weighted terms, sentences, runs of words, all as numbers
  formats.py        pure: which articles tell of no event, as puzzles do, and stand alone
  vectors.py        pure: terms -> vectors, and which of thousands are near each other
  cluster.py        pure: who belongs where (versioned): all of a window, or one new report beside open stories
  copies.py         pure: who has another title's words
  rank.py           pure: the reports of a story -> its lead, section, counts and score (versioned)
  voices.py         pure: who saw a story, who opened it, one reader one voice
  related.py        pure: which other articles tell of the same things as one
audience.py       voices out of showings and readings, counted into the table that pages read
editors.py        what editors decide: merge, split, move, let go; placed, so that no pass undoes it
moves.py          addresses of stories that have no article left lead on

Only what everybody may read is compared: grouping never loads a body, so nothing of one can leave by way of a story.

A new article is placed at once beside the stories that share its telling terms, at a cost that does not grow with the
archive. Three times an hour a pass builds the stories of the last 72 hours anew: a story keeps its address where most
of its articles stay, older reports stay where they are, and so does what an editor placed (models/placement.py). Older
stories are built anew when an operator runs `manage.py regroup`.
"""
