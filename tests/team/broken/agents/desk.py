"""A whole file of tools, named by teams as `agents/desk.py`."""

from __future__ import annotations


def open_ticket(about: str) -> str:
    """Open a ticket.

    Args:
        about: what it is about
    """
    return f"A ticket about {about} is open."
