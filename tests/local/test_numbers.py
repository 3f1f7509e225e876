"""Numbers as people say them."""

from __future__ import annotations

import pytest

from orchestrator.local.numbers import find, written


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("The number is four eight two one three.", ["48213"]),
        ("4-8-2-1-3", ["48213"]),
        ("48,213", ["48213"]),
        ("four eight, two, um, one three", ["48213"]),
        ("double four two one three", ["44213"]),
        ("triple seven five", ["7775"]),
        ("oh five two six zero one", ["052601"]),
        ("forty eight two thirteen", ["48213"]),
        ("twenty oh five", ["2005"]),
        ("one hundred and three euros", ["103"]),
        ("two thousand and forty one", ["2041"]),
        ("1.5 hundred", ["150"]),
        ("a million", ["1000000"]),
        ("19.5 degrees", ["19.5"]),
        ("oh, I see", []),
        ("nothing at all", []),
        ("double", []),
    ],
)
def test_digits_said_one_by_one_are_one_number(text: str, digits: list[str]) -> None:
    """Words, digits, pauses and "double" come to the same number."""
    assert [spoken.digits for spoken in find(text)] == digits


def test_numbers_are_written_as_digits() -> None:
    """What stands around stays as it is."""
    assert written("When will order seven seven zero four two arrive?") == "When will order 77042 arrive?"
    assert written("one moment") == "one moment"
