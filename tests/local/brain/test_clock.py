"""Times and days as people say them."""

from __future__ import annotations

import pytest

from orchestrator.local.brain.clock import find_day, find_time


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("at half past six", "6:30"),
        ("a quarter to nine in the evening", "20:45"),
        ("ten past two p.m.", "14:10"),
        ("at seven thirty tonight", "19:30"),
        ("at 730", "7:30"),
        ("730 pm please", "19:30"),
        ("8 p.m.", "20:00"),
        ("7 o'clock", "7:00"),
        ("at noon", "12:00"),
        ("at midnight", "0:00"),
        ("12 am", "0:00"),
        ("at 10.15", "10:15"),
        ("at nine oh five", "9:05"),
        ("from 2 to 4", "2:00"),
        ("9 to 5", None),
        ("a table for four", None),
        ("at ninety nine", None),
    ],
)
def test_times_are_found(text: str, value: str | None) -> None:
    """A time needs a cue, so that "a table for four" is none."""
    found = find_time(text)

    assert (found.value if found else None) == value


def test_lone_number_is_a_time_when_it_was_asked_for() -> None:
    """Asked "at what time?", "nine" is nine o'clock."""
    found = find_time("nine, please", bare=True)

    assert found is not None
    assert found.value == "9:00"
    assert find_time("forty", bare=True) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("next Tuesday at ten", "tuesday"),
        ("the day after tomorrow", "the day after tomorrow"),
        ("tonight", "today"),
        ("the third of May", "3 may"),
        ("May 21st", "21 may"),
        ("on June the second", "2 june"),
        ("as soon as possible", None),
    ],
)
def test_days_are_found(text: str, value: str | None) -> None:
    """Weekdays, dates, and words such as tomorrow."""
    found = find_day(text)

    assert (found.value if found else None) == value
