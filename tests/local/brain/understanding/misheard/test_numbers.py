"""Tests of numbers as recognition writes them."""

from __future__ import annotations

import pytest

from orchestrator.local.brain.understanding.misheard.numbers import without_extra


@pytest.mark.parametrize(
    ("digits", "length", "number"),
    [
        ("77731", 4, "7731"),
        ("90035", 4, "9035"),
        ("88001", 4, ""),
        ("12345", 4, ""),
        ("7731", 4, ""),
        ("777311", 4, ""),
    ],
)
def test_a_digit_too_many(digits: str, length: int, number: str) -> None:
    """One of the only digit that is repeated is taken off."""
    assert without_extra(digits, length) == number
