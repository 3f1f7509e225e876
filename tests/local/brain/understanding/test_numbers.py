"""Numbers as people say them and as recognisers write them."""

from __future__ import annotations

import pytest

from orchestrator.local.brain.understanding.numbers import find, written


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("four eight two one three", ["48213"]),
        ("double four oh two", ["4402"]),
        ("triple seven one two", ["77712"]),
        ("double 5127", ["55127"]),
        ("4, 8, 2, 1, 3", ["48213"]),
        ("4-8-2-1-3.", ["48213"]),
        ("48,213", ["48213"]),
        ("4 8 2 um 1 3", ["48213"]),
        ("forty-eight two thirteen", ["48213"]),
        ("twenty one", ["21"]),
        ("two hundred and five", ["205"]),
        ("three thousand", ["3000"]),
        ("19.50", ["19.50"]),
        ("nineteen people at table six", ["19", "6"]),
        ("oh, hello", []),
        ("", []),
    ],
)
def test_numbers_are_found(text: str, digits: list[str]) -> None:
    """Digits said one by one are one number, whatever stands between them."""
    assert [spoken.digits for spoken in find(text)] == digits


def test_place_of_a_number_is_told() -> None:
    """What is before and after a number can be read on."""
    (spoken,) = find("order four eight, please")

    assert "order four eight, please"[spoken.start : spoken.end] == "four eight"


def test_long_numbers_are_written_as_digits() -> None:
    """Numbers of two digits and more become digits; a lone word such as "one" stays a word."""
    assert written("order four eight two, this one") == "order 482, this one"
