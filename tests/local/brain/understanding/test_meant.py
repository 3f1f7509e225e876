"""What was learnt is asked about functions as the session has them."""

from __future__ import annotations

import pytest

from orchestrator.local.brain.learned.meaning import meaning
from orchestrator.local.brain.understanding.meant import described, described_parameter, likelier, sought, values
from orchestrator.local.brain.understanding.parameter import Parameter
from tests.local.brain.routing import desk, text, tool

pytestmark = pytest.mark.speech


def test_a_function_is_described_as_in_the_examples() -> None:
    """Its name, what it does and what it needs; what callers say for it stands apart, and orders to models do not."""
    cancel = tool(
        "cancel_order", "Cancel an order.", ["I do not want it"], confirm=True, order_number=text("the number")
    )

    assert described(cancel) == ("cancel order: Cancel an order. (order number)", "i do not want it")


def test_a_transfer_is_described_by_who_it_leads_to() -> None:
    """Its arguments tell nothing about callers' matters."""
    billing = desk()[-1]

    about, *examples = described(billing)

    assert about == "billing: Explains invoices. invoices, charges and refunds."
    assert examples == ["i was charged twice", "i have a question about my invoice"]


def test_a_parameter_is_described_as_in_the_examples() -> None:
    """Its name, what it is, which form or values it has, and what it is for."""
    day = Parameter("pickupDay", {"type": "string", "format": "date", "description": "when it is fetched."}, True)
    size = Parameter("size", {"type": "array", "items": {"enum": ["small", "tall"]}}, True)
    plain = Parameter("ref", {"type": "string"}, True)

    assert sought("book_van", day) == "pickup day: when it is fetched, a day (book van)"
    assert sought("book_van", size) == "size: one of small, tall (book van)"
    assert sought("book_van", plain) == "ref (book van)"
    assert described_parameter("ref", "six letters", "", [], "") == "ref: six letters"


def test_values_are_found_by_name() -> None:
    """Of the parameter that was asked for, even a bare one."""
    learnt = meaning("en")
    assert learnt is not None
    driver = Parameter("driver", {"type": "string", "description": "name of the driver"}, True)

    found = values(learnt, "book_van", "Okonkwo", [driver], "driver")

    (best,) = found["driver"].best(1)
    assert best.likelier > 0
    assert (best.start, best.end) == (0, 7)


def test_examples_help() -> None:
    """An author's example in a caller's words makes a function likelier; what is said word for word is meant."""
    learnt = meaning("en")
    assert learnt is not None
    plain = tool("report_leak", "Report a leak.", place=text("where"))
    shown = tool("report_leak", "Report a leak.", ["my ceiling is turning brown"], place=text("where"))

    without, with_one = likelier(learnt, "there's a brown patch on the ceiling", [plain, shown])
    assert with_one > without
    assert likelier(learnt, "my ceiling is turning brown", [shown])[0] > 2
