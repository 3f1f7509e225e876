"""Digits said one by one come out as they were said."""

from __future__ import annotations

import pytest

from orchestrator.local.speech.digits import is_doubtful, plain, undoubled, ungrouped


@pytest.mark.parametrize(
    ("heard", "text"),
    [
        ("4 A 2 1 3", "4 8 2 1 3"),
        ("6-4-1-A-A.", "6-4-1-8-8."),
        ("My order number is 1 6 for 7 0.", "My order number is 1 6 4 7 0."),
        ("The number is two zero, 764.", "The number is 2 0, 764."),
        ("for 8 2 1 3", "4 8 2 1 3"),
        ("What is invoice 2 0 4 1 7 for?", "What is invoice 2 0 4 1 7 for?"),
        ("I want a refund for 4 8 2 1 3, please.", "I want a refund for 4 8 2 1 3, please."),
        ("It is 4 8 2 1 3. A friend told me.", "It is 4 8 2 1 3. A friend told me."),
        ("Order 4 8 2 1 3 for a friend", "Order 4 8 2 1 3 for a friend"),
        ("From 1200 to 1500", "From 1200 to 1500"),
        ("I was there for two to three hours.", "I was there for two to three hours."),
        ("A table for four at 7.30, please.", "A table for four at 7.30, please."),
        ("A table for two at 8 for a friend", "A table for two at 8 for a friend"),
        ("I paid 12 to 15 euros", "I paid 12 to 15 euros"),
        ("One moment, I have a question.", "One moment, I have a question."),
        ("", ""),
    ],
)
def test_words_that_sound_like_a_digit_become_one(heard: str, text: str) -> None:
    """Only amid at least three plain digits; ordinary sentences stay as they are."""
    assert plain(heard) == text


@pytest.mark.parametrize(
    ("first", "second", "text"),
    [
        ("It's 377-865, please.", "It's 3 7 8 6 5, please.", "It's 3 7 8 6 5, please."),
        ("The number is 270, 764.", "The number is 2 0 7 6 4.", "The number is 2 0 7 6 4."),
        ("It's 48757.", "It's 4 8 7 5 7 7.", "It's 48757."),
        ("Order 10059 at 7", "Order 1 0 0 5 8 at 7", "Order 10059 at 7"),
        ("It costs 100,059", "It costs 1 0 0 5 9", "It costs 100,059"),
        ("A table at 7:00", "A table at 7:0", "A table at 7:00"),
        ("Order 10059", "Order ten thousand", "Order 10059"),
    ],
)
def test_a_digit_too_many_is_taken_back(first: str, second: str, text: str) -> None:
    """Only one that the second opinion does not have, in a long number that is no amount."""
    assert undoubled(first, second) == text


@pytest.mark.parametrize(
    ("heard", "text"),
    [
        ("Not 20,000, 15,000.", "Not 20000, 15000."),
        ("account 2041-7795.", "account 20417795."),
        ("It's 7-3-0 1 1 8.", "It's 730118."),
        ("on 3 May 2026 10:30", "on 3 May 2026 10:30"),
        ("room 412 2 nights", "room 412 2 nights"),
        ("89.90", "89.90"),
    ],
)
def test_a_number_is_written_as_one(heard: str, text: str) -> None:
    """Amounts without commas, and long numbers without gaps; times and short numbers stay."""
    assert ungrouped(heard) == text


@pytest.mark.parametrize(
    ("text", "doubtful"), [("It's 377-865.", True), ("4 8 2 1 3", False), ("At 7:30 for 12", False), ("Hello", False)]
)
def test_only_long_numbers_in_groups_are_doubted(text: str, doubtful: bool) -> None:
    """A second opinion costs time: where digits stand alone there is no need for one."""
    assert is_doubtful(text) is doubtful
