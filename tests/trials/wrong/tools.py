"""Tools of a bank."""

from typing import Any


def check_pin(pin: str, call: Any) -> str:
    """Check the caller's PIN."""
    call.variables["verified"] = pin == "4821"
    return "right" if pin == "4821" else "wrong"


def take_card(number: str, call: Any) -> str:
    """Take the card to which the money goes."""
    call.variables["card"] = number
    return "Taken."


def refund(invoice: str, euros: int) -> str:
    """Pay an invoice back."""
    return f"Paid {euros} euros back for {invoice}."


def find_invoice(number: str) -> str:
    """Find an invoice."""
    return f"Invoice {number} is for 30 euros." if number == "77" else "There is no such invoice."


def note(complaint: str) -> str:
    """Write a complaint down."""
    return "Written down."
