"""Tests of spelled words."""

from __future__ import annotations

import pytest

from orchestrator.local.brain.understanding.spelling import find


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("D-E-M-I-R.", "Demir"),
        ("It's Yusuf Demir, D. E. M. I. R.", "Demir"),
        ("S as in Sam, C, H, M, I, D, T", "Schmidt"),
        ("M I double L E R please", "Miller"),
        ("S-C-H-MIDT", "Schmidt"),
        ("O, apostrophe, B, R, I, E, N", "O'Brien"),
        ("capital M, A, Y, E, R", "Mayer"),
    ],
)
def test_a_spelled_word(text: str, word: str) -> None:
    """Letters make a word, however they are separated."""
    found = find(text)

    assert found is not None
    assert found.value == word


@pytest.mark.parametrize("text", ["I am at a hotel", "it's at 4 P M", "plan B and C", "Anna Schmidt"])
def test_nothing_is_spelled(text: str) -> None:
    """Two letters, and the small words of a sentence, spell nothing."""
    assert find(text) is None


def test_letter_that_is_only_counted() -> None:
    """ "With one F" comes before the spelling and is no part of it."""
    spelled = find("Hofmann, with one F, H-O-F-M-A-N-N")

    assert spelled is not None
    assert spelled.value == "Hofmann"
