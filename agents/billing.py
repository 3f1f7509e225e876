"""Tools of the billing desk, over the sample data in data/invoices.json and data/refunds.json."""

import json
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"
INVOICES: dict[str, dict[str, Any]] = json.loads((DATA / "invoices.json").read_text("utf-8"))
REFUNDS: dict[str, dict[str, Any]] = json.loads((DATA / "refunds.json").read_text("utf-8"))


def _euros(amount: float) -> str:
    whole, cents = divmod(round(amount * 100), 100)
    return f"{whole} euros and {cents} cents" if cents else f"{whole} euros"


def explain_invoice(invoice_number: str) -> str:
    """Explain what an invoice is for, what it comes to and whether it is paid.

    Args:
        invoice_number: the invoice number, digits
    """
    invoice = INVOICES.get(invoice_number)
    if invoice is None:
        return f"I cannot find an invoice with the number {invoice_number}. It has four digits and begins with 20."
    lines = " and ".join(invoice["lines"])
    state = "It is paid." if invoice["paid"] else f"It is due {invoice['due']}."
    return f"Invoice {invoice_number} comes to {_euros(invoice['total'])}: {lines}. {state}"


def refund_status(order_number: str) -> str:
    """Say whether the money for a returned order has been sent back.

    Args:
        order_number: the order number, digits
    """
    refund = REFUNDS.get(order_number)
    if refund is None:
        return f"There is no refund for order {order_number}."
    return f"The refund of {_euros(refund['amount'])} for order {order_number} is {refund['status']}."
