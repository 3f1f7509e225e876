"""The callers' side: a server that speaks the OpenAI Realtime protocol for the whole team.

    upgrade → wire → realtime → line → caller_events → the running call → caller → projection → outbox → wire

Audio takes the same way without a stop, each step hands its frame to the next at once:

    up    wire.on_ws_frame → realtime → line.received (codec.append_ms) → runner.feed → core → connection.send
    down  connection.on_ws_frame → runner (codec) → core → caller.play → Verbatim.play → outbox.put → wire.write

`session`, `caller_events`, `projection` and what they use do no I/O. Nothing here knows which agent does what: the
core decides, the gateway translates.
"""
