"""Persons who work with the agents: the desk where callers wait for them, and the session of one who has a caller.

desk.py      who waits for whom, who is there, who has taken which call
lease.py     the time in which a person whose connection is gone can come back
session.py   a person as an agent's session: the same port and the same protocol as a model's
ears.py      what writes down both sides of the conversation, as no model hears it
"""
