"""The callers' side: a server that speaks the OpenAI Realtime protocol for the whole team.

    upgrade → caller_socket → websocket → open_call → caller_events → the running call
    the running call → caller → projection → outbox → caller_socket

Audio takes the same way without a stop, each step hands its frame to the next at once:

    up    caller_socket.on_ws_frame → websocket → open_call.received → runner.feed → core → connection.send
    down  connection.on_ws_frame → runner → core → caller.play → transport.play → outbox.put → caller_socket.write

`session`, `caller_events`, `projection` and what they use do no I/O. Nothing here knows which agent does what: the
core decides, the gateway translates.
"""
