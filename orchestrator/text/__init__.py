"""Agents that are asked in text: a session on any chat-completions endpoint."""
