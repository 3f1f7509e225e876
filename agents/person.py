"""The tool of the answering desk."""

from collections import deque
from typing import Any

messages: deque[str] = deque(maxlen=1000)  # a real desk would e-mail them


def take_message(name: str, message: str, call: Any) -> str:
    """Take a message for a human colleague, who will call back.

    Args:
        name: the caller's name
        message: the message
    """
    messages.append(f"call {call.id}: {name} says: {message}")
    return f"Thank you, {name}. I have noted it, and a colleague will call you back within one working day."
