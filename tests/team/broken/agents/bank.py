"""The tools that broken teams name."""

from __future__ import annotations


def check_pin(account: str, pin: str) -> str:
    """Check the PIN of an account."""
    return f"{account}: {pin} is right."


def refund(amount: float) -> str:
    """Pay money back."""
    return f"{amount} euros are on their way."


def ask_planner(question: str) -> str:
    """Ask the planning service."""
    return question


def hand_back() -> str:
    """Return a rented device."""
    return "Thank you."
