"""Tools that are not described, or wrongly."""

from __future__ import annotations


def find(number: str) -> str:
    """Find an order.

    Args:
        numbre: the order's number
    """
    return number


def now() -> str:
    """Tell the time.

    Args:
        zone: where
    """
    return "noon"


def pay(amount: float) -> str:
    return f"{amount}"
