"""How many, and how much."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from orchestrator.local.brain.understanding.parameter import Parameter
from orchestrator.local.brain.understanding.slots import fill
from orchestrator.local.brain.understanding.utterance import Context

BIKES = Parameter("bikes", {"type": "integer", "description": "how many bikes"}, True)
HOURS = Parameter("hours", {"type": "integer", "description": "for how many hours"}, True)
GUESTS = Parameter("guests", {"type": "integer", "description": "number of guests"}, True)
AMOUNT = Parameter("amount", {"type": "number", "description": "amount in euros"}, True)
BOTH = (BIKES, HOURS)


@pytest.mark.parametrize(
    ("wanted", "text", "values"),
    [
        (BOTH, "four of them, for three hours", {"bikes": 4, "hours": 3}),
        (BOTH, "three hours, and two bikes", {"bikes": 2, "hours": 3}),
        (BOTH, "five boats and a tent for three hours", {"hours": 3}),
        (BOTH, "the blue one for two hours", {"hours": 2}),
        ((GUESTS,), "there are four of us", {"guests": 4}),
        ((GUESTS,), "just me", {"guests": 1}),
        ((AMOUNT,), "89 euros 90", {"amount": 89.9}),
    ],
)
def test_counts_in_a_sentence(wanted: tuple[Parameter, ...], text: str, values: dict[str, Any]) -> None:
    """A number counts what stands behind it; alone, what no other number counts."""
    assert fill(wanted, text, Context(date(2026, 11, 28), beside=wanted)) == values
