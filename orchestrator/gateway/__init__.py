"""The callers' side: a server that speaks the OpenAI Realtime protocol for the whole team.

- `admission` decides what every request may do, using `auth`, `client_secrets`, the limits and the `lag`;
- `calls` knows the open calls; an `open_call` connects one running call with its transports; `seats` are for callers
  who join others;
- a transport is how a caller is connected: `websocket`, `webrtc/` or `phone/`; `rest` controls calls over HTTP, and
  `console/` is a page for people;
- `caller_events` and `session` check what a caller sends; `projection`, with `history` and `responses`, turns
  what the agents' sessions send into the caller's one conversation; `closing` is the table of close codes.

An audio frame passes through without waiting; each step calls the next one directly:

    from the caller  caller_socket.on_ws_frame → inbox.put → open_call.received → runner.feed → core
    to the caller    runner → caller.play → the transport's play → outbox.put → caller_socket.write

Modules that do no I/O say so (sans-I/O). Nothing here knows which agent does what: the core decides, the gateway
translates.
"""
