"""Decides what a local session says: the router, which needs no language model, or a chat-completions server."""
