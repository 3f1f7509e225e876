"""Whether words and arguments are what a test expects."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from orchestrator.trials.matching import day, is_right, said, with_days

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


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        (None, None),
        ([1, "*"], [1.0, "x"]),
        ({"a": "/b/"}, {"a": "ABC"}),
        ("<no day>", "<no day>"),
        ("<99th>", "<99th>"),
    ],
)
def test_what_is_nested_or_no_day_is_compared_too(wanted: Any, given: Any) -> None:
    """Lists and objects are compared part by part; what stands for no day stands for itself."""
    assert is_right(wanted, given, TODAY)


@pytest.mark.parametrize(("wanted", "given"), [(None, ""), ("", None), ([1], [1, 2]), ({"a": 1}, {"a": 1, "b": 2})])
def test_more_or_nothing_is_wrong(wanted: Any, given: Any) -> None:
    """What is missing is not the same as what is empty."""
    assert not is_right(wanted, given, TODAY)


@pytest.mark.parametrize(
    ("wanted", "texts", "found"),
    [
        ("welcome", ["WELCOME to Acme."], True),
        ("to Acme. How", ["Welcome to Acme.", "How are you?"], True),
        ("/order \\d+/", ["Your Order 12 comes."], True),
        ("/^order/", ["Your order"], False),
        ("order.", ["orders"], False),
    ],
)
def test_words_are_found_in_what_is_said(wanted: str, texts: list[str], *, found: bool) -> None:
    """In upper or lower case, also across two utterances; between slashes is a regular expression."""
    assert said(wanted, texts) is found


def test_days_are_written_out() -> None:
    """As many as a text names."""
    assert with_days("from <today> to <Friday + 2>", TODAY) == "from 2026-11-27 to 2026-12-06"
