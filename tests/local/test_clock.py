"""Times and days as people say them."""

from __future__ import annotations

import pytest

from orchestrator.local.clock import find_day, find_time


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("at seven thirty tonight", "19:30"),
        ("at 730 tonight", "7:30"),
        ("at noon", "12:00"),
        ("at midnight", "0:00"),
        ("half past six", "6:30"),
        ("quarter to nine in the evening", "20:45"),
        ("ten past 3 p.m.", "15:10"),
        ("12 a.m.", "0:00"),
        ("at 8 p.m.", "20:00"),
        ("7 o'clock", "7:00"),
        ("at 10:15", "10:15"),
        ("at seven oh five", "7:05"),
        ("1430 o'clock", "14:30"),
        ("for four people", None),
        ("at 77", None),
    ],
)
def test_times(text: str, value: str | None) -> None:
    """In 24 hours where am or pm was said, as said otherwise."""
    found = find_time(text)
    assert (found.value if found else None) == value


def test_a_lone_number_is_a_time_only_as_an_answer() -> None:
    """Asked "at what time?", "ten" is enough."""
    assert find_time("ten") is None
    found = find_time("ten", bare=True)
    assert found is not None
    assert found.value == "10:00"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("on Tuesday please", "tuesday"),
        ("tomorrow", "tomorrow"),
        ("tonight", "today"),
        ("the third of May", "3 may"),
        ("May 21st", "21 may"),
        ("on the 5th of december", "5 december"),
        ("whenever", None),
    ],
)
def test_days(text: str, value: str | None) -> None:
    """Weekdays, dates, and days from today."""
    found = find_day(text)
    assert (found.value if found else None) == value
