"""The OpenAI Realtime protocol, implemented once and shared by everything that speaks it, as a client or as a server.

It holds audio formats, ids, frames, items, events, and the session object with its defaults and bounds.
"""
