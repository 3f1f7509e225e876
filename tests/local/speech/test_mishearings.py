"""What Whisper mishears in times, and small words written twice, are put right; the rest is left alone."""

from __future__ import annotations

import pytest

from orchestrator.local.speech.mishearings import corrected


@pytest.mark.parametrize(
    ("heard", "said"),
    [
        ("half pass three", "half past three"), ("At half past free.", "At half past three."),
        ("Half pass free, please.", "Half past three, please."), ("half-past tree", "half past three"),
        ("half passed six", "half past six"), ("quarter pass ate", "quarter past eight"),
        ("half past for tomorrow", "half past four tomorrow"), ("half part three", "half past three"),
        ("ten pass to", "ten past two"), ("quarter too four", "quarter to four"), ("a quarter 2 4.", "a quarter to 4."),
        ("Can I come at for?", "Can I come at four?"), ("at ate in the evening", "at eight in the evening"),
        ("at won o'clock", "at one o'clock"), ("Tuesday at free p.m.", "Tuesday at three p.m."),
    ],
)  # fmt: skip
def test_times(heard: str, said: str) -> None:
    """By their sound, where a time must be."""
    assert corrected(heard) == said


@pytest.mark.parametrize(
    ("heard", "said"),
    [
        ("My name is is Anna.", "My name is Anna."), ("I I need need a table", "I need a table"),
        ("the the the order", "the order"), ("I want to to cancel", "I want to cancel"),
    ],
)  # fmt: skip
def test_small_words_written_twice(heard: str, said: str) -> None:
    """Once is enough."""
    assert corrected(heard) == said


@pytest.mark.parametrize(
    "text",
    [
        "Where is my half of it?", "Is the parking free at half past six?", "a table for two", "I ate at four",
        "at for sale",        "the first half passed quickly", "I passed free tickets on", "bye bye",
        "no no", "very very good", "4 4 2",
        "four four two", "New York New York", "that that is fine", "I was at free parking", "ten to for", "",
    ],
)  # fmt: skip
def test_the_rest_is_left_alone(text: str) -> None:
    """Words that make sense, and what people do say twice."""
    assert corrected(text) == text
