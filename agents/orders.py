"""Tools of the orders desk, over the sample data in data/orders.json."""

import json
from pathlib import Path
from typing import Any

ORDERS: dict[str, dict[str, str]] = json.loads((Path(__file__).parent / "data" / "orders.json").read_text("utf-8"))
STATUS = {
    "ordered": "is waiting to be packed and will arrive {arrives}",
    "packed": "is packed and will arrive {arrives}",
    "shipped": "has been shipped and will arrive {arrives}",
    "delivered": "was delivered {arrives}",
}
_cancelled: dict[str, set[str]] = {}  # call → orders cancelled in it: the sample data itself never changes


def find_order(order_number: str, call: Any) -> str:
    """Find out where an order is and when it arrives.

    Args:
        order_number: the order number, digits
    """
    order = ORDERS.get(order_number)
    if order is None:
        return f"I cannot find an order with the number {order_number}. Please check the number."
    call.variables["order"] = order_number
    if order_number in _cancelled.get(call.id, set()):
        return f"Order {order_number}, {order['item']}, has been cancelled."
    return f"Order {order_number}, {order['item']}, {STATUS[order['status']].format(**order)}."


def cancel_order(order_number: str, call: Any) -> str:
    """Cancel an order that has not been shipped.

    Args:
        order_number: the order number, digits
    """
    order = ORDERS.get(order_number)
    if order is None:
        return f"I cannot find an order with the number {order_number}. Please check the number."
    if order["status"] in ("shipped", "delivered"):
        return (
            f"Order {order_number} has left our warehouse and cannot be cancelled. You can send it back free of charge."
        )
    call.variables["order"] = order_number
    _cancelled.setdefault(call.id, set()).add(order_number)
    return f"Order {order_number}, {order['item']}, is cancelled. You will not be charged."
