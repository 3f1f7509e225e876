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
YEAR = Parameter("year", {"type": "integer"}, True)
BUILT = Parameter("built", {"type": "integer", "description": "the year in which it was built"}, True)
DRIVEN = Parameter("kilometres", {"type": "integer", "description": "kilometres it is driven in a year"}, True)
PAID = Parameter("day", {"type": "integer", "description": "on which day of the month, 1 to 28"}, True)
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
        ((AMOUNT,), "the one with a lid, and I'd pay fifty euros", {"amount": 50}),
        ((YEAR,), "could you send me the one for 2023", {"year": 2023}),
        ((YEAR,), "I need it for a year", {}),
        ((PAID,), "always on the twelfth, please", {"day": 12}),
        ((PAID,), "in two weeks", {}),
        ((BUILT, DRIVEN), "my car was built in 2021 and does 12,000 kilometres", {"built": 2021, "kilometres": 12000}),
    ],
)
def test_counts_in_a_sentence(wanted: tuple[Parameter, ...], text: str, values: dict[str, Any]) -> None:
    """A number counts what stands behind it; alone, what no other number counts."""
    assert fill(wanted, text, Context(date(2026, 11, 28), beside=wanted)) == values


@pytest.mark.parametrize(
    ("unit", "text", "value"),
    [
        ("minutes", "but only half an hour", 30),
        ("minutes", "a couple of hours", 120),
        ("days", "a fortnight", 14),
        ("days", "and for a week?", 7),
        ("months", "for two years", 24),
        ("months", "for two weeks", None),
        ("hours", "for half a day, three hours", 12),
    ],
)
def test_lengths_of_time_in_other_words(unit: str, text: str, value: int | None) -> None:
    """In minutes or months, whichever the parameter counts; what cannot be told is none."""
    wanted = Parameter(unit, {"type": "integer"}, True)
    assert fill([wanted], text, Context(date(2026, 11, 28), beside=[wanted])).get(unit) == value


def test_a_comma_ends_a_count() -> None:
    """As it does not end a code that is said in parts."""
    bags = Parameter("bags", {"type": "integer", "description": "number of bags"}, True)
    here = Context(date(2026, 11, 28), beside=[bags])

    assert fill([bags], "the lamb and rice one, two bags", here) == {"bags": 2}
    assert fill([bags], "two, twelve would be too many", here, asked="bags") == {"bags": 2}


def test_a_number_with_its_word_may_be_long() -> None:
    """A thousand litres are not one litre."""
    litres = Parameter("litres", {"type": "integer", "description": "how many litres"}, True)
    context = Context(date(2026, 11, 28))
    assert fill([litres], "a thousand litres of premium oil", context) == {"litres": 1000}
    assert fill([litres], "for house 204417", context) == {}
