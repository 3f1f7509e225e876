"""Filling a function's arguments from what the caller said."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.local.slots import agreement, fill, is_identifier, parameters


def tool(required: list[str] | None = None, **properties: dict[str, Any]) -> dict[str, Any]:
    return {"name": "t", "parameters": {"properties": properties, "required": required or list(properties)}}


ORDER = {"type": "string", "description": "the order number, digits"}
TABLE = {
    "party_size": {"type": "integer", "description": "number of people"},
    "time": {"type": "string", "description": "time of day"},
    "name": {"type": "string", "description": "name of the guest"},
}


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        (
            "a table for four at seven thirty tonight, my name is Miller",
            {"party_size": 4, "time": "19:30", "name": "Miller"},
        ),
        (
            "Dinner for three at half past six, the name is Anna Schmidt.",
            {"party_size": 3, "time": "6:30", "name": "Anna Schmidt"},
        ),
        ("for six people at 8 p.m.", {"party_size": 6, "time": "20:00"}),
        ("just a table", {}),
    ],
)
def test_each_parameter_takes_its_own_part_of_the_sentence(text: str, arguments: dict[str, Any]) -> None:
    """The four of "four people" is not the time, and the time is not a count."""
    assert fill(parameters(tool(**TABLE)), text) == arguments


def test_order_numbers_are_intact() -> None:
    """Short numbers are not order numbers unless they were asked for; the longest one wins."""
    wanted = parameters(tool(order=ORDER))
    assert fill(wanted, "I have two orders, it is double four two one three") == {"order": "44213"}
    assert fill(wanted, "I have two orders") == {}
    assert fill(wanted, "twelve", answer=True) == {"order": "12"}
    assert is_identifier(wanted[0])


def test_a_pattern_picks_the_number() -> None:
    """Of two numbers the one that fits the schema."""
    wanted = parameters(tool(pin={**ORDER, "pattern": r"\d{4}"}))
    assert fill(wanted, "account 1234567, the pin is 4711") == {"pin": "4711"}
    assert fill(wanted, "it is 12", answer=True) == {"pin": "12"}
    assert fill(wanted, "it is 12345") == {}


@pytest.mark.parametrize(
    ("schema", "text", "answer", "value"),
    [
        ({"enum": ["stove", "sleeping_bag"]}, "my sleeping bags are wet", False, "sleeping_bag"),
        ({"enum": ["stove", "tent"]}, "my boots", False, None),
        ({"const": "gold"}, "gold", False, "gold"),
        ({"type": "boolean"}, "yes please", True, True),
        ({"type": "boolean"}, "yes please", False, None),
        ({"type": "number", "description": "amount in euros"}, "19.5 euros", False, 19.5),
        ({"type": "number", "description": "amount in euros"}, "none", False, None),
        ({"type": "integer"}, "seven", True, 7),
        ({"anyOf": [{"type": "null"}, {"type": "integer"}]}, "seven", True, 7),
        ({"anyOf": [{"type": "null"}]}, "well, it rattles", True, "it rattles"),
        ({"type": "string", "description": "the day of the visit"}, "on Friday", False, "friday"),
        ({"type": "string", "description": "the message"}, "Please call me back.", True, "call me back"),
        ({"type": "string", "description": "the message"}, "Please call me back.", False, None),
        ({"type": "string", "description": "your name"}, "M I L L E R", True, "Miller"),
        ({"type": "string", "description": "your name"}, "It's the order", False, None),
        ({"type": "string", "description": "your name"}, ".", True, None),
    ],
)
def test_each_kind_of_parameter_has_its_reader(schema: dict[str, Any], text: str, answer: bool, value: object) -> None:
    """Nothing is invented: what was not said stays open."""
    assert fill(parameters(tool(x=schema)), text, answer=answer).get("x") == value


@pytest.mark.parametrize(
    ("text", "agreed"), [("Yes, that's right", True), ("No, don't", False), ("please do", True), ("hm", None)]
)
def test_agreement(text: str, agreed: bool | None) -> None:
    """Yes, no, or neither."""
    assert agreement(text) is agreed
