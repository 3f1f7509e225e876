"""Persons beside the agents: callers wait for them, they take callers, and they are asked."""
