"""Times of day as people say them."""

from __future__ import annotations

import pytest

from orchestrator.local.brain.understanding import times


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("at half past six", "18:30"),
        ("half three", "15:30"),
        ("a quarter to nine in the evening", "20:45"),
        ("ten past two p.m.", "14:10"),
        ("at seven thirty tonight", "19:30"),
        ("at 730", "07:30"),
        ("730 pm please", "19:30"),
        ("8 p.m.", "20:00"),
        ("7 o'clock", "07:00"),
        ("at noon", "12:00"),
        ("at midnight", "00:00"),
        ("12 am", "00:00"),
        ("at 10.15", "10:15"),
        ("at nine oh five", "09:05"),
        ("tomorrow afternoon at three", "15:00"),
        ("a table for four at seven thirty", "19:30"),
        ("wake me at six", "06:00"),
        ("16:45", "16:45"),
        ("from 2 to 4", None),
        ("a table for four", None),
        ("at ninety nine", None),
        ("two nights", None),
    ],
)
def test_times_are_found(text: str, value: str | None) -> None:
    """A time needs a cue; which half of the day is meant, the words around tell."""
    found = times.find(text)

    assert (found[0].resolved(text) if found else None) == value


def test_lone_number_is_a_time_when_it_was_asked_for() -> None:
    """Asked "at what time?", "nine" is nine o'clock."""
    assert [time.resolved("") for time in times.find("nine, please", bare=True)] == ["09:00"]
    assert times.find("forty", bare=True) == []
