"""Tools of the orders desk, over the sample data in data/orders.json."""

import json
from pathlib import Path
from typing import Any

# A real desk would query its order system. The sample data never changes: cancellations are kept in the call.
ORDERS: dict[str, dict[str, str]] = json.loads((Path(__file__).parent / "data" / "orders.json").read_text("utf-8"))
STATUS = {
    "ordered": "is waiting to be packed and will arrive {arrives}",
    "packed": "is packed and will arrive {arrives}",
    "shipped": "has been shipped and will arrive {arrives}",
    "delivered": "was delivered {arrives}",
}


def find_order(order_number: str, call: Any) -> str:
    """Find out where an order is and when it will arrive.

    Args:
        order_number: the order number, five digits
    """
    number = _digits(order_number)
    order = ORDERS.get(number)
    if order is None:
        return _unknown(order_number)
    if number in call.variables["cancelled"]:
        return f"Order {number}, {order['item']}, has been cancelled."
    return f"Order {number}, {order['item']}, {STATUS[order['status']].format(**order)}."


def cancel_order(order_number: str, call: Any) -> str:
    """Cancel an order that has not been shipped.

    Args:
        order_number: the order number, five digits
    """
    number = _digits(order_number)
    order = ORDERS.get(number)
    if order is None:
        return _unknown(order_number)
    if order["status"] in ("shipped", "delivered"):
        return f"Order {number} has left our warehouse, so it cannot be cancelled. You can send it back free of charge."
    if number in call.variables["cancelled"]:
        return f"Order {number} is cancelled already."
    call.variables["cancelled"] += f"{number} "
    return f"Order {number}, {order['item']}, is cancelled. You will not be charged."


def _digits(number: str) -> str:
    """Return a number without the spaces and dashes that people and models put in."""
    return "".join(sign for sign in number if sign.isdigit())


def _unknown(number: str) -> str:
    """Say that there is no such order."""
    return f"I cannot find an order with the number {_digits(number) or number}. Could you say the number again?"
