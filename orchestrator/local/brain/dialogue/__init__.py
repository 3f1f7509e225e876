"""The dialogue: what the conversation is about, and what to do about each turn of the caller."""
