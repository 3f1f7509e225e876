"""The tools that broken teams name."""

from __future__ import annotations


def check_pin(account: str, pin: str) -> str:
    """Check the PIN of an account.

    Args:
        account: the account number
        pin: the PIN, four digits
    """
    return f"{account}: {pin} is right."


def refund(amount: float) -> str:
    """Pay money back.

    Args:
        amount: how much, in euros
    """
    return f"{amount} euros are on their way."


def ask_planner(question: str) -> str:
    """Ask the planning service.

    Args:
        question: the question
    """
    return question


def hand_back() -> str:
    """Return a rented device."""
    return "Thank you."
