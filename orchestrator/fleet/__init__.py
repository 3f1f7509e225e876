"""A fleet: several nodes that know each other's calls through Redis, so that a call outlives its node.

It knows no gateway and no core: a call is an id, a header and lines of text. `port.py` says what the
gateway sees of it.
"""
