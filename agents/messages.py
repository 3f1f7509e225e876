"""Taking a message for a person."""

from typing import Any

_messages: dict[str, list[str]] = {}  # call → messages; a real company would send them by mail


def take_message(name: str, message: str, call: Any) -> str:
    """Take a message for a person, who will call back.

    Args:
        name: your name
        message: the message
    """
    _messages.setdefault(call.id, []).append(f"{name}: {message}")
    return f"Thank you, {name}. I have noted your message, and somebody will call you back today."
