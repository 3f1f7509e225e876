"""What a local session says: the router, which works without a language model, or a chat-completions server."""
