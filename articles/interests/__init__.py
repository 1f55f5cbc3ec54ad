"""What a reader often reads: off until the reader asks for it, told in words, and kept nowhere.

learn.py  pure: opened articles -> interests
store.py  the switch, what was taken off the list, and the readings that it is learned from
"""
