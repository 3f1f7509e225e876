"""The tool of the conformance team."""


def find_order(order_number: str) -> str:
    """Find an order and say where it is.

    Args:
        order_number: the order number, five digits
    """
    number = "".join(sign for sign in order_number if sign.isdigit())
    return f"Order {number} is on its way."
