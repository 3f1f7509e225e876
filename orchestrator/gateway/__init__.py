"""The callers' side: a server that speaks the OpenAI Realtime protocol for the whole team.

    upgrade → wire → realtime → line → caller_events → the running call → caller → projection → outbox → wire

Audio takes the same way without a stop: `line` recognises its frame, and each step hands it to the next at once.

`session`, `caller_events`, `projection` and what they use do no I/O. Nothing here knows which agent does what: the
core decides, the gateway translates.
"""
