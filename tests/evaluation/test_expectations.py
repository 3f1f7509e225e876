"""What a dialogue expects is compared with what was done: days, numbers, patterns, defaults."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from orchestrator.trials.matching import day, is_right
from tests.evaluation.dialogues import HERE, folder
from tests.evaluation.scoring import Call

TODAY = date(2026, 11, 27)  # a Friday


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("tomorrow", "2026-11-28"),
        ("in 2 days", "2026-11-29"),
        ("friday", "2026-12-04"),
        ("next monday", "2026-11-30"),
        ("last friday", "2026-11-20"),
        ("27th", "2026-11-27"),
        ("3rd", "2026-12-03"),
        ("31st", "2026-12-31"),
        ("3 next month", "2026-12-03"),
        ("2 january", "2027-01-02"),
    ],
)
def test_words_stand_for_a_day(words: str, wanted: str) -> None:
    """Days are counted from today."""
    assert day(words, TODAY).isoformat() == wanted


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        ("*", "whatever"),
        ("Anna Schmidt", "anna schmidt"),
        (2, "2"),
        (400, 400.0),
        (True, "true"),
        ("15:30", "15:30:00"),
        ("<saturday + 2>", "2026-11-30"),
        ("<tomorrow> 19:30", "2026-11-28T19:30:00"),
        ("/^(the )?night circus$/", "Night Circus"),
    ],
)
def test_another_spelling_of_a_value_is_right(wanted: Any, given: Any) -> None:
    """Case, seconds and the type of a number do not matter."""
    assert is_right(wanted, given, TODAY)


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        ("Anna Schmidt", "Anna"),
        (2, 3),
        ("15:30", "03:30"),
        ("<saturday>", "2026-12-05"),
        ("<tomorrow> 19:30", "2026-11-28T07:30"),
        ("/^night circus$/", "I want the Night Circus"),
    ],
)
def test_another_value_is_wrong(wanted: Any, given: Any) -> None:
    """A value that is not the one that is wanted is not accepted."""
    assert not is_right(wanted, given, TODAY)


def test_a_default_may_be_given_or_left_out() -> None:
    """Only what differs from the default has to be said; what differs unasked is wrong."""
    defaults = {"amount": 1}

    assert Call("bring", {"item": "iron"}, defaults).is_right("bring", {"item": "iron"}, TODAY)
    assert Call("bring", {"item": "iron", "amount": 1}, defaults).is_right("bring", {"item": "iron"}, TODAY)
    assert Call("bring", {"item": "iron", "note": ""}, defaults).is_right("bring", {"item": "iron"}, TODAY)
    assert not Call("bring", {"item": "iron", "amount": 2}, defaults).is_right("bring", {"item": "iron"}, TODAY)
    assert not Call("bring", {"item": "iron"}, defaults).is_right("bring", {"item": "iron", "amount": 2}, TODAY)
    assert not Call("bring", {"item": "iron"}, defaults).is_right("fetch", {"item": "iron"}, TODAY)
    assert not Call("bring", {"item": "iron", "room": 3}, defaults).is_right("bring", {"item": "iron"}, TODAY)


def test_a_team_is_a_name_or_a_folder() -> None:
    """A name is one of the committed teams; a path is anywhere."""
    assert folder("clinic") == HERE / "clinic"
    assert folder("/tmp/teams/gym") == Path("/tmp/teams/gym")
