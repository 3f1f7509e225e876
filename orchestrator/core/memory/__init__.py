"""What a call remembers, one thing per module. Each knows only events, ids and responses; none knows another.

transcript.py  who said what, and what each agent knows of it
variables.py   the call's variables, and which of them are secret
items.py       which agent's session holds each item
hold.py        caller audio and events kept while no session can take them
floor.py       one voice at a time: what waits behind a farewell
size.py        how many bytes something takes
playback.py    what was sent to the caller's ear, and until when it plays
"""
