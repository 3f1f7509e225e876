"""The callers' side: a server that speaks the OpenAI Realtime protocol for the whole team.

    socket → realtime → caller_events → the running call → caller → projection → outbox → socket

`session`, `caller_events`, `projection` and what they use do no I/O. Nothing here knows which agent does what: the
core decides, the gateway translates.
"""
