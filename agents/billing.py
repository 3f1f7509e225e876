"""Tools of the billing desk, over the sample data in data/invoices.json."""

import json
from pathlib import Path
from typing import Any

DATA: dict[str, Any] = json.loads((Path(__file__).parent / "data" / "invoices.json").read_text("utf-8"))
INVOICES: dict[str, dict[str, Any]] = DATA["invoices"]
REFUNDS: dict[str, dict[str, Any]] = DATA["refunds"]


def explain_invoice(invoice_number: str) -> str:
    """Explain what an invoice is for, its amount, and whether it is paid.

    Args:
        invoice_number: the invoice number, or the order number
    """
    number = _digits(invoice_number)
    found = next((key for key, invoice in INVOICES.items() if invoice.get("order") == number), number)
    invoice = INVOICES.get(found)
    if invoice is None:
        return f"I cannot find an invoice with the number {number or invoice_number}. Could you say the number again?"
    lines = " and ".join(f"{_euros(price)} for {what}" for what, price in invoice["lines"].items())
    state = "It is paid." if invoice["paid"] else f"It is to be paid by {invoice['due']}."
    return f"Invoice {found} is for {_euros(sum(invoice['lines'].values()))}: {lines}. {state}"


def refund_status(order_number: str) -> str:
    """Tell the status of the refund for an order.

    Args:
        order_number: the order number, five digits
    """
    number = _digits(order_number)
    refund = REFUNDS.get(number)
    if refund is None:
        return f"There is no refund for order {number or order_number}."
    return f"The refund of {_euros(refund['amount'])} for order {number} {refund['state']}."


def _digits(number: str) -> str:
    return "".join(sign for sign in number if sign.isdigit())


def _euros(amount: float) -> str:
    whole, cents = divmod(round(amount * 100), 100)
    return f"{whole} euros {cents}" if cents else f"{whole} euros"
