"""Arguments filled from what was said."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.local.brain.understanding.parameter import Parameter
from orchestrator.local.brain.understanding.slots import fill, is_free, is_identifier, joined

ORDER = Parameter("order_number", {"type": "string", "description": "the order number, five digits"}, True)
CODE = Parameter("code", {"type": "string", "pattern": "^[0-9]{2,4}$"}, True)
GUESTS = Parameter("party_size", {"type": "integer", "description": "number of people"}, True)
TIME = Parameter("time", {"type": "string", "description": "time of day"}, True)
DAY = Parameter("day", {"type": "string"}, True)
NAME = Parameter("name", {"type": "string", "description": "name of the guest"}, True)
OWN_NAME = Parameter("name", {"type": "string", "description": "the caller's name"}, True)
AMOUNT = Parameter("amount", {"type": "number"}, True)
SEAT = Parameter("seat", {"type": "string", "enum": ["window", "aisle"]}, True)
BREAKFAST = Parameter("breakfast", {"type": "boolean"}, True)
CITY = Parameter("city", {"type": "string"}, True)
MESSAGE = Parameter("message", {"type": "string"}, True)
PROBLEM = Parameter("problem", {"type": "string"}, True)


@pytest.mark.parametrize(
    ("parameter", "text", "value"),
    [
        (ORDER, "Order 48,213, I do not want it", "48213"),
        (ORDER, "It is 4.8.2.1.3", "48213"),
        (ORDER, "I ordered 2 of them, number 48213", "48213"),
        (ORDER, "my three children", None),
        (CODE, "the code is 123", "123"),
        (CODE, "number 123456", None),
        (GUESTS, "table 12 for four people", 4),
        (GUESTS, "a party of six", 6),
        (AMOUNT, "it was 19.50", 19.5),
        (AMOUNT, "forty euros", 40),
        (DAY, "on Friday at six", "friday"),
        (NAME, "under the name Miller", "Miller"),
        (NAME, "my name is Anna Schmidt.", "Anna Schmidt"),
        (NAME, "my name is anna schmidt and i am late", "anna schmidt"),
        (NAME, "a table for Mr. Brown", "Brown"),
        (NAME, "It's M I double L E R", "Miller"),
        (NAME, "I'm looking for a table", None),
        (OWN_NAME, "a message for Bob", None),
        (SEAT, "I prefer the Aisle", "aisle"),
        (SEAT, "anywhere", None),
        (CITY, "I want to fly to New York on Friday", "New York"),
        (CITY, "to Monday", None),
        (MESSAGE, "Please tell them that the parcel is broken", "the parcel is broken"),
        (MESSAGE, "I want to leave a message", None),
        (PROBLEM, "The heater makes a strange noise", "The heater makes a strange noise"),
        (BREAKFAST, "yes", None),
        (AMOUNT, "a lot", None),
        (GUESTS, "my family", None),
    ],
)
def test_value_is_read(parameter: Parameter, text: str, value: Any) -> None:
    """Each kind of parameter has its reader; what was not said stays open."""
    assert fill([parameter], text).get(parameter.name) == value


@pytest.mark.parametrize(
    ("parameter", "text", "value"),
    [
        (ORDER, "seven", "7"),
        (GUESTS, "well, there are twelve", 12),
        (TIME, "nine", "9:00"),
        (NAME, "It's Schmidt.", "Schmidt"),
        (NAME, "S-C-H-M-I-D-T", "Schmidt"),
        (BREAKFAST, "yes, please", True),
        (BREAKFAST, "no", False),
        (BREAKFAST, "perhaps", None),
        (GUESTS, "twelve", 12),
        (CITY, "Rome", "Rome"),
        (MESSAGE, "He should call me.", "He should call me"),
        (CODE, "123456", "123456"),
    ],
)
def test_answer_may_be_bare(parameter: Parameter, text: str, value: Any) -> None:
    """What was asked for needs no cue."""
    assert fill([parameter], text, answer=True).get(parameter.name) == value


def test_values_do_not_take_each_others_words() -> None:
    """A time, a number of people and a name in one sentence."""
    said = fill([NAME, GUESTS, TIME], "a table for four at seven thirty tonight under the name Miller")

    assert said == {"time": "19:30", "party_size": 4, "name": "Miller"}


def test_listed_value_may_be_meant() -> None:
    """A value that is not said as it is written is found by its meaning, where one is needed."""
    optional = Parameter("seat", SEAT.schema, False)

    assert fill([SEAT], "I like to look out", nearest=lambda text, values: 0) == {"seat": "window"}
    assert fill([SEAT], "whatever", nearest=lambda text, values: None) == {}
    assert fill([optional], "I like to look out", nearest=lambda text, values: 0) == {}


def test_kinds_are_told_apart() -> None:
    """A number that names something, and free words."""
    assert [is_identifier(one) for one in (ORDER, GUESTS, MESSAGE)] == [True, False, False]
    assert [is_free(one) for one in (ORDER, NAME, MESSAGE)] == [False, False, True]


@pytest.mark.parametrize(
    ("heard", "more", "number"),
    [("", "48213", "48213"), ("482", "13", "48213"), ("", "4821348213", "48213"), ("482", "48213", "48213")],
)
def test_number_comes_in_parts(heard: str, more: str, number: str) -> None:
    """A number said in two goes is one; said again as a whole, or twice, it counts once."""
    assert joined(heard, more, 5) == number
